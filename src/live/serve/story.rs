//! One identity's story, as `authmeter explain` tells it: of events that the log has of somebody, read again.
//!
//! Who somebody is, their latest events tell: user ids and e-mail addresses that the log names together with the one that is
//! asked for. The story itself is of every event, or there is none.

use std::io::Cursor;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::Question;
use super::index::{Index, Refusal, Row};
use super::question::Person;
use crate::document::Document;
use crate::engine::{Plan, person, run};
use crate::event::Timestamp;
use crate::filter::{Condition, Filter};
use crate::read::{Input, Inputs, Reading};
use crate::report::{Options, REPORTS};
use crate::zone::Zone;

/// Events of a story, which are kept in memory while it is told; and the latest events that tell who somebody is.
pub(super) const MOST: usize = 50_000;

/// Tells the story of whoever is called so; `None` if it has too many events.
pub(super) fn told(
    index: &Index,
    reading: &Reading,
    zone: Zone,
    question: &Question,
    name: &str,
) -> Result<Option<Document>, Refusal> {
    let plan = Plan {
        reports: REPORTS
            .iter()
            .filter(|report| report.info.name == "explain")
            .collect(),
        options: Options {
            zone,
            story: question.limit,
            as_of: Timestamp::now(),
            ..Options::default()
        },
        filter: Filter::default(),
        audience: question.who.audience(),
        reading: Reading {
            count_copies: true,
            watch: Arc::default(),
            ..reading.clone()
        },
        threads: NonZeroUsize::MIN,
    };
    let mut question = question.clone();
    let days = (question.from.take(), question.to.take());
    let moments = std::mem::take(&mut question.moments);
    question.only.person = Some(Person::Called(name.to_owned()));
    let called = index.events(&question, None, MOST)?.rows;
    let known = person(&plan, &inputs(&called), name).map_err(|error| fault(&error))?;
    drop(called);
    if let Condition::Person(users, emails) = known {
        question.only.person = Some(Person::Known(users, emails));
    }
    ((question.from, question.to), question.moments) = (days, moments);
    let page = index.events(&question, None, MOST)?;
    if page.next.is_some() {
        return Ok(None);
    }
    let answer = run(&plan, &inputs(&page.rows)).map_err(|error| fault(&error))?;
    Ok(Some(answer.document))
}

/// The system does not let a worker start.
fn fault(error: &dyn std::error::Error) -> Refusal {
    Refusal::Fault(error.to_string())
}

/// The lines of some events, which come newest first, in the order of the log.
fn inputs(newest_first: &[Row]) -> Inputs {
    let mut lines = Vec::new();
    for row in newest_first.iter().rev() {
        lines.extend_from_slice(row.line.as_bytes());
        lines.push(b'\n');
    }
    Inputs::new(vec![Input::reader("log", Box::new(Cursor::new(lines)))])
}
