//! Which users were there most: the top N of them by events. A user is the subject of an event, the user id, else the
//! e-mail address in lower case; see [`super::top`] for what is said of each.
//!
//! Not made unless asked for: it takes memory for each user.

use super::top::{Actor, columns};
use super::{Info, Kinds};
use crate::event::{Field, FieldSet};

/// See the module.
#[derive(Clone)]
pub(super) struct Users;

impl Actor for Users {
    const INFO: Info = Info {
        name: "users",
        title: "Users",
        help: "Which users were there most, and what they did",
        details: "Facts: distinct (different users: user ids, else e-mail addresses), unnamed (events that name none).\n\
            Table: top (user, events, logins_ok, logins_failed, issued, refreshes, first_seen, last_seen), by events; \
            --top says how many.",
        kinds: Kinds::All,
        ids: FieldSet::of(&[Field::Subject]),
        fields: FieldSet::EMPTY,
        default: false,
        owned: false,
    };
    const FIELD: Field = Field::Subject;
    const COLUMNS: &'static [&'static str] = columns!("user");
}
