//! Inputs side by side: one chain goes through all files of a rotated log, whatever they are called and in whatever order
//! they were given.

use super::Verdict;
use super::finding::{Findings, Place, Sort};
use super::strand::{End, Head, Strand};
use super::strand::{changed, numbers};
use crate::event::Timestamp;

/// A chain as far as it was seen.
pub(crate) struct ChainSeen {
    pub(crate) id: [u8; 16],
    pub(crate) inputs: u64,
    /// Numbers, and times, of its first seal and its last.
    pub(crate) seals: (u64, u64),
    pub(crate) times: (Timestamp, Timestamp),
    /// The code before the first seal, and of the last one.
    pub(crate) before: [u8; 32],
    pub(crate) last: End,
    /// Lines behind the last seal.
    pub(crate) unsealed_lines: u64,
    /// The last of these has no newline.
    pub(crate) torn: bool,
}

/// An input with seals.
struct Link {
    index: usize,
    head: Head,
    end: End,
}

/// Puts inputs in the order of their seals, and finds what is wrong between them.
pub(super) fn linked(mut strands: Vec<Strand>, limit: usize) -> Verdict {
    let mut findings = Findings::new(limit);
    for strand in &mut strands {
        findings.extend(std::mem::take(&mut strand.findings));
    }
    let mut links: Vec<Link> = Vec::new();
    for (index, strand) in strands.iter().enumerate() {
        if let (Some(head), Some(end)) = (&strand.first, &strand.last) {
            let (head, end) = (head.clone(), end.clone());
            links.push(Link { index, head, end });
        }
    }
    links.sort_by_key(|link| {
        let mark = link.head.seal.mark;
        (mark.chain, mark.number, link.end.mark.number, link.index)
    });
    let mut verdict = Verdict {
        strands,
        findings,
        ..Verdict::default()
    };
    for chain in links.chunk_by(|one, other| one.head.seal.mark.chain == other.head.seal.mark.chain)
    {
        let seen = follow(chain, &mut verdict);
        verdict.chains.push(seen);
    }
    verdict
        .chains
        .sort_by_key(|chain| (chain.times.0, chain.id));
    verdict
}

/// One chain through its inputs.
fn follow(links: &[Link], verdict: &mut Verdict) -> ChainSeen {
    let first = &links[0];
    let mut before: Option<&Link> = None;
    let mut inputs = 0;
    for link in links {
        match before {
            Some(before) if is_copy(before, link) => {
                let (copy, of) = (link.index as u32, before.index as u32);
                verdict.copies.push((copy, of));
                continue;
            }
            Some(before) => between(before, link, verdict),
            None => late(link, verdict),
        }
        inputs += 1;
        before = Some(link);
    }
    let last = before.unwrap_or(first);
    let tail = &verdict.strands[last.index].tail;
    let (head, end) = (&first.head.seal, &last.end);
    ChainSeen {
        id: head.mark.chain,
        inputs,
        seals: (head.mark.number, end.mark.number),
        times: (head.time, end.time),
        before: head.previous,
        last: end.clone(),
        unsealed_lines: tail.lines,
        torn: tail.torn,
    }
}

/// Whether one input has the seals of the other, and no others.
fn is_copy(one: &Link, other: &Link) -> bool {
    one.head.seal.mark == other.head.seal.mark && one.end.mark == other.end.mark
}

/// The first input of a chain: before it there may have been others, which are gone.
fn late(link: &Link, verdict: &mut Verdict) {
    if link.head.open.is_some() {
        let what = "; or it also covers the end of the file before, which is not here";
        head_is_changed(&link.head, what, verdict);
    }
}

fn head_is_changed(head: &Head, more: &str, verdict: &mut Verdict) {
    let what = format!("{}{more}", changed(&head.seal, head.place));
    let number = head.seal.mark.number;
    let findings = &mut verdict.findings;
    findings.add(
        Sort::Changed,
        Some(head.place),
        Some((number, number)),
        what,
    );
}

/// Two inputs that should follow each other.
fn between(before: &Link, link: &Link, verdict: &mut Verdict) {
    let names = |index: usize| verdict.strands[index].name.clone();
    let (old, new) = (names(before.index), names(link.index));
    let (last, seal) = (&before.end.mark, &link.head.seal);
    let number = seal.mark.number;
    let tail = verdict.strands[before.index].tail.clone();
    // What stands behind the last seal of the one and before the first of the other may be covered by the latter.
    let spans = match &link.head.open {
        Some(Some(head)) => tail.and_more_is(head, seal),
        _ => false,
    };
    if number <= last.number {
        let end = last.number.min(link.end.mark.number);
        let what = format!("{} in {old} and in {new}", numbers((number, end)));
        let place = Some(link.head.place);
        verdict
            .findings
            .add(Sort::Repeated, place, Some((number, end)), what);
    } else if number > last.number + 1 {
        let seals = (last.number + 1, number - 1);
        let what = format!(
            "{} missing, with what was sealed, between the last seal of {old} and the first of {new}",
            numbers(seals)
        );
        verdict.findings.add(Sort::Missing, None, Some(seals), what);
    } else if seal.previous != last.hmac {
        let what = format!(
            "seal {number} follows another seal {} than the last one of {old}",
            last.number
        );
        let place = Some(link.head.place);
        verdict
            .findings
            .add(Sort::Rewritten, place, Some((number, number)), what);
    }
    if link.head.open.is_some() && !spans {
        head_is_changed(&link.head, "", verdict);
    }
    if tail.lines > 0 && !spans {
        let what = format!(
            "lines: {}, behind the last seal, and the chain goes on in {new} without them",
            tail.lines
        );
        let place: Option<Place> = Some(tail.place);
        verdict.findings.add(Sort::Appended, place, None, what);
    }
}
