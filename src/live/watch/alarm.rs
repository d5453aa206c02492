//! Alarms: what somebody who looks should not overlook. Rules of thumb over the last minutes, not detections.
//!
//! * `failures`: of at least 10 logins in the last five minutes, a share fails whose 95 % interval (Wilson) lies above twice
//!   the share of the day before; where the day has fewer than 50 logins, above one half.
//! * `silence`: after an hour with at least 60 events, there is none for longer than ten times the mean time between two, and
//!   for a minute at least.

use super::recent::Recent;
use crate::document::Value;
use crate::event::Timestamp;

/// Something that should not be overlooked.
#[derive(Clone, Debug, PartialEq)]
pub enum Alarm {
    /// So many of so many logins failed, and what was usual before.
    Failures {
        /// In the last five minutes.
        now: Value,
        /// In the day before these.
        before: Value,
    },
    /// There has been no event for so many seconds.
    Silence(u64),
}

/// What should not be overlooked now.
pub fn alarms(recent: &Recent, now: Timestamp) -> Vec<Alarm> {
    failures(recent, now)
        .into_iter()
        .chain(silence(recent, now))
        .collect()
}

fn failures(recent: &Recent, now: Timestamp) -> Option<Alarm> {
    let (lately, day) = (recent.last(now, 300), recent.last(now, 86_400));
    let before = day.since(lately);
    let share = |counts: super::Counts| Value::Ratio {
        part: counts.logins_failed,
        whole: counts.logins(),
    };
    let (low, _) = share(lately).interval()?;
    let usual = match before.logins() {
        0..50 => 0.25,
        _ => share(before).rate().unwrap_or(0.0),
    };
    (lately.logins() >= 10 && low > 2.0 * usual).then(|| Alarm::Failures {
        now: share(lately),
        before: share(before),
    })
}

fn silence(recent: &Recent, now: Timestamp) -> Option<Alarm> {
    let newest = recent.newest().next()?.time;
    let quiet = now.seconds().saturating_sub(newest.seconds()).max(0) as u64;
    // The hour that ended with the last event.
    let events = recent.last(newest, 3600).events;
    let long = (events > 0).then(|| (36_000 / events).max(60))?;
    (events >= 60 && quiet > long).then_some(Alarm::Silence(quiet))
}

/// A share in words of one decimal, as lines have room for.
pub(super) fn percent(share: &Value) -> String {
    let rate = share.rate();
    rate.map_or_else(|| "n/a".to_owned(), |rate| format!("{:.1} %", rate * 100.0))
}
