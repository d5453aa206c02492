//! The slow, obvious reader that the truth is compared with: one map per line, text searched character by character.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::event::{Family, Kind, Outcome, Timestamp};
use crate::generate::{Part, Split, Truth};

type Fields = BTreeMap<String, Box<RawValue>>;

pub(super) enum Line {
    Blank,
    Malformed,
    NotAnObject,
    Event(Event),
}

pub(super) struct Event {
    fields: Fields,
    metadata: Fields,
    repaired: bool,
}

/// The deepest level of brackets outside strings.
pub(super) fn depth(line: &[u8]) -> usize {
    let (mut depth, mut deepest, mut inside, mut escaped) = (0_usize, 0, false, false);
    for &byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'[' | b'{' if !inside => depth += 1,
            b']' | b'}' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The text with every lone surrogate's escape replaced by U+FFFD's.
fn without_lone_surrogates(text: &str) -> String {
    let unit = |at: usize| -> Option<u32> {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let (mut out, mut at) = (String::new(), 0);
    while let Some(character) = text[at..].chars().next() {
        let taken = match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                at += 6;
                continue;
            }
            _ if character == '\\' => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
            _ => character.len_utf8(),
        };
        out.push_str(&text[at..at + taken]);
        at += taken;
    }
    out
}

pub(super) fn read(line: &[u8]) -> Line {
    let lossy = String::from_utf8_lossy(line);
    let text = without_lone_surrogates(&lossy);
    let repaired = text.as_bytes() != line;
    if text.trim_matches([' ', '\t', '\r']).is_empty() {
        return Line::Blank;
    }
    if depth(line) > 128 {
        return Line::Malformed;
    }
    match serde_json::from_str::<Fields>(&text) {
        Ok(fields) => {
            let metadata = fields.get("metadata").map_or("{}", |raw| raw.get());
            Line::Event(Event {
                metadata: serde_json::from_str(metadata).unwrap_or_default(),
                fields,
                repaired,
            })
        }
        Err(_) if serde_json::from_str::<&RawValue>(&text).is_ok() => Line::NotAnObject,
        Err(_) => Line::Malformed,
    }
}

impl Event {
    /// Top level first, then metadata; null and empty text are absent.
    fn raw(&self, key: &str) -> Option<&str> {
        [&self.fields, &self.metadata]
            .into_iter()
            .filter_map(|fields| fields.get(key))
            .map(|raw| raw.get())
            .find(|raw| !["null", "\"\""].contains(raw))
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        let raw = self.raw(key)?;
        Some(match serde_json::from_str(raw) {
            Ok(Value::String(text)) => text,
            _ => raw.to_owned(),
        })
    }

    pub(super) fn boolean(&self, key: &str) -> Option<bool> {
        self.raw(key)?.parse().ok()
    }

    fn time(&self) -> Option<Timestamp> {
        Timestamp::parse(&self.text("timestamp")?)
    }

    fn subject(&self) -> Option<String> {
        let email = || Some(self.text("email")?.to_lowercase());
        self.text("userId").or_else(email)
    }

    fn outcome(&self, name: &str) -> Outcome {
        match (self.boolean("success"), Kind::of_name(name).outcome) {
            (Some(true), _) => Outcome::Success,
            (Some(false), _) => Outcome::Failure,
            (None, Some(outcome)) => outcome,
            (None, None) if self.text("error").is_some() => Outcome::Failure,
            (None, None) => Outcome::Unknown,
        }
    }
}

#[derive(Default)]
struct Sets {
    all: BTreeSet<String>,
    logged_in: BTreeSet<String>,
    refreshed: BTreeSet<String>,
    times: BTreeSet<Timestamp>,
    refresh_tokens: u64,
}

/// The truth as this reader finds it.
pub(super) fn count(bytes: &[u8]) -> Truth {
    let (mut truth, mut sets) = (Truth::default(), Sets::default());
    for line in super::lines(bytes).filter(|_| !bytes.is_empty()) {
        truth.lines += 1;
        match read(line) {
            Line::Blank => truth.blank += 1,
            Line::Malformed => truth.malformed += 1,
            Line::NotAnObject => truth.not_an_object += 1,
            Line::Event(event) => count_event(&event, &mut truth, &mut sets),
        }
    }
    truth.bytes = bytes.len() as u64;
    truth.subjects = sets.all.len() as u64;
    truth.window.first = sets.times.first().map(Timestamp::to_string);
    truth.window.last = sets.times.last().map(Timestamp::to_string);
    let logins = &mut truth.logins;
    logins.users = sets.logged_in.len() as u64;
    logins.success_rate = Part {
        part: logins.success,
        whole: logins.success + logins.failure,
    };
    let part = truth.refreshes.success;
    let of = |whole| Part { part, whole };
    truth.refreshes.per_user = of(sets.refreshed.len() as u64);
    truth.refreshes.per_login = of(logins.success);
    truth.refreshes.usage_rate = of(sets.refresh_tokens);
    truth
}

fn count_event(event: &Event, truth: &mut Truth, sets: &mut Sets) {
    let name = event.text("event").unwrap_or_default();
    let outcome = event.outcome(&name);
    let (ok, failed) = (outcome == Outcome::Success, outcome == Outcome::Failure);
    truth.events += 1;
    truth.repaired += u64::from(event.repaired);
    match event.time() {
        Some(time) => {
            sets.times.insert(time);
        }
        None => truth.undated += 1,
    }
    *truth.kinds.entry(name.clone()).or_default() += 1;
    sets.all.extend(event.subject());
    let mut refused = BTreeMap::new();
    if failed {
        truth.failures.total += 1;
        refused = event
            .text("error")
            .map(|reason| (reason, 1))
            .into_iter()
            .collect();
        if !refused.is_empty() {
            add(
                truth.failures.by_reason.entry(name.clone()).or_default(),
                &refused,
            );
        }
    }
    let invalid = Kind::of_name(&name).kind.family() == Family::Invalid;
    if (ok || failed) && (invalid || ["auth.login", "otp.verification"].contains(&&*name)) {
        truth.failures.failed_auth_rate.part += u64::from(failed);
        truth.failures.failed_auth_rate.whole += 1;
    }
    let split = |splits: &mut BTreeMap<String, Split>, key: &str| {
        let split = splits.entry(event.text(key).unwrap()).or_default();
        split.success += u64::from(ok);
        split.failure += u64::from(failed);
    };
    match &*name {
        "otp.verification.detail" => add(&mut truth.failures.otp_by_reason, &refused),
        "auth.login" => {
            truth.logins.total += 1;
            truth.logins.success += u64::from(ok);
            truth.logins.failure += u64::from(failed);
            sets.logged_in.extend(event.subject());
            split(&mut truth.logins.by_method, "method");
            split(&mut truth.logins.by_client, "clientId");
            add(&mut truth.logins.by_reason, &refused);
        }
        "token.refresh" => {
            truth.refreshes.total += 1;
            truth.refreshes.success += u64::from(ok);
            truth.refreshes.failure += u64::from(failed);
            sets.refreshed.extend(event.subject().filter(|_| ok));
            split(&mut truth.refreshes.by_client, "clientId");
            add(&mut truth.refreshes.by_reason, &refused);
        }
        "token.generated" if event.text("tokenType").as_deref() == Some("refresh") => {
            sets.refresh_tokens += u64::from(!failed);
        }
        _ => {}
    }
}

fn add(to: &mut BTreeMap<String, u64>, from: &BTreeMap<String, u64>) {
    for (reason, count) in from {
        *to.entry(reason.clone()).or_default() += count;
    }
}
