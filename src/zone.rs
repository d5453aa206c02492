//! Clocks of places: how far they are ahead of UTC, and when their days begin.
//!
//! The rules are those of the IANA time zone database, compiled in: no report depends on the machine it is made on. All
//! seconds are since 1970-01-01T00:00:00, those of a clock as if it showed UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde::{Deserialize, Serialize};

/// Where a clock stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Option<Tz>);

const DAY: i64 = 86_400;

impl Zone {
    /// Where clocks show UTC all the year.
    pub const UTC: Zone = Zone(None);

    /// The zone of an IANA name such as `Europe/Berlin`, or `UTC`.
    pub fn named(name: &str) -> Option<Zone> {
        match name {
            "UTC" | "Z" => Some(Zone::UTC),
            name => Tz::from_str(name).ok().map(|zone| Zone(Some(zone))),
        }
    }

    /// Every name there is.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.map_or("UTC", Tz::name)
    }

    /// How many seconds its clocks are ahead of UTC.
    pub fn offset(self, second: i64) -> i32 {
        let Some(zone) = self.0 else { return 0 };
        let Some(time) = DateTime::from_timestamp(second, 0) else {
            return 0;
        };
        let offset = zone.offset_from_utc_datetime(&time.naive_utc());
        offset.fix().local_minus_utc()
    }

    /// What its clocks show.
    pub fn local(self, second: i64) -> i64 {
        second + i64::from(self.offset(second))
    }

    /// When its clocks show `local`: the first time, where they show it twice; where they skip it, when they would show
    /// it had they not been put forward.
    pub fn second_of(self, local: i64) -> i64 {
        // Offsets are shorter than a day.
        let before = local - i64::from(self.offset(local - DAY));
        let after = local - i64::from(self.offset(local + DAY));
        let shows = |second: &i64| self.local(*second) == local;
        [before.min(after), before.max(after)]
            .into_iter()
            .find(shows)
            .unwrap_or(before)
    }

    /// The first second of a date, in days since 1970-01-01: midnight, or whatever comes after it where clocks skip
    /// midnight.
    pub fn day_start(self, day: i64) -> i64 {
        let midnight = day * DAY;
        if self == Zone::UTC {
            return midnight;
        }
        let second = self.second_of(midnight);
        if self.local(second) == midnight {
            return second;
        }
        self.change(second - DAY, second)
    }

    /// The day that holds a second, in days since 1970-01-01. Where clocks are put back over midnight, a date ends when
    /// the next one was first reached.
    pub fn day(self, second: i64) -> i64 {
        let day = self.local(second).div_euclid(DAY);
        match self != Zone::UTC && self.day_start(day + 1) <= second {
            true => day + 1,
            false => day,
        }
    }

    /// The first second of the offset that holds at `to`, if another holds at `from`; else `from`.
    pub fn change(self, from: i64, to: i64) -> i64 {
        let offset = self.offset(to);
        if self.offset(from) == offset {
            return from;
        }
        let (mut before, mut after) = (from, to);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            match self.offset(middle) == offset {
                true => after = middle,
                false => before = middle,
            }
        }
        after
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Zone, String> {
        Zone::named(&name).ok_or_else(|| format!("there is no time zone {name:?}"))
    }
}

/// A clock of a zone that is looked at again and again, mostly for times close to each other.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Zone", into = "Zone")]
pub struct Clock {
    zone: Zone,
    /// From when to when the offset is known: nothing yet where both are the same.
    known: (i64, i64),
    offset: i64,
}

impl Clock {
    /// How long an offset is taken to hold if it is the same at the start and the end. No clock was ever put forward
    /// and back again within hours.
    const STEP: i64 = 6 * 3600;

    /// What the clock shows.
    #[inline]
    pub fn local(&mut self, second: i64) -> i64 {
        let (from, to) = self.known;
        if second < from || second >= to {
            self.look(second);
        }
        second + self.offset
    }

    #[cold]
    fn look(&mut self, second: i64) {
        let from = second - second.rem_euclid(Self::STEP);
        let to = from + Self::STEP;
        let offset = self.zone.offset(second);
        let lasts = self.zone.offset(from) == offset && self.zone.offset(to - 1) == offset;
        self.known = if lasts {
            (from, to)
        } else {
            (second, second + 1)
        };
        self.offset = i64::from(offset);
    }
}

impl From<Zone> for Clock {
    fn from(zone: Zone) -> Clock {
        Clock {
            zone,
            ..Clock::default()
        }
    }
}

impl From<Clock> for Zone {
    fn from(clock: Clock) -> Zone {
        clock.zone
    }
}

#[cfg(test)]
mod tests;
