//! What went, or would go: a table for people, one object for programs.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use crate::cli::Terminal;
use crate::document::{SCHEMA_VERSION, Table, Value};
use crate::event::Timestamp;
use crate::render::{FORMATS, Selected, Style};
use crate::retain::{Account, Action, Policy, Pruned, Trouble};

/// One log.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) result: Result<Pruned, Trouble>,
}

/// The answer.
pub(super) struct Answer {
    policy: Policy,
    applied: bool,
    pub(super) rows: Vec<Row>,
}

/// Sums over all logs that could be read.
#[derive(Default)]
struct Total {
    account: Account,
    before: u64,
    after: u64,
    late: u64,
    /// Logs of which something goes.
    changed: usize,
}

const COLUMNS: &[&str] = &[
    "log",
    "gone",
    "kept",
    "for_security",
    "undated",
    "unreadable",
    "bytes_before",
    "bytes_after",
    "what",
];

impl Answer {
    pub(super) fn new(policy: Policy, applied: bool) -> Answer {
        let rows = Vec::new();
        Answer {
            policy,
            applied,
            rows,
        }
    }

    pub(super) fn print(
        &self,
        format: &str,
        terminal: &Terminal,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match format {
            "json" => {
                serde_json::to_writer_pretty(&mut *out, &self.json())?;
                writeln!(out)
            }
            _ => self.table(terminal, out),
        }
    }

    fn total(&self) -> Total {
        let mut total = Total::default();
        for pruned in self.rows.iter().filter_map(|row| row.result.as_ref().ok()) {
            total.account.add(&pruned.account);
            total.before += pruned.bytes_before;
            total.after += pruned.bytes_after;
            total.late += pruned.late;
            total.changed += usize::from(pruned.action != Action::Nothing);
        }
        total
    }

    fn table(&self, terminal: &Terminal, out: &mut dyn Write) -> io::Result<()> {
        let total = self.total();
        let rows = self.rows.iter();
        let mut rows: Vec<Vec<Value>> = rows.map(|row| self.row(row)).collect();
        if rows.len() > 1 {
            let (account, before, after) = (&total.account, total.before, total.after);
            rows.push(cells("all of them", account, before, after, ""));
        }
        let table = Table {
            name: "logs",
            ranked: false,
            columns: COLUMNS,
            rows,
        };
        let style = Style {
            width: terminal.width,
            rows: 10,
            look: terminal.look.unless_plain(),
        };
        let table = [("logs", Selected::Table(&table))];
        (FORMATS[0].selection)(&table, &style, out)?;
        let limit =
            |limit: Option<Timestamp>| limit.map_or("no time".to_owned(), |t| t.to_string());
        let (before, security) = (self.policy.before(), self.policy.security_before());
        writeln!(
            out,
            "\nEvents before {} {}",
            limit(before),
            self.word("go", "would go", "went")
        )?;
        if before != security {
            writeln!(out, "Security events before {}", limit(security))?;
        }
        if total.late > 0 {
            writeln!(
                out,
                "Lines that arrived meanwhile and were moved: {}",
                total.late
            )?;
        }
        if !self.applied && total.changed > 0 {
            writeln!(
                out,
                "This was a dry run: nothing was changed. With --apply, it is done."
            )?;
        }
        Ok(())
    }

    fn word(&self, nothing: &'static str, would: &'static str, did: &'static str) -> &'static str {
        let any = self.total().changed > 0;
        match (any, self.applied) {
            (false, _) => nothing,
            (true, false) => would,
            (true, true) => did,
        }
    }

    fn row(&self, row: &Row) -> Vec<Value> {
        match &row.result {
            Ok(pruned) => {
                let what = self.action(pruned.action).replace('_', " ");
                let (before, after) = (pruned.bytes_before, pruned.bytes_after);
                cells(&row.name, &pruned.account, before, after, &what)
            }
            Err(_) => {
                let mut cells = vec![Value::Missing; COLUMNS.len()];
                cells[0] = Value::Text(row.name.clone());
                cells[COLUMNS.len() - 1] = Value::Text("left as it is".to_owned());
                cells
            }
        }
    }

    fn action(&self, action: Action) -> &'static str {
        match (action, self.applied) {
            (Action::Nothing, _) => "unchanged",
            (Action::Rewrite, false) => "would_be_rewritten",
            (Action::Rewrite, true) => "rewritten",
            (Action::Remove, false) => "would_be_removed",
            (Action::Remove, true) => "removed",
        }
    }

    fn json(&self) -> Json {
        let total = self.total();
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let logs = self.rows.iter().map(|row| match &row.result {
            Ok(pruned) => with(
                counts(
                    &pruned.account,
                    pruned.bytes_before,
                    pruned.bytes_after,
                    pruned.late,
                ),
                [
                    ("log", json!(row.name)),
                    ("action", json!(self.action(pruned.action))),
                    ("unfinished", json!(pruned.unfinished)),
                ],
            ),
            Err(trouble) => json!({ "log": row.name, "action": "failed", "trouble": trouble.what }),
        });
        json!({
            "schema_version": SCHEMA_VERSION,
            "applied": self.applied,
            "before": time(self.policy.before()),
            "security_before": time(self.policy.security_before()),
            "logs": logs.collect::<Vec<_>>(),
            "total": counts(&total.account, total.before, total.after, total.late),
        })
    }
}

fn cells(name: &str, account: &Account, before: u64, after: u64, what: &str) -> Vec<Value> {
    let unreadable = account.malformed + account.not_an_object;
    let counts = [
        account.goes,
        account.stays,
        account.security,
        account.undated,
        unreadable,
        before,
        after,
    ];
    let mut cells = vec![Value::Text(name.to_owned())];
    cells.extend(counts.map(Value::Count));
    cells.push(Value::Text(what.to_owned()));
    cells
}

fn counts(account: &Account, before: u64, after: u64, late: u64) -> Json {
    json!({
        "events_gone": account.goes,
        "events_kept": account.stays,
        "security_kept": account.security,
        "undated_kept": account.undated,
        "malformed_kept": account.malformed,
        "not_an_object_kept": account.not_an_object,
        "blank": account.blank,
        "bytes_before": before,
        "bytes_after": after,
        "late": late,
    })
}

fn with<const N: usize>(mut json: Json, more: [(&str, Json); N]) -> Json {
    for (name, value) in more {
        json[name] = value;
    }
    json
}
