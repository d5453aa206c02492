use super::*;
use crate::event::{fields, is_unsafe};

fn record<'a, 'f>(name: &'a str, fields: &'a Fields<'f>) -> Record<'a, 'f> {
    Record {
        name,
        time: Timestamp::parse("2025-01-15T10:30:00.000Z").unwrap(),
        outcome: Outcome::Success,
        reason: None,
        fields,
    }
}

fn json_line(record: &Record<'_, '_>) -> String {
    let mut line = Vec::new();
    json(record, &Rules::default(), &mut line);
    String::from_utf8(line).unwrap()
}

fn console_line(record: &Record<'_, '_>, colour: bool) -> String {
    let mut line = Vec::new();
    console(record, &Rules::default(), colour, &mut line);
    String::from_utf8(line).unwrap()
}

fn json_string(text: &str) -> String {
    let (mut text_, rules) = (Vec::new(), Rules::default());
    let mut line = Line::new(&mut text_, &rules, None, Bounds::NONE);
    quoted::<Json>(&mut line, text, LIMIT);
    String::from_utf8(text_).unwrap()
}

#[test]
fn all_seven_fields_stand_in_the_order_of_the_seed() {
    let about = fields()
        .meta("attempts", 3)
        .email("user@example.com")
        .user("user-123");
    let record = Record {
        outcome: Outcome::Failure,
        reason: Some("Invalid code"),
        ..record("otp.verification.detail", &about)
    };
    assert_eq!(
        json_line(&record),
        concat!(
            r#"{"event":"otp.verification.detail","timestamp":"2025-01-15T10:30:00.000Z","userId":"user-123","#,
            r#""email":"user@example.com","success":false,"error":"Invalid code","metadata":{"attempts":3}}"#,
            "\n"
        )
    );
}

#[test]
fn what_is_absent_or_empty_is_left_out() {
    let about = fields().user("").email("");
    let record = Record {
        outcome: Outcome::Unknown,
        reason: Some(""),
        ..record("token.revoked", &about)
    };
    let expected = r#"{"event":"token.revoked","timestamp":"2025-01-15T10:30:00.000Z"}"#;
    assert_eq!(json_line(&record), format!("{expected}\n"));
    assert_eq!(console_line(&record, false), "[METRIC] ⚪ token.revoked\n");
}

#[test]
fn every_type_of_value_is_written_as_json_has_it() {
    let about = fields()
        .meta("yes", true)
        .meta("least", i64::MIN)
        .meta("most", u64::MAX)
        .meta("one", 1.0)
        .meta("huge", 1e300)
        .meta("tiny", -5e-324)
        .meta("nan", f64::NAN)
        .meta("infinite", f64::NEG_INFINITY)
        .meta("", "");
    assert!(json_line(&record("e", &about)).ends_with(concat!(
        r#","metadata":{"yes":true,"least":-9223372036854775808,"most":18446744073709551615,"#,
        r#""one":1.0,"huge":1e300,"tiny":-5e-324,"nan":null,"infinite":null,"":""}}"#,
        "\n"
    )));
}

#[test]
fn json_strings_escape_what_ends_a_line_or_drives_a_terminal_and_nothing_else() {
    let escaped = [
        ("a\"b\\c", r#""a\"b\\c""#),
        (
            "\n\r\t\0\u{b}\x1b[31m\x7f",
            r#""\n\r\t\u0000\u000b\u001b[31m\u007f""#,
        ),
        ("\u{85}\u{9b}", r#""\u0085\u009b""#),
        ("\u{2028}x\u{2029}\u{202e}", r#""\u2028x\u2029\u202e""#),
        ("\u{61c}\u{200f}\u{2066}", r#""\u061c\u200f\u2066""#),
    ];
    for (text, expected) in escaped {
        assert_eq!(json_string(text), expected);
    }
    for plain in [
        "",
        "/'<&",
        "é\u{a0}",
        "ب",
        "…€\u{200d}",
        "日本語 👩\u{200d}💻",
    ] {
        assert_eq!(json_string(plain), format!("\"{plain}\""));
    }
}

#[test]
fn every_character_reads_back_and_the_unsafe_ones_are_not_in_the_line() {
    for character in (0..=0x10_ffff).filter_map(char::from_u32) {
        let escaped = json_string(&character.to_string());
        let read: String = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read, character.to_string(), "{escaped}");
        let raw = escaped.contains(character) && !matches!(character, '"' | '\\');
        assert_eq!(
            raw,
            !is_unsafe(character) && !matches!(character, '"' | '\\'),
            "{escaped}"
        );
    }
}

#[test]
fn the_console_shows_what_would_drive_a_terminal() {
    let about = fields().email("a\nb").meta(
        "user\x1bAgent",
        "\x1b]0;title\x07\u{202e}txt\u{9b}2J\u{2028}\"\\é",
    );
    let record = Record {
        outcome: Outcome::Failure,
        reason: Some("\r[METRIC] ✅ forged"),
        ..record("auth\x1b[2J.login", &about)
    };
    assert_eq!(
        console_line(&record, false),
        concat!(
            r"[METRIC] ❌ auth\u{1b}[2J.login          | email=a\u{a}b, error=\u{d}[METRIC] ✅ forged, ",
            r#"user\u{1b}Agent=\u{1b}]0;title\u{7}\u{202e}txt\u{9b}2J\u{2028}"\é"#,
            "\n"
        )
    );
}

#[test]
fn names_are_padded_to_28_columns_and_never_cut() {
    let about = fields().user("u");
    let long = "a.name.of.thirty.characters.ab";
    let lines = [
        ("é", format!("[METRIC] ✅ é{} | userId=u\n", " ".repeat(27))),
        (long, format!("[METRIC] ✅ {long} | userId=u\n")),
    ];
    for (name, expected) in lines {
        assert_eq!(console_line(&record(name, &about), false), expected);
    }
}

#[test]
fn colour_is_around_the_name_and_changes_nothing_else() {
    let about = fields().user("u").meta("rate", 0.5).meta("nan", f64::NAN);
    let plain = console_line(&record("otp.sent", &about), false);
    let coloured = console_line(&record("otp.sent", &about), true);
    assert_eq!(
        coloured
            .replacen("\x1b[32m", "", 1)
            .replacen("\x1b[0m", "", 1),
        plain
    );
    assert!(
        coloured.starts_with("[METRIC] ✅ \x1b[32motp.sent\x1b[0m   "),
        "{coloured}"
    );
    assert!(
        plain.ends_with(" | userId=u, rate=0.5, nan=NaN\n"),
        "{plain}"
    );
}

#[test]
fn the_time_is_that_of_the_event_whatever_the_one_before_had() {
    let seconds = [
        1_736_937_000,
        1_736_937_000,
        1_736_937_001,
        -1,
        0,
        0,
        253_402_300_799,
    ];
    let nanos = [
        999_999_999,
        0,
        5_000_000,
        120_000_000,
        1,
        999_000_000,
        78_900_000,
    ];
    for (second, nanos) in seconds.into_iter().zip(nanos) {
        let time = Timestamp::new(second, nanos).unwrap();
        assert_eq!(millis_text(time), time.to_millis_text(), "{time}");
    }
}
