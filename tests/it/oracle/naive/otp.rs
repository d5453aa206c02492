//! Sequences, each event compared with every other: what proved an address and how long it took, and tokens that come again.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use super::event::{Event, Outcome};
use super::report::{count, mean, of, share};
use super::time::seconds;

fn micros(event: &Event) -> Option<i64> {
    Some(event.time?.timestamp_micros())
}

pub(super) fn otp(events: &[Event]) -> Json {
    let all_sent = of(events, "otp.sent");
    let attempts = of(events, "otp.verification");
    let by = |outcome| move |event: &&Event| event.outcome == outcome;
    let (sent, failed) = (
        all_sent.clone().filter(by(Outcome::Ok)),
        attempts.clone().filter(by(Outcome::Failed)),
    );
    let verified = attempts.clone().filter(by(Outcome::Ok));
    let mut waits = Vec::new();
    let mut needed: BTreeMap<u64, u64> = BTreeMap::new();
    for success in verified.clone() {
        let (Some(now), Some(address)) = (micros(success), &success.email) else {
            continue;
        };
        let times = |events: &mut dyn Iterator<Item = &Event>| -> Vec<i64> {
            let same = events.filter(|event| event.email.as_ref() == Some(address));
            same.filter_map(micros)
                .filter(|time| *time <= now)
                .collect()
        };
        let Some(start) = times(&mut sent.clone()).into_iter().max() else {
            continue;
        };
        if now - start > 3_600_000_000 {
            continue;
        }
        waits.push(now - start);
        let failures = times(&mut failed.clone())
            .into_iter()
            .filter(|time| *time >= start);
        *needed
            .entry((failures.count() as u64 + 1).min(100))
            .or_default() += 1;
    }
    let (ok, bad) = (
        count(attempts.clone(), Outcome::Ok),
        count(attempts.clone(), Outcome::Failed),
    );
    let (sent_ok, sent_bad) = (
        count(all_sent.clone(), Outcome::Ok),
        count(all_sent.clone(), Outcome::Failed),
    );
    let mut rows: Vec<Json> = needed
        .iter()
        .map(|(attempts, count)| json!({"attempts": attempts, "count": count}))
        .collect();
    if ok > waits.len() as u64 {
        rows.push(json!({"attempts": null, "count": ok - waits.len() as u64}));
    }
    json!({
        "generated": of(events, "otp.generated").filter(|event| event.outcome != Outcome::Failed).count(),
        "sent": sent_ok,
        "send_failed": sent_bad,
        "send_unknown": count(all_sent, Outcome::Unknown),
        "verified": ok,
        "verify_failed": bad,
        "verify_unknown": count(attempts, Outcome::Unknown),
        "send_rate": share(sent_ok, sent_ok + sent_bad),
        "verify_rate": share(ok, ok + bad),
        "conversion": mean(ok, sent_ok),
        "time_to_verify_p50": quantile(&waits, 50),
        "time_to_verify_p95": quantile(&waits, 95),
        "attempts_per_success": mean(ok + bad, ok),
        "by_domain": by_domain(sent, verified),
        "attempts": rows,
    })
}

/// The smallest that enough are not above.
fn quantile(waits: &[i64], percent: usize) -> Json {
    let not_above = |most: i64| waits.iter().filter(|wait| **wait <= most).count();
    let enough = waits
        .iter()
        .filter(|wait| not_above(**wait) * 100 >= waits.len() * percent);
    enough
        .min()
        .map_or(Json::Null, |wait| seconds(TimeDelta::microseconds(*wait)))
}

fn by_domain<'a>(
    sent: impl Iterator<Item = &'a Event>,
    verified: impl Iterator<Item = &'a Event>,
) -> Json {
    let domain = |event: &Event| {
        let (_, domain) = event.email.as_ref()?.rsplit_once('@')?;
        Some(domain.to_owned()).filter(|domain| !domain.is_empty())
    };
    let mut domains: BTreeMap<Option<String>, (u64, u64)> = BTreeMap::new();
    sent.for_each(|event| domains.entry(domain(event)).or_default().0 += 1);
    verified.for_each(|event| domains.entry(domain(event)).or_default().1 += 1);
    let mut rows: Vec<_> = domains.into_iter().collect();
    rows.sort_by_key(|(_, (sent, verified))| std::cmp::Reverse(sent + verified));
    rows.into_iter()
        .map(|(domain, (sent, verified))| {
            json!({"domain": domain, "sent": sent, "verified": verified, "conversion": mean(verified, sent)})
        })
        .collect()
}

/// Failures whose reason names reuse, and refreshes with a token that was rotated more than 10 s before.
pub(super) fn reused(events: &[Event]) -> usize {
    let refreshes = of(events, "token.refresh");
    let rotations = refreshes
        .clone()
        .filter(|event| event.outcome == Outcome::Ok);
    let named = |event: &Event| {
        let reason = event
            .reason
            .as_deref()
            .unwrap_or_default()
            .to_ascii_lowercase();
        event.outcome == Outcome::Failed && reason.contains("reuse")
    };
    let again = |event: &Event| {
        let same = |other: &&Event| {
            event.token.is_some() && other.token == event.token && other.family == event.family
        };
        let first = rotations.clone().filter(same).filter_map(micros).min();
        first
            .zip(micros(event))
            .is_some_and(|(first, now)| now - first > 10_000_000)
    };
    refreshes
        .clone()
        .filter(|event| named(event) || again(event))
        .count()
}
