use proptest::prelude::*;

use super::*;
use crate::event::Kind;
use crate::tally::{Directory, Identifying};

const TEXTS: [Option<&str>; 9] = [
    None,
    Some("a"),
    Some("b"),
    Some("c"),
    Some("aa"),
    Some("é"),
    Some("z"),
    Some("0"),
    Some("long enough to have a record of several words"),
];

/// Clients, each counted once.
fn counted(clients: &[Option<&str>], memory_limit: Option<u64>) -> Keyed<u64> {
    let directory = Directory::new(memory_limit);
    let wanted = crate::event::Wanted::of_all(crate::event::FieldSet::of(&[Field::Client]));
    let mut identifying = Identifying::new(&directory, &wanted);
    let mut keyed: Keyed<u64> = Keyed::new(directory.names(Field::Client));
    for client in clients {
        let mut event = [Event::new(Kind::Login)];
        event[0].set(Field::Client, *client);
        identifying.identify(&mut event);
        keyed.count(&event[0], Field::Client, |count| *count += 1);
    }
    keyed
}

proptest! {
    #[test]
    fn the_top_is_where_the_ranking_starts(
        clients in prop::collection::vec(prop::sample::select(&TEXTS[..]), 0..40),
        most in 0_usize..12,
        memory_limit in prop::sample::select(&[None, Some(0), Some(1 << 20)][..]),
    ) {
        let keyed = counted(&clients, memory_limit);
        let ranked = keyed.ranked();
        let named = ranked.rows.into_iter().filter_map(|(text, count)| Some((text?, count)));
        let top = keyed.top(most);
        prop_assert_eq!(top.rows, named.take(most).collect::<Vec<_>>());
        prop_assert_eq!(top.off, ranked.off);
    }
}

#[test]
fn of_many_equal_ones_the_first_by_text_are_the_top() {
    let texts: Vec<String> = (0..5000).map(|user| format!("user-{user:04}")).collect();
    let mut clients: Vec<Option<&str>> = texts.iter().rev().map(|text| Some(&**text)).collect();
    clients.extend([Some("user-4000"), Some("user-0007"), None, None, None]);
    let top = counted(&clients, None).top(4).rows;
    let expected = [
        ("user-0007", 2),
        ("user-4000", 2),
        ("user-0000", 1),
        ("user-0001", 1),
    ];
    assert_eq!(top, expected.map(|(text, count)| (text.to_owned(), count)));
}
