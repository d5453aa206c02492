use super::*;

#[test]
fn rotated_sets_stand_oldest_first() {
    let sets: &[&[&str]] = &[
        &["auth.log.10.gz", "auth.log.2.gz", "auth.log.1", "auth.log"],
        &["auth.log.100", "auth.log.99", "auth.log.old", "auth.log"],
        &["auth.11.log", "auth.2.log.zst", "auth.1.log", "auth.log"],
        &["auth-20250101.log", "auth-20250102.log", "auth.log"],
        &["auth.log-20241231.gz", "auth.log-20250101.gz", "auth.log"],
        &[
            "auth-2024-12-31.log",
            "auth.2025-01-01.log.gz",
            "auth_20250102.log",
            "auth.log",
        ],
        &[
            "a.log-20250101-1735700000.gz",
            "a.log-20250101-1735800000",
            "a.log-1735900000",
            "a.log",
        ],
        &[
            "app.log.2025-01-01-09",
            "app.log.2025-01-01-10.gz",
            "app.log.2025-01-02-00",
            "app.log",
        ],
        &[
            "app.2025-01-01.2.log",
            "app.2025-01-01.10.log",
            "app.2025-01-02.0.log",
        ],
        &[
            "app-2025-01-01.log.2",
            "app-2025-01-01.log.1",
            "app-2025-01-01.log",
            "app-2025-01-02.log",
        ],
        &["app-20250101T235959Z.jsonl", "app-20250102T000000Z.jsonl"],
        &["auth.log.1", "auth.log.1.gz", "auth.log", "auth.log.gz"],
        &["node2.log.1", "node2.log", "node10.log.1", "node10.log"],
        &["part-1.jsonl", "part-2.jsonl", "part-10.jsonl"],
        &[
            "part-00000000000000000000009.jsonl",
            "part-100000000000000000000000.jsonl",
        ],
        &["a/z.log", "a/b/a.log", "a2/a.log", "a10/a.log"],
        &["20250101.log", "20250102.log"],
        &["a.log", "a.log.13x", "a.log.20251399"],
    ];
    for set in sets {
        let mut sorted = set.to_vec();
        sorted.reverse();
        sorted.sort_by_key(|name| Place::of(Path::new(name)));
        assert_eq!(sorted, *set);
    }
}

#[test]
fn logs_are_told_by_their_names() {
    for name in [
        "auth.log",
        "auth.jsonl",
        "auth.ndjson",
        "auth.json",
        "AUTH.LOG",
        "auth.log.1",
        "auth.log.10.gz",
        "auth.log-20250101",
        "auth.log-20250101.gz",
        "auth.jsonl.zst",
        "auth-20250101.log",
        "auth.1.log",
        "app.log.2025-01-01-14",
        "auth.log.old",
        "auth.2025-01-01.jsonl.1.gz",
        "auth.log.1735700000",
        "é.log.zstd",
    ] {
        assert!(is_log(name), "{name}");
    }
    for name in [
        "readme.md",
        "auth.log.bak",
        "auth.log~",
        "log",
        "jsonl",
        "auth.log.xz",
        "auth.log.swp",
        "auth.txt",
        "20250101",
        "",
        ".",
        "auth.log.1234567",
        "auth.logs",
        "1.2.3",
        "auth.log.gz.gz",
    ] {
        assert!(!is_log(name), "{name}");
    }
}

#[test]
fn of_a_set_only_the_newest_takes_events_and_no_number_does() {
    for (names, expected) in [
        ("auth.log auth.log.1 auth.log.2.gz", "auth.log"),
        ("auth-20250115.log auth-20250116.log", "auth-20250116.log"),
        ("auth-20250116.log auth-20250115.log auth.log", "auth.log"),
        ("auth-2025-01-16.log", "auth-2025-01-16.log"),
        ("auth.log-20250116", "auth.log-20250116"),
        ("auth.log.1", ""),
        ("auth-20250116.log.gz", ""),
        (
            "a/x-20250115.log b/x-20250116.log",
            "a/x-20250115.log b/x-20250116.log",
        ),
        (
            "a-20250115.log b-20250116.log",
            "a-20250115.log b-20250116.log",
        ),
    ] {
        let paths: Vec<PathBuf> = names.split(' ').map(PathBuf::from).collect();
        let lives = paths.iter().zip(live(&paths)).filter(|(_, live)| *live);
        let told: Vec<String> = lives.map(|(path, _)| path.display().to_string()).collect();
        assert_eq!(told.join(" "), expected, "{names}");
    }
}
