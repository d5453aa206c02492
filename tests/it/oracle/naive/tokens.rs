//! What becomes of tokens, counted over all events at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};

use super::event::{Event, Outcome};
use super::report::start;
use super::time::{seconds, show};

#[derive(Clone, Copy, PartialEq)]
enum Became {
    Issued,
    Refreshed,
    Failed,
}

fn became(event: &Event) -> Option<Became> {
    match (event.kind, event.outcome) {
        ("invalid", _) | ("issue" | "token.refresh", Outcome::Failed) => Some(Became::Failed),
        ("issue", _) => Some(Became::Issued),
        ("token.refresh", Outcome::Ok) => Some(Became::Refreshed),
        _ => None,
    }
}

pub(super) fn tokens(events: &[Event]) -> Json {
    let other = [
        "token.userinfo_accessed",
        "token.used",
        "api_token.used",
        "token.revoked",
        "token.expired",
    ];
    let all: Vec<&Event> = events
        .iter()
        .filter(|event| {
            ["issue", "token.refresh", "invalid"].contains(&event.kind)
                || other.contains(&event.name.as_str())
        })
        .collect();
    let count = |what| {
        all.iter()
            .filter(|event| became(event) == Some(what))
            .count()
    };
    let not_failed = |name| {
        let of = all.iter().filter(|event| event.name == name);
        of.filter(|event| event.outcome != Outcome::Failed).count()
    };
    let different = |key: fn(&Event) -> &Option<String>| {
        let texts = all.iter().filter_map(|event| key(event).as_deref());
        texts.collect::<BTreeSet<&str>>().len()
    };
    let lives: Vec<(&Event, i64)> = all
        .iter()
        .filter(|event| became(event) == Some(Became::Issued))
        .filter_map(|event| Some((*event, lifetime(event.expires_in.as_deref()?)?)))
        .collect();
    let ends = lives.iter().filter_map(|(event, life)| {
        event
            .time?
            .checked_add_signed(TimeDelta::try_seconds(*life)?)
    });
    let now = DateTime::<Utc>::from(SystemTime::now());
    let (active, ended): (Vec<_>, Vec<_>) = ends.partition(|end| *end > now);
    let mut sorted: Vec<i64> = lives.iter().map(|(_, life)| *life).collect();
    sorted.sort_unstable();
    let mean = (!sorted.is_empty()).then(|| {
        let sum: i64 = sorted.iter().sum();
        let nanos = i128::from(sum) * 1_000_000_000 / sorted.len() as i128;
        let whole = TimeDelta::seconds((nanos / 1_000_000_000) as i64);
        seconds(whole + TimeDelta::nanoseconds((nanos % 1_000_000_000) as i64))
    });
    let median = sorted.get((sorted.len().max(1) - 1) / 2);
    let by = |column: &str, key: fn(&Event) -> &Option<String>| {
        let mut rows: Vec<_> = grouped(&all, |event| Some(key(event).clone()))
            .into_iter()
            .collect();
        rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<u64>()));
        rows.into_iter()
            .map(|(key, counts)| row(column, &json!(key), counts))
            .collect::<Json>()
    };
    let every = |every: &str| {
        let buckets = grouped(&all, |event| Some(start(event.time?, every)));
        let rows = buckets.into_iter().rev();
        rows.map(|(start, counts)| row("start", &json!(show(start)), counts))
            .collect::<Json>()
    };
    json!({
        "issued": count(Became::Issued),
        "refreshed": count(Became::Refreshed),
        "failed": count(Became::Failed),
        "revoked": not_failed("token.revoked"),
        "expired": not_failed("token.expired"),
        "userinfo": not_failed("token.userinfo_accessed"),
        "unique_users": different(|event| &event.subject),
        "unique_clients": different(|event| &event.client),
        "active": active.len(),
        "ended": ended.len(),
        "mean_lifetime": mean,
        "lifetime_p50": median,
        "by_type": by("type", |event| &event.token_type),
        "by_grant": by("grant", |event| &event.grant),
        "by_client": by("client", |event| &event.client),
        "by_source": by("source", |event| &event.source),
        "by_day": every("1d"),
        "by_week": every("1w"),
        "by_month": every("1mo"),
    })
}

/// Issued, refreshed and failed of each group.
fn grouped<K: Ord>(events: &[&Event], key: impl Fn(&Event) -> Option<K>) -> BTreeMap<K, [u64; 3]> {
    let mut groups = BTreeMap::new();
    for event in events {
        if let (Some(became), Some(key)) = (became(event), key(event)) {
            groups.entry(key).or_insert([0; 3])[became as usize] += 1;
        }
    }
    groups
}

fn row(column: &str, key: &Json, [issued, refreshed, failed]: [u64; 3]) -> Json {
    json!({column: key, "issued": issued, "refreshed": refreshed, "failed": failed})
}

/// Every unit is written out as so many seconds to be multiplied and added.
fn lifetime(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_number(whole) && is_number(decimals) {
        whole.parse::<i128>().ok()?
    } else {
        let mut seconds = 0_i128;
        for piece in text.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
            let unit = piece.chars().last().filter(|_| !piece.is_empty())?;
            let number = &piece[..piece.len() - unit.len_utf8()];
            let units = "smhdw".chars().zip([1, 60, 3600, 86_400, 604_800]);
            let (_, unit) = units.into_iter().find(|(letter, _)| *letter == unit)?;
            if !is_number(number) {
                return None;
            }
            seconds += number.parse::<u64>().ok().map(i128::from)? * unit;
        }
        seconds
    };
    (!text.is_empty() && seconds <= 315_576_000_000).then_some(seconds as i64)
}
