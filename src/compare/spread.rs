//! How much events tell: the variance of a share between parts of the events, against that of independent ones.
//!
//! With `x` of `n` events, and `x_g` of `n_g` in each of `G` parts that have no user in common, the share `p = x / n` has
//! the variance `(G - 1) / G · Σ (p_g - p)²`, where `p_g` is the share without that part: the jackknife over groups
//! (Wolter 2007, *Introduction to Variance Estimation*, 4.2). Independent events would have `p (1 - p) / n`. The first by
//! the second is the design effect, taken over both sides together and never below 1.
//!
//! A user who is busier than all others together makes one part that outweighs the rest. The estimate then knows less
//! than `G` parts would: its degrees of freedom are those of as many parts of equal size as have the same weight,
//! `n² / Σ n_g²`, less one for each side (Carter, Schnepel & Steigerwald 2017, *Review of Economics and Statistics*
//! 99:698, on how few clusters unequal ones are).

use super::places::Counts;
use super::shares::Weight;

/// How much the events of a share tell, by its counts in the parts of both sides; `None` if on neither side two parts
/// have any: there is nothing to see a spread between.
pub(super) fn weight(sides: [&[Counts]; 2]) -> Option<Weight> {
    let (mut measured, mut independent, mut freedom) = (0.0, 0.0, 0.0);
    for parts in sides {
        let parts = || {
            let some = parts.iter().filter(|counts| counts.whole > 0);
            some.map(|counts| (counts.part as f64, counts.whole as f64))
        };
        let groups = parts().count() as f64;
        if groups < 2.0 {
            continue;
        }
        let (part, whole) = parts().fold((0.0, 0.0), |sum, counts| {
            (sum.0 + counts.0, sum.1 + counts.1)
        });
        let rate = part / whole;
        let (mut squares, mut sizes) = (0.0, 0.0);
        for (in_part, of_part) in parts() {
            let rest = whole - of_part;
            squares += ((in_part - rate * of_part) * whole / rest).powi(2);
            sizes += of_part * of_part;
        }
        measured += (groups - 1.0) / groups * squares;
        independent += whole * rate * (1.0 - rate);
        freedom += whole * whole / sizes - 1.0;
    }
    let design_effect = match independent > 0.0 {
        true => (measured / independent).max(1.0),
        false => 1.0,
    };
    (freedom > 0.0).then_some(Weight {
        design_effect,
        freedom,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(part: u64, whole: u64) -> Counts {
        Counts { part, whole }
    }

    #[test]
    fn events_that_come_in_bursts_of_one_user_weigh_less() {
        // Four parts of ten, all or none: p = 1/2, Σ e² = 4 · 25, times 4/3, against 40 · 1/4.
        let bursts =
            [(10, 10), (0, 10), (10, 10), (0, 10)].map(|(part, whole)| counts(part, whole));
        let weight = weight([&bursts, &[]]).unwrap();
        let expected = 4.0 / 3.0 * 100.0 / 10.0;
        assert!(
            (weight.design_effect - expected).abs() < 1e-12,
            "{weight:?}"
        );
        assert_eq!(weight.freedom, 3.0);
    }

    #[test]
    fn a_part_that_outweighs_the_rest_leaves_little_to_learn_from() {
        // Without the first part: 2 of 10 instead of 82 of 110; without the others: 81 of 105 both.
        let weight = weight([&[counts(80, 100), counts(1, 5), counts(1, 5)], &[]]).unwrap();
        let rate = 82.0 / 110.0;
        let squares = (0.2_f64 - rate).powi(2) + 2.0 * (81.0_f64 / 105.0 - rate).powi(2);
        let independent = rate * (1.0 - rate) / 110.0;
        let expected = 2.0 / 3.0 * squares / independent;
        assert!(
            (weight.design_effect / expected - 1.0).abs() < 1e-12,
            "{weight:?}"
        );
        let freedom = 110.0 * 110.0 / (100.0 * 100.0 + 25.0 + 25.0) - 1.0;
        assert!((weight.freedom - freedom).abs() < 1e-12);
    }

    #[test]
    fn events_spread_more_evenly_than_chance_weigh_no_more_than_one() {
        let even = [counts(5, 10), counts(5, 10)];
        let weight = weight([&even, &even]).unwrap();
        assert_eq!((weight.design_effect, weight.freedom), (1.0, 2.0));
    }

    #[test]
    fn one_user_shows_no_spread() {
        let (one, none) = (counts(7, 90), counts(0, 0));
        assert_eq!(weight([&[one, none], &[none, one]]), None);
        // Where the other side has two, theirs is taken for both.
        let both = weight([&[one, none], &[one, one]]).unwrap();
        assert_eq!(both.freedom, 1.0);
    }
}
