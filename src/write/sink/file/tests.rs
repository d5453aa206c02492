use super::*;

const NOON: Timestamp = at(0);

/// So many milliseconds after noon.
const fn at(millis: u32) -> Timestamp {
    match Timestamp::new(43_200 + (millis / 1000) as i64, millis % 1000 * 1_000_000) {
        Some(time) => time,
        None => panic!(),
    }
}

#[test]
fn a_torn_last_line_is_isolated_on_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    for (before, after) in [
        (r#"{"event":"tor"#, "{\"event\":\"tor\nline\nline\n"),
        ("{}\n", "{}\nline\nline\n"),
        ("", "line\nline\n"),
    ] {
        fs::write(&path, before).unwrap();
        let mut file = LogFile::open(&path, Policy::default()).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            before,
            "opening writes nothing"
        );
        file.write(b"line\n", NOON).unwrap();
        file.write(b"line\n", NOON).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), after);
    }
}

#[test]
fn folders_are_made_and_the_file_named_in_the_error_where_they_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/auth.jsonl");
    LogFile::open(&path, Policy::default())
        .unwrap()
        .write(b"line\n", NOON)
        .unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "line\n");

    let error = LogFile::open(&path.join("c/d.jsonl"), Policy::default())
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.starts_with("cannot create folder \"") && error.contains("auth.jsonl/c\": "),
        "{error}"
    );
    let error = LogFile::open(folder.path(), Policy::default())
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.starts_with(&format!("cannot open {:?}: ", folder.path())),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_alone_and_an_old_one_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    LogFile::open(&path, Policy::default()).unwrap();
    assert_eq!(mode(&path), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    LogFile::open(&path, Policy::default()).unwrap();
    assert_eq!(mode(&path), 0o640);
}

/// Writes lines at these times after something has been done to the file, and returns how often the path was followed.
#[cfg(unix)]
fn write_after(change: impl FnOnce(&Path), times: &[u32]) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let mut file = LogFile::open(&path, Policy::default()).unwrap();
    file.write(b"before\n", NOON).unwrap();
    change(&path);
    for time in times {
        file.write(format!("{time}\n").as_bytes(), at(*time))
            .unwrap();
    }
    let text = |name| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let texts = vec![text("auth.jsonl"), text("auth.jsonl.1")];
    (folder, texts)
}

#[cfg(unix)]
#[test]
fn a_path_that_leads_elsewhere_is_followed_within_a_tenth_of_a_second() {
    let rename = |path: &Path| fs::rename(path, path.with_extension("jsonl.1")).unwrap();
    let (_folder, texts) = write_after(rename, &[50, 99, 100, 101]);
    assert_eq!(texts, ["100\n101\n", "before\n50\n99\n"]);
    let replace = |path: &Path| {
        rename(path);
        fs::write(path, "torn").unwrap();
    };
    let (_folder, texts) = write_after(replace, &[150]);
    assert_eq!(texts, ["torn\n150\n", "before\n"]);
    let remove = |path: &Path| fs::remove_dir_all(path.parent().unwrap()).unwrap();
    let (_folder, texts) = write_after(remove, &[100, 200]);
    assert_eq!(texts, ["100\n200\n", ""], "the folder is made again");
}

#[cfg(unix)]
#[test]
fn a_clock_that_is_set_back_does_not_keep_a_writer_from_looking() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let mut file = LogFile::open(&path, Policy::default()).unwrap();
    file.write(b"late\n", at(3_600_000)).unwrap();
    fs::remove_file(&path).unwrap();
    file.write(b"early\n", NOON).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "early\n");
}

#[cfg(unix)]
#[test]
fn where_a_path_cannot_be_followed_nothing_is_lost_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let path = logs.join("auth.jsonl");
    let mut file = LogFile::open(&path, Policy::default()).unwrap();
    // The folder is elsewhere, and a file stands in its place: the old file has a name, and takes what comes.
    let moved = folder.path().join("moved");
    fs::rename(&logs, &moved).unwrap();
    fs::write(&logs, "").unwrap();
    file.write(b"kept\n", at(0)).unwrap();
    let old = moved.join("auth.jsonl");
    assert_eq!(fs::read_to_string(&old).unwrap(), "kept\n");
    fs::remove_file(&old).unwrap();
    assert!(file.write(b"lost\n", at(100)).is_err());
    fs::remove_file(&logs).unwrap();
    file.write(b"again\n", at(101)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "again\n");
}
