//! Every small thing that can be done to a log, each of them done.

mod edits;
mod files;
mod random;

use std::io::Cursor;

use super::*;
use crate::event::Timestamp;
use crate::seal::{Chain, Kind};

pub(super) fn key(name: &str) -> Key {
    Key::from_bytes(format!("a key of an installation: {name}").as_bytes()).unwrap()
}

fn now() -> Timestamp {
    Timestamp::parse("2025-01-15T10:30:00.123Z").unwrap()
}

/// A log of files, and the chain that seals it.
pub(super) struct Log {
    pub(super) bytes: Vec<u8>,
    chain: Chain,
    count: u64,
}

impl Log {
    /// A log that begins with a seal.
    pub(super) fn new() -> Log {
        let mut log = Log {
            bytes: Vec::new(),
            chain: Chain::new(key("a")),
            count: 0,
        };
        log.open();
        log
    }

    fn open(&mut self) {
        if let Some(sealed) = self.chain.open(now(), &mut self.bytes) {
            self.chain.advance(sealed);
        }
    }

    /// What a writer does with a file that is there.
    pub(super) fn resumed(bytes: &[u8], key: Key) -> Log {
        let mut log = Log {
            bytes: bytes.to_vec(),
            chain: Chain::resume(key, &mut Cursor::new(bytes)).unwrap(),
            count: 1_000,
        };
        log.open();
        log
    }

    pub(super) fn line(&mut self, line: &str) -> &mut Log {
        let line = format!("{line}\n");
        self.chain.update(line.as_bytes());
        self.bytes.extend_from_slice(line.as_bytes());
        self
    }

    /// So many lines, each of them another one.
    pub(super) fn lines(&mut self, count: u64) -> &mut Log {
        for _ in 0..count {
            self.count += 1;
            let line = format!(
                "{{\"event\":\"auth.login\",\"success\":true,\"userId\":\"{}\"}}",
                self.count
            );
            self.line(&line);
        }
        self
    }

    pub(super) fn seal(&mut self, kind: Kind) -> &mut Log {
        let sealed = self.chain.seal(now(), kind, &mut self.bytes);
        self.chain.advance(sealed);
        self
    }

    pub(super) fn regular(&mut self) -> &mut Log {
        self.seal(Kind::Regular)
    }

    /// The next file of the log begins; returns this one.
    pub(super) fn rotate(&mut self) -> Vec<u8> {
        self.seal(Kind::Closed);
        let file = std::mem::take(&mut self.bytes);
        self.seal(Kind::Opened);
        file
    }

    /// A process was killed while it wrote.
    pub(super) fn torn(&mut self, part: &str) -> &mut Log {
        self.bytes.extend_from_slice(part.as_bytes());
        self
    }
}

pub(super) fn verified(files: &[&[u8]]) -> Verdict {
    checked(files, &[key("a")], None)
}

pub(super) fn checked(files: &[&[u8]], keys: &[Key], checkpoint: Option<&Checkpoint>) -> Verdict {
    let inputs = files.iter().enumerate().map(|(index, bytes)| {
        let reader = Box::new(Cursor::new(bytes.to_vec()));
        Input::reader(format!("file {index}"), reader)
    });
    let keys = Keys::new(keys.to_vec());
    verify(
        inputs.collect(),
        &keys,
        checkpoint,
        &Reading::default(),
        1000,
    )
}

/// Sorts of the findings, in the order of their places.
pub(super) fn sorts(verdict: &Verdict) -> Vec<&'static str> {
    let kept = verdict.findings.kept.iter();
    kept.map(|finding| finding.sort.name()).collect()
}

/// Lines behind the last seals.
pub(super) fn unsealed(verdict: &Verdict) -> u64 {
    verdict
        .chains
        .iter()
        .map(|chain| chain.unsealed_lines)
        .sum()
}

/// First and last line of each finding.
pub(super) fn places(verdict: &Verdict) -> Vec<(u64, u64)> {
    let places = verdict
        .findings
        .kept
        .iter()
        .filter_map(|finding| finding.place);
    places.map(|place| (place.line, place.last_line)).collect()
}

#[test]
fn what_was_written_is_whole() {
    let mut log = Log::new();
    log.lines(3)
        .regular()
        .lines(2)
        .regular()
        .lines(1)
        .seal(Kind::Closed);
    let verdict = verified(&[&log.bytes]);
    assert_eq!(sorts(&verdict), [""; 0]);
    assert_eq!((unsealed(&verdict), verdict.chains[0].seals), (0, (1, 4)));
    assert_eq!(verdict.strands[0].lines, 6 + 4);
}

#[test]
fn lines_behind_the_last_seal_are_counted_and_no_finding() {
    let mut log = Log::new();
    log.lines(3).regular().lines(2).torn("{\"event\":");
    let verdict = verified(&[&log.bytes]);
    assert_eq!((sorts(&verdict), unsealed(&verdict)), (vec![], 3));
    assert!(verdict.chains[0].torn);
}

#[test]
fn what_a_killed_process_left_is_told_as_sealed_after_the_fact() {
    let mut log = Log::new();
    log.lines(3).regular().lines(2).torn("{\"event\":");
    let mut log = Log::resumed(&log.bytes, key("a"));
    log.lines(1).seal(Kind::Closed);
    let verdict = verified(&[&log.bytes]);
    assert_eq!((sorts(&verdict), unsealed(&verdict)), (vec![], 0));
    let strand = &verdict.strands[0];
    assert_eq!((strand.late_lines, strand.after_the_fact.len()), (3, 1));
    let late = strand.after_the_fact[0].place;
    assert_eq!((late.line, late.last_line), (6, 8));
}

#[test]
fn a_killed_process_can_leave_any_part_of_a_seal_again_and_again() {
    let mut log = Log::new();
    log.lines(1).regular().lines(1);
    let sealed = log.bytes.len();
    log.regular();
    for end in (sealed..=log.bytes.len()).step_by(5) {
        let once = Log::resumed(&log.bytes[..end], key("a"));
        assert_eq!(sorts(&verified(&[&log.bytes[..end]])), [""; 0], "{end}");
        assert_eq!(sorts(&verified(&[&once.bytes])), [""; 0], "{end}");
        // What it wrote first was cut short as well.
        for end_again in (end..once.bytes.len()).step_by(31) {
            let cut = &once.bytes[..end_again];
            assert_eq!(sorts(&verified(&[cut])), [""; 0], "{end}, {end_again}");
        }
        let half = &once.bytes[..(end + once.bytes.len()) / 2];
        let mut twice = Log::resumed(half, key("a"));
        twice.lines(1).seal(Kind::Closed);
        assert_eq!(sorts(&verified(&[&twice.bytes])), [""; 0], "{end}");
    }
}

#[test]
fn without_the_key_nothing_is_believed() {
    let mut log = Log::new();
    log.lines(3).regular().lines(2).regular();
    let verdict = checked(&[&log.bytes], &[key("b")], None);
    assert_eq!(sorts(&verdict), ["unknown_key"]);
    let finding = &verdict.findings.kept[0];
    assert_eq!(finding.seals, Some((1, 3)));
    assert!(finding.what.contains(key("a").id()), "{}", finding.what);
}

#[test]
fn a_chain_may_go_on_with_another_key() {
    let mut log = Log::new();
    log.lines(3).regular().lines(2);
    let mut log = Log::resumed(&log.bytes, key("b"));
    log.lines(3).regular();
    let both = [key("b"), key("a")];
    assert_eq!(sorts(&checked(&[&log.bytes], &both, None)), [""; 0]);
    let old = checked(&[&log.bytes], &[key("a")], None);
    assert_eq!(
        (sorts(&old), old.findings.kept[0].seals),
        (vec!["unknown_key"], Some((3, 4)))
    );
    let new = checked(&[&log.bytes], &[key("b")], None);
    assert_eq!(
        (sorts(&new), new.findings.kept[0].seals),
        (vec!["unknown_key"], Some((1, 2)))
    );
}

#[test]
fn a_log_without_seals_is_vouched_for_by_nothing() {
    assert_eq!(sorts(&verified(&[b"{}\n{}\n"])), ["unsealed"]);
    assert_eq!(sorts(&verified(&[b"{}"])), ["unsealed"]);
    assert_eq!(sorts(&verified(&[b""])), [""; 0]);
    // The first write of a process that was killed.
    assert_eq!(sorts(&verified(&[b"{\"event\":\"log.se"])), [""; 0]);
}

#[test]
fn sealing_may_begin_in_a_log_that_is_there() {
    let mut log = Log::resumed(b"{}\n{}\n{\"torn", key("a"));
    log.lines(2).regular();
    let verdict = verified(&[&log.bytes]);
    assert_eq!(sorts(&verdict), [""; 0]);
    assert_eq!(verdict.strands[0].late_lines, 3);
}

#[test]
fn events_that_look_like_seals_are_events() {
    let mut log = Log::new();
    let first = String::from_utf8(log.bytes.clone()).unwrap();
    let first = first.trim_end();
    log.lines(1)
        .line("{\"event\":\"log.seal\",\"success\":true}")
        .line(&first.replace("\"seal\":1", "\"seal\":2"))
        .line(&format!(
            "{{\"event\":\"a\",\"metadata\":{{\"hmac\":\"{}\"}}}}",
            "0".repeat(64)
        ))
        .regular();
    assert_eq!(sorts(&verified(&[&log.bytes])), [""; 0]);
}
