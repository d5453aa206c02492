use std::time::Duration;

use proptest::prelude::*;

use super::sieve::Sieve;
use super::*;
use crate::event::Timestamp;

const DAY: Duration = Duration::from_secs(86_400);

fn how(watch: &Watch) -> How<'_> {
    let as_of = Timestamp::parse("2025-06-01T00:00:00Z").unwrap();
    How {
        policy: Policy::new(as_of, 30 * DAY, None),
        assume: Zone::UTC,
        max_line: 80,
        max_expand: 1000,
        wait: Duration::ZERO,
        is_rotated: |_| false,
        watch,
    }
}

/// What stays of pieces of a log, and what they were.
fn sifted<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Account) {
    let watch = Watch::default();
    let how = how(&watch);
    let mut sieve = Sieve::new(&how);
    let mut out = Vec::new();
    for piece in pieces {
        sieve.take(piece, &mut out).unwrap();
    }
    sieve.end(&mut out).unwrap();
    (out, sieve.account)
}

/// Lines of every sort, among them some longer than the limit.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let line = |text: &str| text.as_bytes().to_vec();
    prop_oneof![
        Just(line(
            "{\"event\":\"a\",\"timestamp\":\"2025-01-01T00:00:00Z\"}\n"
        )),
        Just(line(
            "{\"event\":\"a\",\"timestamp\":\"2025-05-31T00:00:00Z\"}\r\n"
        )),
        Just(line("{\"event\":\"undated\"}\n")),
        Just(line("[1]\n")),
        Just(line("\n")),
        Just(vec![0; 5]),
        Just([&[b'x'; 90][..], b"\n"].concat()),
        Just(vec![b'{'; 79]),
        proptest::collection::vec(any::<u8>(), 0..12),
    ]
}

proptest! {
    #[test]
    fn what_stays_does_not_depend_on_how_the_stream_is_cut(
        pieces in proptest::collection::vec(piece(), 0..12), size in 1..40_usize
    ) {
        let log = pieces.concat();
        let whole = sifted([&log[..]]);
        prop_assert_eq!(&sifted(log.chunks(size)), &whole);
        // Nothing is made up: what stays is in the log, in this order.
        let mut rest = log.iter();
        prop_assert!(whole.0.iter().all(|byte| rest.any(|other| other == byte)));
        // And nothing more goes from what stays.
        let again = sifted([&whole.0[..]]);
        prop_assert_eq!(&again.0, &whole.0);
        prop_assert_eq!((again.1.goes, again.1.blank), (0, 0));
    }
}

#[test]
fn ages_beyond_all_time_let_nothing_go() {
    let as_of = Timestamp::parse("2025-06-01T00:00:00Z").unwrap();
    for age in [
        Duration::MAX,
        Duration::from_secs(u64::MAX),
        3_000_000 * DAY,
    ] {
        let policy = Policy::new(as_of, age, None);
        assert_eq!((policy.before(), policy.security_before()), (None, None));
    }
    let policy = Policy::new(as_of, DAY, Some(Duration::MAX));
    assert!(policy.before().is_some() && policy.security_before().is_none());
}
