use super::*;
use crate::write::config::Rotate;
use crate::write::sink::Sink as _;
use crate::write::sink::file::Policy;
use std::fs;

fn sealed() -> Policy {
    Policy {
        seal: Key::from_bytes(b"a key of sixteen"),
        ..Policy::default()
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

/// What a file holds, with each seal as its kind and how many lines it covers.
fn told(path: &Path) -> Vec<String> {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| match line.strip_prefix("{\"event\":\"log.seal\"") {
            None => line.to_owned(),
            Some(rest) => {
                let value = |name: &str| {
                    let at = rest.find(&format!("\"{name}\":")).unwrap() + name.len() + 3;
                    let end = rest[at..].find(',').unwrap();
                    rest[at..at + end].trim_matches('"').to_owned()
                };
                format!("{} {} of {}", value("kind"), value("seal"), value("lines"))
            }
        })
        .collect()
}

#[test]
fn a_log_is_opened_sealed_and_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let mut file = LogFile::open(&path, sealed()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"", "opening writes nothing");
    assert_eq!(file.seal(true), 0, "what is empty needs no seal");
    file.write(b"1\n", now()).unwrap();
    file.write(b"2\n3\n", now()).unwrap();
    assert_eq!(file.seal(false), 2);
    assert_eq!(file.seal(false), 0);
    file.write(b"4\n", now()).unwrap();
    assert_eq!(file.seal(true), 1);
    assert_eq!(
        told(&path),
        [
            "opened 1 of 0",
            "1",
            "2",
            "3",
            "regular 2 of 3",
            "4",
            "closed 3 of 1"
        ]
    );
}

#[test]
fn a_restart_covers_what_a_killed_process_left_unsealed_and_torn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let mut file = LogFile::open(&path, sealed()).unwrap();
    file.write(b"1\n", now()).unwrap();
    file.seal(false);
    file.write(b"2\n", now()).unwrap();
    file.write(b"torn", now()).unwrap();
    drop(file);
    let mut file = LogFile::open(&path, sealed()).unwrap();
    file.write(b"3\n", now()).unwrap();
    file.seal(true);
    assert_eq!(
        told(&path),
        [
            "opened 1 of 0",
            "1",
            "regular 2 of 1",
            "2",
            "torn",
            "recovered 3 of 2",
            "3",
            "closed 4 of 1"
        ]
    );
}

#[test]
fn a_rotated_log_is_closed_and_its_successor_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let policy = Policy {
        rotate: Rotate::bytes(1_000),
        ..sealed()
    };
    let mut file = LogFile::open(&path, policy).unwrap();
    for number in 0..3 {
        file.write(format!("{number}{}\n", "x".repeat(700)).as_bytes(), now())
            .unwrap();
    }
    file.seal(true);
    let mut files: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let kinds: Vec<Vec<String>> = files
        .iter()
        .map(|path| {
            let lines = told(path).into_iter();
            lines.filter(|line| !line.contains("xxx")).collect()
        })
        .collect();
    let mut seals: Vec<Vec<String>> = kinds.clone();
    seals.sort();
    assert_eq!(
        seals,
        [
            ["opened 1 of 0", "closed 2 of 1"],
            ["opened 3 of 0", "closed 4 of 1"],
            ["opened 5 of 0", "closed 6 of 1"]
        ]
    );
}

#[test]
fn after_a_failure_the_file_itself_says_what_is_to_be_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let mut file = LogFile::open(&path, sealed()).unwrap();
    file.write(b"1\n", now()).unwrap();
    // As after a write of which only a part got through.
    let log: &File = &file.open.appender.file.0;
    let mut log = log;
    log.write_all(b"half a li").unwrap();
    file.open.appender.torn = true;
    file.sealing.as_mut().unwrap().lost_track();
    file.write(b"2\n", now()).unwrap();
    assert_eq!(file.seal(false), 2);
    file.write(b"3\n", now()).unwrap();
    file.seal(true);
    assert_eq!(
        told(&path),
        [
            "opened 1 of 0",
            "1",
            "half a li",
            "2",
            "regular 2 of 3",
            "3",
            "closed 3 of 1"
        ]
    );
}

#[test]
fn a_log_is_closed_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let mut file = LogFile::open(&path, sealed()).unwrap();
    file.write(b"1\n", now()).unwrap();
    assert_eq!((file.seal(true), file.seal(true)), (2, 0));
    file.write(b"2\n", now()).unwrap();
    assert_eq!(
        (file.seal(false), file.seal(true), file.seal(true)),
        (1, 1, 0)
    );
}

#[test]
fn a_sealed_log_is_reopened_whether_it_was_moved_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let mut file = LogFile::open(&path, sealed()).unwrap();
    file.write(b"1\n", now()).unwrap();
    file.reopen().unwrap();
    file.write(b"2\n", now()).unwrap();
    fs::rename(&path, folder.path().join("moved")).unwrap();
    file.reopen().unwrap();
    file.write(b"3\n", now()).unwrap();
    assert_eq!(
        told(&folder.path().join("moved")),
        ["opened 1 of 0", "1", "2", "closed 2 of 2"]
    );
    assert_eq!(told(&path), ["opened 3 of 0", "3"]);
    assert!(LogFile::open(&path, Policy::default()).is_err());
}

#[test]
fn a_sealed_log_has_one_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let error = |policy| LogFile::open(&path, policy).err().unwrap().to_string();
    let file = LogFile::open(&path, sealed()).unwrap();
    assert!(
        error(sealed()).starts_with("cannot seal"),
        "{}",
        error(sealed())
    );
    assert!(error(Policy::default()).starts_with("cannot write to"));
    drop(file);
    let one = LogFile::open(&path, Policy::default()).unwrap();
    let other = LogFile::open(&path, Policy::default()).unwrap();
    assert!(error(sealed()).starts_with("cannot seal"));
    drop((one, other));
    LogFile::open(&path, sealed()).unwrap();
}

#[test]
fn what_got_through_of_the_last_seal_of_a_file_is_covered_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let moved = folder.path().join("moved");
    let mut file = LogFile::open(&path, sealed()).unwrap();
    file.write(b"1\n", now()).unwrap();
    // As after a seal of which only a part gets through, and that is said.
    let before = Arc::clone(&file.open.appender.file.0);
    (&*before).write_all(b"half a seal\n").unwrap();
    file.open.appender.file.0 = Arc::new(File::open(&path).unwrap());
    fs::rename(&path, &moved).unwrap();
    drop(before);
    file.reopen().unwrap();
    assert!(file.trouble.is_some());
    file.write(b"2\n", now()).unwrap();
    assert_eq!(told(&moved), ["opened 1 of 0", "1", "half a seal"]);
    assert_eq!(told(&path), ["opened 2 of 2", "2"]);

    // The same, of the seal that opens a file.
    let before = Arc::clone(&file.open.appender.file.0);
    fs::rename(&path, folder.path().join("second")).unwrap();
    file.reopen().unwrap();
    let opening = Arc::clone(&file.open.appender.file.0);
    (&*opening).write_all(b"half a seal\n").unwrap();
    file.open.appender.file.0 = Arc::new(File::open(&path).unwrap());
    assert!(file.write(b"lost\n", now()).is_err());
    fs::rename(&path, folder.path().join("third")).unwrap();
    drop((before, opening));
    file.reopen().unwrap();
    file.write(b"3\n", now()).unwrap();
    assert_eq!(told(&path), ["opened 4 of 1", "3"]);
}
