//! Against published examples, and against numbers made with the formulas named beside them.

use super::*;

fn share(part: u64, whole: u64) -> Share {
    Share {
        part: part as f64,
        whole: whole as f64,
    }
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * other.abs()
}

#[test]
fn differences_have_the_intervals_that_newcombe_published() {
    // Newcombe (1998), table II, method 10; he subtracts the second share from the first.
    for (first, second, low, high) in [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ] {
        let sides = [share(second.0, second.1), share(first.0, first.1)];
        let (_, from, to) = difference(sides, Weight::INDEPENDENT);
        let told = [from, to].map(|end| (end * 1e4).round() / 1e4);
        assert_eq!(told, [low, high], "{first:?} {second:?}");
    }
}

#[test]
fn large_counts_are_tested_by_the_pooled_z_test() {
    // z = (p₂ - p₁) / √(p (1 - p) (1/n₁ + 1/n₂)), p = (x₁ + x₂) / (n₁ + n₂); p value 2 Φ(-|z|).
    for (a, b, expected) in [
        ((15, 100), (30, 100), 0.011_085_166_380_602_711), // z = 2.540002540003810
        ((500, 10_000), (620, 10_000), 0.000_223_806_003_121_608_3), // z = 3.690508734788421
        ((12, 1000), (40, 900), 1.504_797_489_606_671_5e-5), // z = 4.327984950465254
    ] {
        let p = p_value([share(a.0, a.1), share(b.0, b.1)], Weight::INDEPENDENT);
        assert!(close(p, expected), "{a:?} {b:?}: {p}");
    }
}

#[test]
fn small_counts_are_tested_exactly() {
    // The lady tasting tea (Fisher 1935): 34/70, two-sided. The others: the sum of the hypergeometric probabilities that
    // are no larger than that of the table.
    for (a, b, expected) in [
        ((3, 4), (1, 4), 34.0 / 70.0),
        ((1, 10), (11, 14), 0.002_759_456_185_220_083_6),
        ((0, 50), (6, 50), 0.026_661_076_308_390_465),
        ((2, 1002), (9, 909), 0.031_137_565_047_568_41),
        ((100, 100), (95, 100), 0.059_383_210_468_586_585),
        ((8, 10), (1, 6), 0.034_965_034_965_034_975),
    ] {
        let p = fisher([share(a.0, a.1), share(b.0, b.1)]);
        assert!(close(p, expected), "{a:?} {b:?}: {p}");
        let other_way_round = fisher([share(b.0, b.1), share(a.0, a.1)]);
        assert!(close(other_way_round, expected), "{other_way_round}");
    }
}

#[test]
fn counts_are_small_where_one_of_four_is_expected_below_five() {
    // Of 12 in 24, 5 are expected among 10; of 11 in 24, fewer.
    let p = |a, b| p_value([share(a, 10), share(b, 14)], Weight::INDEPENDENT);
    assert_ne!(p(1, 11), fisher([share(1, 10), share(11, 14)]));
    assert_eq!(p(1, 10), fisher([share(1, 10), share(10, 14)]));
    assert_eq!(p(9, 4), fisher([share(9, 10), share(4, 14)]));
}

#[test]
fn few_clusters_have_the_tails_of_students_distribution() {
    // The normal deviate with the tail of Student's t: Φ⁻¹ of its distribution function.
    for (t, freedom, expected) in [
        (2.0, 5.0, 1.635_52),
        (4.17, 62.0, 3.899_66),
        (10.0, 10.0, 4.799_63),
        (3.0, 30.0, 2.782_75),
        (30.0, 40.0, 11.184_6),
        (12.0, 4.0, 3.636_44),
    ] {
        let z = normal(t, freedom);
        assert!(
            0.98 * expected < z && z < expected + 1e-3,
            "{t} {freedom}: {z}"
        );
    }
}

#[test]
fn events_that_come_in_fours_weigh_a_quarter() {
    let fours = Weight {
        design_effect: 4.0,
        freedom: f64::INFINITY,
    };
    let (large, small) = (
        [share(400, 4000), share(520, 4000)],
        [share(100, 1000), share(130, 1000)],
    );
    let independent = Weight::INDEPENDENT;
    assert_eq!(p_value(large, fours), p_value(small, independent));
    assert_eq!(difference(large, fours), difference(small, independent));
}

#[test]
fn no_counts_are_too_strange_to_be_compared() {
    let counts = [0, 1, 2, 9, 1_000, 1 << 32, u64::MAX];
    for (a, b) in counts.into_iter().flat_map(|a| counts.map(|b| (a, b))) {
        for (part_a, part_b) in [(0, 0), (a, b), (a, 0), (0, b), (a / 2, b / 3), (1, 1)] {
            if a == 0 || b == 0 || part_a > a || part_b > b {
                continue;
            }
            for freedom in [1.0, 62.0, f64::INFINITY] {
                let weight = Weight {
                    design_effect: 3.5,
                    freedom,
                };
                let sides = [share(part_a, a), share(part_b, b)];
                let p = p_value(sides, weight);
                let (change, low, high) = difference(sides, weight);
                let sound = (0.0..=1.0).contains(&p) && -1.0 <= low && low <= change;
                assert!(
                    sound && change <= high && high <= 1.0,
                    "{sides:?} {p} {low} {high}"
                );
            }
        }
    }
}

#[test]
fn the_least_p_value_is_that_of_everything_on_the_smaller_side() {
    // 9 of 9 on a side that has one event in 31.
    let least = log_least_p_value(9, [1_000, 30_000]);
    assert!(close(least, 9.0 * (1.0_f64 / 31.0).ln()), "{least}");
    assert_eq!(log_least_p_value(0, [5, 5]), 0.0);
}
