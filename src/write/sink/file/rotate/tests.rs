use super::*;
use crate::write::config::{Keep, Rotate};
use crate::write::sink::Sink as _;
use crate::write::sink::file::Policy;
use std::ffi::OsString;

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A log in a folder of its own, with a policy.
struct Scene {
    folder: tempfile::TempDir,
    file: LogFile,
}

impl Scene {
    fn new(policy: Policy) -> Scene {
        Scene::beside(tempfile::tempdir().unwrap(), policy)
    }

    fn beside(folder: tempfile::TempDir, policy: Policy) -> Scene {
        let file = LogFile::open(&folder.path().join("auth.jsonl"), policy).unwrap();
        Scene { folder, file }
    }

    fn write(&mut self, lines: &str, at: &str) {
        self.file.write(lines.as_bytes(), time(at)).unwrap();
    }

    /// Every file of the folder with what it holds, by name.
    fn files(&self) -> Vec<(String, String)> {
        let mut files: Vec<(String, String)> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn names(&self) -> Vec<String> {
        self.files().into_iter().map(|(name, _)| name).collect()
    }
}

fn by_size(bytes: u64) -> Policy {
    Policy {
        rotate: Rotate::bytes(bytes),
        ..Policy::default()
    }
}

fn hourly() -> Policy {
    Policy {
        rotate: Rotate::hourly(),
        ..Policy::default()
    }
}

fn file(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

#[test]
fn a_file_ends_before_it_is_too_large_and_lines_stay_whole() {
    let mut scene = Scene::new(by_size(12));
    for (line, second) in [
        ("one\n", 1),
        ("two\n", 2),
        ("three\n", 3),
        ("a long line\n", 4),
    ] {
        scene.write(line, &format!("2025-01-15T10:00:0{second}Z"));
    }
    scene.write("longer than the limit\n", "2025-01-15T10:00:05Z");
    assert_eq!(
        scene.files(),
        [
            file("auth-20250115T100002Z.jsonl", "one\ntwo\n"),
            file("auth-20250115T100003Z.jsonl", "three\n"),
            file("auth-20250115T100004Z.jsonl", "a long line\n"),
            file("auth.jsonl", "longer than the limit\n"),
        ]
    );
}

#[test]
fn lines_that_are_written_together_are_parted_where_a_file_is_full() {
    let mut scene = Scene::new(by_size(10));
    scene.write("1\n", "2025-01-15T10:00:00Z");
    scene.write(
        "22\n333\n4444\n5\n666666666666\n7\n",
        "2025-01-15T10:00:00Z",
    );
    let texts: Vec<String> = scene.files().into_iter().map(|(_, text)| text).collect();
    // By name: `auth-…Z-1`, `-2`, then without a count, then the log itself.
    assert_eq!(
        texts,
        ["4444\n5\n", "666666666666\n", "1\n22\n333\n", "7\n"]
    );
}

#[test]
fn a_file_ends_when_a_later_hour_begins_and_a_clock_set_back_ends_nothing() {
    let mut scene = Scene::new(hourly());
    scene.write("1\n", "2025-01-15T10:59:59Z");
    scene.write("2\n", "2025-01-15T11:00:00Z");
    scene.write("3\n", "2025-01-15T10:30:00Z");
    for _ in 0..10 {
        scene.write("4\n", "2025-01-15T11:30:00Z");
        scene.write("5\n", "2025-01-15T10:30:00Z");
    }
    assert_eq!(scene.names(), ["auth-20250115T105959Z.jsonl", "auth.jsonl"]);
    scene.write("6\n", "2025-01-15T12:00:00Z");
    assert_eq!(scene.names().len(), 3);
}

#[test]
fn no_name_is_used_twice_whatever_the_clock_does() {
    let mut scene = Scene::new(by_size(1));
    for number in 0..12 {
        let hour = 10 + number % 2;
        scene.write(&format!("{number}\n"), &format!("2025-01-15T{hour}:00:00Z"));
    }
    let mut numbers: Vec<u32> = scene
        .files()
        .iter()
        .map(|(_, text)| text.trim().parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..12).collect::<Vec<_>>());
}

#[test]
fn what_stands_in_the_way_is_never_overwritten() {
    let mut scene = Scene::new(by_size(1));
    let taken = scene.folder.path().join("auth-20250115T100000Z.jsonl");
    fs::write(&taken, "somebody's\n").unwrap();
    scene.write("1\n", "2025-01-15T10:00:00Z");
    scene.write("2\n", "2025-01-15T10:00:00Z");
    assert_eq!(fs::read_to_string(&taken).unwrap(), "somebody's\n");
    assert_eq!(
        scene.files()[0],
        file("auth-20250115T100000Z-1.jsonl", "1\n")
    );
}

#[test]
fn a_file_of_yesterday_ends_when_the_program_starts_today() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    fs::write(&path, "yesterday\n").unwrap();
    let yesterday = std::time::SystemTime::now() - Duration::from_secs(86_400);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(yesterday)
        .unwrap();
    let mut scene = Scene::beside(
        folder,
        Policy {
            rotate: Rotate::daily(),
            ..Policy::default()
        },
    );
    scene.file.write(b"today\n", Timestamp::now()).unwrap();
    let texts: Vec<String> = scene.files().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["yesterday\n", "today\n"]);
}

#[cfg(unix)]
#[test]
fn a_new_file_has_the_rights_of_the_old_one() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut scene = Scene::new(by_size(1));
    let path = scene.folder.path().join("auth.jsonl");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    scene.write("1\n", "2025-01-15T10:00:00Z");
    scene.write("2\n", "2025-01-15T10:00:00Z");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[test]
fn who_comes_second_follows_and_begins_nothing_anew() {
    let mut scene = Scene::new(by_size(10));
    let mut other = LogFile::open(&scene.folder.path().join("auth.jsonl"), by_size(10)).unwrap();
    scene.write("1234567\n", "2025-01-15T10:00:00Z");
    other.write(b"2\n", time("2025-01-15T10:00:00Z")).unwrap();
    scene.write("3\n", "2025-01-15T10:00:01Z");
    // When the other looks again, it follows.
    other.write(b"4\n", time("2025-01-15T10:00:02Z")).unwrap();
    other.write(b"5\n", time("2025-01-15T10:00:02Z")).unwrap();
    assert_eq!(
        scene.files(),
        [
            file("auth-20250115T100000Z.jsonl", "1234567\n2\n"),
            file("auth.jsonl", "3\n4\n5\n")
        ]
    );
}

#[test]
fn a_rotation_that_somebody_else_is_about_is_no_trouble_and_loses_nothing() {
    let mut scene = Scene::new(by_size(1));
    let held = lock(scene.folder.path()).unwrap();
    scene.write("1\n", "2025-01-15T10:00:00Z");
    scene.write("2\n3\n", "2025-01-15T10:00:01Z");
    assert!(scene.file.trouble().is_none());
    drop(held);
    scene.write("4\n", "2025-01-15T10:00:03Z");
    assert_eq!(
        scene.files(),
        [
            file("auth-20250115T100001Z.jsonl", "1\n2\n3\n"),
            file("auth.jsonl", "4\n")
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_line_that_lands_behind_a_neighbours_part_is_written_again() {
    use std::io::Write as _;

    let mut scene = Scene::new(Policy::default());
    scene.write("1\n", "2025-01-15T10:00:00Z");
    let path = scene.folder.path().join("auth.jsonl");
    let mut neighbour = File::options().append(true).open(&path).unwrap();
    neighbour.write_all(b"torn").unwrap();
    scene.write("2\n3\n", "2025-01-15T10:00:00Z");
    scene.write("4\n", "2025-01-15T10:00:01Z");
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text, "1\ntorn2\n3\n\n2\n4\n".replace("\n\n", "\n"));
}

/// Rotates once a second six times, and gives the names that are left, but the log's.
fn left_by(keep: Keep, strangers: &[&str]) -> Vec<String> {
    let policy = Policy {
        rotate: Rotate::bytes(1),
        keep,
        ..Policy::default()
    };
    let mut scene = Scene::new(policy);
    for name in strangers {
        fs::write(scene.folder.path().join(name), "stranger\n").unwrap();
    }
    for second in 0..7 {
        scene.write("12345\n", &format!("2025-01-15T10:00:0{second}Z"));
    }
    let mut names = scene.names();
    names.retain(|name| name != "auth.jsonl" && !strangers.contains(&name.as_str()));
    for name in strangers {
        assert!(scene.folder.path().join(name).exists(), "{name}");
    }
    names
}

#[test]
fn only_so_many_files_or_bytes_or_days_stay_and_strangers_always_do() {
    let names = |seconds: std::ops::Range<u32>| -> Vec<String> {
        seconds
            .map(|second| format!("auth-20250115T10000{second}Z.jsonl"))
            .collect()
    };
    let strangers = [
        "auth-20240115T100000Z.jsonl.gz",
        "auth-2024.jsonl",
        "oauth-20240115T100000Z.jsonl",
        "auth-20240115T100000Z.jsonl.bak",
        "auth-audit-20240115T100000Z.jsonl",
    ];
    assert_eq!(left_by(Keep::default(), &strangers), names(0..6));
    assert_eq!(left_by(Keep::files(2), &strangers), names(4..6));
    assert_eq!(
        left_by(Keep::default().and_bytes(20), &strangers),
        names(3..6)
    );
    let age = Duration::from_secs(3);
    assert_eq!(
        left_by(Keep::default().and_age(age), &strangers),
        names(3..6)
    );
    assert_eq!(
        left_by(Keep::files(5).and_age(age).and_bytes(6), &[]),
        names(5..6)
    );
    assert_eq!(left_by(Keep::files(0), &strangers), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_link_or_a_folder_with_a_name_of_the_past_stays() {
    let policy = Policy {
        rotate: Rotate::bytes(1),
        keep: Keep::files(0),
        ..Policy::default()
    };
    let mut scene = Scene::new(policy);
    let in_folder = |name: &str| scene.folder.path().join(name);
    let elsewhere = in_folder("elsewhere");
    fs::write(&elsewhere, "kept").unwrap();
    let link = in_folder("auth-20240115T100000Z.jsonl");
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    let inner = in_folder("auth-20240116T100000Z.jsonl");
    fs::create_dir(&inner).unwrap();
    scene.write("1\n", "2025-01-15T10:00:00Z");
    scene.write("2\n", "2025-01-15T10:00:01Z");
    assert!(link.symlink_metadata().is_ok() && elsewhere.exists() && inner.is_dir());
    let names: Vec<OsString> = scene.names().into_iter().map(OsString::from).collect();
    assert_eq!(names, ["auth.jsonl", "elsewhere"]);
}

#[cfg(unix)]
#[test]
fn files_that_are_left_are_not_held_open() {
    let policy = Policy {
        keep: Keep::files(1),
        ..by_size(1)
    };
    let mut scene = Scene::new(policy);
    for second in 0..9 {
        scene.write("1\n", &format!("2025-01-15T10:00:0{second}Z"));
    }
    assert_eq!(scene.files().len(), 2);
    assert!(scene.file.left.is_none());
}

#[cfg(unix)]
#[test]
fn a_log_behind_a_link_begins_anew_where_it_is() {
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().join("real.jsonl");
    fs::write(&real, "").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("auth.jsonl");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let mut scene = Scene::beside(folder, by_size(1));
    scene.write("1\n", "2025-01-15T10:00:00Z");
    scene.write("2\n", "2025-01-15T10:00:01Z");
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "2\n");
    let past = elsewhere.path().join("real-20250115T100000Z.jsonl");
    assert_eq!(fs::read_to_string(past).unwrap(), "1\n");
}
