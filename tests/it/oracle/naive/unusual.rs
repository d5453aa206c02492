//! Buckets of the timeline in which more failed than the others make likely, by the definition.

use serde_json::{Value as Json, json};

use super::report::{mean, share};

/// When it starts, how many of its events failed, and how many it has.
pub(super) type Bucket = (String, u64, u64);

/// The facts and the table, of the buckets that have events.
pub(super) fn unusual(buckets: &[Bucket]) -> [(&'static str, Json); 3] {
    if buckets.len() < 2 {
        return [
            ("unusual_buckets", Json::Null),
            ("usual_failures", share(0, 0)),
            ("unusual", json!([])),
        ];
    }
    let sum = |buckets: &[Bucket]| {
        let all = buckets.iter();
        all.fold((0, 0), |(failed, all), bucket| {
            (failed + bucket.1, all + bucket.2)
        })
    };
    let (mut usual, mut found) = (buckets.to_vec(), Vec::new());
    for _ in 0..16 {
        let (failures, events) = sum(&usual);
        let is_usual = |(_, failed, all): &Bucket| {
            let others = (failures - failed, events - all);
            let ratio = (failed * others.1) as f64 / (all * others.0) as f64;
            let level = 0.01 / buckets.len() as f64;
            *failed < 10
                || others.1 == 0
                || ratio < 2.0
                || tail(*failed, *all, failures, events) > level
        };
        let (left, more): (Vec<Bucket>, Vec<Bucket>) = usual.into_iter().partition(is_usual);
        usual = left;
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    let (failures, events) = sum(&usual);
    let beyond =
        |bucket: &Bucket| bucket.1 as i64 * events as i64 - bucket.2 as i64 * failures as i64;
    found.sort_by_key(|bucket| (-beyond(bucket), bucket.0.clone()));
    let rows = found.iter().map(|(start, failed, all)| {
        let times = (*failed * events) as f64 / (*all * failures) as f64;
        json!({
            "start": start,
            "events": all,
            "failures": share(*failed, *all),
            "usual": share(failures, events),
            "times": if failures == 0 { Json::Null } else { mean((times * 1000.0).round() as u64, 1000) },
        })
    });
    [
        ("unusual_buckets", json!(found.len())),
        ("usual_failures", share(failures, events)),
        ("unusual", rows.collect()),
    ]
}

/// How likely so many or more of `drawn` out of `events` are among the `failures`, term by term from factorials.
fn tail(failed: u64, drawn: u64, failures: u64, events: u64) -> f64 {
    let factorial = |n: u64| (1..=n).map(|k| (k as f64).ln()).sum::<f64>();
    let choose = |n: u64, k: u64| factorial(n) - factorial(k) - factorial(n - k);
    let possible = (failed..=drawn.min(failures)).filter(|k| drawn - k <= events - failures);
    possible
        .map(|k| {
            let ways = choose(failures, k) + choose(events - failures, drawn - k);
            (ways - choose(events, drawn)).exp()
        })
        .sum()
}
