//! Any edits of any log: what is believed is a run of what was written, unchanged and without a gap.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::seal::Seal;

/// What a writer may do.
#[derive(Clone, Debug)]
enum Act {
    Lines(u64),
    Odd(String),
    Seal,
    Close,
    /// Killed inside a line, and started again.
    Killed(Index),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..5_u64).prop_map(Act::Lines),
        1 => "[ -~]{0,40}".prop_map(Act::Odd),
        4 => Just(Act::Seal),
        1 => Just(Act::Close),
        1 => any::<Index>().prop_map(Act::Killed),
    ];
    prop::collection::vec(act, 1..14)
}

fn written(acts: &[Act]) -> Vec<u8> {
    let mut log = Log::new();
    for act in acts {
        match act {
            Act::Lines(count) => _ = log.lines(*count),
            Act::Odd(line) => _ = log.line(line),
            Act::Seal => _ = log.regular(),
            Act::Close => _ = log.seal(Kind::Closed),
            Act::Killed(at) => {
                let line = log
                    .bytes
                    .iter()
                    .rev()
                    .skip(1)
                    .position(|byte| *byte == b'\n');
                let start = log.bytes.len() - line.map_or(log.bytes.len(), |line| line + 1);
                let end = start + at.index(log.bytes.len() - start + 1);
                let count = log.count;
                log = Log::resumed(&log.bytes[..end], key("a"));
                log.count = count;
            }
        }
    }
    log.bytes
}

/// What somebody may do to a log.
#[derive(Clone, Debug)]
enum Edit {
    Byte(Index, u8),
    Cut(Index),
    RemoveBytes(Index, Index),
    RemoveLines(Index, Index),
    MoveLines(Index, Index, Index),
    CopyLines(Index, Index, Index),
    Insert(Index, Vec<u8>),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    use Edit::*;
    let at = any::<Index>;
    let edit = prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, value)| Byte(at, value)),
        at().prop_map(Cut),
        (at(), at()).prop_map(|(from, to)| RemoveBytes(from, to)),
        (at(), at()).prop_map(|(from, to)| RemoveLines(from, to)),
        (at(), at(), at()).prop_map(|(from, to, place)| MoveLines(from, to, place)),
        (at(), at(), at()).prop_map(|(from, to, place)| CopyLines(from, to, place)),
        (
            at(),
            prop_oneof![
                Just(b"\n".to_vec()),
                Just(b"{}\n".to_vec()),
                any::<[u8; 3]>().prop_map(Vec::from)
            ]
        )
            .prop_map(|(at, bytes)| Insert(at, bytes)),
    ];
    prop::collection::vec(edit, 0..4)
}

fn edited(log: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut log = log.to_vec();
    for edit in edits {
        if log.is_empty() {
            break;
        }
        let range = |from: &Index, to: &Index, length: usize| {
            let (from, to) = (from.index(length + 1), to.index(length + 1));
            from.min(to)..from.max(to)
        };
        let mut lines: Vec<Vec<u8>> = log
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        match edit {
            Edit::Byte(at, value) => {
                let at = at.index(log.len());
                log[at] = *value;
                continue;
            }
            Edit::Cut(at) => {
                log.truncate(at.index(log.len()));
                continue;
            }
            Edit::RemoveBytes(from, to) => {
                drop(log.drain(range(from, to, log.len())));
                continue;
            }
            Edit::Insert(at, bytes) => {
                let at = at.index(log.len() + 1);
                log.splice(at..at, bytes.iter().copied());
                continue;
            }
            Edit::RemoveLines(from, to) => drop(lines.drain(range(from, to, lines.len()))),
            Edit::MoveLines(from, to, place) => {
                let moved: Vec<_> = lines.drain(range(from, to, lines.len())).collect();
                let place = place.index(lines.len() + 1);
                lines.splice(place..place, moved);
            }
            Edit::CopyLines(from, to, place) => {
                let copied = lines[range(from, to, lines.len())].to_vec();
                let place = place.index(lines.len() + 1);
                lines.splice(place..place, copied);
            }
        }
        log = lines.concat();
    }
    log
}

/// The log up to its last seal, and the number of its first one, as the plainest reader sees it.
fn sealed(log: &[u8]) -> Option<(&[u8], u64)> {
    let (mut first, mut end, mut at) = (None, 0, 0);
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if let Some(seal) = Seal::read(line)
            .ok()
            .filter(|seal| seal.is_of(&key("a"), line))
        {
            first = first.or(Some(seal.mark.number));
            end = at;
        }
    }
    Some((&log[..end], first?))
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(whole, part).is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_believed(acts in acts()) {
        let log = written(&acts);
        prop_assert_eq!(sorts(&verified(&[&log])), [""; 0]);
    }

    #[test]
    fn what_is_believed_was_written(acts in acts(), edits in edits()) {
        let log = written(&acts);
        let edited = edited(&log, &edits);
        let verdict = verified(&[&edited]);
        match sealed(&edited) {
            Some((sealed, first)) if verdict.findings.total() == 0 => {
                let whole = match first {
                    1 => log.starts_with(sealed) || log == [sealed, b"\n"].concat(),
                    _ => contains(&log, sealed),
                };
                prop_assert!(whole, "believed: {}", String::from_utf8_lossy(&edited));
            }
            Some(_) => prop_assert_ne!(&log, &edited),
            None => prop_assert!(verdict.chains.is_empty()),
        }
    }

    #[test]
    fn files_of_any_cut_are_the_same_log(acts in acts(), cuts in prop::collection::vec(any::<Index>(), 0..4)) {
        let log = written(&acts);
        let ends: Vec<usize> = (0..log.len()).filter(|at| log[*at] == b'\n').map(|at| at + 1).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| ends[cut.index(ends.len())]).collect();
        cuts.extend([0, log.len()]);
        cuts.sort_unstable();
        cuts.dedup();
        let files: Vec<&[u8]> = cuts.windows(2).map(|cut| &log[cut[0]..cut[1]]).collect();
        // A file without a seal has no place in a chain.
        if files.iter().all(|file| sealed(file).is_some()) {
            let whole = verified(&[&log]);
            let verdict = verified(&files);
            prop_assert_eq!(sorts(&verdict), [""; 0]);
            prop_assert_eq!(unsealed(&verdict), unsealed(&whole));
        }
    }
}
