//! `authmeter serve`, over real connections.

mod api;
mod isolation;
mod limits;
mod tls;

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{PROGRAM, Scratch};

/// A server of a scratch folder's logs, which ends with the test.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Serves at a free port, with these further words.
    pub(super) fn start(scratch: &Scratch, words: &[&str]) -> Server {
        let server = Server::secure(scratch, words);
        server.wait_for_the_log();
        server
    }

    /// As [`Server::start`], without asking it anything yet.
    pub(super) fn secure(scratch: &Scratch, words: &[&str]) -> Server {
        let mut child = Command::new(PROGRAM)
            .current_dir(scratch.folder())
            .args(["serve", "--listen", "127.0.0.1:0", "-j", "1"])
            .args(words)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map(|line| line.unwrap())
            .find_map(|line| {
                Some(
                    line.split_once("://")?
                        .1
                        .trim_end_matches('/')
                        .parse()
                        .unwrap(),
                )
            })
            .expect("an address it listens at");
        // Whatever else it says must not fill a pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, address }
    }

    /// The log is read once the server tells of it.
    fn wait_for_the_log(&self) {
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(self.get("/healthz").status, 200);
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.ask(path, "")
    }

    pub(super) fn with(&self, token: &str, path: &str) -> Answer {
        self.ask(path, &format!("Authorization: Bearer {token}\r\n"))
    }

    /// One question on a connection of its own, with further header lines.
    pub(super) fn ask(&self, path: &str, headers: &str) -> Answer {
        let host = self.address;
        self.raw(
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n")
                .as_bytes(),
        )
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    pub(super) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that has heard enough closes the connection.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Answer::read(&answer)
    }

    /// Opens the stream, with these header lines.
    pub(super) fn listen(&self, headers: &str) -> TcpStream {
        let mut stream = self.connect();
        let host = self.address;
        write!(
            stream,
            "GET /api/v1/stream HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"
        )
        .unwrap();
        heard(&mut stream, ": this stream", Duration::from_secs(5));
        stream
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Asks it to end, and says with which code it did.
    pub(super) fn end(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(10) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it goes on for ten seconds after SIGTERM");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is heard until some words come, or for so long.
pub(super) fn heard(stream: &mut TcpStream, until: &str, long: Duration) -> String {
    let began = Instant::now();
    let mut text = Vec::new();
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    while began.elapsed() < long && !String::from_utf8_lossy(&text).contains(until) {
        let mut bytes = [0; 4096];
        match stream.read(&mut bytes) {
            Ok(0) => break,
            Ok(length) => text.extend_from_slice(&bytes[..length]),
            Err(_) => {}
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// An answer, as it came.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn read(bytes: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        Answer {
            status,
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.body);
        self
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// All of it, but for what changes with the clock.
    pub(super) fn all(&self) -> String {
        let head = self.head.lines().filter(|line| !line.starts_with("date:"));
        format!("{}\n{}", head.collect::<Vec<_>>().join("\n"), self.body)
    }
}

/// Makes a token.
pub(super) fn token(scratch: &Scratch, words: &[&str]) -> String {
    let words = [&["token", "add", "--auth", "tokens"], words].concat();
    scratch.run(&words).exit(0).text().trim().to_owned()
}
