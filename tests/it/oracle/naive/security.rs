//! Security events: each looked up in two lists of words.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::event::{Event, Outcome};
use super::report::{distinct, share};
use super::time::show;

const SAID: [(&str, &[&str]); 5] = [
    (
        "critical",
        &["emergency", "emerg", "alert", "critical", "crit", "fatal"],
    ),
    ("high", &["error", "err", "high"]),
    ("medium", &["warning", "warn", "medium"]),
    ("low", &["notice", "low"]),
    ("info", &["info", "informational", "debug", "trace"]),
];

fn severity(event: &Event) -> &'static str {
    let said = event.severity.as_deref().unwrap_or("").to_ascii_lowercase();
    let said = SAID.iter().find(|(_, words)| words.contains(&&*said));
    let by_kind = match event.name.as_str() {
        "suspicious_activity" => "high",
        "auth.login" => "low",
        "scope.validated" if event.outcome != Outcome::Failed => "info",
        _ => "medium",
    };
    said.map_or(by_kind, |(severity, _)| severity)
}

pub(super) fn security(events: &[Event]) -> Json {
    let names = [
        "scope.validated",
        "scope.violation",
        "rate_limit.exceeded",
        "suspicious_activity",
    ];
    let all: Vec<&Event> = events
        .iter()
        .filter(|event| {
            let failed_login = event.kind == "auth.login" && event.outcome == Outcome::Failed;
            failed_login || event.kind == "invalid" || names.contains(&&*event.name)
        })
        .collect();
    let mut section = json!({"total": all.len()});
    for (name, _) in SAID {
        section[name] = json!(all.iter().filter(|event| severity(event) == name).count());
    }
    let mut kinds: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in &all {
        kinds.entry(&event.name).or_default().push(event);
    }
    let mut kinds: Vec<(&str, Vec<&Event>)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, events)| Reverse(events.len()));
    let kinds = kinds.iter().map(|(name, events)| {
        let (count, users) = (events.len() as u64, distinct(events.iter().copied()));
        json!({"event": name, "count": count, "share": share(count, all.len() as u64), "users": users})
    });
    section["by_kind"] = kinds.collect();
    let passed =
        |event: &&&Event| event.name == "scope.validated" && event.outcome != Outcome::Failed;
    let mut recent: Vec<_> = all
        .iter()
        .filter(|event| !passed(event))
        .map(|event| {
            let texts = (&event.client, &event.subject, &event.ip, &event.reason);
            (
                Reverse(event.time),
                event.name.as_str(),
                severity(event),
                texts,
            )
        })
        .collect();
    recent.sort();
    let recent = recent.iter().take(50).map(|(time, event, severity, (client, user, ip, reason))| {
        json!({
            "time": time.0.map(show), "event": event, "severity": severity, "client": client, "user": user, "ip": ip,
            "reason": reason,
        })
    });
    section["recent"] = recent.collect();
    section
}
