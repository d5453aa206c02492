//! The same life in lines that are legal but strange, between lines that are no events at all.
//!
//! Most lines are still the writer's own. The rest is dealt so that everything occurs within some two thousand lines.
//! What is malformed here is malformed to every reader, RFC 8259's and jq's alike; so there is no NaN, no leading zero,
//! no NUL, and no nesting between the limits of different readers. Lone surrogates are low ones only: jq 1.6 refuses
//! a line with a high one, and the truth is to hold for it too.

mod object;
mod reject;
mod text;

use std::ops::Range;

use self::object::{Object, Oddities, Stamp};
use self::reject::Rejects;
use super::line::{self, Clock};
use super::population::{IdStyle, Population};
use super::random::Random;
use super::truth::{Count, Shown};
use super::vocabulary::Event;

/// Lines that are no events, per thousand events.
const REJECTED: u32 = 60;
/// Events written as the writer would, per thousand.
const PLAIN: u32 = 550;

/// The state of writing a hostile log.
pub(super) struct Hostile {
    random: Random,
    clock: Clock,
    span: Range<i64>,
    object: Object,
    rejects: Rejects,
}

impl Hostile {
    pub(super) fn new(seed: u64, span: Range<i64>) -> Hostile {
        Hostile {
            // Life is drawn from stream 0, and stays the same whatever the lines look like.
            random: Random::new(seed, 1),
            clock: Clock::default(),
            span,
            object: Object::default(),
            rejects: Rejects::default(),
        }
    }

    /// Appends the line of one event, and perhaps one before it that is none.
    pub(super) fn append(
        &mut self,
        mut event: Event,
        population: &Population,
        out: &mut Vec<u8>,
        count: &mut Count,
    ) {
        if let Some(reason) = event.reason
            && self.random.chance(400)
        {
            event.reason = reason.translated(self.random.below(2)).or(Some(reason));
        }
        if self.random.chance(30) {
            self.disorder(&mut event);
        }
        let random = &mut self.random;
        let deep = self.rejects.deep_is_due(count.truth.events);
        if deep || random.chance(REJECTED) {
            let mut model = Vec::new();
            line::write(&event, population, &mut self.clock, &mut model);
            self.rejects.append(deep, &model, random, out, count);
            end_line(random, out, count);
        }
        if random.chance(PLAIN) {
            line::write(&event, population, &mut self.clock, out);
            count.event(&event, Shown::default());
        } else {
            let odd = draw(&event, population, random);
            if odd.no_user {
                event.says_user = false;
            }
            if odd.no_success {
                event.success = None;
            }
            self.object.append(&event, odd, population, random, out);
            count.event(
                &event,
                Shown {
                    undated: matches!(odd.stamp, Stamp::Unreadable(_)),
                    repaired: odd.invalid_utf8 || odd.lone_surrogate,
                },
            );
        }
        end_line(random, out, count);
    }

    /// Another machine's clock runs some seconds early or late.
    fn disorder(&mut self, event: &mut Event) {
        let early = i64::from(self.random.below(10_000)) - 5_000;
        event.at = (event.at - early).clamp(self.span.start, self.span.end - 1);
    }
}

fn end_line(random: &mut Random, out: &mut Vec<u8>, count: &mut Count) {
    let end: &[u8] = if random.chance(30) { b"\r\n" } else { b"\n" };
    out.extend_from_slice(end);
    count.truth.lines += 1;
}

/// What is strange about one line; the rates are chosen so that the rarest occurs about ten times in 2,000 lines.
fn draw(event: &Event, population: &Population, random: &mut Random) -> Oddities {
    let numeric = event.says_user && population.id_style(event.user) == IdStyle::Number;
    let nameable = event.says_user && event.says_email;
    Oddities {
        shuffled: random.chance(400),
        spaced: random.chance(350),
        escaped_keys: random.chance(200),
        escaped_values: random.chance(300),
        unknown_fields: if random.chance(350) {
            random.between(1, 3)
        } else {
            0
        },
        duplicates: random.chance(150),
        empty_fields: random.chance(200),
        mixed_case: random.chance(60),
        id_as_number: numeric && random.chance(600),
        no_user: nameable && random.chance(50),
        no_success: !event.name.counted_by_success()
            && event.name.stated_outcome().is_some()
            && random.chance(300),
        stamp: match random.below(1000) {
            0..40 => Stamp::Unreadable(random.below(6)),
            40..190 => Stamp::Foreign(random.below(7)),
            _ => Stamp::Usual,
        },
        invalid_utf8: random.chance(20),
        lone_surrogate: random.chance(20),
        deep: random.chance(15),
        long: random.chance(18),
    }
}
