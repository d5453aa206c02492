//! How API tokens are used.
//!
//! Over kind `api_token.used`: calls of an API with a token.
//!
//! Without `--token`, every token. Facts `tokens` (how many were used), `requests`, `ok`, `failed`, `unknown`. Table
//! `by_token`: requests, ok, failed, endpoints (how many different ones), last used, and the durations that half and 95 of
//! 100 calls did not exceed (nearest rank); most requests first, then in the order of the ids. Calls without a token
//! id are a row without one.
//!
//! With `--token ID`, its calls. Facts `token` (the id asked for), `page`, `limit`, `total`, `total_pages`; table `rows`:
//! that page of them, newest first, undated last, those of one time in the order of what they say. A page beyond the end
//! is empty.
//!
//! With `--owner USER` only that user's tokens exist: nothing in the section tells of any other, and another's token
//! answers exactly as one that nobody ever had. A token is owned by the user its earliest issue (family *issue*) names, else by
//! the one its earliest use names, else by nobody; undated events come last, of one time the first in the order of the
//! users decides, and events that failed own nothing. The user is meant as subjects are: by user id, or by e-mail address
//! in whatever case where events have no user id.
//!
//! * A duration is a number of milliseconds, with a fraction or without; what is negative or no number is missing.
//! * Over `--memory-limit` requests, ok and failed become estimates, and endpoints, last used and durations are missing;
//!   durations already where there are more tokens than an eighth of the limit has room for, 64 KiB each. With `--owner`,
//!   endpoints and durations are missing under any limit, since whether there is room for them would tell of others'
//!   tokens; and owners cannot be estimated: over the limit nothing is told at all.
//! * To find a page, all rows before it are kept.

mod calls;
mod duration;
mod owner;
mod tokens;

use serde::{Deserialize, Serialize};

use super::{Context, Info, Kinds, Options, Report};
use crate::document::Section;
use crate::event::{Event, Field, FieldSet, Kind};
use crate::tally::Directory;
use calls::Calls;
use tokens::Tokens;

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Usage {
    Tokens(Box<Tokens>),
    Calls(Box<Calls>),
}

impl Report for Usage {
    const INFO: Info = Info {
        name: "usage",
        title: "API token use",
        help: "How API tokens are used: how often, on what, with what success, how quickly",
        details: "Facts: tokens, requests, ok, failed, unknown.\nTables: by_token (requests, ok, failed, endpoints, \
            last_used, duration_p50, duration_p95; most requests first).\n\nWith --token ID the calls of that token \
            instead. Facts: token, page, limit, total, total_pages.\nTables: rows (time, endpoint, method, status, \
            duration, ip, user_agent, outcome; newest first; --page and --limit).\n\nWith --owner USER only the tokens \
            exist that were issued to that user, or, where no issue is in the log, first used by them; any other \
            token is like one that nobody ever had.\n\nReplaces: GET /api/v1/tokens/:id/usage?page=1&limit=50",
        kinds: Kinds::Only(&[Kind::ApiTokenUsed, Kind::TokenGenerated, Kind::TokenIssued]),
        ids: FieldSet::of(&[Field::TokenId, Field::Endpoint]),
        fields: FieldSet::of(&[
            Field::TokenId,
            Field::Endpoint,
            Field::HttpMethod,
            Field::Status,
            Field::DurationMs,
            Field::Ip,
            Field::UserAgent,
            Field::User,
            Field::Subject,
        ]),
        default: false,
        owned: true,
    };

    /// Issues matter to owners alone.
    fn kinds(options: &Options) -> Kinds {
        match options.owner {
            Some(_) => Self::INFO.kinds,
            None => Kinds::Only(&[Kind::ApiTokenUsed]),
        }
    }

    fn new(options: &Options, directory: &Directory) -> Usage {
        match &options.token {
            Some(token) => Usage::Calls(Box::new(Calls::new(token, options))),
            None => Usage::Tokens(Box::new(Tokens::new(options, directory))),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        match self {
            Usage::Tokens(tokens) => tokens.observe(events),
            Usage::Calls(calls) => calls.observe(events),
        }
    }

    fn merge(&mut self, other: Usage) {
        match (self, other) {
            (Usage::Tokens(one), Usage::Tokens(other)) => one.merge(*other),
            (Usage::Calls(one), Usage::Calls(other)) => one.merge(*other),
            // States of other options are no parts of one answer.
            _ => {}
        }
    }

    fn adapt(&mut self, options: &Options) {
        if let Usage::Calls(calls) = self {
            calls.shorten(options);
        }
    }

    fn finish(self, _: &Context) -> Section {
        let section = Section::new(Self::INFO.name, Self::INFO.title);
        match self {
            Usage::Tokens(tokens) => tokens.finish(section),
            Usage::Calls(calls) => calls.finish(section),
        }
    }
}

#[cfg(test)]
mod tests;
