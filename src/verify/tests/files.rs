//! A log of several files.

use super::*;

/// Four files.
fn files() -> Vec<Vec<u8>> {
    let mut log = Log::new();
    let mut files = Vec::new();
    for lines in 1..=3 {
        log.lines(lines).regular().lines(lines);
        files.push(log.rotate());
    }
    log.lines(2);
    files.push(log.bytes);
    files
}

fn all(files: &[Vec<u8>]) -> Vec<&[u8]> {
    files.iter().map(Vec::as_slice).collect()
}

#[test]
fn files_are_one_chain_in_any_order() {
    let files = files();
    let mut order = all(&files);
    for _ in 0..4 {
        order.rotate_left(1);
        for swap in 0..3 {
            let mut order = order.clone();
            order.swap(swap, swap + 1);
            let verdict = verified(&order);
            assert_eq!(sorts(&verdict), [""; 0]);
            assert_eq!((verdict.chains.len(), verdict.chains[0].inputs), (1, 4));
            assert_eq!((verdict.chains[0].seals, unsealed(&verdict)), ((1, 10), 2));
        }
    }
    // One after the other in one stream, they are the same.
    assert_eq!(sorts(&verified(&[&files.concat()])), [""; 0]);
}

#[test]
fn a_file_that_is_missing_between_others_is_named_by_its_seals() {
    let files = files();
    for gone in 0..4 {
        let mut left = all(&files);
        left.remove(gone);
        let verdict = verified(&left);
        let seals = verdict
            .findings
            .kept
            .first()
            .and_then(|finding| finding.seals);
        match gone {
            // Older files may be gone, and of newer ones nothing here tells.
            0 => assert_eq!(
                (sorts(&verdict), verdict.chains[0].seals),
                (vec![], (4, 10))
            ),
            3 => assert_eq!((sorts(&verdict), verdict.chains[0].seals), (vec![], (1, 9))),
            _ => {
                assert_eq!(sorts(&verdict), ["missing"]);
                let first = gone as u64 * 3 + 1;
                assert_eq!(seals, Some((first, first + 2)));
            }
        }
    }
}

#[test]
fn a_file_that_is_there_twice_is_told_and_a_part_of_it_is_found() {
    let files = files();
    let mut more = all(&files);
    more.push(&files[1]);
    let verdict = verified(&more);
    assert_eq!((sorts(&verdict), verdict.copies.len()), (vec![], 1));
    let half = files[1].split_inclusive(|byte| *byte == b'\n').take(4);
    let half: Vec<u8> = half.flatten().copied().collect();
    let mut more = all(&files);
    more.push(&half);
    assert!(sorts(&verified(&more)).contains(&"repeated"));
}

#[test]
fn lines_moved_to_another_file_are_found() {
    let files = files();
    let line = b"{\"event\":\"auth.login\",\"success\":true}\n";
    for at in 0..3 {
        // Behind the last seal of a file that the chain has left.
        let mut changed = files.clone();
        changed[at].extend_from_slice(line);
        assert_eq!(sorts(&verified(&all(&changed))), ["appended"], "file {at}");
        // Before the first seal of a file.
        let mut changed = files.clone();
        changed[at + 1].splice(0..0, line.iter().copied());
        assert_eq!(sorts(&verified(&all(&changed))), ["changed"], "file {at}");
    }
    // Behind the last seal of the last file: it is not sealed yet.
    let mut changed = files.clone();
    changed[3].extend_from_slice(line);
    let verdict = verified(&all(&changed));
    assert_eq!((sorts(&verdict), unsealed(&verdict)), (vec![], 3));
}

#[test]
fn a_seal_may_cover_the_end_of_one_file_and_the_beginning_of_the_next() {
    let mut log = Log::new();
    log.lines(2).regular().lines(3);
    let cuts: Vec<usize> = (0..log.bytes.len())
        .filter(|at| log.bytes[*at] == b'\n')
        .collect();
    log.lines(2).regular().lines(1);
    for cut in cuts {
        // As copytruncate leaves it: the writer knows nothing of it.
        let (old, new) = log.bytes.split_at(cut + 1);
        let verdict = verified(&[new, old]);
        assert_eq!(
            (sorts(&verdict), unsealed(&verdict)),
            (vec![], 1),
            "cut at {cut}"
        );
        let lost = [old, &new[1..]];
        assert!(verified(&lost).findings.total() > 0);
    }
}

#[test]
fn chains_of_several_logs_are_told_apart() {
    let (files, others) = (files(), files());
    let both: Vec<&[u8]> = files.iter().chain(&others).map(Vec::as_slice).collect();
    let verdict = verified(&both);
    assert_eq!((sorts(&verdict), verdict.chains.len()), (vec![], 2));
    // Of one log, put into the middle of another.
    let lines: Vec<&[u8]> = files[1].split_inclusive(|byte| *byte == b'\n').collect();
    let mixed = [&lines[..3].concat(), &others[1], &lines[3..].concat()]
        .map(Vec::as_slice)
        .concat();
    let verdict = verified(&[&files[0], &mixed, &files[2]]);
    assert!(sorts(&verdict).contains(&"another_chain"));
}

#[test]
fn a_checkpoint_knows_what_the_log_does_not() {
    let keys = Keys::new(vec![key("a")]);
    let checkpoint = |verdict: &Verdict| {
        let line = Checkpoint::line(&verdict.chains, &keys, now()).unwrap();
        Checkpoint::read(&line, &keys).unwrap()
    };
    let held = |files: &[&[u8]], checkpoint: &Checkpoint| {
        let verdict = checked(files, &[key("a")], Some(checkpoint));
        (
            sorts(&verdict),
            verdict
                .findings
                .kept
                .first()
                .and_then(|finding| finding.seals),
        )
    };
    let files = files();
    let all = all(&files);
    let early = checkpoint(&verified(&all[..2]));
    let late = checkpoint(&verified(&all));
    for known in [&early, &late] {
        assert_eq!(held(&all, known), (vec![], None));
    }
    // Older files may go once they were seen.
    assert_eq!(held(&all[1..], &late), (vec![], None));
    assert_eq!(held(&all[2..], &early), (vec![], None));
    assert_eq!(held(&all[3..], &early), (vec!["missing"], Some((7, 9))));
    // The newest files may not.
    assert_eq!(held(&all[..3], &late), (vec!["cut"], Some((10, 10))));
    assert_eq!(held(&all[..1], &early), (vec!["cut"], Some((4, 6))));
    // Nor may the log be another one.
    assert_eq!(held(&[&self::files().concat()], &late).0, ["replaced"]);
    assert_eq!(held(&[], &late).0, ["replaced"]);
    // A history from the same seal on, made by somebody who could restart the writer.
    let mut again = Log::resumed(&all[0][..all[0].len() - 1], key("a"));
    again
        .lines(2)
        .regular()
        .lines(1)
        .regular()
        .lines(4)
        .regular();
    assert_eq!(
        held(&[&again.bytes], &early),
        (vec!["rewritten"], Some((6, 6)))
    );
}

#[test]
fn a_checkpoint_is_believed_only_if_it_is_whole() {
    let keys = Keys::new(vec![key("a")]);
    let files = files();
    let verdict = verified(&all(&files));
    let line = Checkpoint::line(&verdict.chains, &keys, now()).unwrap();
    assert!(Checkpoint::read(&line, &keys).is_ok());
    for at in 0..line.len() {
        for value in [line[at] ^ 1, b' ', b'0', b'}'] {
            let mut changed = line.clone();
            changed[at] = value;
            let read = Checkpoint::read(&changed, &keys);
            assert!(value == line[at] || read.is_err(), "byte {at} as {value}");
        }
    }
    assert!(Checkpoint::read(&line, &Keys::new(vec![key("b")])).is_err());
    for end in 0..line.len() {
        assert!(Checkpoint::read(&line[..end], &keys).is_err());
    }
}
