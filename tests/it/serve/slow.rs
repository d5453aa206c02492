//! Who asks slowly, takes nothing, goes away in the middle, or comes with many others.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Answer, Server, heard, tls};
use crate::harness::{LOGIN, Scratch};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", format!("{LOGIN}\n"));
    scratch
}

/// An answer to this is longer than what the system takes on the way, which is a few megabytes.
const MUCH: &str = "/api/v1/events?limit=1000";

/// A log of which [`MUCH`] tells twelve megabytes: each line, and its reason once more.
fn much() -> Scratch {
    let scratch = Scratch::new();
    let reason = format!("\"success\":false,\"reason\":\"{}\"", "x".repeat(6000));
    let line = LOGIN.replace("\"success\":true", &reason);
    scratch.write("log.jsonl", format!("{line}\n").repeat(1000));
    scratch
}

/// Connects with little room for what comes, and asks.
fn narrow(server: &Server, path: &str) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let connecting = async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(server.address).await.unwrap()
    };
    let stream = runtime.block_on(connecting).into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    let host = server.address;
    write!(&stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    stream
}

/// How long it takes until the server ends a connection, of which somebody reads so often, or never.
fn held(server: &Server, stream: &mut TcpStream, pause: Option<Duration>) -> Duration {
    // The answer has to be made first.
    let mut byte = [0];
    stream.peek(&mut byte).unwrap();
    let began = Instant::now();
    let local = stream.local_addr().unwrap().port();
    while is_open(server, local) && began.elapsed() < Duration::from_secs(60) {
        if pause.is_some() && !stream.read(&mut byte).is_ok_and(|length| length > 0) {
            break;
        }
        std::thread::sleep(pause.unwrap_or(Duration::from_millis(200)));
    }
    began.elapsed()
}

/// Whether the server still has its end of the connection from this port, as the system sees it.
fn is_open(server: &Server, port: u16) -> bool {
    let (own, other) = (hex(server.address.port()), hex(port));
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap();
    sockets.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // 01 is a connection that is established.
        fields.len() > 3
            && fields[1].ends_with(&own)
            && fields[2].ends_with(&other)
            && fields[3] == "01"
    })
}

fn hex(port: u16) -> String {
    format!(":{port:04X}")
}

/// The documented times are ten seconds for a question and twenty for taking an answer, which is why this takes so long.
#[test]
fn who_is_silent_or_slow_is_cut_off_within_the_documented_time() {
    let scratch = much();
    let server = Server::start(&scratch, &["log.jsonl"]);
    tls::certify(&scratch);
    let secure = Server::secure(&scratch, &tls::WORDS);
    let before = server.descriptors();
    let of = |seconds: u64| Duration::from_secs(seconds)..Duration::from_secs(seconds + 8);
    let silent = || {
        let mut stream = server.connect();
        let mut answer = Vec::new();
        let began = Instant::now();
        let _ = stream.read_to_end(&mut answer);
        ("silent", of(9), began.elapsed())
    };
    let unshaken = || {
        let mut stream = secure.connect();
        // A handshake begins so, and does not go on.
        stream.write_all(b"\x16\x03\x01\x02\x00").unwrap();
        let began = Instant::now();
        let _ = stream.read_to_end(&mut Vec::new());
        ("half a handshake", of(9), began.elapsed())
    };
    let dripping = || {
        let mut stream = server.connect();
        let began = Instant::now();
        let head = b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nX: ";
        for byte in head.iter().chain([b'x'; 60].iter()) {
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        ("a header a byte at a time", of(9), began.elapsed())
    };
    let idle = || {
        let mut stream = server.connect();
        write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let began = Instant::now();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(Answer::read(&answer).status, 200);
        ("idle after an answer", of(9), began.elapsed())
    };
    let unread = || {
        let mut stream = narrow(&server, MUCH);
        ("reads nothing", of(19), held(&server, &mut stream, None))
    };
    let read_slowly = || {
        let mut stream = narrow(&server, MUCH);
        let pause = Some(Duration::from_secs(1));
        (
            "reads a byte a second",
            of(19),
            held(&server, &mut stream, pause),
        )
    };
    let clients: [&(dyn Fn() -> _ + Sync); 6] =
        [&silent, &unshaken, &dripping, &idle, &unread, &read_slowly];
    let ended: Vec<_> = std::thread::scope(|scope| {
        let clients = clients.map(|client| scope.spawn(client));
        clients.map(|client| client.join().unwrap()).into()
    });
    let wrong = ended
        .iter()
        .filter(|(_, expected, took)| !expected.contains(took));
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "cut off too late or too early: {wrong:?}");
    server.get("/api/v1/me").expect(200);
    returns(&server, before);
}

/// Descriptors and connections come to be as few as they were.
#[track_caller]
fn returns(server: &Server, descriptors: usize) {
    let began = Instant::now();
    while server.descriptors() > descriptors {
        let now = server.descriptors();
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{now} descriptors are open, {descriptors} were"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    // The connection that asks is one.
    assert_eq!(
        (server.gauge("connections"), server.gauge("streams")),
        (1, 0)
    );
}

#[test]
fn five_hundred_at_once_are_answered_beside_those_who_say_nothing() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl"]);
    let asked = |count: usize| -> Vec<Answer> {
        std::thread::scope(|scope| {
            let ask = || server.get("/api/v1/reports/all?range=all");
            let asked: Vec<_> = (0..count).map(|_| scope.spawn(ask)).collect();
            asked
                .into_iter()
                .map(|asked| asked.join().unwrap())
                .collect()
        })
    };
    asked(20);
    let before = server.descriptors();
    let mut memory = Vec::new();
    for _ in 0..3 {
        let silent: Vec<_> = (0..200).map(|_| server.connect()).collect();
        let answered = asked(500);
        let good = answered.iter().filter(|answer| answer.status == 200);
        let good = good.count();
        // Beyond those who may wait, others are told when to come again.
        let later = |answer: &&Answer| answer.status == 503 && answer.head.contains("retry-after");
        let later = answered.iter().filter(later).count();
        let statuses: Vec<_> = answered.iter().map(|answer| answer.status).collect();
        assert_eq!(good + later, 500, "{statuses:?}");
        assert!(good >= 256, "only {good}");
        drop(silent);
        returns(&server, before);
        memory.push(server.memory());
    }
    // What the first crowd took is taken again, and no more.
    assert!(memory[2] < memory[0] + (8 << 10), "KiB: {memory:?}");
}

#[test]
fn beyond_the_most_connections_others_are_told_so_and_the_server_goes_on() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl"]);
    let before = server.descriptors();
    let silent: Vec<_> = (0..1024).map(|_| server.connect()).collect();
    // All are taken: what waits to be taken has room for 128.
    let began = Instant::now();
    while server.descriptors() < before + 1024 && began.elapsed() < Duration::from_secs(8) {
        std::thread::sleep(Duration::from_millis(10));
    }
    // Their questions are there before the server looks: closed without a look, the connections would be reset, which is
    // an error, and elsewhere than on Linux takes the answer along.
    server.signal("STOP");
    let asked: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = server.connect();
            write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            stream
        })
        .collect();
    server.signal("CONT");
    for mut stream in asked {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = Answer::read(&answer).expect(503);
        assert!(answer.head.contains("retry-after: 1"), "{}", answer.head);
    }
    drop(silent);
    server.until("/healthz", |answer| answer.status == 200);
    returns(&server, before);
}

#[test]
fn who_goes_away_in_the_middle_leaves_nothing_behind() {
    let scratch = much();
    let server = Server::start(&scratch, &["log.jsonl"]);
    server.get(MUCH).expect(200);
    let before = server.descriptors();
    let mut memory = Vec::new();
    for _ in 0..5 {
        for _ in 0..3 {
            let mut answer = narrow(&server, MUCH);
            let mut some = [0; 100];
            answer.read_exact(&mut some).unwrap();
            assert!(some.starts_with(b"HTTP/1.1 200"));
            drop(answer);
            let mut stream = server.listen("");
            assert!(
                stream
                    .read(&mut some)
                    .is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
            );
            drop(stream);
        }
        returns(&server, before);
        memory.push(server.memory());
    }
    // Of twelve answers after the first three, less than half.
    assert!(memory[4] < memory[0] + (72 << 10), "KiB: {memory:?}");
    let mut stream = server.listen("");
    assert_eq!(server.gauge("streams"), 1);
    fs::write(scratch.path("log.jsonl"), format!("{LOGIN}\n")).unwrap();
    let told = heard(&mut stream, "event: update", Duration::from_secs(10));
    assert!(told.contains("event: update"), "{told}");
}
