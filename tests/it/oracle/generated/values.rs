//! The values of the generated logs: names of events, times, texts, and values of shapes that no field expects.

use proptest::prelude::*;
use proptest::sample::select;

pub(super) fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(ODD_VALUES).prop_map(ToOwned::to_owned),
        3 => select(&["true", "false"][..]).prop_map(ToOwned::to_owned),
        4 => select(WORDS).prop_map(quoted),
        1 => text().prop_map(|text| quoted(&text)),
        1 => name().prop_map(|name| quoted(&name)),
    ]
}

const WORDS: &[&str] = &[
    "a",
    "b",
    "A@Example.com",
    "a@example.com",
    "ZOË@x",
    "123",
    "200",
    "404",
    "otp",
    "refresh",
    "access",
    "refresh_token",
    "1h",
    "1d12h",
    "30d",
    "3600",
    "web",
    "Invalid code",
    "Token reuse",
    "true",
    "\u{202e}",
    "é",
    "漢",
    "\u{1f600}",
    "tab\t",
    "quote\"",
    "back\\slash",
    "null",
];

pub(super) const ODD_VALUES: &[&str] = &[
    "null",
    "\"\"",
    "0",
    "123",
    "123.0",
    "1e3",
    "-7",
    "12345678901234567890123",
    "200",
    "399",
    "400",
    "500",
    "[]",
    "{}",
    "[\"a\",\"b\"]",
    "[ 1 , {\"userId\":\"in\"} ]",
    "{\"userId\":\"deep\",\"success\":false}",
    "\"\\ud83d\"",
    "\"\\ud83d\\ude00\"",
    "\"\\u0000\"",
    "\"\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0061\"",
    "\"1\\ude00\\ud83d2\"",
    "1.5E+2",
    "\"\\\\ud83d\"",
];

pub(super) fn name() -> impl Strategy<Value = String> {
    let known = select(
        &[
            "auth.login",
            "auth.login",
            "auth.login",
            "auth.login_success",
            "auth.login_failure",
            "auth_failed",
            "oauth.auth_failed",
            "auth.logout",
            "token.refresh",
            "token.refresh",
            "token.refreshed",
            "auth.token_refresh",
            "otp.generated",
            "otp.sent",
            "otp.verification",
            "otp.verification",
            "otp.verification.detail",
            "token.generated",
            "token.issued",
            "token.issued.refresh_token",
            "token.issued.password",
            "token.issued.",
            "token.userinfo_accessed",
            "token.used",
            "api_token.used",
            "token.revoked",
            "token.expired",
            "token.validation_failed",
            "token.pkce_failed",
            "scope.validated",
            "scope_violation",
            "rate_limited",
            "rate_limit.exceeded",
            "suspicious_activity",
            "oauth.suspicious_activity",
        ][..],
    );
    prop_oneof![12 => known.prop_map(ToOwned::to_owned), 1 => text()]
}

/// Mostly within a few hours, so that buckets hold more than one event.
pub(super) fn time() -> impl Strategy<Value = String> {
    let second = prop_oneof![
        12 => 1_736_937_000_i64..1_736_947_000,
        3 => 1_736_000_000_i64..1_738_000_000,
        1 => 1_700_000_000_i64..1_800_000_000,
    ];
    let shaped = (second, 0_u32..1_000_000_000, 0_u8..14).prop_map(|(second, nanos, shape)| {
        let at = chrono::DateTime::from_timestamp(second, nanos).unwrap();
        let east = at + chrono::TimeDelta::minutes(330);
        let west = at - chrono::TimeDelta::hours(8);
        match shape {
            0..4 => quoted(&at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
            4 => quoted(&at.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
            5 => quoted(&at.format("%Y-%m-%dT%H:%M:%S%.9f").to_string()),
            6 => quoted(&east.format("%Y-%m-%dT%H:%M:%S%.6f+05:30").to_string()),
            7 => quoted(&west.format("%Y-%m-%d %H:%M:%S-08").to_string()),
            8 => quoted(&east.format("%Y-%m-%d %H:%M:%S.%f+0530").to_string()),
            9 => second.to_string(),
            10 => quoted(&at.timestamp_millis().to_string()),
            11 => at.timestamp_micros().to_string(),
            12 => format!("{second}.{nanos:09}"),
            _ => at.timestamp_nanos_opt().unwrap().to_string(),
        }
    });
    let odd = select(
        &[
            "null",
            "\"\"",
            "\"yesterday\"",
            "true",
            "[]",
            "1e3",
            "-5",
            "9007199254740993",
            "\"2025-02-30T00:00:00Z\"",
            "\"2025-01-15T10:30:00+25:00\"",
            "\"2025-01-15\"",
            "1e300",
            "\"\\u0032025-01-15T10:30:00Z\"",
        ][..],
    );
    prop_oneof![12 => shaped, 1 => odd.prop_map(ToOwned::to_owned)]
}

/// Any characters.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..6).prop_map(String::from_iter)
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
