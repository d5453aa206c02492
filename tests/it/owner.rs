//! Owners of API tokens: another's token answers as one that nobody ever had, byte for byte, and nothing tells of it.

use authmeter::render::FORMATS;

use crate::harness::{Ended, Scratch};

/// Tokens of Ana, of Mallory, and of nobody; what only the latter two have is marked.
const LOG: &str = r#"{"event":"token.issued","timestamp":"2025-01-15T09:00:00Z","userId":"ana","tokenId":"tok-ana"}
{"event":"token.issued","timestamp":"2025-01-15T09:00:01Z","userId":"mallory","tokenId":"tok-mal"}
{"tokenId":"tok-ana","endpoint":"/me","method":"GET","timestamp":"2025-01-15T10:00:00Z","responseStatus":200,"ipAddress":"192.0.2.1","userAgent":"curl/8","processingTime":12.5}
{"tokenId":"tok-ana","endpoint":"/me","method":"POST","timestamp":"2025-01-15T10:00:01Z","responseStatus":429,"ipAddress":"192.0.2.1"}
{"tokenId":"tok-mal","endpoint":"/planted","method":"PLANTED","timestamp":"2024-07-07T07:07:07Z","responseStatus":577,"ipAddress":"198.51.100.77","userAgent":"planted/7","processingTime":7777}
{"tokenId":"tok-mal","endpoint":"/planted","method":"PLANTED","timestamp":"2026-07-07T07:07:07Z","userId":"ana","responseStatus":277,"ipAddress":"198.51.100.77","userAgent":"planted/7","processingTime":7777}
{"tokenId":"tok-any","endpoint":"/planted","method":"PLANTED","timestamp":"2025-01-15T10:00:00Z","responseStatus":577,"ipAddress":"198.51.100.77","userAgent":"planted/7","processingTime":7777}
{"tokenId":"tok-mal","endpoint":"/planted"}
{"tokenId":"tok-mal","endpoint":"/planted",
"#;

const PLANTED: [&str; 9] = [
    "tok-mal",
    "tok-any",
    "mallory",
    "planted",
    "PLANTED",
    "577",
    "277",
    "198.51.100.77",
    "7.777",
];

#[track_caller]
fn usage(scratch: &Scratch, args: &[&str]) -> Ended {
    let ended = scratch.run(&[&["usage"], args, &["log.jsonl"]].concat());
    ended.exit(0);
    ended
}

fn said(ended: &Ended) -> String {
    ended.text().to_owned() + &ended.stderr_text()
}

#[test]
fn anothers_token_answers_as_one_that_nobody_ever_had_in_every_format() {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", LOG);
    for format in FORMATS {
        for page in ["1", "2", "1000"] {
            // Ids of one length, so that columns are as wide.
            let answer = |token: &str| {
                let args = ["--format", format.name, "--owner", "ana", "--token", token];
                let ended = usage(
                    &scratch,
                    &[&args[..], &["--page", page, "--limit", "1"]].concat(),
                );
                said(&ended).replace(token, "the one asked for")
            };
            let unknown = answer("tok-xyz");
            for token in ["tok-mal", "tok-any"] {
                assert_eq!(answer(token), unknown, "{} {token} {page}", format.name);
            }
            assert_ne!(answer("tok-ana"), unknown, "{}", format.name);
        }
    }
}

#[test]
fn nothing_an_owner_is_told_is_anothers_in_any_format() {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", LOG);
    for format in FORMATS {
        for token in [&[][..], &["--token", "tok-ana"]] {
            let args = ["--format", format.name, "--owner", "ana"];
            let told = said(&usage(&scratch, &[&args[..], token].concat()));
            assert!(told.contains("tok-ana"), "{told}");
            for planted in PLANTED {
                assert!(!told.contains(planted), "{planted} in {told}");
            }
        }
    }
    // Whoever may know them is told: the test could fail.
    let everything = said(&usage(&scratch, &["--format", "json"]));
    let rows = said(&usage(
        &scratch,
        &[
            "--format", "json", "--token", "tok-mal", "--owner", "mallory",
        ],
    ));
    for planted in PLANTED.iter().filter(|planted| **planted != "mallory") {
        let told = everything.contains(planted) || rows.contains(planted);
        assert!(told, "{planted} is nowhere");
    }
}
