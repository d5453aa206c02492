//! Sessions begin along the rhythm of day and week, overlap, and their events come out in time order.
//!
//! A log has an exact number of events and a span to fill with them. So the rate of arrivals is steered: the waiting
//! time to the next session follows from the weight of the time that is left and the number of sessions still needed.
//! Sessions that began some hours before the log does are cut off at its start, as those still open are at its end;
//! otherwise the first hours would lack the refreshes of earlier logins.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

use super::life;
use super::population::Population;
use super::random::Random;
use super::rhythm::{self, HOUR};
use super::vocabulary::Event;

/// The most pending events, 12 MiB of them. Where traffic is so dense that open sessions would need more, new ones
/// are cut short.
const MOST_PENDING: usize = 1 << 18;

/// How long before the start of the log sessions begin: most are over by then.
const EARLIER: i64 = 8 * HOUR;

/// Events per session.
struct Mean {
    sessions: f64,
    events: f64,
}

impl Mean {
    /// Sessions and events assumed before any were seen, to have a mean from the start.
    const PRIOR: Mean = Mean {
        sessions: 20.0,
        events: 200.0,
    };

    fn add(&mut self, events: f64) {
        self.sessions += 1.0;
        self.events += events;
    }

    fn value(&self) -> f64 {
        self.events / self.sessions
    }
}

/// The events of a log, in time order.
pub(super) struct Arrivals<'a> {
    population: &'a Population,
    random: Random,
    span: Range<i64>,
    pending: BinaryHeap<Reverse<Pending>>,
    /// Number of the next pending event; keeps events of equal time in the order they were made.
    order: u64,
    session: Vec<Event>,
    /// Events not planned yet.
    needed: u64,
    /// Events of all sessions, those cut off at the start and the end included, when the log is full.
    goal: f64,
    /// All sessions.
    lived: Mean,
    /// The events inside the span, of the sessions that begin inside it.
    planned: Mean,
    /// When the next session begins.
    next: i64,
    /// The weight of the time from `next` to the end.
    left: u64,
}

impl<'a> Arrivals<'a> {
    pub(super) fn new(
        events: u64,
        seed: u64,
        span: Range<i64>,
        population: &'a Population,
    ) -> Arrivals<'a> {
        let earlier = span.start - EARLIER.min((span.end - span.start) / 4);
        let left = rhythm::weight(earlier, span.end);
        let inside = rhythm::weight(span.start, span.end);
        let mut arrivals = Arrivals {
            population,
            random: Random::new(seed, 0),
            span,
            pending: BinaryHeap::new(),
            order: 0,
            session: Vec::new(),
            needed: events,
            goal: Mean::PRIOR.events + events as f64 * (left as f64 / inside as f64),
            lived: Mean::PRIOR,
            planned: Mean::PRIOR,
            next: earlier,
            left,
        };
        arrivals.wait();
        arrivals
    }

    /// The next event, until there were as many as asked for.
    pub(super) fn next(&mut self) -> Option<Event> {
        while self.needed > 0 {
            match self.pending.peek() {
                Some(Reverse(first)) if first.event.at <= self.next => break,
                _ => self.begin_session(),
            }
        }
        self.pending.pop().map(|Reverse(first)| first.event)
    }

    /// Plans the events of the session that begins now, as far as they lie inside the span, and the next one's begin.
    fn begin_session(&mut self) {
        self.session.clear();
        life::live(
            self.population,
            self.next,
            &mut self.random,
            &mut self.session,
        );
        self.lived.add(self.session.len() as f64);
        // A session's first event lies at its begin, so that this always makes progress.
        let room = (MOST_PENDING - self.pending.len().min(MOST_PENDING - 1)) as u64;
        let span = self.span.clone();
        let inside = self.session.iter().filter(|event| span.contains(&event.at));
        let mut planned = 0;
        for &event in inside.take(room.min(self.needed) as usize) {
            self.pending.push(Reverse(Pending {
                order: self.order,
                event,
            }));
            self.order += 1;
            planned += 1;
        }
        self.needed -= planned;
        if self.next >= self.span.start {
            self.planned.add(planned as f64);
        }
        self.wait();
    }

    /// Moves on to the begin of the next session, always inside the span.
    fn wait(&mut self) {
        let to_live = (self.goal - self.lived.events) / self.lived.value();
        let to_plan = self.needed as f64 / self.planned.value();
        let sessions = 1.0 + to_live.max(to_plan);
        let waited = self.random.exponential();
        let weight = (self.left as f64 * (waited / (waited + sessions))) as u64;
        self.next = rhythm::advance(self.next, weight).min(self.span.end - 1);
        self.left -= weight.min(self.left);
    }
}

/// One event that has not come out yet.
struct Pending {
    order: u64,
    event: Event,
}

impl Pending {
    fn key(&self) -> (i64, u64) {
        (self.event.at, self.order)
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Pending) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Pending) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Pending) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Pending {}
