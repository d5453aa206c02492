use super::*;

const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEyMyJ9.c2lnbmF0dXJlLW9mLWl0";

/// The text with `M` for what is masked and `T` for tokens.
fn replaced(text: &str) -> String {
    let (mut out, mut done) = (String::new(), 0);
    while let Some(found) = find(text, done) {
        out += &text[done..found.start];
        out += match found.kind {
            Kind::Masked => "<M>",
            Kind::Token => "<T>",
        };
        done = found.end;
    }
    out + &text[done..]
}

#[test]
fn tokens_are_found_by_their_looks() {
    for (text, expected) in [
        (JWT.to_owned(), "<T>"),
        (format!("bad token {JWT}."), "bad token <T>."),
        (format!("({JWT}), {JWT}"), "(<T>), <T>"),
        (format!("/t/{JWT}/x"), "/t/<T>/x"),
        (JWT[..30].to_owned(), "<T>"),
        ("eyJ0eXAi".to_owned(), "eyJ0eXAi"),
        ("eyJ.ey".to_owned(), "eyJ.ey"),
        ("Bearer abc123".to_owned(), "Bearer <T>"),
        ("bearer  xyz/9+8==".to_owned(), "bearer  <T>"),
        ("BEARER hunter2, then".to_owned(), "BEARER <T>, then"),
        ("a=Bearer%20abc123&b".to_owned(), "a=Bearer%20<T>&b"),
        ("x%20Bearer+abc123".to_owned(), "x%20Bearer+<T>"),
        (
            format!("Authorization: Bearer {JWT}"),
            "Authorization: Bearer <T>",
        ),
        ("Basic dXNlcjpwYXNz".to_owned(), "Basic <M>"),
        (
            "Authorization: basic dXNlcjpwYXNz\nHost: x".to_owned(),
            "Authorization: basic <M>\nHost: x",
        ),
    ] {
        assert_eq!(replaced(&text), expected, "{text}");
    }
}

#[test]
fn pairs_are_found_in_queries_headers_and_json() {
    for (text, expected) in [
        ("password=hunter2", "password=<M>"),
        ("?user=u&password=hunter2&x=1", "?user=u&password=<M>&x=1"),
        ("/cb?code=4/0Ab-c&state=s", "/cb?code=<M>&state=s"),
        ("/r?access_token=abc#x", "/r?access_token=<T>"),
        (
            "/r?token=abc&token_type=bearer",
            "/r?token=<T>&token_type=bearer",
        ),
        (
            r#"{"password":"hun ter\"2","a":1}"#,
            r#"{"password":"<M>","a":1}"#,
        ),
        (r#"{"password" : "x"}"#, r#"{"password" : "<M>"}"#),
        (
            r#"{\"otpCode\":\"123456\",\"a\":1}"#,
            r#"{\"otpCode\":\"<M>\",\"a\":1}"#,
        ),
        (r#"{"code":123456}"#, r#"{"code":<M>}"#),
        (r#"{"codes":["1","2"],"a":[1]}"#, r#"{"codes":<M>,"a":[1]}"#),
        ("{'pin': '1234'}", "{'pin': '<M>'}"),
        ("x-api-key: k-1234", "x-api-key: <T>"),
        ("Cookie: a=b; c=d\nHost: x", "Cookie: <M>\nHost: x"),
        ("Set-Cookie: sid=x; Path=/", "Set-Cookie: <M>"),
        ("Authorization: Digest username=u", "Authorization: <M>"),
        ("wrong password: hunter2", "wrong password: <M>"),
        ("OTP: 123456.", "OTP: <M>"),
        ("pwd => x", "pwd => <M>"),
        ("secret := x y", "secret := <M> y"),
        ("--client-secret=abc", "--client-secret=<M>"),
        ("user[password]=x", "user[password]=<M>"),
        (
            "r=https%3A%2F%2Fx%3Fcode%3Dabc%26y%3D1",
            "r=https%3A%2F%2Fx%3Fcode%3D<M>%26y%3D1",
        ),
        (
            "%7B%22password%22%3A%22x%20y%22%7D",
            "%7B%22password%22%3A%22<M>%20y%22%7D",
        ),
        ("https://user:pa:ss@host/x", "https://user:<M>@host/x"),
        (
            "postgres://u:p@h/db?password=x",
            "postgres://u:<M>@h/db?password=<M>",
        ),
    ] {
        assert_eq!(replaced(text), expected, "{text}");
    }
}

#[test]
fn sentences_addresses_and_agents_stay_as_they_are() {
    for text in [
        "",
        "Invalid code",
        "Bearer token expired",
        "bearer authentication required",
        "Basic auth is off",
        "basic subscription",
        "code: expired",
        "token: invalid.",
        "error code: 401",
        "HTTP status code=500",
        "password: required",
        "2001:db8::1",
        "10:30:05",
        "https://example.com:8443/a:b@c",
        "https://user@example.com/x",
        "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
        "grant_type=authorization_code&expires_in=3600",
        "a=b&c=d",
        "Bearer realm=\"x\", error=\"invalid_token\"",
        "Bearer",
        "Bearer ",
        "maxTokens=5&hasPassword=true",
        "password=",
        "password=&x=1",
        "=x",
        ":",
        "é=é",
        "a%3",
        "%3D",
    ] {
        assert_eq!(replaced(text), text);
    }
}

#[test]
fn what_is_found_lies_at_borders_of_characters_whatever_the_text() {
    let parts = [
        "é", "=", "\"", "\\", "password", ":", "%3D", "%22", "[", "{", "Bearer ", "eyJ", ".", "漢",
        "://", "@", "'", "x",
    ];
    let mut seed = 1_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..10 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text += parts[(seed >> 33) as usize % parts.len()];
        }
        replaced(&text);
    }
}

#[test]
fn long_random_text_is_told_from_what_can_be_guessed() {
    for text in [
        "x8Kd02mPqLz71VbNw4Rt",
        JWT,
        "0123456789abcdef0123456789abcdef",
    ] {
        assert!(is_random(text), "{text}");
    }
    for text in [
        "",
        "123456",
        "12345678901234567890123",
        "aaaaaaaaaaaaaaaaaaaaaaaaa",
        "correct horse battery staple",
        "user@example.com.example",
        "x8Kd02mPqLz71VbNw4R",
    ] {
        assert!(!is_random(text), "{text}");
    }
}

#[test]
fn hostile_text_takes_time_in_proportion_to_its_length() {
    for part in [
        "eyJ",
        "://",
        "=",
        "maxTokens=5&hasPassword=true",
        "password=",
        "{",
        "code:{",
        "Bearer ",
        "%3D",
        "\\\"",
        "password:\"",
        "a.",
        "eyJa.",
    ] {
        replaced(&part.repeat((1 << 20) / part.len()));
    }
}

#[test]
fn no_name_of_less_than_three_bytes_says_secret() {
    for first in 0..=0x7f_u8 {
        for second in 0..=0x7f_u8 {
            let name = [first, second];
            for name in [&name[..1], &name] {
                let said = key::meaning(str::from_utf8(name).unwrap());
                let secret = matches!(said, Meaning::Secret(_) | Meaning::SecretText(_));
                assert!(!secret || name.len() >= SHORTEST_NAME, "{name:?}");
            }
        }
    }
}
