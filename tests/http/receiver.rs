//! A receiver: HTTP/1.1 on a real socket, a thread for each connection, and a script of how to misbehave.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// As in `POST /events HTTP/1.1`.
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Instant,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn length(&self) -> usize {
        self.header("content-length").parse().unwrap_or(0)
    }

    pub(crate) fn id(&self) -> &str {
        self.header("batch-id")
    }
}

/// What the receiver does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Has it, and says so.
    Accept,
    /// Another status, with headers; it does not have it.
    Status(u16, &'static str),
    /// Closes the connection; it does not have it.
    Close,
    /// Resets the connection inside the head of its answer, before it has read the whole request.
    Reset,
    /// Says 200 and breaks off inside the body.
    BreakOffInBody,
    /// Has it, and closes the connection: the answer is lost.
    AcceptAndLose,
    /// Has it, and answers after a while.
    AcceptAfter(Duration),
    /// Keeps the connection and says nothing, until the receiver ends.
    Nothing,
    /// Speaks something else.
    Garbage,
}

type Script = Box<dyn Fn(usize, &Request) -> Reply + Send + Sync>;

/// What the receiver has seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) requests: Vec<Request>,
    /// What it has, by batch id: the first copy.
    pub(crate) batches: BTreeMap<String, Vec<u8>>,
    /// The ids of what it has, in the order they came first.
    pub(crate) order: Vec<String>,
    /// Batches that came again after it had them.
    pub(crate) repeated: usize,
    /// Every batch as it came first, whatever became of it.
    copies: BTreeMap<String, Vec<u8>>,
    /// Ids under which different bytes have come: there must be none.
    pub(crate) differing: Vec<String>,
}

/// A receiver that listens until it is dropped.
pub(crate) struct Receiver {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    seen: Mutex<Seen>,
    script: Script,
    count: AtomicUsize,
    ended: AtomicBool,
}

impl Receiver {
    /// One that does what the script says of the request of each number, from 0.
    pub(crate) fn new(
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Receiver {
        Receiver::on(0, script)
    }

    /// One at a port of its own choice, or at a given one that another has left.
    pub(crate) fn on(
        port: u16,
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Receiver {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            script: Box::new(script),
            count: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        });
        let listening = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if listening.ended.load(Relaxed) {
                    return;
                }
                let serving = Arc::clone(&listening);
                thread::spawn(move || serving.serve(stream.unwrap()));
            }
        });
        Receiver { port, shared }
    }

    pub(crate) fn accepting() -> Receiver {
        Receiver::new(|_, _| Reply::Accept)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/events", self.port)
    }

    pub(crate) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.shared.seen.lock().unwrap())
    }

    /// Every event once, in order, and no batch in two versions.
    #[track_caller]
    pub(crate) fn has_exactly(&self, numbers: std::ops::Range<u64>) {
        let (has, differing) = self.seen(|seen| (seen.numbers(), seen.differing.clone()));
        assert_eq!(differing, [""; 0], "batches differ under one id");
        let expected: Vec<u64> = numbers.collect();
        assert!(
            has == expected,
            "{} events instead of {}: {:?}…",
            has.len(),
            expected.len(),
            has.iter()
                .zip(&expected)
                .find(|(has, expected)| has != expected)
        );
    }

    /// The numbers of all events it has, in the order their batches came first.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.seen(Seen::numbers)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.ended.store(true, Relaxed);
        // Wakes the listener, which then goes; a connection to nothing is refused from then on.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        for _ in 0..200 {
            if TcpListener::bind(("127.0.0.1", self.port)).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Seen {
    pub(crate) fn numbers(&self) -> Vec<u64> {
        let bodies = self.order.iter().map(|id| &self.batches[id]);
        bodies
            .flat_map(|body| lines(body))
            .filter_map(|event| event["metadata"]["n"].as_u64())
            .collect()
    }
}

/// The events of a batch; all of them are whole.
pub(crate) fn lines(body: &[u8]) -> Vec<serde_json::Value> {
    assert!(body.ends_with(b"\n"), "a batch ends with a line's end");
    let text = std::str::from_utf8(body).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        // A client that goes away is its own business.
        let _ = self.converse(stream);
    }

    fn converse(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(super::LONG))?;
        // Reads no more than it is asked for, so that what is left unread is so for the system, too.
        let mut reader = BufReader::with_capacity(1, stream.try_clone()?);
        while let Some(mut request) = read_request(&mut reader)? {
            if self.ended.load(Relaxed) {
                break;
            }
            let reply = (self.script)(self.count.fetch_add(1, Relaxed), &request);
            if matches!(reply, Reply::Reset) {
                self.seen.lock().unwrap().requests.push(request);
                // A connection that is closed with something unread is reset.
                return stream.write_all(b"HTTP/1.1 20");
            }
            let mut last = vec![0; request.length() - request.body.len()];
            reader.read_exact(&mut last)?;
            request.body.extend(last);
            self.note(request, &reply);
            let sound = self.reply(&reply, &mut stream)?;
            if !sound {
                break;
            }
        }
        stream.shutdown(Shutdown::Both)
    }

    /// Notes the request, and what it has of it.
    fn note(&self, request: Request, reply: &Reply) {
        let mut seen = self.seen.lock().unwrap();
        let id = request.id().to_owned();
        let first = seen
            .copies
            .entry(id.clone())
            .or_insert_with(|| request.body.clone());
        if *first != request.body {
            seen.differing.push(id.clone());
        }
        let has_it = matches!(
            reply,
            Reply::Accept | Reply::AcceptAndLose | Reply::AcceptAfter(_)
        );
        if has_it {
            if seen
                .batches
                .insert(id.clone(), request.body.clone())
                .is_some()
            {
                seen.repeated += 1;
            } else {
                seen.order.push(id);
            }
        }
        seen.requests.push(request);
    }

    /// Answers. Returns whether the connection goes on.
    fn reply(&self, reply: &Reply, stream: &mut TcpStream) -> io::Result<bool> {
        match reply {
            Reply::Accept => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
                return Ok(true);
            }
            Reply::AcceptAfter(wait) => {
                thread::sleep(*wait);
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
                return Ok(true);
            }
            Reply::Status(status, headers) => {
                write!(
                    stream,
                    "HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: 3\r\n\r\nno\n"
                )?;
                return Ok(true);
            }
            Reply::Close | Reply::AcceptAndLose | Reply::Reset => {}
            Reply::BreakOffInBody => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")?;
            }
            Reply::Garbage => stream.write_all(b"220 mail.example.com ESMTP\r\n")?,
            Reply::Nothing => {
                while !self.ended.load(Relaxed) {
                    thread::sleep(Duration::from_millis(5));
                }
            }
        }
        Ok(false)
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut request = Request {
        line: line.trim_end().to_owned(),
        headers,
        body: Vec::new(),
        at: Instant::now(),
    };
    // All but the last byte.
    let mut body = vec![0; request.length().saturating_sub(1)];
    reader.read_exact(&mut body)?;
    request.body = body;
    Ok(Some(request))
}
