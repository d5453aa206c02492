//! The numbers of each report, counted over all events at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, TimeDelta, Timelike};
use serde_json::{Value as Json, json};

use super::event::{Event, Outcome};
use super::otp::reused;
use super::time::{Time, show};
use super::unusual::{Bucket, unusual};

pub(super) fn of<'a>(
    events: &'a [Event],
    kind: &'a str,
) -> impl Iterator<Item = &'a Event> + Clone {
    events.iter().filter(move |event| event.kind == kind)
}

pub(super) fn count<'a>(events: impl Iterator<Item = &'a Event>, outcome: Outcome) -> u64 {
    events.filter(|event| event.outcome == outcome).count() as u64
}

pub(super) fn distinct<'a>(events: impl Iterator<Item = &'a Event>) -> u64 {
    events
        .filter_map(|event| event.subject.as_deref())
        .collect::<BTreeSet<_>>()
        .len() as u64
}

pub(super) fn logins(events: &[Event]) -> Json {
    let logins = of(events, "auth.login");
    let (success, failure) = (
        count(logins.clone(), Outcome::Ok),
        count(logins.clone(), Outcome::Failed),
    );
    json!({
        "total": logins.clone().count(),
        "success": success,
        "failure": failure,
        "unknown": count(logins.clone(), Outcome::Unknown),
        "success_rate": share(success, success + failure),
        "users": distinct(logins.clone()),
        "by_method": by_outcome(logins.clone(), "method", |event| event.method.clone()),
        "by_client": by_outcome(logins.clone(), "client", |event| event.client.clone()),
        "by_reason": by_reason(logins),
    })
}

pub(super) fn failures(events: &[Event]) -> Json {
    let failed = events
        .iter()
        .filter(|event| event.outcome == Outcome::Failed);
    let decisive = ["auth.login", "otp.verification", "invalid"];
    let decided: Vec<&Event> = events
        .iter()
        .filter(|event| decisive.contains(&event.kind))
        .collect();
    let (ok, bad) = (
        count(decided.iter().copied(), Outcome::Ok),
        count(decided.iter().copied(), Outcome::Failed),
    );
    let (mut reasons, mut wholes) = (BTreeMap::new(), BTreeMap::new());
    for event in failed.clone() {
        *reasons.entry((&event.name, &event.reason)).or_insert(0) += 1;
        *wholes.entry(&event.name).or_insert(0) += 1;
    }
    let mut rows: Vec<_> = reasons.into_iter().collect();
    rows.sort_by_key(|(_, part)| std::cmp::Reverse(*part));
    let rows: Vec<Json> = rows
        .into_iter()
        .map(|((event, reason), part)| {
            json!({"event": event, "reason": reason, "count": part, "share": share(part, wholes[event])})
        })
        .collect();
    let otp = of(events, "otp.verification.detail");
    json!({
        "total": failed.count(),
        "failed_auth_rate": share(bad, ok + bad),
        "otp_failures": count(otp.clone(), Outcome::Failed),
        "by_reason": rows,
        "otp_by_reason": by_reason(otp),
    })
}

pub(super) fn refreshes(events: &[Event], elapsed: &Json) -> Json {
    let all = of(events, "token.refresh");
    let ok = all.clone().filter(|event| event.outcome == Outcome::Ok);
    let (success, failure) = (
        count(all.clone(), Outcome::Ok),
        count(all.clone(), Outcome::Failed),
    );
    let issues = of(events, "issue").filter(|event| event.outcome != Outcome::Failed);
    let matching = |read: fn(&Event) -> &Option<String>, word: &str| {
        issues
            .clone()
            .filter(|event| read(event).as_deref() == Some(word))
            .count() as u64
    };
    let usage = match matching(|event| &event.token_type, "refresh") {
        0 => mean(
            matching(|event| &event.grant, "refresh_token"),
            issues.clone().count() as u64,
        ),
        issued => mean(success, issued),
    };
    let pace = |unit: f64| {
        let seconds = elapsed.as_f64().unwrap();
        let rate = (seconds > 0.0).then(|| success as f64 * unit / seconds);
        json!({"count": success, "elapsed": elapsed, "rate": rate})
    };
    let by_hour: Vec<Json> = (0..24)
        .map(|hour| {
            let at = all.clone().filter(|event| event.time.is_some_and(|time| time.hour() == hour));
            json!({"hour": hour, "success": count(at.clone(), Outcome::Ok), "failure": count(at, Outcome::Failed)})
        })
        .collect();
    json!({
        "total": all.clone().count(),
        "success": success,
        "failure": failure,
        "unknown": count(all.clone(), Outcome::Unknown),
        "success_rate": share(success, success + failure),
        "per_hour": pace(3600.0),
        "per_day": pace(86_400.0),
        "per_user": mean(success, distinct(ok)),
        "per_login": mean(success, count(of(events, "auth.login"), Outcome::Ok)),
        "usage_rate": usage,
        "reused": reused(events),
        "by_reason": by_reason(all.clone()),
        "by_client": by_outcome(all, "client", |event| event.client.clone()),
        "by_hour": by_hour,
    })
}

pub(super) fn timeline(
    events: &[Event],
    window: Option<(Time, Time)>,
    every: Option<&'static str>,
) -> Json {
    let Some((first, last)) = window else {
        let nothing = json!({"every": every.unwrap_or("1m"), "empty_left_out": 0, "buckets": []});
        return with(nothing, unusual(&[]));
    };
    // Where buckets start, as far as it matters how many there are.
    let buckets = |every: &str, most: usize| -> Vec<Time> {
        let starts = std::iter::successors(Some(start(first, every)), |start| next(*start, every));
        starts
            .take_while(|start| *start <= last)
            .take(most + 1)
            .collect()
    };
    let short = ["1m", "5m", "15m", "1h", "1d"]
        .into_iter()
        .find(|every| buckets(every, 60).len() <= 60);
    let long = || {
        if buckets("1d", 420).len() <= 420 {
            "1w"
        } else {
            "1mo"
        }
    };
    let every = every.or(short).unwrap_or_else(long);
    let mut by_start: BTreeMap<Time, Vec<&Event>> = BTreeMap::new();
    for event in events {
        if let Some(time) = event.time {
            by_start.entry(start(time, every)).or_default().push(event);
        }
    }
    let mut starts = buckets(every, 10_000);
    let mut left_out = 0;
    if starts.len() > 10_000 {
        let (from, to) = (starts[0], start(last, every));
        let months = (to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32;
        let all = match every {
            "1mo" => i64::from(months) + 1,
            _ => (to - from).num_seconds() / (starts[1] - from).num_seconds() + 1,
        };
        starts = by_start.keys().copied().collect();
        left_out = all - starts.len() as i64;
    }
    let rows: Vec<Json> = starts
        .iter()
        .map(|at| {
            let inside = by_start.get(at).into_iter().flatten().copied();
            let logins = inside.clone().filter(|event| event.kind == "auth.login");
            json!({
                "start": show(*at),
                "events": inside.clone().count(),
                "logins_ok": count(logins.clone(), Outcome::Ok),
                "logins_failed": count(logins, Outcome::Failed),
                "refreshes": inside.clone().filter(|event| event.kind == "token.refresh").count(),
                "failures": count(inside.clone(), Outcome::Failed),
                "subjects": distinct(inside),
            })
        })
        .collect();
    let buckets: Vec<Bucket> = by_start
        .iter()
        .map(|(at, inside)| {
            let failed = count(inside.iter().copied(), Outcome::Failed);
            (show(*at), failed, inside.len() as u64)
        })
        .collect();
    let timeline = json!({"every": every, "empty_left_out": left_out, "buckets": rows});
    with(timeline, unusual(&buckets))
}

fn with<const N: usize>(mut object: Json, more: [(&'static str, Json); N]) -> Json {
    for (name, value) in more {
        object[name] = value;
    }
    object
}

pub(super) fn start(time: Time, every: &str) -> Time {
    let date = time.date_naive();
    let midnight = |date: NaiveDate| date.and_hms_opt(0, 0, 0).unwrap().and_utc();
    let to = |minutes: u32| {
        let minute = (time.hour() * 60 + time.minute()) / minutes * minutes;
        date.and_hms_opt(minute / 60, minute % 60, 0)
            .unwrap()
            .and_utc()
    };
    match every {
        "1m" => to(1),
        "5m" => to(5),
        "15m" => to(15),
        "1h" => to(60),
        "1d" => midnight(date),
        "1w" => midnight(date.week(chrono::Weekday::Mon).first_day()),
        _ => midnight(date.with_day(1).unwrap()),
    }
}

fn next(start: Time, every: &str) -> Option<Time> {
    match every {
        "1m" => start.checked_add_signed(TimeDelta::minutes(1)),
        "5m" => start.checked_add_signed(TimeDelta::minutes(5)),
        "15m" => start.checked_add_signed(TimeDelta::minutes(15)),
        "1h" => start.checked_add_signed(TimeDelta::hours(1)),
        "1d" => start.checked_add_signed(TimeDelta::days(1)),
        "1w" => start.checked_add_signed(TimeDelta::days(7)),
        _ => start.checked_add_months(chrono::Months::new(1)),
    }
}

// ---- tables and rates

fn by_outcome<'a>(
    events: impl Iterator<Item = &'a Event>,
    column: &str,
    key: impl Fn(&Event) -> Option<String>,
) -> Json {
    let mut groups: BTreeMap<Option<String>, (u64, u64, u64)> = BTreeMap::new();
    for event in events {
        let group = groups.entry(key(event)).or_default();
        group.0 += 1;
        group.1 += u64::from(event.outcome == Outcome::Ok);
        group.2 += u64::from(event.outcome == Outcome::Failed);
    }
    let mut rows: Vec<_> = groups.into_iter().collect();
    rows.sort_by_key(|(_, (all, ..))| std::cmp::Reverse(*all));
    rows.into_iter()
        .map(|(key, (_, success, failure))| {
            let mut row = json!({"success": success, "failure": failure, "success_rate": share(success, success + failure)});
            row[column] = json!(key);
            row
        })
        .collect()
}

fn by_reason<'a>(events: impl Iterator<Item = &'a Event>) -> Json {
    let mut reasons: BTreeMap<&Option<String>, u64> = BTreeMap::new();
    for event in events.filter(|event| event.outcome == Outcome::Failed) {
        *reasons.entry(&event.reason).or_default() += 1;
    }
    let mut rows: Vec<_> = reasons.into_iter().collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    rows.into_iter()
        .map(|(reason, count)| json!({"reason": reason, "count": count}))
        .collect()
}

pub(super) fn mean(part: u64, whole: u64) -> Json {
    let rate = (whole > 0).then(|| part as f64 / whole as f64);
    json!({"part": part, "whole": whole, "rate": rate})
}

/// With Wilson's interval, from the roots of (p - x)² = z² x (1 - x) / n.
pub(super) fn share(part: u64, whole: u64) -> Json {
    let mut share = mean(part, whole);
    let (n, p, z) = (whole as f64, part as f64 / whole as f64, 1.959_964_f64);
    let (a, b, c) = (1.0 + z * z / n, -(2.0 * p + z * z / n), p * p);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    let roots = (whole > 0).then_some(((-b - root) / (2.0 * a), (-b + root) / (2.0 * a)));
    share["low"] = json!(roots.map(|(low, _)| low));
    share["high"] = json!(roots.map(|(_, high)| high));
    share
}
