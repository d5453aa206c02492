use std::sync::LazyLock;

use bumpalo::Bump;

use super::*;
use crate::event::{FieldSet, Wanted};
use crate::read::index::Index;

/// Events that were made, as what they are about.
#[derive(Default)]
struct Made(Vec<Option<String>>);

impl<'a> Room<'a> for Made {
    fn make(&mut self, kind: Kind, _: &PlainLine, fill: impl FnOnce(&mut Event<'a>)) {
        let mut event = Event::new(kind);
        fill(&mut event);
        self.0.push(event.get(Field::Subject).map(str::to_owned));
    }
}

/// Reads lines one stretch a call. Returns which were of a known shape, and how many were not.
fn decode(shapes: &mut Shapes, log: &str) -> (Vec<Option<String>>, usize) {
    static ALL: LazyLock<Wanted> = LazyLock::new(|| Wanted::of_all(FieldSet::ALL));
    let arena = Bump::new();
    let with = Decoding {
        wanted: &ALL,
        slowly: false,
        assume: crate::zone::Zone::UTC,
        arena: &arena,
    };
    // Room to compare a piece at the end of the last line.
    let text = format!("{log}{}", " ".repeat(64));
    let mut index = Index::default();
    index.scan(log.as_bytes());
    let stretch = Stretch {
        text: &text,
        quotes: index.quotes(),
    };
    let (mut made, mut others) = (Made::default(), Vec::new());
    let (mut start, mut first_quote) = (0, 0);
    for (number, end) in (0..).zip(index.lines()) {
        let line = PlainLine {
            start,
            end: end.at,
            first_quote,
            quotes: end.quotes - first_quote,
            number,
        };
        if !shapes.wait(&stretch, line) {
            others.push(line);
        }
        (start, first_quote) = (end.at + 1, end.quotes);
    }
    shapes.decode_waiting(&stretch, &with, &mut made, &mut others);
    for line in &others {
        shapes.learn(&stretch, line, &with, &mut Made::default());
    }
    (made.0, others.len())
}

fn login(user: usize) -> String {
    format!("{{\"event\":\"auth.login\",\"userId\":\"u{user}\",\"success\":true}}\n")
}

#[test]
fn a_line_like_one_before_is_not_searched() {
    let mut shapes = Shapes::default();
    assert_eq!(decode(&mut shapes, &login(1)), (vec![], 1));
    let log: String = (0..40).map(login).collect();
    let (known, others) = decode(&mut shapes, &log);
    let users = (0..40).map(|user| Some(format!("u{user}")));
    assert_eq!((known, others), (users.collect(), 0));
}

#[test]
fn shapes_that_look_alike_at_a_glance_are_all_remembered() {
    let line =
        |key: &str| format!("{{\"event\":\"auth.login\",\"{key}\":\"u\",\"success\":true}}\n");
    let log: String = ["userId", "email_", "sub", "user_id"].map(line).concat();
    let mut shapes = Shapes::default();
    assert_eq!(decode(&mut shapes, &log).1, 4);
    assert_eq!(decode(&mut shapes, &log.repeat(10)).1, 0);
}

#[test]
fn shapes_whose_tags_fall_on_one_place_do_not_drive_each_other_out() {
    let line = |kind: usize, keys: usize| {
        let keys: String = (0..keys).map(|key| format!(",\"k{key}\":\"v\"")).collect();
        let name = crate::event::KINDS[kind].name;
        format!("{{\"event\":\"{name}\"{keys},\"userId\":\"u\"}}\n")
    };
    let shapes_of = |keys: usize| (0..20).map(move |kind| line(kind, keys));
    let log: String = (0..3).flat_map(shapes_of).collect();
    let mut shapes = Shapes::default();
    assert_eq!(decode(&mut shapes, &log).1, 60);
    assert_eq!(decode(&mut shapes, &log).1, 0);
}

#[test]
fn events_of_unknown_names_share_a_shape_and_known_ones_do_not() {
    let line = |name: &str| format!("{{\"event\":\"{name}\",\"userId\":\"u\",\"success\":true}}\n");
    let mut shapes = Shapes::default();
    assert_eq!(decode(&mut shapes, &line("some.name")).1, 1);
    let log: String = (0..50)
        .map(|number| line(&format!("name.{number}")))
        .collect();
    assert_eq!(decode(&mut shapes, &log).1, 0);
    for name in ["auth.login", "token.issued.x", "auth_failed", ""] {
        assert_eq!(decode(&mut shapes, &line(name)).1, 1, "{name}");
    }
}

#[test]
fn ever_new_shapes_are_soon_not_remembered_and_regular_ones_are_again() {
    let mut shapes = Shapes::default();
    for number in 0..10_000 {
        let log = format!("{{\"event\":\"e{number}\",\"k{number}\":1}}\n");
        assert_eq!(decode(&mut shapes, &log).1, 1);
    }
    assert!(shapes.shapes.len() <= MOST_SHAPES && shapes.credit < 64);
    let log: String = (0..100).map(login).collect();
    let others: usize = (0..10).map(|_| decode(&mut shapes, &log).1).sum();
    assert!(others < 200, "{others} of 1,000");
}
