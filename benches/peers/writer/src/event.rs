//! The event that every writer is given: a name and six fields, of which the user and the number differ from event to
//! event. The number says which event a line is of, so that what is missing, repeated or mixed up shows.

use std::sync::LazyLock;

/// The event's name, which most peers call its message.
pub(crate) const NAME: &str = "auth.login";
pub(crate) const REASON: &str = "Account locked";
pub(crate) const METHOD: &str = "otp";
pub(crate) const CLIENT: &str = "web-app";
pub(crate) const IP: &str = "192.0.2.1";

/// The number of the first event; all have eight digits, and so all lines of a writer the same length.
pub(crate) const FIRST: u64 = 10_000_000;
/// The most events of one run.
pub(crate) const MOST: u64 = 90_000_000;

/// How many users there are.
const USERS: u64 = 1_000;
static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..USERS).map(|user| format!("user-{user:04}")).collect());

#[derive(Clone, Copy)]
pub(crate) struct Event {
    pub(crate) number: u64,
    pub(crate) user: &'static str,
}

/// All events; a thread asks for them once, outside its loop.
#[derive(Clone, Copy)]
pub(crate) struct Events(&'static [String]);

impl Events {
    pub(crate) fn all() -> Events {
        Events(&NAMES)
    }

    #[inline]
    pub(crate) fn get(self, number: u64) -> Event {
        Event {
            number,
            user: &self.0[(number % USERS) as usize],
        }
    }
}
