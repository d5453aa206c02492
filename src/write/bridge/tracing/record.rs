//! What an event says as a record: its name, how it ended, and what else is known.

use tracing_core::{Level, Metadata};

use super::AuthLayer;
use super::pairs::Pairs;
use super::place::Place;
use crate::event::{Kind, MetaValue};
use crate::write::events;

/// How an event ended, as far as it says.
enum Ended {
    Success,
    Failure,
    /// As its name says, if it does.
    ByName,
}

impl AuthLayer {
    /// Writes what `pairs` say of an event.
    pub(super) fn emit(&self, metadata: &Metadata<'_>, pairs: &mut Pairs) {
        let source = NameSource::of(metadata, pairs);
        if source == NameSource::Target {
            pairs.say(Place::Name, |text| dotted(metadata.target(), text));
        }
        let message = pairs.text(Place::Message);
        let (name, message) = match source {
            NameSource::Macro => (metadata.name(), message),
            NameSource::Message => (message.unwrap_or_default(), None),
            NameSource::Field | NameSource::Target => {
                (pairs.text(Place::Name).unwrap_or_default(), message)
            }
        };

        let mut unsaid = [("error", pairs.text(Place::Reason)), ("message", message)];
        let draft = events::custom(name);
        let draft = match self.ended(metadata, name, pairs) {
            Ended::Success => draft.success(),
            Ended::Failure => {
                // Where there is no reason, the message is one.
                let reason = unsaid.iter_mut().find_map(|(_, text)| text.take());
                draft.failure(reason.unwrap_or_default())
            }
            Ended::ByName => draft,
        };
        // An empty id is none.
        let draft = draft.user(pairs.text(Place::User).unwrap_or_default());
        let mut draft = draft.email(pairs.text(Place::Email).unwrap_or_default());
        for (key, value) in pairs.metadata() {
            draft.add(key, value);
        }
        for (key, text) in unsaid {
            if let Some(text) = text {
                draft.add(key, text);
            }
        }
        self.destination.emit(draft);
    }

    fn ended(&self, metadata: &Metadata<'_>, name: &str, pairs: &Pairs) -> Ended {
        match pairs.get(Place::Success) {
            Some(MetaValue::Bool(true)) => return Ended::Success,
            Some(_) => return Ended::Failure,
            None if pairs.text(Place::Reason).is_some() => return Ended::Failure,
            None => {}
        }
        let by_name = Kind::of_name(name).outcome.is_some();
        if by_name || pairs.get(Place::Meta("status")).is_some() {
            Ended::ByName
        } else if *metadata.level() <= Level::WARN {
            Ended::Failure
        } else if self.assume_success {
            Ended::Success
        } else {
            Ended::ByName
        }
    }
}

/// What says the name of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NameSource {
    /// The field `event`.
    Field,
    /// `name: "…"` in the macro.
    Macro,
    Message,
    Target,
}

impl NameSource {
    fn of(metadata: &Metadata<'_>, pairs: &Pairs) -> NameSource {
        if pairs.text(Place::Name).is_some() {
            NameSource::Field
        } else if !metadata.name().starts_with("event ") {
            // An event that was given no name is called after its place in the source: `event src/login.rs:7`.
            NameSource::Macro
        } else if pairs.text(Place::Message).is_some_and(is_name) {
            NameSource::Message
        } else {
            NameSource::Target
        }
    }
}

/// Appends a target as a name.
fn dotted(target: &str, text: &mut String) {
    for (index, part) in target.split("::").enumerate() {
        if index > 0 {
            text.push('.');
        }
        text.push_str(part);
    }
}

/// Whether a text is an event's name and no sentence: one word of several parts.
fn is_name(text: &str) -> bool {
    let parts = |byte| matches!(byte, b'.' | b'_');
    let bytes = text.as_bytes();
    text.len() <= 64
        && bytes.iter().any(|byte| parts(*byte))
        && [bytes.first(), bytes.last()]
            .into_iter()
            .flatten()
            .all(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || parts(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_of_several_parts() {
        for name in [
            "auth.login",
            "token_used",
            "otp.verification.detail",
            "sso-2.ok",
        ] {
            assert!(is_name(name), "{name}");
        }
        let long = "a.".repeat(40) + "b";
        for other in [
            "",
            "ok",
            "done.",
            "_x",
            "two words.",
            "a@example.com",
            "prénom.x",
            &long,
        ] {
            assert!(!is_name(other), "{other}");
        }
    }

    #[test]
    fn a_target_becomes_a_name_with_dots() {
        let mut text = String::from("before ");
        dotted("auth::otp::sent", &mut text);
        assert_eq!(text, "before auth.otp.sent");
    }
}
