//! For tests of applications: events that code emits, caught instead of written.
//!
//! ```
//! use authmeter::{events, testing};
//!
//! let caught = testing::capture(|| {
//!     events::login().failure("Account locked").user("user-123").method("otp").emit();
//! });
//! assert_eq!(caught[0].name(), "auth.login");
//! assert_eq!(caught[0].success(), Some(false));
//! assert_eq!(caught[0].error(), Some("Account locked"));
//! assert_eq!(caught[0].text("method"), Some("otp"));
//! ```

use std::cell::RefCell;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use super::encode::Record;
use super::privacy::fingerprint;
use super::style::Style;
use crate::event::{Fields, MetaValue, Outcome, Timestamp};

/// An event that was caught.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    name: String,
    outcome: Outcome,
    error: Option<String>,
    user: Option<String>,
    email: Option<String>,
    metadata: Vec<(String, Value)>,
    line: String,
}

/// A value of an event's metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// An integer, signed.
    Int(i64),
    /// An integer, unsigned.
    Uint(u64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
}

impl Event {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it worked, if it says so.
    pub fn success(&self) -> Option<bool> {
        match self.outcome {
            Outcome::Success => Some(true),
            Outcome::Failure => Some(false),
            Outcome::Unknown => None,
        }
    }

    /// Why it failed.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The user's id.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The user's e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The value of a metadata pair, as it was given: what a log would mask is not masked here.
    pub fn meta(&self, key: &str) -> Option<&Value> {
        let pair = self.metadata.iter().find(|(known, _)| known == key);
        pair.map(|(_, value)| value)
    }

    /// The text of a metadata pair that has text.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.meta(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The line a log file would have of it, without its newline: for tests that nothing secret gets into a log.
    pub fn line(&self) -> &str {
        &self.line
    }
}

/// How many captures there are, in all threads: mostly none, and then no event is looked at.
static CAPTURES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// What the captures of this thread have caught, the innermost last.
    static CAUGHT: RefCell<Vec<Vec<Event>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `code` and gives the events it emitted on this thread, in their order, to whatever writer; none of them is written or
/// counted. Other threads, and so other tests, are not affected; inside it, another capture takes its own. Needs no
/// [`init`](crate::init).
///
/// A future is caught where it is polled inside `code`, as in `capture(|| runtime.block_on(…))` with a runtime of one thread.
pub fn capture(code: impl FnOnce()) -> Vec<Event> {
    /// Ends the capture even if `code` panics.
    struct Capture;
    impl Drop for Capture {
        fn drop(&mut self) {
            CAPTURES.fetch_sub(1, Relaxed);
        }
    }

    CAPTURES.fetch_add(1, Relaxed);
    let depth = CAUGHT.with_borrow_mut(|caught| {
        caught.push(Vec::new());
        caught.len()
    });
    let ended = {
        let _capture = Capture;
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(code))
    };
    let events = CAUGHT.with_borrow_mut(|caught| {
        caught.truncate(depth);
        caught.pop().unwrap_or_default()
    });
    match ended {
        Ok(()) => events,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Whether there is any capture: then a disabled writer may have somebody who wants its events.
#[cfg(any(feature = "tracing", feature = "tower"))]
#[inline]
pub(super) fn is_on() -> bool {
    CAPTURES.load(Relaxed) > 0
}

/// Whether a capture of this thread takes the event.
#[inline]
pub(super) fn takes(
    name: &str,
    outcome: Outcome,
    reason: Option<&str>,
    fields: &Fields<'_>,
) -> bool {
    CAPTURES.load(Relaxed) > 0 && take(name, outcome, reason, fields)
}

#[cold]
fn take(name: &str, outcome: Outcome, reason: Option<&str>, fields: &Fields<'_>) -> bool {
    let Ok(captured) = CAUGHT.try_with(|caught| !caught.borrow().is_empty()) else {
        return false;
    };
    if !captured {
        return false;
    }
    let record = Record {
        name,
        time: Timestamp::now(),
        outcome,
        reason,
        fields,
    };
    let mut line = Vec::new();
    Style::default().encode(&record, &mut line);
    line.pop();
    let metadata = fields
        .metadata()
        .map(|(key, value)| (key.to_owned(), value.into()));
    let event = Event {
        name: name.to_owned(),
        outcome,
        error: reason
            .filter(|reason| !reason.is_empty())
            .map(str::to_owned),
        user: fields.user_id().map(str::to_owned),
        email: fields.email_address().map(str::to_owned),
        metadata: metadata.collect(),
        line: String::from_utf8_lossy(&line).into_owned(),
    };
    CAUGHT.with_borrow_mut(|caught| {
        if let Some(innermost) = caught.last_mut() {
            innermost.push(event);
        }
    });
    true
}

impl From<MetaValue<'_>> for Value {
    fn from(value: MetaValue<'_>) -> Value {
        match value {
            MetaValue::Bool(value) => Value::Bool(value),
            MetaValue::Int(value) => Value::Int(value),
            MetaValue::Uint(value) => Value::Uint(value),
            MetaValue::Float(value) => Value::Float(value),
            MetaValue::Text(text) => Value::Text(text.to_owned()),
            MetaValue::Token(token) => Value::Text(fingerprint(token)),
        }
    }
}
