use super::*;
use crate::event::{Fields, Outcome, Timestamp, fields};
use crate::write::encode;

fn key() -> Key {
    Key::from_bytes(b"0123456789abcdef").unwrap()
}

fn line(rules: &Rules, name: &str, reason: Option<&str>, fields: &Fields<'_>) -> String {
    let mut line = Vec::new();
    let record = Record {
        name,
        time: Timestamp::parse("2025-01-15T10:30:00.000Z").unwrap(),
        outcome: Outcome::Failure,
        reason,
        fields,
    };
    encode::json(&record, rules, &mut line);
    serde_json::from_slice::<serde_json::Value>(&line).unwrap();
    String::from_utf8(line).unwrap()
}

fn all() -> Rules {
    Rules::default().with_pseudonyms(key(), &Personal::ALL)
}

fn shown(field: Personal, text: &str) -> String {
    String::from_utf8(pseudonym(&key(), field, text).as_bytes().to_vec()).unwrap()
}

#[test]
fn pseudonyms_can_be_worked_out_with_the_key_alone() {
    // printf 'authmeter pseudonym\0email\0user@example.com' | openssl dgst -sha256 -hmac 0123456789abcdef
    let code = key().mac(&[b"authmeter pseudonym\0email\0user@example.com"]);
    let digits: String = code[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        shown(Personal::Email, "User@Example.COM"),
        format!("pn~{digits}")
    );
}

#[test]
fn one_person_is_one_pseudonym_and_each_field_has_its_own() {
    let same = [
        (Personal::Email, ["user@example.com", "USER@example.Com"]),
        (Personal::Email, ["ÉVA@example.com", "éva@example.com"]),
        (Personal::Ip, ["203.0.113.9", "::ffff:203.0.113.9"]),
        (Personal::Ip, ["203.0.113.9", "203.0.113.9:51324"]),
        (Personal::Ip, ["203.0.113.9", "203.0.113.9, 10.0.0.1"]),
        (Personal::Ip, ["2001:db8::1", "[2001:DB8:0::1]:443"]),
    ];
    for (field, [one, other]) in same {
        assert_eq!(shown(field, one), shown(field, other), "{one} {other}");
    }
    assert_ne!(
        shown(Personal::User, "a@b.c"),
        shown(Personal::User, "A@b.c")
    );
    assert_ne!(
        shown(Personal::User, "a@b.c"),
        shown(Personal::Email, "a@b.c")
    );
    assert_ne!(
        shown(Personal::Ip, "203.0.113.9"),
        shown(Personal::Ip, "203.0.113.10")
    );
    let other = Key::from_bytes(b"0123456789abcdeX").unwrap();
    let code = pseudonym(&other, Personal::User, "a").as_bytes().to_vec();
    assert_ne!(shown(Personal::User, "a").into_bytes(), code);
}

#[test]
fn every_name_of_a_field_is_covered_and_the_key_is_named() {
    let aliases = [
        (
            Personal::User,
            "user-123",
            "user_id actor_id sub userId targetUserId user-id username",
        ),
        (
            Personal::Email,
            "User@example.com",
            "email actor_name userEmail new_email",
        ),
        (
            Personal::Ip,
            "203.0.113.9",
            "ip ipAddress ip_address remote_ip clientIp X-Forwarded-For",
        ),
    ];
    for (field, text, names) in aliases {
        for name in names.split(' ') {
            let line = line(&all(), "auth.login", None, &fields().meta(name, text));
            let expected = format!(
                r#""metadata":{{"{name}":"{}","keyId":"{}"}}}}"#,
                shown(field, text),
                key().id()
            );
            assert!(line.contains(&expected), "{line}");
        }
    }
    let about = fields()
        .user("user-123")
        .email("user@example.com")
        .meta("sub", 42);
    let all = line(&all(), "auth.login", None, &about);
    for expected in [
        format!(r#""userId":"{}""#, shown(Personal::User, "user-123")),
        format!(
            r#""email":"{}""#,
            shown(Personal::Email, "user@example.com")
        ),
        format!(r#""sub":"{}""#, shown(Personal::User, "42")),
    ] {
        assert!(all.contains(&expected), "{all}");
    }
}

#[test]
fn only_what_is_asked_for_is_hidden_and_an_event_without_it_names_no_key() {
    let rules = Rules::default().with_pseudonyms(key(), &[Personal::Email]);
    let about = fields()
        .user("user-123")
        .email("a@b.c")
        .meta("ip", "192.0.2.1");
    let line_ = line(&rules, "auth.login", None, &about);
    assert!(
        line_.contains(r#""userId":"user-123""#) && line_.contains("192.0.2.1"),
        "{line_}"
    );
    assert!(!line_.contains("a@b.c"));
    let line_ = line(&rules, "auth.login", None, &fields().user("user-123"));
    assert!(!line_.contains("keyId"), "{line_}");
}

#[test]
fn a_person_is_hidden_in_the_reason_and_in_every_other_text() {
    let about = fields()
        .user("bob")
        .email("Bob@example.com")
        .meta("ip", "::ffff:192.0.2.1")
        .meta(
            "path",
            "/u/bob?mail=bob%40EXAMPLE.com&from=192.0.2.1&x=192.0.2.10",
        )
        .meta("note bob@example.com", "bobby and bob")
        .meta("method", "bob");
    let reason = "bob (bob@example.com) from ::ffff:192.0.2.1 is locked";
    let line_ = line(&all(), "login.of.bob", Some(reason), &about);
    let (user, email, ip) = (
        shown(Personal::User, "bob"),
        shown(Personal::Email, "bob@example.com"),
        shown(Personal::Ip, "192.0.2.1"),
    );
    for expected in [
        format!(r#""event":"login.of.{user}""#),
        format!(r#""error":"{user} ({email}) from {ip} is locked""#),
        format!(r#""path":"/u/{user}?mail={email}&from={ip}&x=192.0.2.10""#),
        format!(r#""note {email}":"bobby and {user}""#),
        // A term out of a short list is nobody's id.
        r#""method":"bob""#.to_owned(),
    ] {
        assert!(line_.contains(&expected), "{expected}\n{line_}");
    }
}

#[test]
fn a_user_called_like_an_event_does_not_change_the_event() {
    let about = fields().user("login").meta("method", "otp");
    let line_ = line(&all(), "auth.login", None, &about);
    assert!(line_.starts_with(r#"{"event":"auth.login","#), "{line_}");
}

#[test]
fn a_person_inside_of_a_secret_is_a_secret() {
    let about = fields().email("bob@example.com");
    for (reason, expected) in [
        ("password=bob@example.com-x", "password=[masked]"),
        (
            "https://bob@example.com:pw@host/",
            "https://bob@example.com:[masked]@host/",
        ),
    ] {
        let line_ = line(&all(), "auth.login", Some(reason), &about);
        let expected = expected.replace(
            "bob@example.com",
            &shown(Personal::Email, "bob@example.com"),
        );
        assert!(
            line_.contains(&format!(r#""error":"{expected}""#)),
            "{line_}"
        );
    }
}

#[test]
fn the_writers_own_names_are_its_own() {
    let rules = all().with_service("billing");
    let about = fields()
        .user("u")
        .meta("keyId", "AKIA")
        .meta("service", "mine")
        .meta("truncated", true);
    let line_ = line(&rules, "auth.login", None, &about);
    let expected = format!(
        r#""metadata":{{"keyId_":"AKIA","service_":"mine","truncated":true,"keyId":"{}","service":"billing"}}}}"#,
        key().id()
    );
    assert!(line_.contains(&expected), "{line_}");
}

#[test]
fn hostile_ids_take_time_in_proportion_to_the_text() {
    let id = format!("{}b", "a".repeat(300));
    let about = fields()
        .user(&id)
        .email("a")
        .meta("sub", "aa")
        .meta("ip", "%");
    let reason = "a".repeat(1 << 20);
    let line_ = line(&all(), "auth.login", Some(&reason), &about);
    assert!(line_.len() <= encode::LIMIT, "{}", line_.len());
}
