//! What is new, as it comes: server-sent events, at most one a second.
//!
//! An operator hears of every change of the log. A tenant and an owner hear of their own events alone: the server looks at
//! a pace of its own, and speaks if what they may see has changed, so that not even the time of others' events can be told.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response, header};
use hyper::body::Frame;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::Server;
use super::index::Row;
use super::metrics::Open;
use super::problem::Problem;
use super::routes::{ask, told};
use super::words::{self, FILTERS, Words};
use super::{Question, Who};
use crate::event::Timestamp;

/// The shortest time between two updates.
const PACE: Duration = Duration::from_secs(1);
/// The longest silence; proxies cut off what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// The most events of an update.
const NEWEST: usize = 20;

/// Opens a stream.
pub(super) async fn open(
    State(server): State<Arc<Server>>,
    Extension(who): Extension<Who>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response<Body>, Problem> {
    let words = Words::read(query.as_deref(), &[&FILTERS])?;
    let reports = match who {
        // Whether anything is new is told by the account of their own events.
        Who::Tenant(_) => Vec::new(),
        _ => words::reports("usage", &who)?,
    };
    let question = words.question(server.zone, who, reports, NEWEST)?;
    let place = server.streams.place(&question.who);
    let place = place.ok_or_else(Problem::busy)?;
    let (to, from) = mpsc::channel(2);
    tokio::spawn(async move {
        let _place = place;
        let _open = Open::new(&server.counters.streams);
        // It ends when the server does, or when nobody listens any more.
        let _ = follow(&server, &headers, question, to).await;
    });
    let mut response = Response::new(Body::new(Stream(from)));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream; charset=utf-8"),
    );
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// What somebody may see of the log, as far as a stream remembers it: not the events themselves, for they may be long, and
/// streams many.
struct Seen {
    newest: Option<Known>,
    account: String,
}

/// An event that is known again.
#[derive(Clone, PartialEq, Eq)]
struct Known {
    time: Option<Timestamp>,
    line: [u8; 32],
}

impl Known {
    fn of(row: &Row) -> Known {
        Known {
            time: row.time,
            line: Sha256::digest(row.line.as_bytes()).into(),
        }
    }
}

/// What is seen now, and the update it makes: those events that were not there before.
async fn look(
    server: &Arc<Server>,
    question: &Question,
    before: Option<&Seen>,
) -> Result<(Seen, Value), Problem> {
    let question = question.clone();
    let known = before.and_then(|seen| seen.newest.as_ref()).cloned();
    let zone = server.zone;
    ask(server, move |index| {
        let rows = index.events(&question, None, NEWEST)?.rows;
        let account = match question.who {
            Who::Operator => String::new(),
            _ => {
                let document = index.document(&question)?;
                serde_json::to_string(&*document).unwrap_or_default()
            }
        };
        let newest = rows.first().map(Known::of);
        let is_known = |row: &&Row| known.as_ref().is_some_and(|known| *known == Known::of(row));
        let fresh = told(rows.iter().take_while(|row| !is_known(row)), zone);
        Ok((Seen { newest, account }, fresh))
    })
    .await
}

/// Nobody listens any more, or nobody speaks.
struct Over;

async fn follow(
    server: &Arc<Server>,
    asked: &HeaderMap,
    question: Question,
    to: mpsc::Sender<Bytes>,
) -> Result<(), Over> {
    let (mut news, mut ending) = (server.news.clone(), server.ending.clone());
    news.mark_unchanged();
    let send = async |text: String| to.send(Bytes::from(text)).await.map_err(|_| Over);
    send(": this stream tells what is new\n\n".to_owned()).await?;
    let first = look(server, &question, None).await;
    let mut seen = first.ok().map(|(seen, _)| seen);
    let (mut said, mut generation) = (Instant::now(), 0_u64);
    loop {
        let pause = sleep_until(Instant::now() + PACE);
        let operator = question.who == Who::Operator;
        tokio::select! {
            () = to.closed() => return Err(Over),
            _ = ending.changed() => return Err(Over),
            () = pause => {}
        }
        // Nobody is told more than an answer would tell now.
        if !server.gate.still_admits(asked, &question.who) {
            return Err(Over);
        }
        let look_again = if operator {
            // Each change once, however many there were in a second.
            let changed = news.has_changed().map_err(|_| Over)?;
            news.mark_unchanged();
            changed
        } else {
            true
        };
        if look_again
            // Too much to do: it is told later.
            && let Ok((now, fresh)) = look(server, &question, seen.as_ref()).await
        {
            let is_new = operator || seen.as_ref().is_none_or(|seen| seen.differs(&now));
            if is_new {
                generation += 1;
                send(update(generation, &fresh)).await?;
                said = Instant::now();
            }
            seen = Some(now);
        }
        if said.elapsed() >= HEARTBEAT {
            send(": still here\n\n".to_owned()).await?;
            said = Instant::now();
        }
    }
}

impl Seen {
    fn differs(&self, later: &Seen) -> bool {
        self.account != later.account || self.newest != later.newest
    }
}

fn update(generation: u64, fresh: &Value) -> String {
    let as_of = Timestamp::now().to_string();
    let data = json!({ "generation": generation, "events": fresh, "as_of": as_of });
    // JSON on one line: a newline of the log is `\n` in it.
    format!("event: update\nid: {generation}\ndata: {data}\n\n")
}

/// Streams that may be open at a time, and how many of them those of one tenant may have.
const MOST: usize = 256;
const MOST_OF_ONE: usize = 64;

/// The streams that are open: how many each tenant has, and operators.
#[derive(Default)]
pub(super) struct Places(Mutex<HashMap<Option<String>, usize>>);

/// A stream's place, until it ends.
pub(super) struct Place {
    of: Arc<Places>,
    tenant: Option<String>,
}

impl Places {
    /// A place, if there is one left for somebody. One tenant cannot take all of them.
    fn place(self: &Arc<Places>, who: &Who) -> Option<Place> {
        let tenant = who.tenant().map(str::to_owned);
        let mut open = self.open();
        let own = open.get(&tenant).copied().unwrap_or_default();
        let is_full = open.values().sum::<usize>() >= MOST;
        if is_full || tenant.is_some() && own >= MOST_OF_ONE {
            return None;
        }
        open.insert(tenant.clone(), own + 1);
        let of = Arc::clone(self);
        Some(Place { of, tenant })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Option<String>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.of.open();
        if let Some(own) = open.get_mut(&self.tenant) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.tenant);
            }
        }
    }
}

/// The body of an answer that goes on.
struct Stream(mpsc::Receiver<Bytes>);

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0
            .poll_recv(context)
            .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
