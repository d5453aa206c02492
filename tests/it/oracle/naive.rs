//! The definitions, applied one line at a time: the lines of an input, its account, and the whole document.
//!
//! What one event says is in `event`, its time in `time`, and the numbers of the reports in `report`.

mod event;
mod otp;
mod report;
mod security;
mod time;
mod tokens;
mod top;
mod unusual;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::json::{self, Value};
use event::{Event, event};
use otp::otp;
use report::{failures, logins, refreshes, timeline};
use security::security;
use time::{Time, seconds, show};
use tokens::tokens;
use top::{peaks, top};

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
    input["partial"] = json!(false);
    input["unread_bytes"] = json!(0);
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
            "otp": otp(&events),
            "tokens": tokens(&events),
            "clients": top(&events, "client", |event| event.client.as_ref()),
            "timeline": timeline(&events, window, choices.every),
            "security": security(&events),
            "peaks": peaks(&events),
        },
    })
}

/// What `users` says.
pub(super) fn users(log: &[u8]) -> Json {
    let mut events = Vec::new();
    Account::default().read(log, Choices::default().max_line, &mut events);
    top(&events, "user", |event| event.subject.as_ref())
}

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
