use super::super::tests::*;
use super::*;
use crate::event::{Family, KINDS, Timestamp};

#[test]
fn its_kinds_are_those_of_the_families_and_logins() {
    let families = [Family::Invalid, Family::Scope, Family::Security];
    for row in KINDS {
        let expected = families.contains(&row.family) || row.kind == Kind::Login;
        assert_eq!(
            Security::INFO.kinds.contain(row.kind),
            expected,
            "{}",
            row.name
        );
    }
}

fn sample(kind: Kind, outcome: Outcome, seconds: i64, said: &'static str) -> Sample {
    Sample {
        kind,
        outcome,
        time: Timestamp::new(seconds, 0),
        subject: None,
        fields: vec![(Field::Severity, said)],
    }
}

#[test]
fn an_event_is_as_severe_as_it_says_or_else_as_its_kind_is() {
    use Outcome::{Failure, Success, Unknown};
    let table = [
        // As said, in any case.
        (Kind::Login, Failure, "emergency", "critical"),
        (Kind::Login, Failure, "ALERT", "critical"),
        (Kind::Login, Failure, "Critical", "critical"),
        (Kind::Login, Failure, "fatal", "critical"),
        (Kind::Login, Failure, "error", "high"),
        (Kind::Login, Failure, "ERR", "high"),
        (Kind::ScopeValidated, Success, "high", "high"),
        (Kind::Login, Failure, "warning", "medium"),
        (Kind::Login, Failure, "Warn", "medium"),
        (Kind::Login, Failure, "medium", "medium"),
        (Kind::PkceFailed, Failure, "notice", "low"),
        (Kind::PkceFailed, Failure, "low", "low"),
        (Kind::SuspiciousActivity, Failure, "info", "info"),
        (Kind::SuspiciousActivity, Failure, "INFORMATIONAL", "info"),
        (Kind::SuspiciousActivity, Failure, "debug", "info"),
        (Kind::SuspiciousActivity, Failure, "trace", "info"),
        // Nothing said, or nothing that is understood.
        (Kind::SuspiciousActivity, Failure, "", "high"),
        (Kind::SuspiciousActivity, Unknown, "4", "high"),
        (Kind::ValidationFailed, Failure, "", "medium"),
        (Kind::PkceFailed, Failure, "severe", "medium"),
        (Kind::CodeInvalid, Failure, " info", "medium"),
        (Kind::ClientInvalid, Failure, "", "medium"),
        (Kind::ScopeViolation, Failure, "", "medium"),
        (Kind::RateLimitExceeded, Failure, "", "medium"),
        (Kind::ScopeValidated, Failure, "", "medium"),
        (Kind::ScopeValidated, Success, "", "info"),
        (Kind::Login, Failure, "", "low"),
    ];
    for (kind, outcome, said, severity) in table {
        let section = section(
            "security",
            &Options::default(),
            &[sample(kind, outcome, 0, said)],
        );
        let facts = told(&section);
        assert!(
            facts.contains(&format!("{severity} 1")),
            "{kind:?} {said:?}: {facts}"
        );
        assert!(facts.starts_with("total 1,"), "{facts}");
    }
}

#[test]
fn failed_logins_and_refused_requests_are_counted_by_kind_and_the_last_are_told() {
    let mut failed = sample(Kind::Login, Outcome::Failure, 50, "warning");
    failed.subject = Some("u1");
    failed
        .fields
        .extend([(Field::Reason, "Invalid code"), (Field::Ip, "192.0.2.7")]);
    let again = Sample {
        time: Timestamp::new(60, 0),
        ..failed.clone()
    };
    let other = Sample {
        subject: Some("u2"),
        ..sample(Kind::Login, Outcome::Failure, 20, "")
    };
    let samples = [
        sample(Kind::Login, Outcome::Success, 90, "error"),
        sample(Kind::Login, Outcome::Unknown, 91, "error"),
        failed,
        again,
        other,
        sample(Kind::ScopeValidated, Outcome::Success, 92, ""),
        sample(Kind::ScopeValidated, Outcome::Failure, 10, ""),
        Sample {
            time: None,
            ..sample(Kind::SuspiciousActivity, Outcome::Failure, 0, "")
        },
        sample(Kind::TokenRevoked, Outcome::Unknown, 93, "error"),
    ];
    let all = section("security", &Options::default(), &samples);
    assert_eq!(
        told(&all),
        "total 6, critical 0, high 1, medium 3, low 1, info 1"
    );
    assert_eq!(
        rows(&all, "by_kind"),
        [
            "auth.login 3 3/6 2",
            "scope.validated 2 2/6 0",
            "suspicious_activity 1 1/6 0",
        ]
    );
    let recent = [
        "1970-01-01T00:01:00.000Z auth.login medium – u1 192.0.2.7 Invalid code",
        "1970-01-01T00:00:50.000Z auth.login medium – u1 192.0.2.7 Invalid code",
        "1970-01-01T00:00:20.000Z auth.login low – u2 – –",
        "1970-01-01T00:00:10.000Z scope.validated medium – – – –",
        "– suspicious_activity high – – – –",
    ];
    assert_eq!(rows(&all, "recent"), recent);
    let two = section(
        "security",
        &Options {
            limit: 2,
            ..Options::default()
        },
        &samples,
    );
    assert_eq!(rows(&two, "recent"), recent[..2]);
    assert_eq!(told(&two), told(&all));
}
