use super::*;
use crate::event::Field;
use crate::event::{Family, Kind, Outcome};

fn event(kind: Kind, fields: &[(Field, &'static str)]) -> Event<'static> {
    let mut event = Event::new(kind);
    for (field, text) in fields {
        event.set(*field, Some(text));
    }
    event
}

fn filter(conditions: impl IntoIterator<Item = (&'static str, Condition, bool)>) -> Filter {
    let mut filter = Filter::default();
    for (subject, condition, negated) in conditions {
        filter.add(subject, condition, negated);
    }
    filter
}

fn passes(filter: &Filter, event: &Event<'_>) -> bool {
    filter.judge(event) == Verdict::Passes
}

fn client(id: &str) -> Condition {
    Condition::Is(Field::Client, id.to_owned())
}

#[test]
fn one_subject_is_an_alternative_and_several_have_to_hold_all() {
    let filter = filter([
        ("client", client("web"), false),
        ("client", client("cli"), false),
        ("outcome", Condition::Outcome(Outcome::Unknown), false),
    ]);
    assert!(passes(
        &filter,
        &event(Kind::Login, &[(Field::Client, "cli")])
    ));
    assert!(!passes(
        &filter,
        &event(Kind::Login, &[(Field::Client, "app")])
    ));
    let mut failed = event(Kind::Login, &[(Field::Client, "web")]);
    failed.outcome = Outcome::Failure;
    assert!(!passes(&filter, &failed));
    assert_eq!(filter.fields(), FieldSet::of(&[Field::Client]));
}

#[test]
fn what_is_negated_must_not_hold_and_what_is_missing_does_not() {
    let refusing = filter([
        ("client", client("web"), true),
        ("client", client("cli"), true),
    ]);
    assert!(passes(&refusing, &event(Kind::Login, &[])));
    assert!(passes(
        &refusing,
        &event(Kind::Login, &[(Field::Client, "app")])
    ));
    assert!(!passes(
        &refusing,
        &event(Kind::Login, &[(Field::Client, "cli")])
    ));
    let wanted = filter([("client", client("web"), false)]);
    assert!(!passes(&wanted, &event(Kind::Login, &[])));
}

#[test]
fn names_are_those_of_the_log_or_the_canonical_ones() {
    let named = |glob| filter([("event", Condition::name(glob).unwrap(), false)]);
    let refreshed = event(Kind::TokenRefresh, &[(Field::Event, "token.refreshed")]);
    for glob in [
        "token.refreshed",
        "token.refresh",
        "token.*",
        "*fresh*",
        "{a,token.r*}",
    ] {
        assert!(passes(&named(glob), &refreshed), "{glob}");
    }
    for glob in ["Token.refresh", "token", "auth.*", ""] {
        assert!(!passes(&named(glob), &refreshed), "{glob}");
    }
    assert!(Condition::name("{a").is_err());
    let kinds = filter([
        ("kind", Condition::Kind(Kind::Login), false),
        ("kind", Condition::Family(Family::Refresh), false),
    ]);
    assert!(passes(&kinds, &refreshed) && passes(&kinds, &event(Kind::Login, &[])));
    assert!(!passes(&kinds, &event(Kind::Logout, &[])));
}

#[test]
fn addresses_are_in_networks_and_twins_are_one() {
    let from = |network: &str| filter([("ip", Condition::network(network).unwrap(), false)]);
    let event = |ip| event(Kind::Login, &[(Field::Ip, ip)]);
    for network in [
        "203.0.113.9",
        "203.0.113.0/24",
        "0.0.0.0/0",
        "::ffff:203.0.113.9",
        "::ffff:203.0.113.0/120",
    ] {
        assert!(passes(&from(network), &event("203.0.113.9")), "{network}");
    }
    for network in ["203.0.113.8", "198.51.100.0/24", "::/0", "2001:db8::/32"] {
        assert!(!passes(&from(network), &event("203.0.113.9")), "{network}");
    }
    assert!(passes(&from("2001:db8::/32"), &event("2001:db8::1")));
    assert!(!passes(&from("0.0.0.0/0"), &event("unknown")));
    for nonsense in ["", "203.0.113", "203.0.113.0/33", "web"] {
        assert!(Condition::network(nonsense).is_none(), "{nonsense}");
    }
}

#[test]
fn a_window_holds_its_first_moment_and_not_its_end() {
    let at = |second| Timestamp::new(second, 0);
    let mut filter = filter([("client", client("web"), false)]);
    filter.within(Window {
        from: at(100),
        to: at(200),
    });
    let judge = |second: Option<i64>, client| {
        let mut event = event(Kind::Login, &[(Field::Client, client)]);
        event.time = second.and_then(at);
        filter.judge(&event)
    };
    assert_eq!(
        [99, 100, 199, 200].map(|second| judge(Some(second), "web")),
        [
            Verdict::OutOfWindow,
            Verdict::Passes,
            Verdict::Passes,
            Verdict::OutOfWindow
        ]
    );
    assert_eq!(judge(None, "web"), Verdict::OutOfWindow);
    assert_eq!(judge(Some(100), "app"), Verdict::Fails);
    assert!(Window::default().holds(None));
}

#[test]
fn addresses_of_mail_have_no_case() {
    let filter = filter([("email", Condition::email("Ana@Example.com"), false)]);
    assert!(passes(
        &filter,
        &event(Kind::Login, &[(Field::Email, "aNA@example.COM")])
    ));
    assert!(!passes(
        &filter,
        &event(Kind::Login, &[(Field::Email, "ana@example.org")])
    ));
}

#[test]
fn a_person_is_told_by_id_and_only_without_one_by_address() {
    let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let person = Condition::Person(set(&["u1"]), set(&["ana@example.com"]));
    let filter = filter([("person", person, false)]);
    let from = |fields: &[(Field, &'static str)]| passes(&filter, &event(Kind::OtpSent, fields));
    assert!(from(&[
        (Field::User, "u1"),
        (Field::Email, "other@example.com")
    ]));
    assert!(from(&[(Field::Email, "Ana@Example.com")]));
    assert!(!from(&[
        (Field::User, "u2"),
        (Field::Email, "ana@example.com")
    ]));
    assert!(!from(&[(Field::Email, "bo@example.com")]) && !from(&[]));
}
