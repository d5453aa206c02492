//! Whether a seal is what should stand at its place, and the words for what is wrong if it is not.

use super::{End, Finding, Head, Mark, Place, Seal, Sort, Walk};

/// How a seal follows the one before it.
enum Order {
    Next,
    /// As its number says, but from another one.
    Fork,
    Gap,
    Again,
    Before,
    OtherChain,
}

impl Walk<'_> {
    /// The first seal of the input.
    pub(super) fn begin(&mut self, seal: &Seal, covers: bool, place: Place) {
        let head = self.head.take();
        let mut open = None;
        if !covers {
            let explained = self.explained(seal, 0);
            self.tell_suspects(place, explained);
            if !explained && seal.mark.number == 1 {
                self.changed(seal, place);
            } else if !explained {
                open = Some(head);
            }
        }
        self.first = Some(Head {
            seal: seal.clone(),
            place,
            open,
        });
    }

    /// Whether a seal covers just what follows the last line that only looks like one: that one was a seal, then, and all
    /// those between this and the seal of number `last` are such lines.
    fn explained(&self, seal: &Seal, last: u64) -> bool {
        let between = seal.mark.number.checked_sub(last + 1);
        let after = self.after.as_ref();
        between == Some(self.suspects.len() as u64)
            && after.is_some_and(|after| after.is_of(seal, self.at))
    }

    /// Tells of lines that only look like seals. Where they stand for seals, what these covered cannot be checked.
    pub(super) fn tell_suspects(&mut self, between: Place, explained: bool) {
        let mut from = (between.line, between.byte);
        for mut finding in std::mem::take(&mut self.suspects) {
            if let (true, Some(place)) = (explained, &mut finding.place) {
                let line = place.line;
                if from.0 < line {
                    let (first, last) = (from.0, line - 1);
                    finding.what = format!(
                        "line {line}: {}; what it covered, lines {first} to {last}, cannot be checked",
                        finding.what
                    );
                }
                let end = (place.last_line + 1, place.end);
                (place.line, place.byte) = from;
                from = end;
            }
            self.found(finding);
        }
    }

    fn found(&mut self, finding: Finding) {
        let Finding {
            place,
            sort,
            seals,
            what,
        } = finding;
        self.findings.add(sort, place, seals, what);
    }

    /// A seal behind another one of the same input.
    pub(super) fn judge(&mut self, last: &End, seal: &Seal, covers: bool, place: Place) {
        let order = order(&last.mark, seal);
        if covers && matches!(order, Order::Next) {
            // Whatever looked like a seal between was sealed as it is.
            return;
        }
        let same_chain = last.mark.chain == seal.mark.chain;
        let explained = same_chain && self.explained(seal, last.mark.number);
        self.tell_suspects(place, explained);
        if explained {
            return;
        }
        let (before, number) = (last.mark.number, seal.mark.number);
        let lines = match covers {
            true => "",
            false => ", and the lines before it are not those that it covers",
        };
        let (sort, seals, what) = match order {
            Order::Next => return self.changed(seal, place),
            Order::Fork => (
                Sort::Rewritten,
                (number, number),
                format!(
                    "seal {number} follows another seal {before} than the one before it{lines}"
                ),
            ),
            Order::Gap => (
                Sort::Missing,
                (before + 1, number - 1),
                missing(before + 1, number - 1, covers),
            ),
            Order::Again => (
                Sort::Repeated,
                (number, number),
                format!("seal {number} is there again{lines}"),
            ),
            Order::Before => (
                Sort::Repeated,
                (number, before),
                format!("seal {number} stands behind seal {before}: repeated, or moved{lines}"),
            ),
            Order::OtherChain => (
                Sort::AnotherChain,
                (number, number),
                format!(
                    "seal {number} of chain {} follows seal {before} of chain {}, which no writer does{lines}",
                    String::from_utf8_lossy(&seal.mark.chain),
                    String::from_utf8_lossy(&last.mark.chain)
                ),
            ),
        };
        self.findings.add(sort, Some(place), Some(seals), what);
    }

    fn changed(&mut self, seal: &Seal, place: Place) {
        let what = changed(seal, place);
        let seals = Some((seal.mark.number, seal.mark.number));
        self.findings.add(Sort::Changed, Some(place), seals, what);
    }
}

/// How a seal follows the one before it.
fn order(last: &Mark, seal: &Seal) -> Order {
    if last.chain != seal.mark.chain {
        return Order::OtherChain;
    }
    match seal.mark.number.checked_sub(last.number) {
        Some(1) if seal.previous == last.hmac => Order::Next,
        Some(1) => Order::Fork,
        Some(0) if seal.mark.hmac == last.hmac => Order::Again,
        Some(0) | None => Order::Before,
        Some(_) => Order::Gap,
    }
}

/// What is said of lines that are not those that were sealed.
pub(in crate::verify) fn changed(seal: &Seal, place: Place) -> String {
    let number = seal.mark.number;
    let (lines, bytes) = (place.last_line + 1 - place.line, place.end - place.byte);
    let why = match lines.cmp(&seal.lines) {
        std::cmp::Ordering::Less => "lines are gone",
        std::cmp::Ordering::Greater => "lines were added",
        std::cmp::Ordering::Equal => "something in them is not as it was, or their order is not",
    };
    format!(
        "seal {number} covers lines: {}, bytes: {}; here are lines: {lines}, bytes: {bytes}; {why}",
        seal.lines, seal.bytes
    )
}

/// What is said of seals that are not there.
fn missing(first: u64, last: u64, clean: bool) -> String {
    let seals = numbers((first, last));
    match clean {
        true => format!("{seals} missing, with what was sealed"),
        false => format!("{seals} missing; what was sealed, if it is here, cannot be checked"),
    }
}

/// `seal 5 is` or `seals 5 to 7 are`.
pub(in crate::verify) fn numbers((first, last): (u64, u64)) -> String {
    match first == last {
        true => format!("seal {first} is"),
        false => format!("seals {first} to {last} are"),
    }
}
