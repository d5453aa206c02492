use super::super::tests::*;
use super::*;
use crate::event::{Outcome, Timestamp};

fn call(token: &'static str, seconds: i64, more: &[(Field, &'static str)]) -> Sample {
    Sample {
        kind: Kind::ApiTokenUsed,
        outcome: Outcome::Success,
        time: Timestamp::new(seconds, 0),
        subject: None,
        fields: [&[(Field::TokenId, token)], more].concat(),
    }
}

fn named(sample: Sample, user: &'static str) -> Sample {
    let mut sample = sample;
    sample.subject = Some(user);
    if !user.contains('@') {
        sample.fields.push((Field::User, user));
    }
    sample
}

fn issue(token: &'static str, seconds: i64, user: &'static str) -> Sample {
    let issued = Sample {
        kind: Kind::TokenIssued,
        ..call(token, seconds, &[])
    };
    named(issued, user)
}

fn of_owner(owner: &str) -> Options {
    Options {
        owner: Some(owner.to_owned()),
        ..Options::default()
    }
}

fn of_token(token: &str, page: usize, limit: usize) -> Options {
    Options {
        token: Some(token.to_owned()),
        page,
        limit,
        ..Options::default()
    }
}

#[test]
fn every_token_has_its_row() {
    let took = |millis| [(Field::DurationMs, millis), (Field::Endpoint, "/a")];
    let mut samples: Vec<Sample> = [("10", 1), ("20", 2), ("30.5", 3), ("-4", 4), ("soon", 5)]
        .into_iter()
        .map(|(millis, seconds)| call("t1", seconds, &took(millis)))
        .collect();
    samples[0].outcome = Outcome::Failure;
    samples[1].outcome = Outcome::Unknown;
    samples[2].fields.push((Field::Endpoint, "/b"));
    samples.extend([
        call("t3", 7, &[]),
        call("t2", 8, &[(Field::DurationMs, "0.25")]),
        call("", 9, &[(Field::Endpoint, "/c")]),
        // Not calls of an API.
        issue("t4", 1, "u1"),
        Sample {
            kind: Kind::TokenUsed,
            ..call("t5", 1, &[])
        },
    ]);
    samples[6].time = None;
    let section = section("usage", &Options::default(), &samples);
    assert_eq!(
        told(&section),
        "tokens 3, requests 8, ok 6, failed 1, unknown 1"
    );
    // Token, requests, ok, failed, endpoints, last used, p50, p95. Of 10, 20 and 30.5 ms the second is the median.
    assert_eq!(
        rows(&section, "by_token"),
        [
            "t1 5 3 1 2 1970-01-01T00:00:05.000Z 20ms 30.5ms",
            "– 1 1 0 – – – –",
            "t2 1 1 0 0 – 250µs 250µs",
            "t3 1 1 0 0 1970-01-01T00:00:07.000Z – –",
        ]
    );
}

#[test]
fn the_calls_of_a_token_are_told_page_by_page() {
    let mut samples: Vec<Sample> = (0..5).map(|second| call("t1", second, &[])).collect();
    samples[3].outcome = Outcome::Failure;
    samples[3].fields.extend([
        (Field::Endpoint, "/me"),
        (Field::HttpMethod, "GET"),
        (Field::Status, "403"),
        (Field::DurationMs, "1.5"),
        (Field::Ip, "192.0.2.1"),
        (Field::UserAgent, "curl/8"),
    ]);
    samples[2].fields.push((Field::Status, "teapot"));
    samples.push(call("t2", 99, &[]));
    samples.push(issue("t1", 98, "u1"));
    let page = |page, limit| section("usage", &of_token("t1", page, limit), &samples);
    assert_eq!(
        told(&page(1, 2)),
        "token t1, page 1, limit 2, total 5, total_pages 3"
    );
    assert_eq!(
        rows(&page(1, 2), "rows"),
        [
            "1970-01-01T00:00:04.000Z – – – – – – ok",
            "1970-01-01T00:00:03.000Z /me GET 403 1.5ms 192.0.2.1 curl/8 failed",
        ]
    );
    assert_eq!(
        rows(&page(2, 2), "rows")[0],
        "1970-01-01T00:00:02.000Z – – teapot – – – ok"
    );
    assert_eq!(
        rows(&page(3, 2), "rows"),
        ["1970-01-01T00:00:00.000Z – – – – – – ok"]
    );
    // Beyond the end there is nothing, and nothing overflows.
    for beyond in [4, usize::MAX] {
        assert_eq!(rows(&page(beyond, 2), "rows"), [""; 0]);
        assert!(told(&page(beyond, 2)).ends_with("total 5, total_pages 3"));
    }
    assert_eq!(rows(&page(1, usize::MAX), "rows").len(), 5);
    assert!(told(&page(1, 5)).ends_with("total 5, total_pages 1"));
    assert!(told(&page(1, 0)).ends_with("total 5, total_pages 0"));
}

#[test]
fn every_name_with_a_token_is_in_the_help() {
    let section = section("usage", &of_token("t1", 1, 1), &[]);
    let facts = section.facts.iter().map(|fact| fact.name);
    let tables = section.tables.iter().map(|table| table.name);
    for name in facts.chain(tables) {
        assert!(Usage::INFO.details.contains(name), "{name}");
    }
}

/// Whose each token is, by who sees it.
#[track_caller]
fn owned(samples: &[Sample], expected: &[(&str, &[&str])]) {
    for (owner, tokens) in expected {
        let section = section("usage", &of_owner(owner), samples);
        let rows = rows(&section, "by_token");
        let found: Vec<&str> = rows
            .iter()
            .filter_map(|row| row.split(' ').next())
            .collect();
        assert_eq!(found, *tokens, "{owner}");
        for token in ["t1", "t2", "t3", "t4", "t5"] {
            let options = Options {
                owner: Some((*owner).to_owned()),
                ..of_token(token, 1, 9)
            };
            let total = told(&super::super::tests::section("usage", &options, samples));
            assert_eq!(
                total.contains("total 1"),
                tokens.contains(&token),
                "{owner} {token}: {total}"
            );
        }
    }
}

#[test]
fn a_token_is_its_earliest_issues_users_or_else_its_earliest_uses() {
    let mut refused = issue("t1", 1, "u2");
    refused.outcome = Outcome::Failure;
    let mut undated = issue("t2", 0, "u1");
    undated.time = None;
    let samples = [
        // By its issue, whoever used it before; a refused issue is none.
        named(call("t1", 2, &[]), "u2"),
        issue("t1", 9, "u1"),
        refused,
        // The earliest issue; undated ones come last.
        call("t2", 50, &[]),
        undated,
        issue("t2", 8, "u3"),
        issue("t2", 7, "u2"),
        // Of one time the first in the order of the users.
        call("t3", 50, &[]),
        issue("t3", 5, "u2"),
        issue("t3", 5, "u1"),
        // By its use.
        named(call("t4", 5, &[]), "u3"),
        // Nobody's.
        call("t5", 5, &[]),
        call("", 5, &[]),
    ];
    owned(
        &samples,
        &[
            ("u1", &["t1", "t3"]),
            ("u2", &["t2"]),
            ("u3", &["t4"]),
            ("u4", &[]),
            ("", &[]),
        ],
    );
}

#[test]
fn owners_are_told_apart_as_subjects_are() {
    let samples = [
        call("t1", 5, &[]),
        issue("t1", 1, "bo@example.org"),
        call("t2", 5, &[]),
        issue("t2", 1, "Bo"),
        call("t3", 5, &[]),
        // An id that looks like an address is compared as an id.
        Sample {
            fields: vec![(Field::TokenId, "t3"), (Field::User, "Ana@Example.org")],
            subject: Some("Ana@Example.org"),
            ..issue("t3", 1, "x")
        },
    ];
    owned(
        &samples,
        &[
            ("bo@example.org", &["t1"]),
            ("BO@Example.org", &["t1"]),
            ("Bo", &["t2"]),
            ("bo", &[]),
            ("Ana@Example.org", &["t3"]),
            ("ana@example.org", &[]),
        ],
    );
}

/// Every field of the section, in a log with calls of another's token, nobody's, and none's.
#[test]
fn nothing_tells_an_owner_of_tokens_that_are_not_theirs() {
    let everything = |seconds: i64| {
        let fields = [
            (Field::Endpoint, "/planted"),
            (Field::HttpMethod, "PLANTED"),
            (Field::Status, "599"),
            (Field::DurationMs, "77777.5"),
            (Field::Ip, "198.51.100.77"),
            (Field::UserAgent, "planted/7"),
        ];
        [
            call("foreign", seconds, &fields),
            named(call("foreign", seconds, &fields), "mallory"),
            named(call("nobodys", seconds, &fields), "mallory@planted.example"),
            call("", seconds, &fields),
        ]
    };
    let own = [
        issue("own", 1, "u1"),
        call(
            "own",
            10,
            &[(Field::Endpoint, "/a"), (Field::DurationMs, "5")],
        ),
    ];
    let mut planted = own.to_vec();
    planted.push(issue("foreign", 2, "mallory"));
    // Before, at the time of, and after the owner's.
    for seconds in [-5, 10, 4_000_000] {
        planted.extend(everything(seconds));
    }
    // The owner using another's token does not make it theirs.
    planted.push(named(call("foreign", 3, &[]), "u1"));
    for options in [
        of_owner("u1"),
        Options {
            limit: 1,
            memory_limit: Some(1 << 20),
            ..of_owner("u1")
        },
        Options {
            owner: Some("u1".to_owned()),
            ..of_token("own", 1, 50)
        },
        Options {
            owner: Some("u1".to_owned()),
            ..of_token("own", 2, 1)
        },
    ] {
        let alone = format!("{:?}", section("usage", &options, &own));
        let among = format!("{:?}", section("usage", &options, &planted));
        assert_eq!(alone, among);
    }
    for (page, limit) in [(1, 50), (2, 1), (9, 9)] {
        let answer = |token: &str| {
            let options = Options {
                owner: Some("u1".to_owned()),
                ..of_token(token, page, limit)
            };
            format!("{:?}", section("usage", &options, &planted)).replace(token, "ID")
        };
        for token in ["foreign", "nobodys"] {
            assert_eq!(answer(token), answer("unheard"), "{token}");
        }
    }
    // The same things are told to who may know them: the test could fail.
    let everybody = format!("{:?}", section("usage", &Options::default(), &planted));
    assert!(everybody.contains("foreign") && everybody.contains("77.7775s"));
    let mallory = Options {
        owner: Some("mallory".to_owned()),
        ..of_token("foreign", 1, 50)
    };
    let mallory = format!("{:?}", section("usage", &mallory, &planted));
    for planted in ["/planted", "PLANTED", "599", "198.51.100.77", "planted/7"] {
        assert!(mallory.contains(planted), "{planted}");
    }
}

#[test]
fn without_room_there_are_estimates_and_owners_are_told_nothing() {
    let samples = [
        issue("t1", 1, "u1"),
        call(
            "t1",
            5,
            &[(Field::DurationMs, "5"), (Field::Endpoint, "/a")],
        ),
    ];
    let limited = |bytes, options| Options {
        memory_limit: Some(bytes),
        ..options
    };
    let none = section("usage", &limited(0, of_owner("u1")), &samples);
    assert_eq!(
        told(&none),
        "tokens –, requests –, ok –, failed –, unknown –"
    );
    assert_eq!(rows(&none, "by_token"), [""; 0]);
    let sketched = section("usage", &limited(0, Options::default()), &samples);
    assert_eq!(
        told(&sketched),
        "tokens ≈1, requests 1, ok 1, failed 0, unknown 0"
    );
    // Room for the token, but not for its durations.
    let most = section("usage", &limited(80 * 32 * 8, Options::default()), &samples);
    assert_eq!(
        rows(&most, "by_token"),
        ["t1 1 1 0 1 1970-01-01T00:00:05.000Z – –"]
    );
    // One token knows all it needs.
    let one = section(
        "usage",
        &limited(
            0,
            Options {
                owner: Some("u1".to_owned()),
                ..of_token("t1", 1, 1)
            },
        ),
        &samples,
    );
    assert!(told(&one).contains("total 1"));
}
