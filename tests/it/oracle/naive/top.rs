//! Who was there most, and when: counted over all events at once.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Timelike};
use serde_json::{Value as Json, json};

use super::event::{Event, Outcome};
use super::time::show;

/// The first ten by events, of what each event is known by.
pub(super) fn top(events: &[Event], column: &str, key: impl Fn(&Event) -> Option<&String>) -> Json {
    let mut actors: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    let mut unnamed = 0;
    for event in events {
        match key(event) {
            Some(actor) => actors.entry(actor).or_default().push(event),
            None => unnamed += 1,
        }
    }
    let distinct = actors.len();
    let mut actors: Vec<_> = actors.into_iter().collect();
    actors.sort_by_key(|(_, events)| std::cmp::Reverse(events.len()));
    let rows: Json = actors
        .into_iter()
        .take(10)
        .map(|(actor, events)| row(column, actor, &events))
        .collect();
    json!({"distinct": distinct, "unnamed": unnamed, "top": rows})
}

fn row(column: &str, actor: &str, events: &[&Event]) -> Json {
    let count = |is: fn(&Event) -> bool| events.iter().filter(|event| is(event)).count();
    let times = || events.iter().filter_map(|event| event.time);
    let millis = |time: Option<DateTime<chrono::Utc>>| {
        time.and_then(|time| DateTime::from_timestamp_millis(time.timestamp_millis()))
            .map(show)
    };
    json!({
        column: actor,
        "events": events.len(),
        "logins_ok": count(|event| event.kind == "auth.login" && event.outcome == Outcome::Ok),
        "logins_failed": count(|event| event.kind == "auth.login" && event.outcome == Outcome::Failed),
        "issued": count(|event| event.kind == "issue" && event.outcome != Outcome::Failed),
        "refreshes": count(|event| event.kind == "token.refresh"),
        "first_seen": millis(times().min()),
        "last_seen": millis(times().max()),
    })
}

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

pub(super) fn peaks(events: &[Event]) -> Json {
    let dated: Vec<(u32, &str, bool)> = events
        .iter()
        .filter_map(|event| {
            let time = event.time?;
            let day = DAYS[time.weekday().num_days_from_monday() as usize];
            Some((time.hour(), day, event.outcome == Outcome::Failed))
        })
        .collect();
    let count = |hour: Option<u32>, day: Option<&str>, failed: bool| {
        let matching = dated.iter().filter(|(at, on, bad)| {
            hour.is_none_or(|hour| hour == *at)
                && day.is_none_or(|day| day == *on)
                && (*bad || !failed)
        });
        matching.count()
    };
    let at = |hour: &u32| count(Some(*hour), None, false);
    let on = |day: &&str| count(None, Some(day), false);
    // Of equal ones `min_by_key` takes the first, and `max_by_key` the last.
    let some = |fact: Json| if dated.is_empty() { Json::Null } else { fact };
    let week = |failed: bool| -> Json {
        let row = |hour: u32| {
            let mut row = json!({"hour": hour});
            for day in DAYS {
                row[day.to_lowercase()] = json!(count(Some(hour), Some(day), failed));
            }
            row
        };
        (0..24).map(row).collect()
    };
    let both =
        |hour, day| json!({"events": count(hour, day, false), "failures": count(hour, day, true)});
    json!({
        "peak_hour": some(json!((0..24).rev().max_by_key(at))),
        "peak_day": some(json!(DAYS.into_iter().rev().max_by_key(on))),
        "quietest_hour": some(json!((0..24).min_by_key(at))),
        "by_hour": (0..24).map(|hour| {
            let mut row = both(Some(hour), None);
            row["hour"] = json!(hour);
            row
        }).collect::<Json>(),
        "by_weekday": DAYS.map(|day| {
            let mut row = both(None, Some(day));
            row["weekday"] = json!(day);
            row
        }),
        "events": week(false),
        "failures": week(true),
    })
}
