//! One log, and all that can be done to it by changing little.

use super::*;

/// A log that ends with a seal.
fn log() -> Vec<u8> {
    let mut log = Log::new();
    log.lines(2).regular().lines(1).regular().regular();
    log.line("").lines(2).seal(Kind::Closed);
    log.bytes
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

fn is_seal(line: &[u8]) -> bool {
    line.starts_with(b"{\"event\":\"log.seal\"")
}

#[test]
fn every_changed_byte_is_found() {
    let log = log();
    assert_eq!(sorts(&verified(&[&log])), [""; 0]);
    for at in 0..log.len() {
        for value in [log[at] ^ 1, log[at] ^ 0x80, b'\n', b'0'] {
            if value == log[at] {
                continue;
            }
            let mut changed = log.clone();
            changed[at] = value;
            let verdict = verified(&[&changed]);
            assert!(verdict.findings.total() > 0, "byte {at} as {value}");
            // And where it is: some finding's stretch has the byte in it, or is next to it.
            let near = verdict
                .findings
                .kept
                .iter()
                .filter_map(|finding| finding.place);
            let near = near.map(|place| (place.byte.saturating_sub(1), place.end + 1));
            let at = at as u64;
            assert!(
                near.clone().any(|(byte, end)| (byte..end).contains(&at)),
                "byte {at} as {value}: {:?}",
                verdict.findings.kept
            );
        }
    }
}

#[test]
fn every_removed_line_is_found() {
    let log = log();
    let lines = lines(&log);
    for gone in 0..lines.len() - 1 {
        let mut left = lines.clone();
        left.remove(gone);
        let verdict = verified(&[&left.concat()]);
        // Of a first seal over nothing, the second one tells.
        let late = gone == 0;
        let found = verdict.findings.total() > 0 || (late && verdict.chains[0].seals.0 == 2);
        assert!(found, "line {gone}");
    }
    // Whatever is behind the last seal is not sealed yet.
    let verdict = verified(&[&lines[..lines.len() - 1].concat()]);
    assert_eq!((sorts(&verdict), unsealed(&verdict)), (vec![], 3));
}

#[test]
fn every_repeated_line_is_found() {
    let log = log();
    let lines = lines(&log);
    for from in 0..lines.len() {
        for to in 0..lines.len() {
            let mut more = lines.clone();
            more.insert(to, lines[from]);
            let verdict = verified(&[&more.concat()]);
            assert!(verdict.findings.total() > 0, "line {from} before line {to}");
        }
    }
    for seal in lines.iter().filter(|line| is_seal(line)) {
        let more = [&log[..], seal].concat();
        assert_eq!(sorts(&verified(&[&more])), ["repeated"]);
    }
}

#[test]
fn every_inserted_line_is_found() {
    let log = log();
    let lines = lines(&log);
    for line in [
        &b"\n"[..],
        b"{}\n",
        b"{\"event\":\"auth.login\",\"success\":true}\n",
        b"\0\0\n",
    ] {
        for to in 0..lines.len() {
            let mut more = lines.clone();
            more.insert(to, line);
            let verdict = verified(&[&more.concat()]);
            assert!(verdict.findings.total() > 0, "{line:?} before line {to}");
        }
    }
}

#[test]
fn every_two_lines_that_change_places_are_found() {
    let log = log();
    let lines = lines(&log);
    for one in 0..lines.len() {
        for other in one + 1..lines.len() {
            let mut moved = lines.clone();
            moved.swap(one, other);
            let verdict = verified(&[&moved.concat()]);
            assert!(verdict.findings.total() > 0, "lines {one} and {other}");
        }
    }
}

#[test]
fn a_log_cut_anywhere_has_a_tail_and_a_checkpoint_finds_the_cut() {
    let log = log();
    let keys = Keys::new(vec![key("a")]);
    let whole = verified(&[&log]);
    let line = Checkpoint::line(&whole.chains, &keys, now()).unwrap();
    let checkpoint = Checkpoint::read(&line, &keys).unwrap();
    let first = lines(&log)[0].len();
    for end in 0..log.len() {
        let cut = &log[..end];
        assert_eq!(sorts(&verified(&[cut])), [""; 0], "{end} bytes");
        let verdict = checked(&[cut], &[key("a")], Some(&checkpoint));
        let expected = match end {
            // All but its newline is there.
            end if end + 1 == log.len() => vec![],
            end if end + 1 < first => vec!["replaced"],
            _ => vec!["cut"],
        };
        assert_eq!(sorts(&verdict), expected, "{end} bytes");
    }
}

#[test]
fn findings_say_between_which_lines() {
    let mut log = Log::new();
    log.lines(2).regular().lines(3).regular().lines(1).regular();
    // 1 seal, 2 to 3, 4 seal, 5 to 7, 8 seal, 9, 10 seal
    let text = String::from_utf8(log.bytes).unwrap();
    let changed = text.replace("\"userId\":\"4\"", "\"userId\":\"5\"");
    let verdict = verified(&[changed.as_bytes()]);
    assert_eq!(
        (sorts(&verdict), places(&verdict)),
        (vec!["changed"], vec![(5, 7)])
    );
    assert_eq!(verdict.findings.kept[0].seals, Some((3, 3)));
    assert!(verdict.findings.kept[0].what.contains("not as it was"));
    let lines: Vec<&str> = text.lines().collect();
    let without = |gone: usize| {
        let left = lines.iter().enumerate().filter(|(at, _)| at + 1 != gone);
        left.map(|(_, line)| format!("{line}\n"))
            .collect::<String>()
    };
    let verdict = verified(&[without(6).as_bytes()]);
    assert_eq!(
        (sorts(&verdict), places(&verdict)),
        (vec!["changed"], vec![(5, 6)])
    );
    assert!(verdict.findings.kept[0].what.contains("lines are gone"));
    // A seal is gone: what it covered cannot be checked.
    let verdict = verified(&[without(8).as_bytes()]);
    assert_eq!(
        (sorts(&verdict), places(&verdict)),
        (vec!["missing"], vec![(5, 8)])
    );
    assert_eq!(verdict.findings.kept[0].seals, Some((3, 3)));
    // A seal was changed: the same, and which line it is.
    let changed = text.replace("\"seal\":3,", "\"seal\":9,");
    let verdict = verified(&[changed.as_bytes()]);
    assert_eq!(
        (sorts(&verdict), places(&verdict)),
        (vec!["forged"], vec![(5, 8)])
    );
    assert!(
        verdict.findings.kept[0]
            .what
            .starts_with("line 8: its code is wrong")
    );
    // One change is one finding, and what follows is whole.
    let changed = text.replace("\"userId\":\"6\"", "\"userId\":\"66\"");
    let verdict = verified(&[changed.as_bytes()]);
    assert_eq!(
        (sorts(&verdict), places(&verdict)),
        (vec!["changed"], vec![(9, 9)])
    );
}

#[test]
fn whoever_has_no_key_cannot_seal() {
    let mut log = Log::new();
    log.lines(2).regular().lines(3).regular();
    let text = String::from_utf8(log.bytes.clone()).unwrap();
    let forged = text.replace("\"userId\":\"4\"", "\"userId\":\"5\"");
    // Sealed anew, with the right hashes and names, and another key.
    let other = Log::resumed(&[], key("b"));
    let other_id = key("b").id().to_owned();
    let mut forged_chain = Log {
        bytes: Vec::new(),
        ..other
    };
    for line in forged.lines().filter(|line| !is_seal(line.as_bytes())) {
        forged_chain.line(line);
    }
    forged_chain.regular();
    let named = String::from_utf8(forged_chain.bytes)
        .unwrap()
        .replace(&other_id, key("a").id());
    let verdict = verified(&[named.as_bytes()]);
    assert_eq!(sorts(&verdict), ["unsealed", "forged"]);
}

#[test]
fn lines_of_any_length_are_read() {
    for length in [1, 511, 512, 513, 262_143, 262_144, 262_145, 600_000] {
        let mut log = Log::new();
        log.line(&"x".repeat(length))
            .regular()
            .line(&"y".repeat(length))
            .regular();
        assert_eq!(sorts(&verified(&[&log.bytes])), [""; 0], "{length}");
        let at = log.bytes.len() - 600;
        log.bytes[at] ^= 1;
        assert_eq!(verified(&[&log.bytes]).findings.total(), 1, "{length}");
    }
    // A seal across the border of two blocks.
    for length in 261_000..261_100 {
        let mut log = Log::new();
        log.line(&"x".repeat(length)).regular().lines(3).regular();
        assert_eq!(sorts(&verified(&[&log.bytes])), [""; 0], "{length}");
    }
}

#[test]
fn a_seal_broken_in_two_is_found_wherever_it_is() {
    let mut log = Log::new();
    log.lines(1).regular().lines(2).regular().lines(1);
    let seals: Vec<usize> =
        memchr::memmem::find_iter(&log.bytes, "{\"event\":\"log.seal\"").collect();
    for start in seals {
        for at in start..start + 350 {
            let mut changed = log.bytes.clone();
            changed[at] = b'\n';
            let verdict = verified(&[&changed]);
            assert!(
                verdict.findings.total() > 0,
                "byte {at}, {} in the seal",
                at - start
            );
        }
    }
}
