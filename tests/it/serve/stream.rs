//! Streams: how many there may be, that they go on, and for whom.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::{Answer, Server, heard, token};
use crate::harness::{LOGIN, Scratch};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", format!("{LOGIN}\n"));
    scratch
}

fn append(scratch: &Scratch, line: &str) {
    let log = OpenOptions::new()
        .append(true)
        .open(scratch.path("log.jsonl"));
    writeln!(log.unwrap(), "{line}").unwrap();
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

#[test]
fn beyond_the_most_streams_another_is_refused_until_one_ends() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl"]);
    let mut streams: Vec<TcpStream> = (0..256).map(|_| server.listen("")).collect();
    assert_eq!(server.gauge("streams"), 256);
    let refused = server.get("/api/v1/stream").expect(503);
    assert!(
        refused
            .head
            .contains("content-type: application/problem+json")
    );
    assert!(refused.head.contains("retry-after: 1"));
    assert_eq!(refused.json()["title"], "The server is busy");
    // Other questions are answered, and those who listen are told.
    server.get("/api/v1/events").expect(200);
    append(&scratch, &LOGIN.replace("\"u\"", "\"second\""));
    for stream in [0, 100, 255] {
        let told = heard(&mut streams[stream], "second", Duration::from_secs(15));
        assert!(told.contains("second"), "{stream}: {told}");
    }
    drop(streams.pop());
    server.until("/metrics", |answer| {
        answer.body.contains("authmeter_server_streams 255")
    });
    streams.push(server.listen(""));
    drop(streams);
    server.until("/metrics", |answer| {
        answer.body.contains("authmeter_server_streams 0\n")
    });
}

#[test]
fn one_tenant_does_not_take_all_streams() {
    let scratch = scratch();
    let acme = bearer(&token(&scratch, &["--tenant", "acme"]));
    let mate = bearer(&token(&scratch, &["--tenant", "acme", "--owner", "own"]));
    let globex = bearer(&token(&scratch, &["--tenant", "globex"]));
    let server = Server::start(&scratch, &["log.jsonl", "--auth", "tokens"]);
    let mut streams: Vec<TcpStream> = (0..64).map(|_| server.listen(&acme)).collect();
    // What a question for one more stream is answered, as far as its head.
    let one_more = |bearer: &str| {
        let mut stream = server.connect();
        let host = server.address;
        let asked = format!("GET /api/v1/stream HTTP/1.1\r\nHost: {host}\r\n{bearer}\r\n");
        stream.write_all(asked.as_bytes()).unwrap();
        heard(&mut stream, "\r\n\r\n", Duration::from_secs(5))
    };
    for of_acme in [&acme, &mate] {
        let answer = one_more(of_acme);
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    }
    let other = server.listen(&globex);
    drop(streams.pop());
    let began = std::time::Instant::now();
    // Its end is noticed within a second.
    while !one_more(&mate).starts_with("HTTP/1.1 200") {
        let waited = began.elapsed();
        assert!(waited < Duration::from_secs(10), "no place for another");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(other);
}

/// A heartbeat comes after fifteen seconds of silence, which is why this takes so long.
#[test]
fn a_stream_with_nothing_to_say_says_that_it_is_there() {
    let scratch = scratch();
    let operator = bearer(&token(&scratch, &["--operator"]));
    let tenant = bearer(&token(&scratch, &["--tenant", "acme"]));
    let server = Server::start(&scratch, &["log.jsonl", "--auth", "tokens"]);
    let mut streams = [server.listen(&operator), server.listen(&tenant)];
    for stream in &mut streams {
        let told = heard(stream, ": still here", Duration::from_secs(20));
        assert!(told.contains(": still here"), "{told:?}");
        assert!(!told.contains("update"), "{told:?}");
    }
}

/// A line about a user and a client of a tenant.
fn line(tenant: &str, user: &str, client: &str) -> String {
    LOGIN.replace(
        "\"userId\":\"u\"",
        &format!(
            "\"userId\":\"{user}\",\"metadata\":{{\"tenantId\":\"{tenant}\",\"clientId\":\"{client}\",\"tokenId\":\"of-{user}\"}}"
        ),
    )
}

#[test]
fn an_owners_stream_is_silent_about_mates_and_others_after_it_was_opened() {
    let scratch = scratch();
    let words = ["--tenant", "acme", "--owner", "own"];
    let owner = bearer(&token(&scratch, &words));
    let server = Server::start(&scratch, &["log.jsonl", "--auth", "tokens"]);
    let mut stream = server.listen(&owner);
    std::thread::sleep(Duration::from_millis(1500));
    append(&scratch, &line("acme", "mate", "web"));
    append(&scratch, &line("other", "own", "web"));
    let told = heard(&mut stream, "update", Duration::from_secs(3));
    assert_eq!(told, "");
    append(&scratch, &line("acme", "own", "web"));
    let told = heard(&mut stream, "\"own\"", Duration::from_secs(10));
    assert!(told.contains("\"generation\":1"), "{told}");
    assert!(!told.contains("mate") && !told.contains("other"), "{told}");
}

#[test]
fn a_stream_ends_when_its_token_becomes_anothers() {
    let scratch = scratch();
    let acme = bearer(&token(&scratch, &["--tenant", "acme"]));
    let server = Server::start(&scratch, &["log.jsonl", "--auth", "tokens"]);
    let mut stream = server.listen(&format!("{acme}Connection: close\r\n"));
    let tokens = std::fs::read_to_string(scratch.path("tokens")).unwrap();
    scratch.write("tokens", tokens.replace("acme", "globex"));
    append(&scratch, &line("globex", "secret", "web"));
    let limit = Some(Duration::from_secs(10));
    stream.set_read_timeout(limit).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    let rest = Answer::read(&rest).all();
    assert!(!rest.contains("secret"), "{rest}");
}

#[test]
fn a_stream_tells_of_one_of_several_values_and_of_nothing_else() {
    let scratch = scratch();
    let acme = bearer(&token(&scratch, &["--tenant", "acme"]));
    let server = Server::start(&scratch, &["log.jsonl", "--auth", "tokens"]);
    let mut stream = server.connect();
    let host = server.address;
    let query = "client=web&client=cli&user=%21bot&user=%21crawler";
    write!(
        stream,
        "GET /api/v1/stream?{query} HTTP/1.1\r\nHost: {host}\r\n{acme}\r\n"
    )
    .unwrap();
    heard(&mut stream, ": this stream", Duration::from_secs(5));
    std::thread::sleep(Duration::from_millis(1500));
    for (user, client) in [("ana", "tv"), ("bot", "web"), ("crawler", "cli")] {
        append(&scratch, &line("acme", user, client));
    }
    let told = heard(&mut stream, "update", Duration::from_secs(3));
    assert_eq!(told, "");
    append(&scratch, &line("acme", "bo", "cli"));
    append(&scratch, &line("acme", "cy", "web"));
    let mut told = String::new();
    while !(told.contains("\"bo\"") && told.contains("\"cy\"")) {
        let more = heard(&mut stream, "\n\n", Duration::from_secs(10));
        assert!(more.contains("update"), "{told}{more}");
        told += &more;
    }
    for other in ["tv", "bot", "crawler"] {
        assert!(!told.contains(other), "{told}");
    }
}
