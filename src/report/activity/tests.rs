use super::super::{REPORTS, tests::*};
use super::*;
use crate::event::{Family, KINDS, Outcome};

#[test]
fn its_kinds_are_those_of_the_token_families_and_the_unknown() {
    let families = [
        Family::Issue,
        Family::Refresh,
        Family::Use,
        Family::End,
        Family::Invalid,
        Family::Other,
    ];
    for row in KINDS {
        let expected = families.contains(&row.family);
        assert_eq!(
            Activity::INFO.kinds.contain(row.kind),
            expected,
            "{}",
            row.name
        );
    }
    assert!(REPORTS.iter().any(|report| report.info.name == "activity"));
}

fn token_event(kind: Kind, seconds: i64, fields: &[(Field, &'static str)]) -> Sample {
    Sample {
        kind,
        outcome: Outcome::Success,
        time: crate::event::Timestamp::new(seconds, 0),
        subject: None,
        fields: fields.to_vec(),
    }
}

#[test]
fn the_last_token_events_are_told_newest_first() {
    let mut refused = token_event(
        Kind::PkceFailed,
        30,
        &[
            (Field::Client, "web"),
            (Field::Reason, "no verifier"),
            (Field::Ip, "192.0.2.1"),
        ],
    );
    (refused.outcome, refused.subject) = (Outcome::Failure, Some("u1"));
    let undated = Sample {
        time: None,
        outcome: Outcome::Unknown,
        ..token_event(Kind::TokenExpired, 0, &[])
    };
    let samples = [
        undated,
        token_event(Kind::TokenIssued, 10, &[]),
        // No token events: another name, a login, an OTP.
        token_event(Kind::Other, 40, &[(Field::Event, "tokens.counted")]),
        token_event(Kind::Login, 50, &[]),
        token_event(Kind::OtpSent, 60, &[]),
        token_event(Kind::Other, 20, &[(Field::Event, "token.introspected")]),
        refused,
    ];
    let section = section(
        "activity",
        &Options {
            limit: 3,
            ..Options::default()
        },
        &samples,
    );
    assert_eq!(told(&section), "total 4, shown 3");
    assert_eq!(
        rows(&section, "events"),
        [
            "1970-01-01T00:00:30.000Z token.pkce_failed web u1 192.0.2.1 failed no verifier",
            "1970-01-01T00:00:20.000Z token.introspected – – – ok –",
            "1970-01-01T00:00:10.000Z token.issued – – – ok –",
        ]
    );
    let all = super::super::tests::section("activity", &Options::default(), &samples);
    assert_eq!(rows(&all, "events")[3], "– token.expired – – – unknown –");
}
