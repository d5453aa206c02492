//! Laws every report of the registry keeps: the answer depends on the events alone, never on how they were divided,
//! ordered, merged or saved on the way.

mod told;

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::event::{Field, Outcome, Wanted};
use crate::render::FORMATS;
use crate::tally::{Identifying, Lexicon};
pub(super) use told::{rows, section, told};

/// An event that owns its text.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) kind: Kind,
    pub(super) outcome: Outcome,
    pub(super) time: Option<Timestamp>,
    pub(super) subject: Option<&'static str>,
    pub(super) fields: Vec<(Field, &'static str)>,
}

impl Sample {
    fn event(&self) -> Event<'_> {
        let mut event = Event::new(self.kind);
        (event.outcome, event.time) = (self.outcome, self.time);
        event.set(Field::Subject, self.subject);
        for (field, text) in &self.fields {
            event.set(*field, Some(text));
        }
        event
    }
}

/// Times close together, days apart and decades apart, so that every width of a bucket is met.
fn time() -> impl Strategy<Value = Option<Timestamp>> {
    let seconds = prop_oneof![
        1_736_900_000_i64..1_736_901_000,
        1_736_000_000_i64..1_739_000_000,
        1_700_000_000_i64..1_760_000_000,
        -1_000_000_000_i64..4_000_000_000,
    ];
    prop_oneof![9 => (seconds, 0_u32..1_000_000_000).prop_map(|(seconds, nanos)| Timestamp::new(seconds, nanos)), 1 => Just(None)]
}

const SUBJECTS: &[Option<&str>] = &[
    None,
    Some("u1"),
    Some("u2"),
    Some("u3@example.com"),
    Some("u4 whose name takes more room than that of the others"),
];

fn sample() -> impl Strategy<Value = Sample> {
    const TEXTS: &[&str] = &[
        "",
        "a",
        "b",
        "c",
        "access",
        "refresh",
        "refresh_token",
        "12.5",
        "warning",
        "1h",
        "30d",
        "é",
        "\u{202e}",
    ];
    let field = (0..Field::COUNT, prop::sample::select(TEXTS));
    let fields = [
        Field::Event,
        Field::Reason,
        Field::Client,
        Field::Method,
        Field::TokenType,
        Field::GrantType,
        Field::User,
        Field::Ip,
        Field::Email,
        Field::Domain,
        Field::TokenId,
        Field::TokenId,
        Field::TokenFamily,
        Field::Endpoint,
        Field::Severity,
        Field::DurationMs,
        Field::Source,
        Field::ExpiresIn,
    ];
    (
        (0..Kind::COUNT).prop_map(|index| KINDS[index].kind),
        prop::sample::select(&[Outcome::Success, Outcome::Failure, Outcome::Unknown][..]),
        time(),
        prop::sample::select(SUBJECTS),
        prop::collection::vec(field, 0..6),
    )
        .prop_map(move |(kind, outcome, time, subject, chosen)| Sample {
            kind,
            outcome,
            time,
            subject,
            fields: chosen
                .into_iter()
                .map(|(index, text)| (fields[index % fields.len()], text))
                .collect(),
        })
}

fn context(samples: &[Sample]) -> Context {
    let times = || samples.iter().filter_map(|sample| sample.time);
    Context {
        window: times().min().zip(times().max()),
    }
}

/// Counts the samples as the engine would: in batches of one kind, only of the report's kinds.
fn observed(report: &ReportEntry, options: &Options, samples: &[Sample]) -> Running {
    let directory = Directory::new(options.memory_limit);
    observed_among(&directory, report, options, samples)
}

fn observed_among(
    directory: &Directory,
    report: &ReportEntry,
    options: &Options,
    samples: &[Sample],
) -> Running {
    let mut running = report.start(options, directory);
    let mut identifying = Identifying::new(directory, &Wanted::of_all(report.info.ids));
    for kind in report.kinds(options).iter() {
        let mut batch: Vec<Event<'_>> = samples
            .iter()
            .filter(|sample| sample.kind == kind)
            .map(Sample::event)
            .collect();
        if !batch.is_empty() {
            identifying.identify(&mut batch);
            running.observe(&batch);
        }
    }
    running
}

fn answer(running: Running, context: &Context) -> String {
    format!("{:?}", running.finish(context))
}

fn options() -> impl Strategy<Value = Options> {
    let every = Every::ALL
        .into_iter()
        .map(Some)
        .chain([None])
        .collect::<Vec<_>>();
    // A text takes about 80 bytes, and there is a half of the limit for subjects and a 32nd for the texts of each other
    // field: room for none, for some, for most, and for all.
    let limits = [
        None,
        Some(0),
        Some(400),
        Some(600),
        Some(80 * 32),
        Some(80 * 32 * 3),
        Some(80 * 32 * 32),
        Some(1 << 20),
    ];
    let zones = ["UTC", "America/St_Johns"].map(|name| Zone::named(name).unwrap());
    (
        prop::sample::select(every),
        prop::sample::select(limits.to_vec()),
        prop::sample::select(zones.to_vec()),
        (0_usize..6, prop::sample::select(&[50, 0, 1, 3][..])),
        prop::option::weighted(0.3, Just("a".to_owned())),
        prop::option::weighted(0.3, Just("u1".to_owned())),
    )
        .prop_map(
            |(every, memory_limit, zone, (top, limit), token, owner)| Options {
                every,
                memory_limit,
                zone,
                top,
                limit,
                token,
                owner,
                ..Options::default()
            },
        )
}

proptest! {
    #[test]
    fn the_answer_is_the_same_for_any_split_order_and_merge_tree(
        samples in prop::collection::vec(sample(), 0..60),
        shuffled in any::<prop::sample::Index>(),
        parts in 1_usize..6,
        leaning in any::<bool>(),
        options in options(),
    ) {
        let context = context(&samples);
        for report in REPORTS {
            let expected = answer(observed(report, &options, &samples), &context);
            let mut turned = samples.clone();
            turned.rotate_left(shuffled.index(samples.len().max(1)).min(samples.len()));
            turned.reverse();
            let size = turned.len().div_ceil(parts).max(1);
            let states = turned.chunks(size).map(|part| observed(report, &options, part)).collect::<Vec<_>>();
            let merge = |mut one: Running, other: Running| {
                one.merge(other);
                one
            };
            let whole = if leaning {
                states.into_iter().reduce(merge)
            } else {
                states.into_iter().reduce(|one, other| merge(other, one))
            };
            let whole = whole.unwrap_or_else(|| report.start(&options, &Directory::new(options.memory_limit)));
            prop_assert_eq!(answer(whole, &context), expected, "{}", report.info.name);
        }
    }

    #[test]
    fn a_saved_state_goes_on_as_if_it_had_never_been_saved(
        samples in prop::collection::vec(sample(), 0..40),
        at in any::<prop::sample::Index>(),
        options in options(),
    ) {
        let context = context(&samples);
        let (before, after) = samples.split_at(at.index(samples.len() + 1));
        for report in REPORTS {
            let expected = observed(report, &options, &samples);
            let saved = observed(report, &options, before).save().unwrap();
            let mut loaded = report.load(&saved).unwrap();
            prop_assert_eq!(loaded.save().unwrap(), saved, "saving changes nothing: {}", report.info.name);
            loaded.merge(observed(report, &options, after));
            prop_assert_eq!(loaded.save().unwrap(), expected.save().unwrap(), "{}", report.info.name);
            prop_assert_eq!(answer(loaded, &context), answer(expected, &context), "{}", report.info.name);
        }
    }

    #[test]
    fn a_packed_state_is_the_same(
        samples in prop::collection::vec(sample(), 0..40),
        others in prop::collection::vec(sample(), 0..5),
        options in options(),
    ) {
        let directory = Directory::new(options.memory_limit);
        let states: Vec<Running> = REPORTS
            .iter()
            .map(|report| observed_among(&directory, report, &options, &samples))
            .collect();
        let mut lexicon = Lexicon::new(&directory);
        let chapter = lexicon.chapter();
        let lexicon = Arc::new(lexicon);
        for (report, state) in REPORTS.iter().zip(&states) {
            let packed = lexicon.within(|| state.pack()).unwrap();
            // In a process where others came first.
            let elsewhere = Directory::new(options.memory_limit);
            let others = observed_among(&elsewhere, report, &options, &others);
            let mut again = Lexicon::new(&elsewhere);
            again.read(&chapter).unwrap();
            let (mut unpacked, rest) = Arc::new(again).within(|| report.unpack(&packed)).unwrap();
            prop_assert!(rest.is_empty());
            prop_assert_eq!(unpacked.save().unwrap(), state.save().unwrap(), "{}", report.info.name);
            // And where there is no lexicon.
            let spelled = state.pack().unwrap();
            let (alone, _) = report.unpack(&spelled).unwrap();
            prop_assert_eq!(alone.save().unwrap(), state.save().unwrap(), "{}", report.info.name);
            let mut sum = others.clone();
            sum.add(&alone);
            unpacked.merge(others);
            prop_assert_eq!(unpacked.save().unwrap(), sum.save().unwrap(), "{}", report.info.name);
            // What is cut off is refused.
            prop_assert!(report.unpack(&spelled[..spelled.len() - 1]).is_err(), "{}", report.info.name);
        }
    }

    #[test]
    fn an_empty_state_changes_nothing(samples in prop::collection::vec(sample(), 0..20), options in options()) {
        let context = context(&samples);
        for report in REPORTS {
            let expected = answer(observed(report, &options, &samples), &context);
            let mut right = observed(report, &options, &samples);
            right.merge(report.start(&options, &Directory::new(options.memory_limit)));
            let mut left = report.start(&options, &Directory::new(options.memory_limit));
            left.merge(observed(report, &options, &samples));
            prop_assert_eq!(answer(right, &context), expected.clone());
            prop_assert_eq!(answer(left, &context), expected);
        }
    }
}

/// How many values of an answer are estimates, for each limit of those that are tried.
#[test]
fn less_room_makes_more_estimates_and_enough_room_makes_none() {
    let samples: Vec<Sample> = (0..40)
        .map(|index| Sample {
            kind: [Kind::Login, Kind::TokenRefresh][index % 2],
            outcome: Outcome::Success,
            time: Timestamp::new(1_736_900_000 + index as i64 * 300, 0),
            subject: SUBJECTS[index % SUBJECTS.len()],
            fields: Vec::new(),
        })
        .collect();
    let estimates = |memory_limit| {
        let options = Options {
            memory_limit,
            ..Options::default()
        };
        let answers = REPORTS.iter().map(|report| {
            let running = observed(report, &options, &samples);
            answer(running, &context(&samples)).matches("About").count()
        });
        answers.sum::<usize>()
    };
    assert_eq!([None, Some(1 << 20)].map(estimates), [0, 0]);
    assert!(
        [0, 200, 400]
            .map(Some)
            .map(estimates)
            .iter()
            .all(|some| *some > 2)
    );
}

#[test]
fn names_are_unique_and_every_report_says_what_it_is() {
    let mut names = std::collections::BTreeSet::new();
    for report in REPORTS {
        let info = report.info;
        assert!(names.insert(info.name), "{} twice", info.name);
        assert!(
            info.name.chars().all(|letter| letter.is_ascii_lowercase()),
            "{}",
            info.name
        );
        assert!(
            !["report", "input", "window", "generate"].contains(&info.name),
            "{} is taken",
            info.name
        );
        assert!(
            !info.title.is_empty() && !info.help.is_empty() && !info.details.is_empty(),
            "{}",
            info.name
        );
        let section = report
            .start(&Options::default(), &Directory::default())
            .finish(&Context::default());
        assert_eq!((section.name, section.title), (info.name, info.title));
        for name in section
            .facts
            .iter()
            .map(|fact| fact.name)
            .chain(section.tables.iter().map(|table| table.name))
        {
            assert!(
                info.details.contains(name),
                "{}'s help does not name {name}",
                info.name
            );
        }
    }
}

#[test]
fn nothing_read_is_said_without_a_number_that_is_none() {
    for report in REPORTS {
        let section = report
            .start(&Options::default(), &Directory::default())
            .finish(&Context::default());
        let text = format!("{section:?}");
        let mut words = text.split(|letter: char| !letter.is_alphanumeric());
        assert!(!words.any(|word| word == "NaN" || word == "inf"), "{text}");
    }
    assert_eq!(FORMATS[0].name, "table");
}

mod timeline;
