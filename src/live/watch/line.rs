//! One line a period, for pipes and for terminals that cannot be drawn on.
//!
//! ```text
//! 2025-01-15T10:30:10Z  events 1204  logins 45 ok, 2 failed (95.74 % ok)  refreshes 310  failures 5  Invalid code 3
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::alarm::{Alarm, alarms, percent};
use super::{Counts, Watching};
use crate::document::Value;
use crate::event::{Timestamp, Visible};

/// What was told before: a line tells of what came since.
#[derive(Default)]
pub struct Periods {
    total: Counts,
    bad: u64,
    reasons: BTreeMap<String, u64>,
}

impl Periods {
    /// The line of the period that ends now, without its newline.
    pub fn line(&mut self, watching: &Watching, now: Timestamp) -> String {
        let recent = watching.recent();
        let total = recent.total();
        let counts = total.since(self.total);
        self.total = total;
        let time = now.to_millis_text();
        let seconds = std::str::from_utf8(&time[..19]).unwrap_or_default();
        let mut line = format!("{seconds}Z  events {}", counts.events);
        if counts.logins() > 0 {
            let share = Value::Ratio {
                part: counts.logins_ok,
                whole: counts.logins(),
            };
            let share = share.rate().unwrap_or(0.0) * 100.0;
            let _ = write!(
                line,
                "  logins {} ok, {} failed ({share:.2} % ok)",
                counts.logins_ok, counts.logins_failed
            );
        }
        if counts.refreshes > 0 {
            let _ = write!(line, "  refreshes {}", counts.refreshes);
        }
        if counts.failures > 0 {
            let _ = write!(line, "  failures {}", counts.failures);
        }
        if let Some((reason, count)) = self.leading(watching) {
            let _ = write!(line, "  {} {count}", Visible(&reason));
        }
        let lines = watching.lines();
        let bad = lines.malformed + lines.not_an_object;
        if bad > self.bad {
            let _ = write!(line, "  bad lines {}", bad - self.bad);
            self.bad = bad;
        }
        for alarm in alarms(recent, now) {
            let _ = match alarm {
                Alarm::Failures { now, before } => write!(
                    line,
                    "  ALARM logins fail: {} in 5 min, {} before",
                    percent(&now),
                    percent(&before)
                ),
                Alarm::Silence(seconds) => write!(line, "  ALARM silence for {seconds} s"),
            };
        }
        line
    }

    /// The reason that most failures of the period have.
    fn leading(&mut self, watching: &Watching) -> Option<(String, u64)> {
        let known = watching.recent().failed();
        let before = std::mem::replace(&mut self.reasons, known);
        let grown = self.reasons.iter().map(|(reason, count)| {
            let before = before.get(reason).copied().unwrap_or(0);
            (count.saturating_sub(before), reason)
        });
        let (count, reason) =
            grown.max_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(one.1)))?;
        (count > 0).then(|| (reason.clone(), count))
    }
}
