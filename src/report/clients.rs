//! Which OAuth clients were there most: the top N of them by events; see [`super::top`] for what is said of each.

use super::top::{Actor, columns};
use super::{Info, Kinds};
use crate::event::{Field, FieldSet};

/// See the module.
#[derive(Clone)]
pub(super) struct Clients;

impl Actor for Clients {
    const INFO: Info = Info {
        name: "clients",
        title: "Clients",
        help: "Which clients were there most, and what they did",
        details: "Facts: distinct (different clients), unnamed (events that name none).\n\
            Table: top (client, events, logins_ok, logins_failed, issued, refreshes, first_seen, last_seen), by \
            events; --top says how many.",
        kinds: Kinds::All,
        ids: FieldSet::of(&[Field::Client]),
        fields: FieldSet::EMPTY,
        default: true,
        owned: false,
    };
    const FIELD: Field = Field::Client;
    const COLUMNS: &'static [&'static str] = columns!("client");
}
