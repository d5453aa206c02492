//! Timestamps in the writer's form, a day at a time: the date is mostly that of the line before.

use crate::event::Timestamp;
use crate::zone::Zone;

/// When it was. Clocks of `assume` showed a time that says no offset.
pub(super) fn time_of(text: &str, assume: Zone) -> Option<Timestamp> {
    let time = Timestamp::parse(text)?;
    match assume != Zone::UTC && Timestamp::says_no_offset(text) {
        true => Timestamp::new(assume.second_of(time.seconds()), time.subsec_nanos()),
        false => Some(time),
    }
}

/// The date that was read last.
#[derive(Default)]
pub(super) struct Clock {
    /// `2025-01-`; no date yet is no date's text.
    month: [u8; 8],
    /// `15T`
    day: [u8; 3],
    /// The first second of that day.
    midnight: i64,
}

impl Clock {
    /// What [`time_of`] makes of the text.
    #[inline]
    pub(super) fn parse(&mut self, text: &str, assume: Zone) -> Option<Timestamp> {
        let form: Option<&[u8; 24]> = text.as_bytes().try_into().ok();
        match form.and_then(|text| self.same_day(text)) {
            Some(time) => Some(time),
            None => self.another_day(text, assume),
        }
    }

    /// `2025-01-15T10:30:00.000Z`, if it is the date that was read last.
    #[inline]
    fn same_day(&self, text: &[u8; 24]) -> Option<Timestamp> {
        let [words, _, _] = text.as_chunks::<8>().0 else {
            return None;
        };
        // `2025-01-`, then `15T` before the time and `.000Z` behind it.
        let date: [u8; 3] = [text[8], text[9], text[10]];
        if *words != self.month || date != self.day {
            return None;
        }
        let time = *text[11..].first_chunk::<8>()?;
        let nanos = nanos(*text.last_chunk::<5>()?)?;
        Timestamp::new(self.midnight + second_of_day(time)?, nanos)
    }

    #[cold]
    fn another_day(&mut self, text: &str, assume: Zone) -> Option<Timestamp> {
        const DAY: i64 = 86_400;
        let time = time_of(text, assume)?;
        if let Some((month, rest)) = text.as_bytes().split_first_chunk()
            && let Some(day @ [_, _, b'T']) = rest.first_chunk()
            && text.len() == 24
            && text.ends_with('Z')
        {
            (self.month, self.day) = (*month, *day);
            // A leap second belongs to the next day, and does so again when the date is read from here.
            let of_day = if text[11..].starts_with("23:59:60") {
                1
            } else {
                0
            };
            self.midnight = (time.seconds() - of_day).div_euclid(DAY) * DAY;
        }
        Some(time)
    }
}

/// `.000Z` as nanoseconds.
#[inline]
fn nanos(text: [u8; 5]) -> Option<u32> {
    let [b'.', hundreds, tens, ones, b'Z'] = text else {
        return None;
    };
    let [hundreds, tens, ones] =
        [hundreds, tens, ones].map(|digit| u32::from(digit.wrapping_sub(b'0')));
    (hundreds <= 9 && tens <= 9 && ones <= 9)
        .then(|| (hundreds * 100 + tens * 10 + ones) * 1_000_000)
}

/// `10:30:00` as seconds, all eight bytes at once.
#[inline]
fn second_of_day(text: [u8; 8]) -> Option<i64> {
    // What is left of each byte is a digit, or nothing where a colon was.
    let digits = u64::from_le_bytes(text) ^ u64::from_le_bytes(*b"00:00:00");
    // Added to a byte that is no digit, or to one that is no colon, these carry into its top bit.
    const TOO_MUCH: u64 = u64::from_le_bytes([0x76, 0x76, 0x7F, 0x76, 0x76, 0x7F, 0x76, 0x76]);
    const TOPS: u64 = u64::MAX / 0xFF * 0x80;
    if (digits.wrapping_add(TOO_MUCH) | digits) & TOPS != 0 {
        return None;
    }
    // Ten times each digit and the one after it, in the place of the first.
    let [hour, _, _, minute, _, _, second, _] = (digits * 10 + (digits >> 8)).to_le_bytes();
    (hour <= 23 && minute <= 59 && second <= 60)
        .then(|| i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_leap_second_leaves_the_date_right() {
        let mut clock = Clock::default();
        for text in [
            "2016-12-31T23:59:60.500Z",
            "2016-12-31T23:59:59.500Z",
            "2016-12-31T23:59:60.500Z",
            "2017-01-01T00:00:00.000Z",
        ] {
            assert_eq!(
                clock.parse(text, Zone::UTC),
                Timestamp::parse(text),
                "{text}"
            );
        }
    }

    #[test]
    fn a_time_without_an_offset_is_what_clocks_of_the_assumed_zone_showed() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let mut clock = Clock::default();
        for (text, expected) in [
            ("2025-01-15T10:30:00.000Z", "2025-01-15T10:30:00.000Z"),
            ("2025-01-15T10:30:00.000", "2025-01-15T09:30:00.000Z"),
            ("2025-07-15 10:30:00", "2025-07-15T08:30:00.000Z"),
            ("2025-07-15 10:30:00.25+00", "2025-07-15T10:30:00.250Z"),
            ("2025-07-15T10:30:00.000Z", "2025-07-15T10:30:00.000Z"),
            ("1752575400", "2025-07-15T10:30:00.000Z"),
        ] {
            let time = clock.parse(text, berlin).unwrap();
            assert_eq!(time.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn every_byte_at_every_place_is_seen() {
        let mut clock = Clock::default();
        for place in 0..24 {
            for byte in 0..128 {
                let mut text = *b"2025-01-15T10:30:00.000Z";
                text[place] = byte;
                let text = std::str::from_utf8(&text).unwrap();
                assert!(clock.parse("2025-01-15T00:00:00.000Z", Zone::UTC).is_some());
                assert_eq!(
                    clock.parse(text, Zone::UTC),
                    Timestamp::parse(text),
                    "{text:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn it_reads_what_everybody_reads(texts in prop::collection::vec(
            "(2025-01-1[0-9]|0001-01-01|9999-12-31|2024-02-29|2025-02-29)[Tt ][012][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{3})?(Z|z|\\+01:00)?", 1..20
        )) {
            let mut clock = Clock::default();
            for text in &texts {
                prop_assert_eq!(clock.parse(text, Zone::UTC), Timestamp::parse(text), "{}", text);
            }
        }
    }
}
