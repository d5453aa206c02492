//! Which IP addresses events came from most: the top N of them by events; see [`super::top`] for what is said of each. An
//! address with a port, or an IPv4 address written as IPv6, is the same address.
//!
//! Not made unless asked for: it takes memory for each address.

use super::top::{Actor, columns};
use super::{Info, Kinds};
use crate::event::{Field, FieldSet};

/// See the module.
#[derive(Clone)]
pub(super) struct Ips;

impl Actor for Ips {
    const INFO: Info = Info {
        name: "ips",
        title: "IP addresses",
        help: "Which addresses events came from most, and what they did",
        details: "Facts: distinct (different addresses; ports do not count), unnamed (events without an address).\n\
            Table: top (ip, events, logins_ok, logins_failed, issued, refreshes, first_seen, last_seen), by events; \
            --top says how many.",
        kinds: Kinds::All,
        ids: FieldSet::of(&[Field::Ip]),
        fields: FieldSet::EMPTY,
        default: false,
        owned: false,
    };
    const FIELD: Field = Field::Ip;
    const COLUMNS: &'static [&'static str] = columns!("ip");
}
