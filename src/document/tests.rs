use super::*;

#[test]
fn a_share_carries_its_wilson_interval() {
    let share = Value::Ratio {
        part: 9163,
        whole: 10_000,
    };
    assert_eq!(share.rate(), Some(0.9163));
    assert_eq!(share.interval(), Some((0.9107, 0.9216)));
}

#[test]
fn nothing_of_nothing_has_no_rate() {
    assert_eq!(Value::Ratio { part: 0, whole: 0 }.rate(), None);
    assert_eq!(Value::Ratio { part: 0, whole: 0 }.interval(), None);
    let pace = Value::Pace {
        count: 5,
        elapsed: Duration::ZERO,
        unit: Duration::from_secs(1),
    };
    assert_eq!(pace.rate(), None);
}

#[test]
fn a_mean_is_off_by_a_little_more_than_its_whole() {
    let permille = |whole| match Value::about_mean(1, 1, whole) {
        Value::AboutRate { permille, .. } => permille,
        _ => u16::MAX,
    };
    // 1000 for 984 instead of 1000: 1.6 % fewer are 1.63 % more for each.
    assert_eq!(
        [0, 16, 500, 999, 1000].map(permille),
        [0, 17, 1000, 1000, 1000]
    );
}

#[test]
fn intervals_stay_inside_zero_and_one() {
    for (part, whole) in [
        (0, 1),
        (1, 1),
        (0, 1_000_000_000),
        (7, 7),
        (1, 3),
        (u64::MAX, u64::MAX),
    ] {
        let (low, high) = wilson(part, whole);
        let rate = rounded(part as f64 / whole as f64);
        assert!(
            0.0 <= low && low <= rate && rate <= high && high <= 1.0,
            "{part}/{whole}: {low} {high}"
        );
    }
}

#[test]
fn a_probability_keeps_four_digits_however_small_it_is() {
    let told = |probability| Value::chance(probability).rate().unwrap();
    assert_eq!(
        [1.0, 0.05, 0.011_085_166, 1.504_797e-5].map(told),
        [1.0, 0.05, 0.01109, 1.505e-5]
    );
    assert_eq!([0.0, 1e-310, 9.9999e-1].map(told), [1e-300, 1e-300, 1.0]);
}

#[test]
fn a_difference_has_a_sign_and_an_interval() {
    let less = Value::difference(-0.0125, -0.02, 0.001);
    assert_eq!(less.rate(), Some(-0.0125));
    assert_eq!(less.interval(), Some((-0.02, 0.001)));
}

#[test]
fn small_rates_keep_four_digits() {
    assert_eq!(
        Value::Ratio {
            part: 3,
            whole: 1_000_000
        }
        .rate(),
        Some(0.000003)
    );
    assert_eq!(
        Value::Mean {
            part: 1,
            whole: 3000
        }
        .rate(),
        Some(0.0003333)
    );
    assert_eq!(
        Value::Mean {
            part: 123_456_789,
            whole: 1000
        }
        .rate(),
        Some(123_456.789)
    );
}
