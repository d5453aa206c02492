//! The dashboard in the browser, and the API behind it.
//!
//! ```text
//!  listen   connections: how many, how slow; TLS; the end
//!   ▼
//!  gate     who asks, from which page, how often in vain       auth   a file of hashed tokens
//!   ▼
//!  routes   which question        words   what it says, in the command line's words
//!   │                             story   what happened to somebody, of their events
//!   ▼
//!  index    what is known of the log ◀── poll, four times a second
//! ```
//!
//! Every answer is made for somebody ([`Who`]), and nothing that is not for their eyes is read on the way: there is
//! one gate, before all routes but the page's files and `/healthz`, which say nothing of the log.

mod auth;
mod gate;
pub mod index;
mod listen;
mod metrics;
mod openapi;
mod paced;
mod page;
mod problem;
mod question;
mod routes;
mod story;
mod stream;
mod times;
mod tls;
mod words;

use std::collections::HashSet;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use crate::read::Reading;
pub use auth::{Grant, Grants, Secret};
use index::Index;
pub use question::{NaiveDay, Only, Person, Question, Who};
pub use tls::Tls;

/// What a server is made of.
pub struct Serving {
    /// Where it listens.
    pub listener: TcpListener,
    /// What it knows of the log.
    pub index: Index,
    /// How lines of the log are read.
    pub reading: Reading,
    /// By whose clocks days begin.
    pub zone: crate::zone::Zone,
    /// Who may ask; `None` if whoever reaches it may.
    pub grants: Option<Grants>,
    /// Its certificate, if it speaks TLS.
    pub tls: Option<Tls>,
    /// Whether it is asked to end.
    pub stopped: Box<dyn Fn() -> bool + Send>,
    /// Hears what there is to say.
    pub say: Arc<dyn Fn(&str) + Send + Sync>,
}

/// What every answer is made from.
struct Server {
    index: Index,
    reading: Reading,
    zone: crate::zone::Zone,
    gate: gate::Gate,
    /// Questions that are answered at the same time; others wait.
    working: Arc<Semaphore>,
    /// How many may wait.
    waiting: Semaphore,
    /// Streams that are open.
    streams: Arc<stream::Places>,
    /// The generation of the log, and the end.
    news: watch::Receiver<u64>,
    ending: watch::Receiver<bool>,
    counters: metrics::Counters,
    /// Hears what an answer does not tell.
    say: Arc<dyn Fn(&str) + Send + Sync>,
}

/// The log is looked at again after this time; or, so that no more than a quarter of a core goes into it, after three times
/// as long as the last look took.
const LOOK: Duration = Duration::from_millis(250);

/// But after this at the latest.
const LOOK_AT_LEAST: Duration = Duration::from_secs(1);

/// Serves until it is asked to end.
///
/// # Errors
///
/// The system cannot start the threads, or does not let the address be listened to.
pub fn serve(serving: Serving) -> io::Result<()> {
    let address = serving.listener.local_addr()?;
    serving.listener.set_nonblocking(true)?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers.min(4))
        .max_blocking_threads(workers + 2)
        .enable_all()
        .build()?;
    let (told, news) = watch::channel(0);
    let (end, ending) = watch::channel(false);
    let server = Arc::new(Server {
        index: serving.index,
        reading: serving.reading,
        zone: serving.zone,
        gate: gate::Gate::new(address, serving.grants),
        working: Arc::new(Semaphore::new(workers.max(2))),
        waiting: Semaphore::new(MOST_WAITING),
        streams: Arc::default(),
        news,
        ending: ending.clone(),
        counters: metrics::Counters::default(),
        say: Arc::clone(&serving.say),
    });
    let looked = Arc::clone(&server);
    let over = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&over);
    let say = serving.say;
    let polling = std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || {
            look(&looked, &told, &done, say.as_ref());
        })?;
    let stopped = serving.stopped;
    runtime.block_on(async {
        let until = async {
            while !stopped() && !over.load(Relaxed) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let _ = end.send(true);
        };
        listen::accept(serving.listener, &server, serving.tls, until).await
    })?;
    over.store(true, Relaxed);
    runtime.shutdown_timeout(Duration::from_secs(1));
    // A log that panicked whoever read it is no log that is served.
    polling
        .join()
        .map_err(|_| io::Error::other("the log could not be read any more"))
}

/// Questions that may wait for an answer; those beyond are asked to come again.
const MOST_WAITING: usize = 256;

/// Looks at the log until the end, and tells those who listen.
fn look(
    server: &Server,
    told: &watch::Sender<u64>,
    over: &AtomicBool,
    say: &(dyn Fn(&str) + Send + Sync),
) {
    /// Ends the server, if the log's reader panics.
    struct Over<'a>(&'a AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }
    let _over = Over(over);
    let mut said = HashSet::new();
    while !over.load(Relaxed) {
        let began = Instant::now();
        server.index.poll();
        let took = began.elapsed();
        let generation = server.index.generation();
        told.send_if_modified(|known| std::mem::replace(known, generation) != generation);
        // What is wrong with the log or the cache stays a remark for as long as the server runs.
        let remarks = server.index.remarks().into_iter();
        let fresh = remarks.filter(|remark| said.insert(remark.clone()));
        for remark in fresh.chain(server.gate.trouble()) {
            say(&remark);
        }
        std::thread::sleep((took * 3).clamp(LOOK, LOOK_AT_LEAST));
    }
}

/// Where the server listens, as its users write it.
pub fn url(address: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{address}/")
}
