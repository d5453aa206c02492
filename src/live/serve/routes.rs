//! Which path is which question.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderValue, Response, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::index::{Index, Refusal, Row};
use super::problem::Problem;
use super::words::{self, FILTERS, PAGES, PAGING, RANGE, REPORTING, STORY, Words};
use super::{Question, Who};
use super::{Server, gate, openapi, page, story, stream};
use crate::document::Document;
use crate::event::{Local, Outcome, Timestamp};
use crate::render::{FORMATS, Style};
use crate::report::REPORTS;
use crate::zone::Zone;

type Answer = Result<Response<Body>, Problem>;

/// How long an answer may take.
const LONGEST: Duration = Duration::from_secs(60);
/// Rows of events and calls, if nobody says how many.
const ROWS: usize = 50;
/// Rows of lists of events in reports, as on the command line.
const LISTED: usize = 50;
/// Events of a story, as on the command line.
const TOLD: usize = 1000;

/// Everything that is served.
pub(super) fn router(server: Arc<Server>) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .route("/api/v1/me", get(me))
        .route("/api/v1/reports", get(list))
        .route("/api/v1/reports/{name}", get(reports))
        .route("/api/v1/events", get(events))
        .route("/api/v1/tokens/{id}/usage", get(usage))
        .route("/api/v1/stream", get(stream::open))
        .route("/api/v1/openapi.json", get(described));
    for (path, kind, bytes) in page::FILES {
        router = router.route(path, get(move || async move { file(kind, bytes) }));
    }
    router
        .fallback(|| async { Problem::nothing_here() })
        .method_not_allowed_fallback(|| async { Problem::method() })
        .layer(from_fn_with_state(Arc::clone(&server), gate::pass))
        .with_state(server)
}

fn file(kind: &'static str, bytes: &'static [u8]) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Small, and of another version after an update.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn health(RawQuery(query): RawQuery) -> Answer {
    Words::read(query.as_deref(), &[])?;
    Ok(Json(json!({ "status": "ok" })).into_response())
}

/// Has the index answer, on a thread that may wait for it.
pub(super) async fn ask<T: Send + 'static>(
    server: &Arc<Server>,
    work: impl FnOnce(&Index) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Problem> {
    let _waiting = server.waiting.try_acquire().map_err(|_| Problem::busy())?;
    let asked = async {
        let working = Arc::clone(&server.working)
            .acquire_owned()
            .await
            .map_err(|_| Problem::busy())?;
        let told = Arc::clone(server);
        let server = Arc::clone(server);
        let work = tokio::task::spawn_blocking(move || {
            let _working = working;
            work(&server.index)
        });
        // It panicked, and has said so.
        let answer = work.await.map_err(|_| Problem::fault())?;
        answer.map_err(|refusal| {
            if let Refusal::Fault(what) = &refusal {
                (told.say)(what);
            }
            Problem::from(refusal)
        })
    };
    tokio::time::timeout(LONGEST, asked)
        .await
        .map_err(|_| Problem::busy())?
}

async fn me(
    State(server): State<Arc<Server>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
) -> Answer {
    Words::read(query.as_deref(), &[])?;
    let asked = who.clone();
    let window = ask(&server, move |index| Ok(index.window(&asked))).await?;
    let zone = server.zone;
    let told = |time| local(time, zone);
    let (audience, tenant, owner) = match &who {
        Who::Operator => ("operator", None, None),
        Who::Tenant(tenant) => ("tenant", Some(tenant), None),
        Who::Owner { tenant, owner } => ("owner", Some(tenant), Some(owner)),
    };
    let reports = REPORTS.iter().filter(|report| words::is_for(report, &who));
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "audience": audience,
        "tenant": tenant,
        "owner": owner,
        "tz": zone.name(),
        "ranges": words::RANGES.map(|(name, _)| name),
        "first": window.map(|(first, _)| told(first)),
        "last": window.map(|(_, last)| told(last)),
        "reports": reports.map(|report| report.info.name).collect::<Vec<_>>(),
    }))
    .into_response())
}

async fn list(Extension(who): Extension<Who>, RawQuery(query): RawQuery) -> Answer {
    Words::read(query.as_deref(), &[])?;
    let reports = REPORTS.iter().filter(|report| words::is_for(report, &who));
    let told = reports.map(|report| {
        let info = report.info;
        let needs = words::needs(report);
        json!({ "name": info.name, "title": info.title, "help": info.help, "default": info.default, "needs": needs })
    });
    Ok(Json(json!({ "reports": told.collect::<Vec<_>>() })).into_response())
}

async fn reports(
    State(server): State<Arc<Server>>,
    Extension(who): Extension<Who>,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Answer {
    let name = uri
        .path()
        .strip_prefix("/api/v1/reports/")
        .unwrap_or_default();
    let name = words::part(name)?;
    if name == "explain" && who.owner().is_none() {
        return explain(&server, who, query.as_deref()).await;
    }
    let asked = words::reports(&name, &who)?;
    let words = Words::read(query.as_deref(), &[&RANGE, &FILTERS, &REPORTING])?;
    let question = words.question(server.zone, who, asked, LISTED)?;
    let body = ask(&server, move |index| {
        let document = index.document(&question)?;
        written(&document, "json")
    });
    Ok(typed(body.await?, "application/json"))
}

/// One identity's story.
async fn explain(server: &Arc<Server>, who: Who, query: Option<&str>) -> Answer {
    let mut words = Words::read(query, &[&RANGE, &FILTERS, &STORY])?;
    let person = words.take_person()?;
    let question = words.question(server.zone, who, Vec::new(), TOLD)?;
    let (reading, zone) = (server.reading.clone(), server.zone);
    let body = ask(server, move |index| {
        let document = story::told(index, &reading, zone, &question, &person)?;
        let told = document.map(|document| written(&document, "json"));
        told.transpose()
    });
    let body = body.await?.ok_or(Problem::long_story(story::MOST))?;
    Ok(typed(body, "application/json"))
}

async fn metrics(
    State(server): State<Arc<Server>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
) -> Answer {
    Words::read(query.as_deref(), &[])?;
    if who != Who::Operator {
        let remedy = "Ask with an operator's token.";
        return Err(Problem::forbidden("Metrics are of the whole log.", remedy));
    }
    let question = Words::read(None, &[])?.question(
        server.zone,
        who,
        words::reports("all", &Who::Operator)?,
        LISTED,
    )?;
    let body = ask(&server, move |index| {
        written(&*index.document(&question)?, "prometheus")
    });
    let mut text = String::from_utf8(body.await?).map_err(|_| Problem::fault())?;
    server.counters.add_to(&mut text);
    Ok(typed(
        text.into_bytes(),
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ))
}

/// A document in one of the formats.
fn written(document: &Document, format: &str) -> Result<Vec<u8>, Refusal> {
    let mut text = Vec::new();
    let style = Style {
        width: 120,
        rows: usize::MAX,
        look: crate::render::Look::PLAIN,
    };
    let found = FORMATS.iter().find(|known| known.name == format);
    let format = found.ok_or_else(|| Refusal::Fault(format!("there is no format {format}")))?;
    (format.document)(document, &style, &mut text)
        .map_err(|error| Refusal::Fault(error.to_string()))?;
    Ok(text)
}

fn typed(body: Vec<u8>, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

async fn events(
    State(server): State<Arc<Server>>,
    Extension(who): Extension<Who>,
    RawQuery(query): RawQuery,
) -> Answer {
    let words = Words::read(query.as_deref(), &[&RANGE, &FILTERS, &PAGING])?;
    let before = words.before()?;
    let question = words.question(server.zone, who, Vec::new(), ROWS)?;
    let page = ask(&server, move |index| {
        index.events(&question, before, question.limit)
    })
    .await?;
    let next = page.next.map(|place| place.to_string());
    Ok(Json(json!({ "events": told(&page.rows, server.zone), "next": next })).into_response())
}

/// Bytes of a text of an event that are told: as many as the writer's longest line has. An answer has many events, and a
/// foreign log may have lines of megabytes.
const LONGEST_TEXT: usize = 64 << 10;

/// Events, as answers tell them.
pub(super) fn told<'r>(rows: impl IntoIterator<Item = &'r Row>, zone: Zone) -> Value {
    let told = rows.into_iter().map(|row| {
        let mut is_cut = false;
        let mut cut = |text: &str| {
            let end = text.floor_char_boundary(LONGEST_TEXT);
            is_cut |= end < text.len();
            Value::from(&text[..end])
        };
        let [event, user, client, tenant, ip, reason] = [
            &row.event,
            &row.user,
            &row.client,
            &row.tenant,
            &row.ip,
            &row.reason,
        ]
        .map(|text| text.as_deref().map(&mut cut));
        let line = cut(&row.line);
        json!({
            "time": row.time.map(|time| local(time, zone)),
            "event": event,
            "kind": row.kind,
            "outcome": match row.outcome {
                Outcome::Success => "ok",
                Outcome::Failure => "failed",
                Outcome::Unknown => "unknown",
            },
            "user": user,
            "client": client,
            "tenant": tenant,
            "ip": ip,
            "reason": reason,
            "line": line,
            "cut": is_cut,
        })
    });
    told.collect()
}

/// A time on the clocks of the server's zone.
fn local(time: Timestamp, zone: Zone) -> String {
    let offset = zone.offset(time.seconds());
    Local { time, offset }.to_string()
}

/// Calls with one API token, as the report `usage` tells them with `--token`.
async fn usage(
    State(server): State<Arc<Server>>,
    Extension(who): Extension<Who>,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Answer {
    let path = uri
        .path()
        .strip_prefix("/api/v1/tokens/")
        .and_then(|path| path.strip_suffix("/usage"));
    let token = words::part(path.unwrap_or_default())?;
    let words = Words::read(query.as_deref(), &[&RANGE, &PAGES])?;
    let reports = REPORTS
        .iter()
        .filter(|report| report.info.name == "usage")
        .collect();
    let question = Question {
        token: Some(token),
        ..words.question(server.zone, who, reports, ROWS)?
    };
    let (page, limit) = (question.page, question.limit);
    let text = ask(&server, move |index| {
        written(&*index.document(&question)?, "json")
    })
    .await?;
    let document: Value = serde_json::from_slice(&text).map_err(|_| Problem::fault())?;
    let told = document
        .pointer("/reports/usage")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_else(Map::new);
    let rows = told.get("rows").cloned().unwrap_or_else(|| json!([]));
    let total = told
        .get("total")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let pages = total.div_ceil(limit as u64);
    Ok(Json(json!({
        "usage": rows,
        "pagination": { "page": page, "limit": limit, "total": total, "totalPages": pages },
    }))
    .into_response())
}

async fn described(RawQuery(query): RawQuery) -> Answer {
    Words::read(query.as_deref(), &[])?;
    Ok(Json(openapi::document()).into_response())
}
