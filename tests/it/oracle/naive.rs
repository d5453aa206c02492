//! The definitions, applied one line at a time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Timelike, Utc};
use serde_json::{Value as Json, json};

use super::json::{self, Node, Value};

/// What the user may choose.
pub(super) struct Choices {
    pub(super) max_line: usize,
    pub(super) every: Option<&'static str>,
}

impl Default for Choices {
    fn default() -> Choices {
        Choices {
            max_line: 16 << 20,
            every: None,
        }
    }
}

type Time = DateTime<Utc>;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Outcome {
    Ok,
    Failed,
    Unknown,
}

/// One event, as far as the reports ask.
struct Event {
    name: String,
    kind: &'static str,
    outcome: Outcome,
    time: Option<Time>,
    subject: Option<String>,
    reason: Option<String>,
    client: Option<String>,
    method: Option<String>,
    grant: Option<String>,
    token_type: Option<String>,
}

/// The whole JSON document, without the reasons of rejected lines.
pub(super) fn expect(inputs: &[(&str, Vec<u8>)], choices: &Choices) -> Json {
    let (mut events, mut accounts, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
    for (name, bytes) in inputs {
        let mut account = Account::default();
        account.read(bytes, choices.max_line, &mut events);
        rejected.extend(account.rejected(name));
        accounts.push((name, account));
    }
    let mut total = BTreeMap::new();
    for (_, account) in &accounts {
        for (name, count) in &account.counts() {
            *total.entry(*name).or_insert(0) += count;
        }
    }
    let mut input = json!(total);
    input["inputs"] = accounts
        .iter()
        .map(|(name, account)| {
            let mut row = json!(account.counts());
            row["input"] = json!(name);
            row["trouble"] = Json::Null;
            row
        })
        .collect();
    input["rejected"] = json!(rejected);
    let times: BTreeSet<Time> = events.iter().filter_map(|event| event.time).collect();
    let window = times.first().copied().zip(times.last().copied());
    let elapsed = window.map(|(first, last)| seconds(last - first));
    json!({
        "window": {
            "first": window.map(|(first, _)| show(first)),
            "last": window.map(|(_, last)| show(last)),
            "elapsed": elapsed,
        },
        "input": input,
        "reports": {
            "logins": logins(&events),
            "failures": failures(&events),
            "refreshes": refreshes(&events, elapsed.as_ref().unwrap_or(&json!(0))),
            "timeline": timeline(&events, window, choices.every),
        },
    })
}

fn show(time: Time) -> String {
    let format = match time.nanosecond() {
        nanos if nanos % 1_000_000 == 0 => SecondsFormat::Millis,
        nanos if nanos % 1_000 == 0 => SecondsFormat::Micros,
        _ => SecondsFormat::Nanos,
    };
    time.to_rfc3339_opts(format, true)
}

/// An integer where it is one.
fn seconds(delta: TimeDelta) -> Json {
    match delta.subsec_nanos() {
        0 => json!(delta.num_seconds()),
        nanos => json!(delta.num_seconds() as f64 + f64::from(nanos) / 1e9),
    }
}

// ---- lines

#[derive(Default)]
struct Account {
    lines: u64,
    events: u64,
    blank: u64,
    malformed: Vec<(u64, u64)>,
    not_an_object: Vec<(u64, u64)>,
    repaired: u64,
    undated: u64,
    nul_bytes: u64,
    bytes: u64,
}

impl Account {
    fn read(&mut self, bytes: &[u8], max_line: usize, events: &mut Vec<Event>) {
        self.bytes = bytes.len() as u64;
        let mut offset = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.lines += 1;
            self.line(
                line.strip_suffix(b"\n").unwrap_or(line),
                offset,
                max_line,
                events,
            );
            offset += line.len();
        }
    }

    fn line(&mut self, line: &[u8], offset: usize, max_line: usize, events: &mut Vec<Event>) {
        let nuls = line.iter().take_while(|byte| **byte == 0).count();
        let (mut rest, mut at) = (&line[nuls..], offset + nuls);
        self.nul_bytes += nuls as u64;
        if rest.len() > max_line {
            self.malformed.push((self.lines, at as u64));
            return;
        }
        loop {
            let skipped = match rest {
                [0, ..] => {
                    self.nul_bytes += 1;
                    1
                }
                [b' ' | b'\t' | b'\r', ..] => 1,
                [0xEF, 0xBB, 0xBF, ..] => 3,
                _ => break,
            };
            rest = &rest[skipped..];
            at += skipped;
        }
        while let [before @ .., last @ (b' ' | b'\t' | b'\r' | 0)] = rest {
            self.nul_bytes += u64::from(*last == 0);
            rest = before;
        }
        if rest
            .iter()
            .all(|byte| matches!(byte, 0x0B | 0x0C | b' ' | b'\t' | b'\r'))
        {
            self.blank += 1;
            return;
        }
        let text = String::from_utf8_lossy(rest);
        let Ok((node, mended)) = json::parse(&text) else {
            self.malformed.push((self.lines, at as u64));
            return;
        };
        if !matches!(node.value, Value::Object(_)) {
            self.not_an_object.push((self.lines, at as u64));
            return;
        }
        self.events += 1;
        self.repaired += u64::from(mended || str::from_utf8(rest).is_err());
        let event = event(&node);
        self.undated += u64::from(event.time.is_none());
        events.push(event);
    }

    fn counts(&self) -> BTreeMap<&'static str, u64> {
        BTreeMap::from([
            ("lines", self.lines),
            ("events", self.events),
            ("blank", self.blank),
            ("malformed", self.malformed.len() as u64),
            ("not_an_object", self.not_an_object.len() as u64),
            ("filtered", 0),
            ("repaired", self.repaired),
            ("undated", self.undated),
            ("nul_bytes", self.nul_bytes),
            ("bytes", self.bytes),
        ])
    }

    fn rejected(&self, input: &str) -> Vec<Json> {
        let sorts = [
            ("malformed", &self.malformed),
            ("not_an_object", &self.not_an_object),
        ];
        let rows = sorts.iter().flat_map(|(sort, places)| {
            places.iter().take(3).map(
                move |(line, byte)| json!({"input": input, "line": line, "byte": byte, "sort": sort}),
            )
        });
        rows.collect()
    }
}

// ---- events

fn event(node: &Node) -> Event {
    let text = |names: &[&str]| find(node, names, false, word);
    let nested = |names: &[&str]| find(node, names, true, word);
    let given = text(&["event", "event_type", "action"]);
    let token = text(&["tokenId", "token_id"]);
    let endpoint = text(&["endpoint"]);
    let name = match given {
        Some(name) => name,
        None if token.is_some() && endpoint.is_some() => "api_token.used".to_owned(),
        None => "(no name)".to_owned(),
    };
    let (kind, by_name) = kind(&name);
    let reason = find(
        node,
        &["error", "reason", "failure_reason"],
        true,
        reason_word,
    );
    let success = find(node, &["success"], true, |node| match node.value {
        Value::Bool(success) => Some(success),
        _ => None,
    });
    let status = nested(&["status", "responseStatus", "response_status"])
        .and_then(|status| status.parse::<u16>().ok());
    let outcome = match (success, by_name, status, &reason) {
        (Some(true), ..) => Outcome::Ok,
        (Some(false), ..) => Outcome::Failed,
        (None, Some(outcome), ..) => outcome,
        (None, None, Some(..400), _) => Outcome::Ok,
        (None, None, Some(_), _) | (None, None, None, Some(_)) => Outcome::Failed,
        (None, None, None, None) => Outcome::Unknown,
    };
    let user = nested(&["userId", "user_id", "actor_id", "sub"]);
    let email = nested(&["email", "actor_name"]);
    let suffix = name.strip_prefix("token.issued.").map(ToOwned::to_owned);
    Event {
        kind,
        outcome,
        time: text(&["timestamp", "created_at", "time", "ts"]).and_then(|text| time(&text)),
        subject: user.or(email.map(|email| email.to_lowercase())),
        reason,
        client: nested(&["clientId", "client_id", "oauth_client_id"]),
        method: nested(&["method"]),
        grant: nested(&["grantType", "grant_type"]).or(suffix),
        token_type: nested(&["tokenType", "token_type"]),
        name: canonical(&name).to_owned(),
    }
}

/// The top level, then the containers; within each the leftmost name that is present.
fn find<T>(
    node: &Node,
    names: &[&str],
    in_containers: bool,
    read: impl Fn(&Node) -> Option<T>,
) -> Option<T> {
    let containers = ["metadata", "details", "event_data"];
    let places = std::iter::once(Some(node)).chain(containers.iter().map(|name| node.get(name)));
    let places = places.take(if in_containers { 4 } else { 1 }).flatten();
    places
        .flat_map(|place| names.iter().filter_map(|name| place.get(name)))
        .find_map(read)
}

fn word(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number => Some(node.text.clone()),
        _ => None,
    }
}

/// A reason may be an object or a list: then it is its text.
fn reason_word(node: &Node) -> Option<String> {
    match node.value {
        Value::Array | Value::Object(_) => Some(node.text.clone()),
        _ => word(node),
    }
}

/// Kind, and the outcome the name states.
fn kind(name: &str) -> (&'static str, Option<Outcome>) {
    use Outcome::{Failed, Ok};
    match name {
        "otp.verification" => ("otp.verification", None),
        "otp.verification.detail" => ("otp.verification.detail", None),
        "auth.login" => ("auth.login", None),
        "auth.login_success" => ("auth.login", Some(Ok)),
        "auth.login_failure" | "auth_failed" | "oauth.auth_failed" => ("auth.login", Some(Failed)),
        "auth.logout" => ("other", Some(Ok)),
        "token.generated" | "token.issued" => ("issue", Some(Ok)),
        "token.refresh" => ("token.refresh", None),
        "token.refreshed" | "auth.token_refresh" => ("token.refresh", Some(Ok)),
        "token.userinfo_accessed" | "token.used" | "token_used" | "oauth.token_used" => {
            ("other", Some(Ok))
        }
        "token.validation_failed"
        | "token.pkce_failed"
        | "token.code_invalid"
        | "token.client_invalid" => ("invalid", Some(Failed)),
        "scope.validated" | "scope_validation_success" | "oauth.scope_validation_success" => {
            ("other", Some(Ok))
        }
        "scope.violation" | "scope_violation" | "oauth.scope_violation" => ("other", Some(Failed)),
        "rate_limit.exceeded" | "rate_limited" | "auth.rate_limited" => ("other", Some(Failed)),
        "suspicious_activity" | "oauth.suspicious_activity" => ("other", Some(Failed)),
        _ if name.starts_with("token.issued.") && name != "token.issued." => ("issue", Some(Ok)),
        _ => ("other", None),
    }
}

/// What an event is called in a report: aliases of one kind under one name.
fn canonical(name: &str) -> &str {
    match name {
        "auth.login_success" | "auth.login_failure" | "auth_failed" | "oauth.auth_failed" => {
            "auth.login"
        }
        "token.refreshed" | "auth.token_refresh" => "token.refresh",
        "token_used" | "oauth.token_used" => "token.used",
        "scope_validation_success" | "oauth.scope_validation_success" => "scope.validated",
        "scope_violation" | "oauth.scope_violation" => "scope.violation",
        "rate_limited" | "auth.rate_limited" => "rate_limit.exceeded",
        "oauth.suspicious_activity" => "suspicious_activity",
        _ if name.starts_with("token.issued.") && name != "token.issued." => "token.issued",
        _ => name,
    }
}

// ---- times

fn time(text: &str) -> Option<Time> {
    let time = if text.len() > 4
        && text.is_char_boundary(4)
        && text[..4].bytes().all(|byte| byte.is_ascii_digit())
        && text.as_bytes()[4] == b'-'
    {
        civil(text)?
    } else {
        epoch(text)?
    };
    (1..=9999).contains(&time.year()).then_some(time)
}

fn civil(text: &str) -> Option<Time> {
    if !text.is_ascii() || text.len() < 19 || !matches!(text.as_bytes()[10], b'T' | b't' | b' ') {
        return None;
    }
    let date = NaiveDate::parse_from_str(&text[..10], "%Y-%m-%d").ok()?;
    let mut numbers = text[11..19]
        .split(':')
        .map(|digits| digits.parse::<u32>().ok());
    let (hour, minute, second) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let rest = &text[19..];
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(
            rest.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len()),
        ),
        None => ("0", rest),
    };
    if fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let nanos = format!("{fraction:0<9}").parse().ok()?;
    let zone = match zone {
        "" | "Z" | "z" => 0,
        _ => {
            let sign = match zone.as_bytes()[0] {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let digits = match zone[1..].split_once(':') {
                Some((hours, minutes)) if hours.len() == 2 && minutes.len() == 2 => {
                    hours.to_owned() + minutes
                }
                Some(_) => return None,
                None => zone[1..].to_owned(),
            };
            let digits = match digits.len() {
                2 => digits + "00",
                4 => digits,
                _ => return None,
            };
            let number: i64 = digits
                .parse()
                .ok()
                .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            if number / 100 > 23 || number % 100 > 59 {
                return None;
            }
            sign * (number / 100 * 3600 + number % 100 * 60)
        }
    };
    let time = date
        .and_hms_nano_opt(hour, minute, second, nanos)?
        .and_utc();
    time.checked_sub_signed(TimeDelta::seconds(zone))
}

/// Decimal digits are moved by hand, so that nothing is rounded.
fn epoch(text: &str) -> Option<Time> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The decimal point stands after this many digits.
    let point = whole.len() as i64 + i64::from(exponent);
    let scaled = |places: i64| -> Option<i128> {
        let end = point + places;
        let kept: String = digits.chars().take(end.max(0) as usize).collect();
        let kept = format!(
            "{kept}{}",
            "0".repeat((end - digits.len() as i64).clamp(0, 60) as usize)
        );
        if kept.trim_start_matches('0').len() > 30 {
            return None;
        }
        Some(kept.parse().unwrap_or(0))
    };
    let places = match scaled(0)? {
        0..100_000_000_000 => 9,
        100_000_000_000..100_000_000_000_000 => 6,
        100_000_000_000_000..100_000_000_000_000_000 => 3,
        _ => 0,
    };
    let nanos = scaled(places)? * if negative { -1 } else { 1 };
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    DateTime::from_timestamp(seconds, nanos.rem_euclid(1_000_000_000) as u32)
}

// ---- reports

fn of<'a>(events: &'a [Event], kind: &'a str) -> impl Iterator<Item = &'a Event> + Clone {
    events.iter().filter(move |event| event.kind == kind)
}

fn count<'a>(events: impl Iterator<Item = &'a Event>, outcome: Outcome) -> u64 {
    events.filter(|event| event.outcome == outcome).count() as u64
}

fn distinct<'a>(events: impl Iterator<Item = &'a Event>) -> u64 {
    events
        .filter_map(|event| event.subject.as_deref())
        .collect::<BTreeSet<_>>()
        .len() as u64
}

fn logins(events: &[Event]) -> Json {
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

fn failures(events: &[Event]) -> Json {
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

fn refreshes(events: &[Event], elapsed: &Json) -> Json {
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
        "by_reason": by_reason(all.clone()),
        "by_client": by_outcome(all, "client", |event| event.client.clone()),
        "by_hour": by_hour,
    })
}

fn timeline(events: &[Event], window: Option<(Time, Time)>, every: Option<&'static str>) -> Json {
    let Some((first, last)) = window else {
        return json!({"every": every.unwrap_or("1m"), "empty_left_out": 0, "buckets": []});
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
    json!({"every": every, "empty_left_out": left_out, "buckets": rows})
}

fn start(time: Time, every: &str) -> Time {
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

fn mean(part: u64, whole: u64) -> Json {
    let rate = (whole > 0).then(|| part as f64 / whole as f64);
    json!({"part": part, "whole": whole, "rate": rate})
}

/// With Wilson's interval, from the roots of (p - x)² = z² x (1 - x) / n.
fn share(part: u64, whole: u64) -> Json {
    let mut share = mean(part, whole);
    let (n, p, z) = (whole as f64, part as f64 / whole as f64, 1.959_964_f64);
    let (a, b, c) = (1.0 + z * z / n, -(2.0 * p + z * z / n), p * p);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    let roots = (whole > 0).then_some(((-b - root) / (2.0 * a), (-b + root) / (2.0 * a)));
    share["low"] = json!(roots.map(|(low, _)| low));
    share["high"] = json!(roots.map(|(_, high)| high));
    share
}
