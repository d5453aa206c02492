//! Values as people read them: thousands marked, units named, nothing that drives a terminal.

use std::time::Duration;

use crate::document::Value;
use crate::event::Visible;

/// The most characters of a text; an attacker's may be a megabyte long.
const MOST_CHARACTERS: usize = 120;

/// A name as words.
pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// One value as a person reads it.
pub(super) fn human(value: &Value) -> String {
    match value {
        Value::Count(count) => thousands(*count),
        Value::About { value, permille } => about(&thousands(*value), *permille),
        Value::AboutRate { permille, .. } => value
            .rate()
            .map_or_else(not_available, |rate| about(&decimal(rate), *permille)),
        Value::Ratio { part, whole } => value.rate().map_or_else(not_available, |rate| {
            // What is not all, or not none, must not look so.
            match format!("{:.2} %", rate * 100.0) {
                all if all == "100.00 %" && part < whole => "> 99.99 %".to_owned(),
                none if none == "0.00 %" && *part > 0 => "< 0.01 %".to_owned(),
                share => share,
            }
        }),
        Value::Mean { .. } | Value::Pace { .. } => value.rate().map_or_else(not_available, decimal),
        Value::Difference { .. } => points(value),
        Value::Chance { .. } => value.rate().map_or_else(not_available, chance),
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Time(time) => short_time(&time.to_string()),
        Value::Span(span) => length(*span),
        Value::AboutSpan { span, permille } => about(&length(*span), *permille),
        Value::Text(text) => shortened(text),
        Value::Missing => "–".to_owned(),
    }
}

/// A time of RFC 3339 with a blank between date and time, and without seconds or decimals that are zero.
fn short_time(text: &str) -> String {
    let zone = text.rfind(['Z', '+', '-']).unwrap_or(text.len());
    let (time, zone) = text.split_at(zone);
    let time = time.strip_suffix(".000").unwrap_or(time);
    let time = time.strip_suffix(":00").unwrap_or(time);
    format!("{}{zone}", time.replacen('T', " ", 1))
}

/// What a rate is made of.
pub(super) fn basis(value: &Value) -> String {
    match *value {
        Value::Ratio { part, whole } => {
            let of = format!("{} of {}", thousands(part), thousands(whole));
            match value.interval() {
                Some((low, high)) => format!(
                    "{of}, 95 % between {:.2} % and {:.2} %",
                    low * 100.0,
                    high * 100.0
                ),
                None => of,
            }
        }
        Value::AboutRate { part, whole, .. } => {
            format!("{} for ≈ {}", thousands(part), thousands(whole))
        }
        Value::Mean { part, whole } => format!("{} for {}", thousands(part), thousands(whole)),
        Value::Difference { .. } => value.interval().map_or_else(String::new, |(low, high)| {
            format!(
                "95 % between {:+.2} % and {:+.2} %",
                low * 100.0,
                high * 100.0
            )
        }),
        Value::Pace { count, elapsed, .. } => {
            format!("{} in {}", thousands(count), length(elapsed))
        }
        _ => String::new(),
    }
}

/// A difference between shares in percentage points. What is not none must not look so.
fn points(value: &Value) -> String {
    let points = value.rate().unwrap_or(0.0) * 100.0;
    match format!("{points:+.2} pp") {
        none if none.ends_with("0.00 pp") && points.abs() < 0.005 => match points {
            0.0 => "0.00 pp".to_owned(),
            _ => format!("{}0.01 pp", if points < 0.0 { "> -" } else { "< +" }),
        },
        points => points,
    }
}

/// A probability that matters more the smaller it is.
fn chance(chance: f64) -> String {
    match chance {
        0.0..0.000_1 => "< 0.0001".to_owned(),
        chance => format!("{chance:.4}"),
    }
}

fn about(number: &str, permille: u16) -> String {
    format!("≈ {number} ± {}.{} %", permille / 10, permille % 10)
}

fn not_available() -> String {
    "n/a".to_owned()
}

/// A count with a mark at each thousand.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut marked = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            marked.push(',');
        }
        marked.push(digit);
    }
    marked
}

/// A number to two decimals, with a mark at each thousand.
fn decimal(number: f64) -> String {
    let text = format!("{number:.2}");
    let marked = text
        .split_once('.')
        .and_then(|(whole, part)| Some(format!("{}.{part}", thousands(whole.parse().ok()?))));
    marked.unwrap_or(text)
}

/// A length of time in its two largest units.
fn length(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match seconds {
        0..60 => format!("{:.3} s", span.as_secs_f64()),
        60..3600 => format!("{minutes} min {} s", seconds % 60),
        3600..86_400 => format!("{hours} h {minutes} min"),
        _ => format!("{} d {hours} h", thousands(days)),
    }
}

/// A text of the log, spelled out and cut.
fn shortened(text: &str) -> String {
    // Spelling out only makes it longer: more of it is not looked at.
    let end = text.char_indices().nth(MOST_CHARACTERS + 1);
    let text = end.map_or(text, |(end, _)| &text[..end]);
    let mut text = Visible(text).to_string();
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_looks_like_all_or_none_only_if_it_is() {
        let share = |part, whole| human(&Value::Ratio { part, whole });
        assert_eq!(share(1, 3), "33.33 %");
        assert_eq!(
            [share(5, 5), share(0, 5), share(0, 0)],
            ["100.00 %", "0.00 %", "n/a"]
        );
        assert_eq!(
            [share(99_999, 100_000), share(1, 100_000)],
            ["> 99.99 %", "< 0.01 %"]
        );
    }

    #[test]
    fn numbers_are_marked_and_lengths_have_units() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
        let lengths =
            [1.5, 61.0, 3_660.0, 90_000.0].map(|seconds| length(Duration::from_secs_f64(seconds)));
        assert_eq!(lengths, ["1.500 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"]);
    }

    #[test]
    fn a_mean_is_marked_like_any_number() {
        let mean = |part, whole| human(&Value::Mean { part, whole });
        assert_eq!(
            [
                mean(1, 3),
                mean(60_149, 60),
                mean(999_999_999, 1_000),
                mean(1, 0)
            ],
            ["0.33", "1,002.48", "1,000,000.00", "n/a"]
        );
    }

    #[test]
    fn a_difference_has_a_sign_and_looks_like_none_only_if_it_is() {
        let points = |change| human(&Value::difference(change, -1.0, 1.0));
        assert_eq!(
            [0.0125, -0.5, 0.0, 0.000_01, -0.000_01].map(points),
            [
                "+1.25 pp",
                "-50.00 pp",
                "0.00 pp",
                "< +0.01 pp",
                "> -0.01 pp"
            ]
        );
        let chance = |chance| human(&Value::chance(chance));
        assert_eq!(
            [1.0, 0.05, 0.000_1, 0.000_099, 0.0].map(chance),
            ["1.0000", "0.0500", "0.0001", "< 0.0001", "< 0.0001"]
        );
    }

    #[test]
    fn an_estimate_says_that_it_is_one() {
        let about = |value, permille| human(&Value::About { value, permille });
        assert_eq!(about(1_204_000, 16), "≈ 1,204,000 ± 1.6 %");
        assert_eq!(
            [about(7, 0), about(0, 1000)],
            ["≈ 7 ± 0.0 %", "≈ 0 ± 100.0 %"]
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = human(&Value::Text("é".repeat(MOST_CHARACTERS + 1)));
        assert_eq!(text, format!("{}…", "é".repeat(MOST_CHARACTERS)));
    }
}
