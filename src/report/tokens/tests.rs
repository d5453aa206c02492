use super::*;
use crate::event::{Family, KINDS, Wanted};
use crate::tally::Identifying;
use crate::zone::Zone;
use Kind::{
    ApiTokenUsed, PkceFailed, TokenExpired, TokenGenerated, TokenIssued, TokenRefresh,
    TokenRevoked, TokenUsed, UserinfoAccessed, ValidationFailed,
};
use Outcome::{Failure, Success, Unknown};

/// Kind, outcome, time, and further fields.
type Said<'a> = (Kind, Outcome, &'a str, &'a [(Field, &'a str)]);

fn tokens(options: &Options, events: &[Said<'_>]) -> Section {
    let directory = Directory::new(options.memory_limit);
    let mut identifying = Identifying::new(&directory, &Wanted::of_all(Tokens::INFO.ids));
    let mut report = Tokens::new(options, &directory);
    for (kind, outcome, time, fields) in events {
        let mut event = [Event::new(*kind)];
        (event[0].outcome, event[0].time) = (*outcome, Timestamp::parse(time));
        for (field, text) in *fields {
            event[0].set(*field, Some(text));
        }
        identifying.identify(&mut event);
        report.observe(&event);
    }
    report.finish(&Context::default())
}

fn fact(section: &Section, name: &str) -> Value {
    let fact = section.facts.iter().find(|fact| fact.name == name);
    fact.unwrap().value.clone()
}

fn count(section: &Section, name: &str) -> u64 {
    match fact(section, name) {
        Value::Count(count) => count,
        other => panic!("{name}: {other:?}"),
    }
}

/// Rows of a table: key and counts.
fn told(section: &Section, table: &str) -> Vec<(String, [u64; 3])> {
    let table = section.tables.iter().find(|it| it.name == table).unwrap();
    let number = |value: &Value| match value {
        Value::Count(count) => *count,
        other => panic!("{other:?}"),
    };
    let key = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Time(time) => time.to_string(),
        Value::Missing => "-".to_owned(),
        other => panic!("{other:?}"),
    };
    let rows = table.rows.iter();
    rows.map(|row| (key(&row[0]), [1, 2, 3].map(|column| number(&row[column]))))
        .collect()
}

fn row(key: &str, counts: [u64; 3]) -> (String, [u64; 3]) {
    (key.to_owned(), counts)
}

const AT: &str = "2025-01-15T10:00:00Z";

#[test]
fn the_kinds_are_those_of_the_five_families() {
    use Family::{End, Invalid, Issue, Refresh, Use};
    let families = [Issue, Refresh, End, Invalid, Use];
    for row in KINDS {
        let is_one = families.contains(&row.family);
        assert_eq!(Tokens::INFO.kinds.contain(row.kind), is_one, "{}", row.name);
    }
}

#[test]
fn what_became_of_tokens_is_counted() {
    use Field::{Client, GrantType, Source, Subject, TokenType};
    let section = tokens(
        &Options::default(),
        &[
            (
                TokenGenerated,
                Success,
                AT,
                &[
                    (TokenType, "access"),
                    (Source, "otp"),
                    (Subject, "a"),
                    (Client, "web"),
                ],
            ),
            (
                TokenGenerated,
                Failure,
                AT,
                &[(TokenType, "access"), (Subject, "a")],
            ),
            (
                TokenIssued,
                Success,
                AT,
                &[(GrantType, "authorization_code"), (Client, "web")],
            ),
            (TokenIssued, Unknown, AT, &[(GrantType, "refresh_token")]),
            (
                TokenRefresh,
                Success,
                AT,
                &[(Subject, "b"), (Client, "web")],
            ),
            (
                TokenRefresh,
                Failure,
                AT,
                &[(Subject, "b"), (Client, "app")],
            ),
            (TokenRefresh, Unknown, AT, &[(Subject, "c")]),
            (ValidationFailed, Failure, AT, &[(Client, "web")]),
            (PkceFailed, Success, AT, &[]),
            (TokenRevoked, Unknown, AT, &[(TokenType, "refresh")]),
            (TokenRevoked, Failure, AT, &[]),
            (TokenExpired, Success, AT, &[]),
            (UserinfoAccessed, Success, AT, &[(Subject, "d")]),
            (UserinfoAccessed, Failure, AT, &[]),
            (TokenUsed, Success, AT, &[(Client, "cli")]),
            (ApiTokenUsed, Failure, AT, &[(Subject, "e")]),
        ],
    );
    for (name, expected) in [
        ("issued", 3),
        ("refreshed", 1),
        ("failed", 4),
        ("revoked", 1),
        ("expired", 1),
        ("userinfo", 1),
        ("unique_users", 5),
        ("unique_clients", 3),
        ("active", 0),
        ("ended", 0),
    ] {
        assert_eq!(count(&section, name), expected, "{name}");
    }
    assert_eq!(fact(&section, "mean_lifetime"), Value::Missing);
    assert_eq!(fact(&section, "lifetime_p50"), Value::Missing);
    assert_eq!(
        told(&section, "by_type"),
        [row("-", [2, 1, 3]), row("access", [1, 0, 1])]
    );
    assert_eq!(
        told(&section, "by_grant"),
        [
            row("-", [1, 1, 4]),
            row("authorization_code", [1, 0, 0]),
            row("refresh_token", [1, 0, 0]),
        ]
    );
    assert_eq!(
        told(&section, "by_client"),
        [
            row("web", [2, 1, 1]),
            row("-", [1, 0, 2]),
            row("app", [0, 0, 1]),
        ]
    );
    assert_eq!(
        told(&section, "by_source"),
        [row("-", [2, 1, 4]), row("otp", [1, 0, 0])]
    );
    assert_eq!(
        told(&section, "by_day"),
        [row("2025-01-15T00:00:00.000Z", [3, 1, 4])]
    );
}

#[test]
fn tokens_are_active_until_their_time_is_over() {
    let issued = |time, life| (TokenGenerated, Success, time, life);
    let hour: &[_] = &[(Field::ExpiresIn, "1h")];
    let options = Options {
        as_of: Timestamp::parse("2025-01-15T11:00:00.5Z").unwrap(),
        ..Options::default()
    };
    let section = tokens(
        &options,
        &[
            issued("2025-01-15T10:00:00.500000001Z", hour), // a nanosecond more
            issued("2025-01-15T10:00:00.5Z", hour),         // now
            issued("2025-01-15T10:00:00.499Z", hour),
            issued("never", hour),
            issued(
                "9999-12-31T23:59:59Z",
                &[(Field::ExpiresIn, "315576000000")],
            ),
            issued(AT, &[(Field::ExpiresIn, "forever")]),
            issued(AT, &[(Field::ExpiresIn, "-1")]),
            issued(AT, &[]),
            (TokenGenerated, Failure, AT, hour),
            (TokenRefresh, Success, AT, hour),
        ],
    );
    assert_eq!(count(&section, "issued"), 8);
    assert_eq!(
        ["active", "ended"].map(|name| count(&section, name)),
        [2, 2]
    );
}

#[test]
fn the_median_lifetime_is_one_of_them() {
    let lives = ["1h", "15m", "3600", "30d", "2h", "nonsense", "1h"];
    let fields = lives.map(|life| [(Field::ExpiresIn, life)]);
    let events: Vec<Said<'_>> = fields
        .iter()
        .map(|fields| (TokenIssued, Success, "", &fields[..]))
        .collect();
    let section = tokens(&Options::default(), &events);
    let hour = Duration::from_secs(3600);
    assert_eq!(fact(&section, "lifetime_p50"), Value::Span(hour));
    // 900 + 3 × 3600 + 7200 + 2,592,000 seconds, for six.
    let mean = Duration::from_secs(435_150);
    assert_eq!(fact(&section, "mean_lifetime"), Value::Span(mean));
    // Of an even number of them it is the lower one of the middle: 3600 of 900, 3600, 3600, 7200.
    let section = tokens(&Options::default(), &events[..3]);
    assert_eq!(fact(&section, "lifetime_p50"), Value::Span(hour));
    let mean = Duration::from_secs(2700);
    assert_eq!(fact(&section, "mean_lifetime"), Value::Span(mean));
}

#[test]
fn days_begin_where_the_clocks_of_the_zone_say() {
    let options = Options {
        zone: Zone::named("Europe/Berlin").unwrap(),
        ..Options::default()
    };
    let refreshed = |time| (TokenRefresh, Success, time, &[][..]);
    let section = tokens(
        &options,
        &[
            refreshed("2025-10-25T22:00:00Z"), // Sunday, a day of 25 hours, begins
            refreshed("2025-10-26T22:59:59Z"),
            refreshed("2025-10-26T23:00:00Z"), // Monday
            refreshed("2025-10-25T21:59:59Z"), // Saturday, again after the others
            refreshed("2025-10-31T23:00:00Z"), // November, the same week
            refreshed("never"),
        ],
    );
    assert_eq!(
        told(&section, "by_day"),
        [
            row("2025-10-31T23:00:00.000Z", [0, 1, 0]),
            row("2025-10-26T23:00:00.000Z", [0, 1, 0]),
            row("2025-10-25T22:00:00.000Z", [0, 2, 0]),
            row("2025-10-24T22:00:00.000Z", [0, 1, 0]),
        ]
    );
    assert_eq!(
        told(&section, "by_week"),
        [
            row("2025-10-26T23:00:00.000Z", [0, 2, 0]),
            row("2025-10-19T22:00:00.000Z", [0, 3, 0]),
        ]
    );
    assert_eq!(
        told(&section, "by_month"),
        [
            row("2025-10-31T23:00:00.000Z", [0, 1, 0]),
            row("2025-09-30T22:00:00.000Z", [0, 4, 0]),
        ]
    );
}

mod sums {
    use proptest::prelude::*;

    use super::super::days::Days;
    use super::super::requests::{Became, Requests};
    use super::*;

    const BECAME: [Became; 3] = [Became::Issued, Became::Refreshed, Became::Failed];
    const ZONES: [&str; 4] = [
        "UTC",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
    ];

    proptest! {
        #[test]
        fn days_weeks_and_months_are_sums_of_their_requests(
            requests in prop::collection::vec((0_i64..2_000_000_000, 0_usize..3), 0..50),
            near in prop::collection::vec((1_750_000_000_i64..1_750_500_000, 0_usize..3), 0..50),
            split in 0_usize..100,
            zone in prop::sample::select(&ZONES[..]),
        ) {
            let zone = Zone::named(zone).unwrap();
            let requests = [requests, near].concat();
            let parts = requests.split_at(split.min(requests.len()));
            let [mut days, other] = [parts.0, parts.1].map(|part| {
                let mut days = Days::new(zone);
                part.iter().for_each(|(second, became)| days.add(*second, BECAME[*became]));
                days
            });
            days.merge(other);
            for every in [Every::Day, Every::Week, Every::Month] {
                let mut expected = std::collections::BTreeMap::<i64, Requests>::new();
                for (second, became) in &requests {
                    expected.entry(every.start(zone, *second)).or_default().add(BECAME[*became]);
                }
                prop_assert_eq!(days.buckets(every), expected, "{}", every);
            }
        }
    }
}
