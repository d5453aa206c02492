//! Every pair of shares with its difference and its p value, and which of them are beyond chance together.

use super::places::{Counts, Place, Shares};
use super::shares::{Share, Weight, difference, log_least_p_value, p_value};
use super::{LEVEL, Side, spread};
use crate::document::Value;

/// A share on both sides.
pub(super) struct Compared<'a> {
    pub(super) place: Place<'a>,
    pub(super) counts: [Counts; 2],
    /// `None` where there is nothing to compare, or no spread to compare it with.
    pub(super) verdict: Option<Verdict>,
    /// Whether it is a change beyond chance.
    pub(super) is_change: bool,
}

/// What a comparison says.
#[derive(Clone, Copy)]
pub(super) struct Verdict {
    pub(super) p_value: f64,
    /// How much larger the second is, from, to.
    pub(super) difference: (f64, f64, f64),
    /// How many events tell as much as an independent one.
    pub(super) design_effect: f64,
}

impl Counts {
    fn share(self) -> Share {
        Share {
            part: self.part as f64,
            whole: self.whole as f64,
        }
    }

    pub(super) fn value(self) -> Value {
        Value::Ratio {
            part: self.part.min(self.whole),
            whole: self.whole,
        }
    }
}

/// All comparisons, in the order of the first document; what is only in the second comes last.
pub(super) fn judged<'a>(sides: [Side<'a>; 2]) -> Vec<Compared<'a>> {
    let [a, b] = sides.map(|side| Shares::of(side.document));
    let parts = sides.map(|side| side.parts.iter().map(Shares::of).collect::<Vec<_>>());
    let mut places = a.places.clone();
    let known: std::collections::BTreeSet<&Place<'_>> = a.places.iter().collect();
    places.extend(
        b.places
            .iter()
            .filter(|place| !known.contains(place))
            .cloned(),
    );
    places.retain(|place| !a.is_estimated(&place.column) && !b.is_estimated(&place.column));
    let compared = places.into_iter().map(|place| {
        let counts = [a.at(&place), b.at(&place)];
        let [of_a, of_b] = &parts;
        let [of_a, of_b] =
            [of_a, of_b].map(|parts| parts.iter().map(|part| part.at(&place)).collect::<Vec<_>>());
        Compared {
            verdict: spread::weight([&of_a, &of_b]).and_then(|weight| verdict(counts, weight)),
            place,
            counts,
            is_change: false,
        }
    });
    let mut compared = compared.collect::<Vec<_>>();
    tell_changes(&mut compared);
    compared
}

fn verdict(counts: [Counts; 2], weight: Weight) -> Option<Verdict> {
    let sound = |counts: Counts| counts.whole > 0 && counts.part <= counts.whole;
    counts.into_iter().all(sound).then(|| {
        let shares = counts.map(Counts::share);
        Verdict {
            p_value: p_value(shares, weight),
            difference: difference(shares, weight),
            design_effect: weight.design_effect,
        }
    })
}

/// Marks what is beyond chance (Holm 1979) among the comparisons that could be (Tarone 1990).
fn tell_changes(compared: &mut [Compared<'_>]) {
    let level = LEVEL.0 as f64 / LEVEL.1 as f64;
    let mut possible: Vec<(f64, usize)> = Vec::new();
    for (index, one) in compared.iter().enumerate() {
        if one.verdict.is_some() {
            let [a, b] = one.counts;
            let least = log_least_p_value(a.part.saturating_add(b.part), [a.whole, b.whole]);
            possible.push((least, index));
        }
    }
    possible.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    // The smallest K such that no more than K comparisons could have a p value of level / K.
    let among = |k: usize| possible.partition_point(|(least, _)| *least <= (level / k as f64).ln());
    let k = (1..=possible.len()).find(|k| among(*k) <= *k).unwrap_or(1);
    possible.truncate(among(k));

    let p_value = |index: usize, compared: &[Compared<'_>]| {
        compared[index]
            .verdict
            .map_or(1.0, |verdict| verdict.p_value)
    };
    possible.sort_by(|one, other| p_value(one.1, compared).total_cmp(&p_value(other.1, compared)));
    let all = possible.len();
    for (rank, (_, index)) in possible.into_iter().enumerate() {
        if p_value(index, compared) > level / (all - rank) as f64 {
            break;
        }
        compared[index].is_change = true;
    }
}

/// Those of `compared` that are chosen, the clearest first.
pub(super) fn clearest_first<'c, 'a>(
    compared: &'c [Compared<'a>],
    chosen: impl Fn(&Compared<'a>) -> bool,
) -> Vec<&'c Compared<'a>> {
    let mut found: Vec<_> = compared.iter().filter(|one| chosen(one)).collect();
    let p_value = |one: &Compared<'_>| one.verdict.map_or(2.0, |verdict| verdict.p_value);
    let change = |one: &Compared<'_>| {
        one.verdict
            .map_or(0.0, |verdict| verdict.difference.0.abs())
    };
    found.sort_by(|one, other| {
        let clearer = p_value(one).total_cmp(&p_value(other));
        let larger = || change(other).total_cmp(&change(one));
        let more = || total(other).cmp(&total(one));
        let order = clearer.then_with(larger).then_with(more);
        order.then_with(|| one.place.cmp(&other.place))
    });
    found
}

fn total(one: &Compared<'_>) -> u64 {
    let [a, b] = one.counts;
    a.part.saturating_add(b.part)
}
