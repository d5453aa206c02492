//! When an answer is as of, and how long before that its events begin.

use std::time::Duration;

use super::Failure;
use super::times;
use crate::event::Timestamp;
use crate::filter::Window;
use crate::zone::Zone;

/// What `--as-of` and `--since` say.
pub(super) struct AsOf {
    at: At,
    since: Option<Duration>,
}

#[derive(Clone, Copy)]
enum At {
    Now(Timestamp),
    Given(Timestamp),
    /// The log's last event, whose time is not known before the log has been read.
    Last,
}

impl AsOf {
    /// Gives the words their meaning.
    pub(super) fn new(
        as_of: &str,
        since: Option<&str>,
        zone: Zone,
        now: Timestamp,
    ) -> Result<AsOf, Failure> {
        let at = match as_of {
            "now" => At::Now(now),
            "last" => At::Last,
            text => match times::time(text, zone, now) {
                Ok((_, end)) => At::Given(end),
                Err(mut wrong) => {
                    wrong.what.push_str("; or now, or last");
                    return Err(wrong.of("--as-of", text));
                }
            },
        };
        let since =
            since.map(|text| times::length(text).map_err(|wrong| wrong.of("--since", text)));
        Ok(AsOf {
            at,
            since: since.transpose()?,
        })
    }

    /// Whether the log's last event has to be found first.
    pub(super) fn is_last(&self) -> bool {
        matches!(self.at, At::Last)
    }

    /// The time, if it is known.
    pub(super) fn time(&self) -> Option<Timestamp> {
        match self.at {
            At::Now(time) | At::Given(time) => Some(time),
            At::Last => None,
        }
    }

    /// The window that `--since` leaves of another one. It ends with a time that was given: what came later was not yet.
    pub(super) fn narrow(&self, mut window: Window) -> Result<Window, Failure> {
        let Some((since, time)) = self.since.zip(self.time()) else {
            return Ok(window);
        };
        window.from = time.before(since);
        if let At::Given(end) = self.at {
            window.to = Some(window.to.map_or(end, |to| to.min(end)));
        }
        match window.to {
            Some(to) if window.from >= Some(to) => Err(Failure::Usage(
                "--to lies before what --since means".to_owned(),
            )),
            _ => Ok(window),
        }
    }

    /// The same, once the log's last event is known.
    pub(super) fn narrow_before(&self, last: Timestamp, mut window: Window) -> Window {
        if let Some(since) = self.since {
            window.from = last.before(since);
        }
        window
    }
}
