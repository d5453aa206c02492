//! What `serve --cache` keeps from one run to the next, and what it makes of a folder in which something else lies.

use std::fs;
use std::path::PathBuf;

use super::Server;
use crate::harness::Scratch;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let log = scratch.run(&["generate", "--events", "2000", "--seed", "3", "--days", "3"]);
    scratch.write("log.jsonl", log.exit(0).stdout());
    scratch
}

const WORDS: [&str; 3] = ["--cache", "cache", "log.jsonl"];

/// The files of the only folder in the cache, by name.
fn kept(scratch: &Scratch) -> Vec<PathBuf> {
    let folders: Vec<_> = fs::read_dir(scratch.path("cache")).unwrap().collect();
    assert_eq!(folders.len(), 1);
    let folder = folders[0].as_ref().unwrap().path();
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// How much a server has read when it has told of all events.
fn bytes_read(server: &Server) -> u64 {
    server.until("/api/v1/reports/logins", |answer| {
        answer.status == 200 && answer.json()["input"]["events"] == 2000
    });
    server.bytes_read()
}

/// Serves once, and says what it keeps.
fn served_once(scratch: &Scratch) -> Vec<PathBuf> {
    let mut server = Server::start(scratch, &WORDS);
    server.equals_the_report(scratch, &["log.jsonl"]);
    assert_eq!(server.end(), Some(0));
    kept(scratch)
}

#[test]
fn a_restart_reads_what_was_kept_instead_of_the_log() {
    let scratch = scratch();
    let files = served_once(&scratch);
    assert!(files.len() > 3, "a manifest and a file a day: {files:?}");
    let log = fs::metadata(scratch.path("log.jsonl")).unwrap().len();
    let server = Server::start(&scratch, &WORDS);
    let read = bytes_read(&server);
    assert!(read < log / 2, "{read} bytes read, {log} in the log");
    server.equals_the_report(&scratch, &["log.jsonl"]);
}

#[test]
fn torn_and_foreign_files_in_the_cache_are_ignored_and_written_anew() {
    let scratch = scratch();
    served_once(&scratch);
    let log = fs::metadata(scratch.path("log.jsonl")).unwrap().len();
    let torn = |whole: &[u8], how: &str| match how {
        "torn" => whole[..whole.len() / 2].to_vec(),
        "foreign" => b"{\"settings\":\"\"}".to_vec(),
        "zeros" => vec![0; whole.len()],
        _ => [whole, b"trailing"].concat(),
    };
    for how in ["torn", "foreign", "zeros", "longer"] {
        for is_manifest in [true, false] {
            let mut files = kept(&scratch).into_iter();
            let file = files.find(|file| file.ends_with("manifest") == is_manifest);
            let file = file.unwrap();
            let what = format!("{}, {how}", file.display());
            let bytes = torn(&fs::read(&file).unwrap(), how);
            fs::write(&file, &bytes).unwrap();
            let mut server = Server::start(&scratch, &WORDS);
            // Nothing of the folder is believed: the log is read again.
            let read = bytes_read(&server);
            assert!(read > log, "{what}: {read} bytes read");
            let answer = server.get("/api/v1/reports/logins").expect(200).json();
            assert_eq!(answer["input"]["events"], 2000, "{what}");
            assert_eq!(server.end(), Some(0));
            let mut kept = kept(&scratch).into_iter();
            assert!(kept.all(|file| fs::read(file).unwrap() != bytes), "{what}");
        }
    }
    let server = Server::start(&scratch, &WORDS);
    let read = bytes_read(&server);
    assert!(read < log / 2, "not written anew: {read} bytes read");
    server.equals_the_report(&scratch, &["log.jsonl"]);
}

#[test]
fn what_else_lies_in_the_cache_changes_no_answer() {
    let scratch = scratch();
    let files = served_once(&scratch);
    let folder = files[0].parent().unwrap();
    fs::write(folder.join("notes.txt"), "not ours").unwrap();
    fs::write(folder.join("manifest.part"), "a torn one").unwrap();
    let server = Server::start(&scratch, &WORDS);
    server.equals_the_report(&scratch, &["log.jsonl"]);
}

#[test]
fn where_nothing_can_be_kept_answers_are_given_and_it_is_said_once() {
    let scratch = scratch();
    // A folder cannot be made in a file.
    let words = ["--cache", "log.jsonl/cache", "log.jsonl"];
    let server = Server::start(&scratch, &words);
    server.equals_the_report(&scratch, &["log.jsonl"]);
    let said = server.said("nothing is kept for the next start");
    assert_eq!(said.len(), 1, "{said:?}");
}
