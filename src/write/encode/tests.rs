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
    line.quoted::<Json>(text, LIMIT);
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
        let mut line = Vec::new();
        layout::append_time(time, &mut line);
        assert_eq!(line[15..39], time.to_millis_text(), "{time}");
    }
}

#[test]
fn secrets_are_masked_by_name_and_by_looks() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEyMyJ9.c2lnbmF0dXJlLW9mLWl0";
    let print = crate::fingerprint(jwt);
    let reason = format!("Bearer {jwt} is expired");
    let about = fields()
        .meta("password", "hunter2")
        .meta("code", 123_456)
        .meta("otpCode", true)
        .meta("refreshToken", jwt)
        .meta("apiKey", "short")
        .meta(
            "authorization",
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEyMyJ9.c2lnbmF0dXJlLW9mLWl0",
        )
        .meta("tokenId", jwt)
        .meta("sessionId", "s-1")
        .meta("endpoint", "/cb?code=abc&state=1")
        .meta("tokens", 3)
        .meta("empty_secret", "");
    let record = Record {
        reason: Some(&reason),
        ..record("auth.login", &about)
    };
    let expected = format!(
        concat!(
            r#""error":"Bearer {print} is expired","metadata":{{"password":"[masked]","code":"[masked]","#,
            r#""otpCode":"[masked]","refreshToken":"{print}","apiKey":"[masked]","authorization":"{print}","#,
            r#""tokenId":"{print}","sessionId":"s-1","endpoint":"/cb?code=[masked]&state=1","tokens":3,"empty_secret":""}}}}"#
        ),
        print = print
    );
    let line = json_line(&record);
    assert!(line.contains(&expected), "{line}");
    let shown = console_line(&record, false);
    assert!(
        !shown.contains("hunter2") && !shown.contains("eyJ") && !shown.contains("123456"),
        "{shown}"
    );
}

#[test]
fn a_line_that_would_be_too_long_is_cut_at_its_longest_texts_and_says_so() {
    let long = "é\n".repeat(1 << 20);
    let id = "i".repeat(3_000);
    let about = fields()
        .user(&id)
        .meta("userAgent", &long)
        .meta("path", "/short")
        .meta("tokenId", &id);
    let record = Record {
        reason: Some(&long),
        ..record("auth.login", &about)
    };
    for line in [json_line(&record), console_line(&record, true)] {
        assert!(
            line.len() <= LIMIT && line.len() > LIMIT - 200,
            "{}",
            line.len()
        );
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(line.matches(&id).count(), 2);
        assert!(line.contains("/short"));
    }
    let line: serde_json::Value = serde_json::from_str(&json_line(&record)).unwrap();
    assert_eq!(line["metadata"]["truncated"], true);
    let lengths =
        [&line["error"], &line["metadata"]["userAgent"]].map(|text| text.as_str().unwrap().len());
    assert!(lengths[0].abs_diff(lengths[1]) < 8, "{lengths:?}");
    assert!(json_line(&record).ends_with(",\"truncated\":true}}\n"));
    assert!(console_line(&record, false).ends_with(", truncated=true\n"));
}

#[test]
fn any_number_of_pairs_of_any_size_is_one_line() {
    let keys: Vec<String> = (0..30_000).map(|index| format!("key{index}")).collect();
    let huge = "k".repeat(1 << 20);
    let many = Fields::of_pairs(keys.iter().map(|key| (&**key, MetaValue::Int(1))));
    let ids = Fields::of_pairs(keys.iter().map(|key| (&**key, MetaValue::Text(&huge)))).user(&huge);
    let large = fields().meta(&huge, &huge).email(&huge);
    for about in [&many, &ids, &large] {
        let record = record(&huge, about);
        for line in [json_line(&record), console_line(&record, false)] {
            assert!(line.len() <= LIMIT && line.len() > 1_000, "{}", line.len());
            assert_eq!(line.matches('\n').count(), 1);
        }
        let line: serde_json::Value = serde_json::from_str(&json_line(&record)).unwrap();
        assert_eq!(line["metadata"]["truncated"], true);
    }
}

#[test]
fn a_line_just_short_enough_is_whole() {
    let about = fields();
    let about = about.meta("x", "y");
    let room = LIMIT - json_line(&record("", &about)).len() - 200;
    let name = "n".repeat(room);
    let line = json_line(&record(&name, &about));
    assert!(line.contains(&name) && !line.contains("truncated"));
}

#[test]
fn a_secret_across_the_cut_stays_a_secret() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEyMyJ9.c2lnbmF0dXJlLW9mLWl0";
    for before in [LIMIT - 300, LIMIT - 150, LIMIT - 40, LIMIT - 10, LIMIT + 10] {
        let reason = format!(
            "{} password=hunter2 {jwt}{}",
            ".".repeat(before),
            "x".repeat(LIMIT)
        );
        let about = fields();
        let record = Record {
            reason: Some(&reason),
            ..record("auth.login", &about)
        };
        for line in [json_line(&record), console_line(&record, false)] {
            assert!(
                !line.contains("eyJ") && !line.contains("=h"),
                "{}",
                &line[line.len() - 200..]
            );
            assert!(line.len() <= LIMIT);
        }
    }
}
