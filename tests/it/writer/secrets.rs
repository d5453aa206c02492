//! Ten thousand secrets, planted through every way an event can be made: none of them may be read anywhere.

use std::fmt::Write as _;
use std::fs;
use std::panic;

use authmeter::{Fields, MetaValue, Metrics, events, fields};

use super::{Screen, to_file};

/// How many secrets are planted.
const SECRETS: u64 = 10_000;

/// Names of secrets, in words; each is written in every style.
const NAMES: &[&[&str]] = &[
    &["password"],
    &["user", "password"],
    &["new", "password"],
    &["passwd"],
    &["passphrase"],
    &["pin"],
    &["card", "pin"],
    &["otp"],
    &["otp", "code"],
    &["code"],
    &["verification", "code"],
    &["secret"],
    &["client", "secret"],
    &["webhook", "secret"],
    &["token"],
    &["access", "token"],
    &["refresh", "token"],
    &["id", "token"],
    &["reset", "token"],
    &["x", "auth", "token"],
    &["authorization"],
    &["proxy", "authorization"],
    &["cookie"],
    &["set", "cookie"],
    &["session", "cookie"],
    &["credential"],
    &["credentials"],
    &["api", "key"],
    &["x", "api", "key"],
    &["access", "key"],
    &["private", "key"],
    &["signing", "key"],
    &["bearer"],
    &["jwt"],
    &["csrf", "token"],
    &["code", "verifier"],
    &["backup", "codes"],
    &["totp"],
    &["passcode"],
    &["client", "assertion"],
    &["recovery", "code"],
    &["magic", "link", "token"],
    &["signature"],
];

/// A name in one of seven styles.
fn styled(words: &[&str], style: usize) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let capitals: Vec<String> = words.iter().map(|word| capital(word)).collect();
    match style % 7 {
        0 => words[0].to_owned() + &capitals[1..].concat(),
        1 => words.join("_"),
        2 => words.join("-"),
        3 => capitals.concat(),
        4 => words.join("_").to_uppercase(),
        5 => capitals.join("-"),
        _ => words.concat(),
    }
}

/// The kinds of secrets: digits, a password, a token, a JSON Web Token. Each number gives another one.
fn secret(number: u64) -> String {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed;
    match number % 4 {
        0 => format!("{:09}", mixed % 1_000_000_000),
        1 => format!("Tr0ub4dor&{mixed:x}"),
        2 => format!("{mixed:016x}{:016x}", mixed.rotate_left(17)),
        _ => format!("eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiI{mixed:x}.{mixed:x}c2ln"),
    }
}

/// What must not be readable of a secret: all of it, or the part of a JSON Web Token that is its own.
fn telling(secret: &str) -> &str {
    secret.rsplit('.').next().unwrap_or(secret)
}

/// Emits one event with the secret in one of the ways; gives what `Debug` shows of it.
fn plant(metrics: &Metrics, number: u64, key: &str, secret: &str) -> String {
    let token = matches!(number % 4, 2 | 3);
    let pair = format!("failed with {key}={secret}");
    let json = format!("{{\"user\":\"u\",\"{key}\":\"{secret}\",\"n\":1}}");
    let query = format!("/callback?state=1&{key}={}&x=2", secret.replace('&', "%26"));
    let header = format!("{key}: {secret}");
    let bearer = format!("Bearer {secret}");
    let url = format!("https://user:{secret}@example.com/");
    let digits: u64 = secret.parse().unwrap_or(number);
    let about = fields().user("user-123").email("user@example.com");
    let shown = |about: &Fields<'_>| format!("{about:?} {about:#?}");
    let track = |name: &str, about: Fields<'_>| {
        let shown = shown(&about);
        metrics.track_success(name, about);
        shown
    };
    match number / 4 % 14 {
        0 => track("auth.login", about.meta(key, secret)),
        1 if number.is_multiple_of(4) => track("auth.login", about.meta(key, digits)),
        1 => track("auth.login", about.meta(key, &secret.to_owned())),
        2 => {
            metrics.track_failure("auth.login", &pair, about);
            String::new()
        }
        3 => track("auth.login", about.meta("detail", &*json)),
        4 => track("auth.login", about.meta(&pair, 1)),
        5 => track(&pair, about),
        6 => {
            let draft = events::api_token_used()
                .endpoint(&query)
                .user_agent(&header);
            draft.clone().emit_to(metrics);
            String::new()
        }
        7 => {
            let draft = events::login().failure(&bearer).session("s-1").source(&url);
            draft.emit_to(metrics);
            String::new()
        }
        8 if token => track("token.used", about.token(secret)),
        8 => track(
            "token.used",
            about.meta("tokenId", MetaValue::Token(secret)),
        ),
        9 => {
            let draft = events::custom(&json)
                .user(&pair)
                .email(&header)
                .client(&query)
                .tenant(&json);
            let draft = draft
                .ip(&pair)
                .grant_type(&pair)
                .scopes(&pair)
                .token_type(&pair)
                .token_id(&pair);
            let draft = draft
                .token_family(&pair)
                .session(&pair)
                .method(&pair)
                .http_method(&pair);
            draft
                .severity(&pair)
                .email_domain(&pair)
                .expires_in(&*pair)
                .emit_to(metrics);
            String::new()
        }
        10 => {
            metrics.track(&header, about.meta("url", &*url));
            String::new()
        }
        11 => track("token.refresh", about.meta("tokenId", &*bearer)),
        12 => track("auth.login", about.user(&bearer).email(&url)),
        _ => track("auth.login", about.meta(key, secret).meta(key, secret)),
    }
}

#[test]
fn no_planted_secret_can_be_read_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let screen = Screen::default();
    let metrics = to_file(&path).build().unwrap();
    let console = Metrics::builder().console(screen.clone()).build().unwrap();
    let mut debug = format!("{metrics:?} {console:?}");
    let mut planted = Vec::new();
    for number in 0..SECRETS {
        let words = NAMES[(number / 56) as usize % NAMES.len()];
        let key = styled(words, number as usize);
        let secret = secret(number);
        plant(&console, number, &key, &secret);
        let shown = plant(&metrics, number, &key, &secret);
        let place = telling(&secret);
        assert!(!shown.contains(place), "{key} {secret}: {shown}");
        planted.push((number, key, secret));
        write!(debug, "{shown}").unwrap();
    }
    assert_eq!(metrics.stats().written, SECRETS);
    let text = fs::read_to_string(&path).unwrap();
    let (file, shown) = (text.lines(), screen.text());
    assert_eq!(shown.lines().count() as u64, SECRETS);
    for ((number, key, secret), lines) in planted.iter().zip(file.zip(shown.lines())) {
        for line in [lines.0, lines.1] {
            assert!(
                !line.contains(telling(secret)),
                "{number}, {key}={secret}: {line}"
            );
            // It was masked, or it left a fingerprint.
            assert!(
                line.contains("[masked]") || line.contains("fp_"),
                "{number}, {key}={secret}: {line}"
            );
        }
    }
}

#[test]
fn the_same_token_has_the_same_fingerprint_however_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let metrics = to_file(&path).build().unwrap();
    let token = "x8Kd02mPqLz71VbNw4Rt";
    let bearer = format!("Bearer {token}");
    let pair = format!("access_token={token}");
    let print = authmeter::fingerprint(token);
    metrics.track_success("token.used", fields().token(token));
    metrics.track_success("token.used", fields().meta("refreshToken", token));
    metrics.track_success("token.used", fields().meta("authorization", &bearer));
    metrics.track_success("token.used", fields().meta("note", &bearer));
    metrics.track_success("token.used", fields().meta("note", &pair));
    metrics.track_success("token.used", fields().meta("token", &print));
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 6);
    assert!(
        text.lines()
            .all(|line| line.contains(&print) && !line.contains(token)),
        "{text}"
    );
}

#[test]
fn a_panic_with_an_event_in_its_message_tells_no_secret() {
    let about = fields()
        .meta("password", "hunter2")
        .meta("note", "otp=482910")
        .token("x8Kd02mPqLz71VbNw4Rt");
    let caught = panic::catch_unwind(|| panic!("cannot go on with {about:?}"));
    let message = caught.unwrap_err().downcast::<String>().unwrap();
    for secret in ["hunter2", "482910", "x8Kd02"] {
        assert!(!message.contains(secret), "{message}");
    }
    assert_eq!(
        *message,
        "cannot go on with Fields { user: None, email: None, metadata: {\"password\": [masked], \"note\": \
         Text(\"otp=[masked]\"), \"tokenId\": Token([masked])} }"
    );
}
