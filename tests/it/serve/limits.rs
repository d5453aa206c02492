//! Who asks too much, too slowly, from elsewhere, or without a right.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::{Answer, Server, token};
use crate::harness::{LOGIN, Scratch};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", format!("{LOGIN}\n"));
    scratch
}

#[test]
fn what_is_too_much_is_refused() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl"]);
    server
        .get(&format!("/api/v1/events?user={}", "x".repeat(5000)))
        .expect(414);
    server
        .ask("/api/v1/me", "Content-Length: 5\r\n")
        .expect(413);
    server
        .ask("/api/v1/me", "Transfer-Encoding: chunked\r\n")
        .expect(413);
    server
        .ask("/api/v1/me", &format!("X: {}\r\n", "x".repeat(40_000)))
        .expect(431);
    server
        .ask("/api/v1/me", &"X: y\r\n".repeat(200))
        .expect(431);
    server
        .raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        .expect(400);
}

#[test]
fn pages_from_elsewhere_and_foreign_names_are_refused() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl"]);
    let by = |host: &str, more: &str| -> Answer {
        server.raw(
            format!("GET /api/v1/me HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n")
                .as_bytes(),
        )
    };
    for host in [
        "localhost",
        "localhost:1",
        "127.0.0.1",
        "[::1]:8080",
        "LOCALHOST",
    ] {
        by(host, "").expect(200);
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:80",
        "169.254.1.1",
        "",
    ] {
        by(host, "").expect(403);
    }
    by("localhost", "Sec-Fetch-Site: same-origin\r\n").expect(200);
    by("localhost", "Sec-Fetch-Site: cross-site\r\n").expect(403);
    by("localhost", "Sec-Fetch-Site: same-site\r\n").expect(403);
    by("localhost:80", "Origin: http://localhost:80\r\n").expect(200);
    by("localhost:80", "Origin: http://localhost:81\r\n").expect(403);
    by("localhost", "Origin: null\r\n").expect(403);
}

#[test]
fn another_address_than_this_machines_needs_a_file_of_tokens() {
    let scratch = scratch();
    scratch
        .run(&["serve", "--listen", "0.0.0.0:0", "log.jsonl"])
        .exit(2)
        .says("--auth");
    scratch.write("tokens", "");
    fs::set_permissions(scratch.path("tokens"), fs::Permissions::from_mode(0o644)).unwrap();
    scratch
        .run(&["serve", "--auth", "tokens", "log.jsonl"])
        .exit(2)
        .says("chmod 600");
    fs::set_permissions(scratch.path("tokens"), fs::Permissions::from_mode(0o600)).unwrap();
    scratch.write("tokens", "{\"secret\":\"hunter2\"}\n");
    let refused = scratch.run(&["serve", "--auth", "tokens", "log.jsonl"]);
    refused.exit(2).says("line 1");
    assert!(!refused.stderr_text().contains("hunter2"));
}

#[test]
fn a_token_is_good_until_it_expires_or_its_line_is_gone() {
    let scratch = scratch();
    let short = token(&scratch, &["--operator", "--expires", "4s"]);
    let long = token(&scratch, &["--operator", "--label", "wall screen"]);
    let mode = fs::metadata(scratch.path("tokens"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = fs::read_to_string(scratch.path("tokens")).unwrap();
    assert!(
        !kept.contains(&short) && !kept.contains(&long),
        "the token itself is kept nowhere"
    );
    let listed = scratch.run(&["token", "list", "--auth", "tokens"]);
    assert!(listed.exit(0).text().contains("wall screen"));
    let server = Server::start(&scratch, &["log.jsonl", "--auth", "tokens"]);
    server.get("/api/v1/me").expect(401);
    server.get("/").expect(200);
    server.with(&short, "/api/v1/me").expect(200);
    let listen = |token: &str| {
        let headers = format!("Authorization: Bearer {token}\r\nConnection: close\r\n");
        server.listen(&headers)
    };
    let mut streams = [listen(&short), listen(&long)];
    std::thread::sleep(Duration::from_secs(4));
    server.with(&short, "/api/v1/me").expect(401);
    server.with(&long, "/api/v1/me").expect(200);
    scratch.write("tokens", "");
    std::thread::sleep(Duration::from_secs(1));
    server.with(&long, "/api/v1/me").expect(401);
    // Streams have ended with their tokens.
    for stream in &mut streams {
        let limit = Some(Duration::from_secs(5));
        stream.set_read_timeout(limit).unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
    }
}

#[test]
fn who_is_wrong_too_often_has_to_wait() {
    let scratch = scratch();
    let good = token(&scratch, &["--operator"]);
    let server = Server::start(&scratch, &["log.jsonl", "--auth", "tokens"]);
    for _ in 0..10 {
        // Who has no token yet has guessed nothing.
        server.get("/api/v1/me").expect(401);
        let refused = server.with("am_wrong", "/api/v1/me").expect(401);
        assert!(refused.head.contains("www-authenticate: bearer"));
    }
    assert!(
        server
            .with("am_wrong", "/api/v1/me")
            .expect(429)
            .head
            .contains("retry-after: ")
    );
    // Somebody else behind the same address is not locked out.
    server.with(&good, "/api/v1/me").expect(200);
    server.get("/healthz").expect(200);
}
