use proptest::prelude::*;

use super::*;
use crate::event::{Event, KINDS, Kind, Outcome, Timestamp};
use crate::tally::Merge;

fn event() -> impl Strategy<Value = Event<'static>> {
    let outcomes = [Outcome::Success, Outcome::Failure, Outcome::Unknown];
    let second = prop_oneof![
        Just(None),
        (1_736_000_000_i64..1_739_000_000).prop_map(Some),
        (1_000_000_000_i64..2_000_000_000).prop_map(Some),
        (-62_135_596_800_i64..253_402_300_800).prop_map(Some),
        Just(Some(-62_135_596_800)),
        Just(Some(253_402_300_799)),
    ];
    (0..Kind::COUNT, 0..3_usize, second, 0_u32..1_000_000_000).prop_map(
        move |(kind, outcome, second, nanos)| {
            let mut event = Event::new(KINDS[kind].kind);
            event.outcome = outcomes[outcome];
            event.time = second.and_then(|second| Timestamp::new(second, nanos));
            event
        },
    )
}

proptest! {
    #[test]
    fn what_is_kept_light_is_what_would_be_kept_as_it_is(
        events in prop::collection::vec((event(), 0_u32..4, 1_usize..300), 0..30),
    ) {
        let (mut light, mut plain) = (Activities::default(), Vec::<Activity>::new());
        for (event, id, times) in &events {
            for _ in 0..*times {
                light.change(Id(*id), |activity| activity.add(event));
                plain.change(Id(*id), |activity| activity.add(event));
            }
        }
        for id in 0..5 {
            prop_assert_eq!(light.tally(Id(id)), plain.tally(Id(id)));
        }
        prop_assert!(light.some().eq(plain.some()));
        let mut settled = light.clone();
        settled.settle();
        prop_assert!(settled.some().eq(plain.some()));
        for id in 0..5 {
            prop_assert_eq!(settled.tally(Id(id)), plain.tally(Id(id)));
        }
        for (event, id, _) in &events {
            let id = Id(*id * 7);
            settled.change(id, |activity| activity.add(event));
            settled.settle();
            light.change(id, |activity| activity.add(event));
            prop_assert!(settled.some().eq(light.some()));
        }
        let mut light = Activities::default();
        for (id, activity) in (0..).map(Id).zip(&plain) {
            light.change(id, |sum| sum.merge(*activity));
        }
        let heavy = |activity: &&Activity| packed(activity).is_none();
        prop_assert_eq!(light.heavy.len(), plain.iter().filter(heavy).count());
        let mut sum = Activity::default();
        for more in &plain {
            sum.merge(*more);
            light.change(Id(9), |sum| sum.merge(*more));
        }
        prop_assert_eq!(light.tally(Id(9)), sum);
    }
}
