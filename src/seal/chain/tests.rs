use std::io::Cursor;

use super::*;

fn key() -> Key {
    Key::from_bytes(b"0123456789abcdef0123456789abcdef").unwrap()
}

fn now() -> Timestamp {
    Timestamp::parse("2025-01-15T10:30:00.123Z").unwrap()
}

/// A log and the chain that seals it.
struct Log {
    bytes: Vec<u8>,
    chain: Chain,
}

impl Log {
    fn new() -> Log {
        let chain = Chain::named(key(), *b"5f0c1e9a7b3d2846");
        let mut log = Log {
            bytes: Vec::new(),
            chain,
        };
        log.open();
        log
    }

    fn open(&mut self) {
        if let Some(sealed) = self.chain.open(now(), &mut self.bytes) {
            self.chain.advance(sealed);
        }
    }

    fn lines(&mut self, count: usize) {
        for number in 0..count {
            let line =
                format!("{{\"event\":\"auth.login\",\"success\":true,\"userId\":\"{number}\"}}\n");
            self.chain.update(line.as_bytes());
            self.bytes.extend_from_slice(line.as_bytes());
        }
    }

    fn seal(&mut self, kind: Kind) {
        let sealed = self.chain.seal(now(), kind, &mut self.bytes);
        self.chain.advance(sealed);
    }

    /// Another writer after this one ended without a word.
    fn resumed(bytes: Vec<u8>) -> Log {
        let chain = Chain::resume(key(), &mut Cursor::new(&bytes)).unwrap();
        let mut log = Log { bytes, chain };
        log.open();
        log
    }

    fn seals(&self) -> Vec<Seal> {
        let lines = self.bytes.split(|byte| *byte == b'\n');
        lines.filter_map(|line| Seal::read(line).ok()).collect()
    }
}

/// What every check of a log comes down to: each seal covers what stands between it and the one before.
fn holds(log: &Log) {
    let (mut since, mut last) = (Vec::new(), [0; 32]);
    let mut number = 0;
    for line in log.bytes.split_inclusive(|byte| *byte == b'\n') {
        match Seal::read(line.trim_ascii_end()) {
            Ok(seal) => {
                number += 1;
                assert!(seal.is_of(&key(), line.trim_ascii_end()));
                assert_eq!(seal.mark.number, number);
                assert_eq!(seal.previous, last);
                assert_eq!(seal.bytes, since.len() as u64);
                let lines = since.iter().filter(|byte| **byte == b'\n').count();
                assert_eq!(seal.lines, lines as u64);
                assert_eq!(seal.sha256, <[u8; 32]>::from(Sha256::digest(&since)));
                (last, since) = (seal.mark.hmac, Vec::new());
            }
            Err(_) => since.extend_from_slice(line),
        }
    }
    assert_eq!(since.len() as u64, log.chain.uncovered().1);
}

fn kinds(log: &Log) -> Vec<Kind> {
    log.seals().iter().map(|seal| seal.kind).collect()
}

#[test]
fn a_log_begins_with_a_seal_and_each_seal_covers_what_stands_between() {
    let mut log = Log::new();
    log.lines(64);
    log.seal(Kind::Regular);
    log.lines(3);
    log.seal(Kind::Closed);
    holds(&log);
    assert_eq!(kinds(&log), [Kind::Opened, Kind::Regular, Kind::Closed]);
    assert!(log.bytes.starts_with(b"{\"event\":\"log.seal\""));
}

#[test]
fn a_closed_log_goes_on_without_another_seal() {
    let mut log = Log::new();
    log.lines(2);
    log.seal(Kind::Closed);
    let mut log = Log::resumed(log.bytes);
    log.lines(1);
    log.seal(Kind::Closed);
    holds(&log);
    assert_eq!(kinds(&log), [Kind::Opened, Kind::Closed, Kind::Closed]);
}

#[test]
fn a_log_cut_anywhere_goes_on() {
    let mut log = Log::new();
    log.lines(2);
    log.seal(Kind::Regular);
    log.lines(2);
    log.seal(Kind::Regular);
    for end in 0..=log.bytes.len() {
        let mut log = Log::resumed(log.bytes[..end].to_vec());
        log.lines(1);
        log.seal(Kind::Closed);
        holds(&log);
        // And once more, from whatever that left.
        let mut log = Log::resumed(log.bytes[..log.bytes.len() - 1].to_vec());
        log.lines(1);
        log.seal(Kind::Closed);
        holds(&log);
    }
}

#[test]
fn lines_behind_the_last_seal_are_recovered() {
    let mut log = Log::new();
    log.lines(5);
    log.bytes.extend_from_slice(b"{\"event\":\"auth.lo");
    let log = Log::resumed(log.bytes);
    holds(&log);
    assert_eq!(kinds(&log), [Kind::Opened, Kind::Recovered]);
    let last = &log.seals()[1];
    assert_eq!((last.lines, last.is_after_the_fact()), (6, true));
    assert_eq!(log.seals()[0].mark.chain, last.mark.chain);
}

#[test]
fn the_last_seal_is_found_however_far_from_the_end_it_is() {
    for lines in [0, 1, 900, 2_000, 9_000] {
        let mut log = Log::new();
        log.lines(10);
        log.seal(Kind::Regular);
        log.lines(lines);
        let log = Log::resumed(log.bytes);
        holds(&log);
        let expected = match lines {
            0 => &[Kind::Opened, Kind::Regular][..],
            _ => &[Kind::Opened, Kind::Regular, Kind::Recovered],
        };
        assert_eq!(kinds(&log), expected, "{lines} lines");
    }
}

#[test]
fn a_log_without_seals_is_covered_by_the_first() {
    let log = Log::resumed(b"{}\n{}\nhalf".to_vec());
    holds(&log);
    let seals = log.seals();
    let first = &seals[0];
    assert_eq!((first.kind, first.lines), (Kind::Opened, 3));
    assert!(first.is_after_the_fact());
}

#[test]
fn a_line_that_only_looks_like_a_seal_is_a_line() {
    let mut log = Log::new();
    log.lines(1);
    let forged = String::from_utf8(log.bytes.clone()).unwrap();
    let forged = forged
        .lines()
        .next()
        .unwrap()
        .replace("\"seal\":1", "\"seal\":2");
    log.bytes.extend_from_slice(forged.as_bytes());
    log.bytes.push(b'\n');
    let log = Log::resumed(log.bytes);
    let seals = log.seals();
    let last = seals.last().unwrap();
    assert_eq!(
        (last.mark.number, last.kind, last.lines),
        (2, Kind::Recovered, 2)
    );
    assert_eq!(last.previous, seals[0].mark.hmac);
}

#[test]
fn another_key_goes_on_where_the_first_ended() {
    let mut log = Log::new();
    log.lines(2);
    log.seal(Kind::Closed);
    let other = Key::from_bytes(b"another key of an installation").unwrap();
    let mut chain = Chain::resume(other.clone(), &mut Cursor::new(&log.bytes)).unwrap();
    let mut line = Vec::new();
    let sealed = chain.open(now(), &mut line).unwrap();
    chain.advance(sealed);
    let seal = Seal::read(line.trim_ascii_end()).unwrap();
    assert!(seal.is_of(&other, line.trim_ascii_end()));
    let last = log.seals()[1].mark;
    assert_eq!((seal.previous, seal.kind), (last.hmac, Kind::Opened));
    assert_eq!((seal.mark.chain, seal.mark.number), (last.chain, 3));
}

#[test]
fn a_seal_that_was_not_written_does_not_count() {
    let mut log = Log::new();
    log.lines(2);
    let mut line = Vec::new();
    let _ = log.chain.seal(now(), Kind::Regular, &mut line);
    // A part of it got through, and was ended.
    line.truncate(100);
    line.push(b'\n');
    log.bytes.extend_from_slice(&line);
    log.chain.update(&line);
    log.seal(Kind::Regular);
    holds(&log);
    assert_eq!(log.seals().len(), 2);
}

#[test]
fn the_file_says_what_got_through() {
    let mut line = Vec::new();
    let mut whole = Log::new();
    whole.lines(2);
    let _ = whole.chain.seal(now(), Kind::Regular, &mut line);
    for written in 0..=line.len() {
        let mut log = Log::new();
        log.lines(2);
        log.bytes.extend_from_slice(&line[..written]);
        log.chain.reread(&mut Cursor::new(&log.bytes)).unwrap();
        log.open();
        log.lines(1);
        log.seal(Kind::Regular);
        holds(&log);
        let counts = written + 1 >= line.len();
        assert_eq!(
            log.seals().len(),
            2 + usize::from(counts),
            "{written} bytes"
        );
    }
}

#[test]
fn a_chain_goes_on_in_another_file() {
    let mut old = Log::new();
    old.lines(2);
    old.seal(Kind::Closed);
    let mut new = Log {
        bytes: b"{}\ntor".to_vec(),
        chain: old.chain,
    };
    new.chain.reopen(&mut Cursor::new(&new.bytes)).unwrap();
    new.open();
    let seals = new.seals();
    assert_eq!(
        (seals[0].mark.number, seals[0].kind, seals[0].lines),
        (3, Kind::Opened, 2)
    );
}

#[test]
fn an_opening_that_failed_is_tried_again() {
    let mut closed = Log::new();
    closed.lines(2);
    closed.bytes.extend_from_slice(b"{\"torn");
    let mut opening = Vec::new();
    let mut chain = Chain::resume(key(), &mut Cursor::new(&closed.bytes)).unwrap();
    let _ = chain.open(now(), &mut opening);
    for written in 0..=opening.len() {
        let mut log = Log {
            bytes: [&closed.bytes, &opening[..written]].concat(),
            chain: chain.clone(),
        };
        log.chain.reread(&mut Cursor::new(&log.bytes)).unwrap();
        log.open();
        log.lines(1);
        log.seal(Kind::Closed);
        holds(&log);
        assert_eq!(
            kinds(&log),
            [Kind::Opened, Kind::Recovered, Kind::Closed],
            "{written} bytes"
        );
    }
}

#[test]
fn what_a_file_left_uncovered_is_covered_in_the_next_even_if_that_is_read_again() {
    let mut old = Log::new();
    old.lines(2);
    let left = old.chain.uncovered();
    let mut new = Log {
        bytes: b"{}\n".to_vec(),
        chain: old.chain,
    };
    new.chain.reopen(&mut Cursor::new(&new.bytes)).unwrap();
    let all = (left.0 + 1, left.1 + 3);
    assert_eq!(new.chain.uncovered(), all);
    new.chain.reread(&mut Cursor::new(&new.bytes)).unwrap();
    assert_eq!(new.chain.uncovered(), all);
    new.open();
    assert_eq!(
        (new.seals()[0].lines, new.chain.uncovered()),
        (all.0, (0, 0))
    );
}
