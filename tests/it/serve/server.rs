//! A server under test, and whoever asks it.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{PROGRAM, Scratch, needed};

/// A server of a scratch folder's logs, which ends with the test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it has said on standard error since it listens.
    said: Arc<Mutex<Vec<String>>>,
}

/// At a free port, with one worker.
pub(crate) const WORDS: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "-j", "1"];

impl Server {
    /// Serves at a free port, with these further words.
    pub(crate) fn start(scratch: &Scratch, words: &[&str]) -> Server {
        let server = Server::secure(scratch, words);
        server.wait_for_the_log();
        server
    }

    /// As [`Server::start`], without asking it anything yet.
    pub(crate) fn secure(scratch: &Scratch, words: &[&str]) -> Server {
        let mut command = Command::new(PROGRAM);
        command
            .current_dir(scratch.folder())
            .args(WORDS)
            .args(words);
        Server::of(command)
    }

    /// Serves as this command does, whose words are these and others.
    pub(crate) fn of(mut command: Command) -> Server {
        let mut child = command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut before = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().map(|line| line.unwrap()).find_map(|line| {
            before += &line;
            let (_, address) = line.split_once("://")?;
            address.trim_end_matches('/').parse().ok()
        });
        let address =
            address.unwrap_or_else(|| panic!("expected an address it listens at: {before}"));
        let said = Arc::<Mutex<Vec<String>>>::default();
        let saying = Arc::clone(&said);
        // Whatever else it says must not fill a pipe.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                saying.lock().unwrap().push(line);
            }
        });
        Server {
            child,
            address,
            said,
        }
    }

    /// The lines it has said on standard error that have these words.
    pub(crate) fn said(&self, what: &str) -> Vec<String> {
        let said = self.said.lock().unwrap();
        let about = said.iter().filter(|line| line.contains(what));
        about.cloned().collect()
    }

    /// What the system tells of the process: a file or folder of `/proc/PID`.
    pub(crate) fn proc(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.child.id()))
    }

    /// How many descriptors it has open.
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(self.proc("fd")).unwrap().count()
    }

    /// KiB of memory it has now.
    pub(crate) fn memory(&self) -> u64 {
        let told = std::fs::read_to_string(self.proc("status")).unwrap();
        let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.unwrap().trim().trim_end_matches(" kB");
        kib.parse().unwrap()
    }

    /// What `/metrics` says of a gauge of the server's own.
    pub(crate) fn gauge(&self, name: &str) -> i64 {
        let metrics = self.get("/metrics").expect(200).body;
        let name = format!("authmeter_server_{name} ");
        let value = metrics.lines().find_map(|line| line.strip_prefix(&name));
        value.unwrap().parse().unwrap()
    }

    /// How many bytes it has read so far, of whatever file.
    pub(crate) fn bytes_read(&self) -> u64 {
        let told = std::fs::read_to_string(self.proc("io")).unwrap();
        let read = told.lines().find_map(|line| line.strip_prefix("rchar: "));
        read.unwrap().parse().unwrap()
    }

    /// Expects each report to come to be, within ten seconds, what the program prints of these files.
    #[track_caller]
    pub(crate) fn equals_the_report(&self, scratch: &Scratch, files: &[&str]) {
        let printed = |report: &str| {
            let words = [report, "--format", "json", "--count-copies"];
            let words = [&words[..], needed(report), files].concat();
            scratch.run(&words).exit(0).json()
        };
        let listed = self.get("/api/v1/reports").expect(200).json();
        let names = listed["reports"].as_array().unwrap().iter();
        for name in names.map(|report| report["name"].as_str().unwrap()) {
            let expected = printed(name);
            let mut path = format!("/api/v1/reports/{name}");
            if let [_, person] = needed(name) {
                path += &format!("?user={person}");
            }
            self.until(&path, |answer| {
                answer.status == 200 && answer.json()["reports"] == expected["reports"]
            });
        }
    }

    /// Asks until an answer is as it should be, and panics with the last one if that takes ten seconds.
    #[track_caller]
    pub(crate) fn until(&self, path: &str, is_so: impl Fn(&Answer) -> bool) -> Answer {
        let began = Instant::now();
        loop {
            let answer = self.get(path);
            if is_so(&answer) {
                return answer;
            }
            let all = answer.all();
            assert!(began.elapsed() < Duration::from_secs(10), "{path}: {all}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The log is read once the server tells of it.
    pub(crate) fn wait_for_the_log(&self) {
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(self.get("/healthz").status, 200);
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(path, "")
    }

    pub(crate) fn with(&self, token: &str, path: &str) -> Answer {
        self.ask(path, &format!("Authorization: Bearer {token}\r\n"))
    }

    /// One question on a connection of its own, with further header lines.
    pub(crate) fn ask(&self, path: &str, headers: &str) -> Answer {
        let host = self.address;
        self.raw(
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n")
                .as_bytes(),
        )
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that has heard enough closes the connection.
        let _ = stream.write_all(bytes);
        let (mut answer, mut some) = (Vec::new(), [0; 1 << 16]);
        let began = Instant::now();
        // A stream would go on for ever.
        while began.elapsed() < Duration::from_secs(60) {
            match stream.read(&mut some) {
                Ok(0) | Err(_) => break,
                Ok(length) => answer.extend_from_slice(&some[..length]),
            }
        }
        Answer::read(&answer)
    }

    /// Opens the stream, with these header lines.
    pub(crate) fn listen(&self, headers: &str) -> TcpStream {
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

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn signal(&self, name: &str) {
        let words = [format!("-{name}"), self.child.id().to_string()];
        let sent = Command::new("kill").args(words).status();
        assert!(sent.unwrap().success());
    }

    /// Asks it to end, and says with which code it did.
    pub(crate) fn end(&mut self) -> Option<i32> {
        self.signal("TERM");
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
pub(crate) fn heard(stream: &mut TcpStream, until: &str, long: Duration) -> String {
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
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(bytes: &[u8]) -> Answer {
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
    pub(crate) fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.body);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// All of it, but for what changes with the clock.
    pub(crate) fn all(&self) -> String {
        let head = self.head.lines().filter(|line| !line.starts_with("date:"));
        format!("{}\n{}", head.collect::<Vec<_>>().join("\n"), self.body)
    }
}

/// Makes a token.
pub(crate) fn token(scratch: &Scratch, words: &[&str]) -> String {
    let words = [&["token", "add", "--auth", "tokens"], words].concat();
    scratch.run(&words).exit(0).text().trim().to_owned()
}
