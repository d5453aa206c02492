//! A filter as somebody types it into a dashboard: the command line's words without dashes, and whatever else the text of
//! an event has to have.
//!
//! ```text
//! outcome=failed user=!bob reason="no such user" invalid code
//! ```

use super::filters::{SUBJECTS, condition};
use super::wrong::meant;
use crate::filter::{Condition, Filter};

/// What the words mean; one line that says what is wrong with them.
pub(super) fn typed(text: &str) -> Result<Filter, String> {
    let mut filter = Filter::default();
    let mut said = Vec::new();
    for (word, is_quoted) in words(text) {
        let stated = word.split_once('=').filter(|_| !is_quoted);
        let Some((name, value)) = stated else {
            said.push(word);
            continue;
        };
        let name = name.trim_start_matches("--");
        let Some((subject, meaning)) = SUBJECTS.into_iter().find(|(known, _)| *known == name)
        else {
            return Err(unknown(name));
        };
        let (negated, condition) = condition(value, meaning).map_err(|wrong| wrong.what)?;
        filter.add(subject, condition, negated);
    }
    let said = said.join(" ");
    let (negated, said) = match said.strip_prefix('!') {
        Some(said) => (true, said),
        None => (false, said.as_str()),
    };
    if !said.is_empty() {
        filter.add("text", Condition::said(said), negated);
    }
    Ok(filter)
}

fn unknown(name: &str) -> String {
    let known = SUBJECTS.into_iter().map(|(known, _)| known);
    match meant(name, known.clone()) {
        Some(known) => format!("there is no {name}=; did you mean {known}=?"),
        None => {
            let known: Vec<&str> = known.collect();
            format!("there is no {name}=; there are: {}", known.join(", "))
        }
    }
}

/// Words between blanks, and whether each starts with a quotation mark; between two marks blanks belong to the word.
fn words(text: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    let mut word = None;
    let mut is_open = false;
    for letter in text.chars() {
        match letter {
            '"' => {
                is_open = !is_open;
                word.get_or_insert_with(|| (String::new(), true));
            }
            blank if blank.is_whitespace() && !is_open => words.extend(word.take()),
            letter => word
                .get_or_insert_with(|| (String::new(), false))
                .0
                .push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Field, Kind, Outcome};
    use crate::filter::Verdict;

    fn passes(text: &str) -> bool {
        let mut event = Event::new(Kind::Login);
        event.outcome = Outcome::Failure;
        event.set(Field::User, Some("alice"));
        event.set(Field::Ip, Some("10.1.2.3"));
        event.set(Field::Reason, Some("Invalid code"));
        typed(text).unwrap().judge(&event) == Verdict::Passes
    }

    #[test]
    fn words_mean_what_they_mean_on_the_command_line() {
        for text in [
            "",
            "  ",
            "outcome=failed",
            "--outcome=failed ip=10.0.0.0/8",
            "user=!bob",
            "user=bob user=alice",
            "reason=\"lid c\"",
            "kind=login",
        ] {
            assert!(passes(text), "{text:?}");
        }
        for text in [
            "outcome=ok",
            "ip=10.2.0.0/16",
            "user=!alice",
            "user=bob",
            "kind=otp outcome=failed",
        ] {
            assert!(!passes(text), "{text:?}");
        }
    }

    #[test]
    fn other_words_are_looked_for_in_what_the_event_says() {
        for text in [
            "invalid CODE",
            "alic",
            "10.1.",
            "auth.login",
            "!bob",
            "outcome=failed alice",
        ] {
            assert!(passes(text), "{text:?}");
        }
        for text in [
            "code invalid",
            "!alice",
            "\"outcome=failed\"",
            "outcome=ok alice",
        ] {
            assert!(!passes(text), "{text:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_told_in_a_line() {
        let wrong = |text| typed(text).unwrap_err();
        assert_eq!(
            wrong("outcom=failed"),
            "there is no outcom=; did you mean outcome=?"
        );
        assert_eq!(wrong("outcome=maybe"), "there are: ok, failed, unknown");
        assert_eq!(wrong("user="), "a value is missing");
        assert!(wrong("ip=nowhere").contains("no address"));
        for text in [
            "reason=(",
            "reason=\"(\"",
            "event=[",
            "=",
            "x=\"\"\"",
            "kind=nonsense",
        ] {
            assert!(!wrong(text).contains('\n'), "{text:?}");
        }
    }
}
