//! One service for each test, in a folder of its own, without a network.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use auth_service::app::{self, App, Shared};
use auth_service::clock::Clock;
use auth_service::settings::Settings;
use authmeter::{Builder, Format, Metrics};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

const CLIENTS: &str = r#"[
    {"id": "dashboard", "secret": "dashboard-secret", "redirect_uris": ["https://dashboard.example/back"],
     "grants": ["authorization_code", "refresh_token"], "scopes": "openid email notes:read"},
    {"id": "mobile", "redirect_uris": ["com.example.app:/back"], "grants": ["authorization_code"], "scopes": "openid"},
    {"id": "batch", "secret": "batch-secret", "grants": ["client_credentials"], "scopes": "notes:read"}
]"#;

pub struct Service {
    pub app: Shared,
    router: Router,
    folder: TempDir,
}

/// What a service answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn text(&self, name: &str) -> String {
        self.body[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
            .to_owned()
    }
}

/// The two tokens of a session.
pub struct Pair {
    pub access: String,
    pub refresh: String,
}

impl Pair {
    pub fn of(answer: &Answer) -> Pair {
        assert_eq!(answer.status, 200, "{answer:?}");
        Pair {
            access: answer.text("token"),
            refresh: answer.text("refreshToken"),
        }
    }
}

impl Service {
    pub fn start() -> Service {
        Service::with(|_| ())
    }

    /// One whose log cannot be written: its disk is full.
    pub fn with_a_full_log() -> Service {
        let folder = tempfile::tempdir().unwrap();
        let log = Metrics::builder()
            .format(Format::File)
            .path("/dev/full")
            .on_error(|_| ());
        let (app, router) = serve(folder.path(), log, |_| ());
        Service {
            app,
            router,
            folder,
        }
    }

    pub fn with(change: impl FnOnce(&mut Settings)) -> Service {
        let folder = tempfile::tempdir().unwrap();
        let (app, router) = open(folder.path(), change);
        Service {
            app,
            router,
            folder,
        }
    }

    /// The same service after its program ended and was started again.
    pub fn restarted(self) -> Service {
        let Service {
            app,
            router,
            folder,
        } = self;
        drop((app, router));
        let (app, router) = open(folder.path(), |_| ());
        Service {
            app,
            router,
            folder,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = request
            .header(header::USER_AGENT, "tests/1.0")
            .extension(ConnectInfo(SocketAddr::from(([203, 0, 113, 7], 50_000))))
            .body(body)
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer {
            status,
            headers,
            body,
        }
    }

    pub async fn get(&self, path: &str, bearer: &str) -> Answer {
        self.bearing("GET", path, bearer, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.bearing("POST", path, "", body).await
    }

    /// A request with a bearer token, if there is one, and a JSON body, if there is one.
    pub async fn bearing(&self, method: &str, path: &str, bearer: &str, body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !bearer.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        if body.is_null() {
            return self.send(request, Body::empty()).await;
        }
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.send(request, Body::from(body.to_string())).await
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::builder().method("POST").uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    /// The last mail to an address.
    pub fn mailed(&self, email: &str) -> String {
        self.app.mail.last(&email.to_lowercase()).expect("a mail")
    }

    /// A code, by mail.
    pub async fn code(&self, email: &str) -> String {
        let answer = self
            .post("/auth/request-code", json!({"email": email}))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.mailed(email)
    }

    pub async fn enter(&self, email: &str, code: &str) -> Answer {
        let body = json!({"email": email, "code": code});
        self.post("/auth/verify-code", body).await
    }

    pub async fn log_in(&self, email: &str) -> Pair {
        let code = self.code(email).await;
        Pair::of(&self.enter(email, &code).await)
    }

    pub async fn refresh(&self, refresh: &str) -> Answer {
        self.post("/auth/refresh", json!({"refreshToken": refresh}))
            .await
    }

    /// An API token: its id and itself.
    pub async fn api_token(&self, access: &str, scopes: &str) -> (String, String) {
        let body = json!({"name": "a program", "scopes": scopes});
        let answer = self.bearing("POST", "/api/v1/tokens", access, body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        (answer.text("id"), answer.text("token"))
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("auth.jsonl")).unwrap()
    }

    /// Every event of a name so far.
    pub fn events(&self, name: &str) -> Vec<Value> {
        let events = self
            .log()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect::<Vec<Value>>();
        events
            .into_iter()
            .filter(|event| event["event"] == name)
            .collect()
    }

    /// Why events of a name failed, in their order.
    pub fn reasons(&self, name: &str) -> Vec<String> {
        let reason = |event: Value| event["error"].as_str().map(str::to_owned);
        self.events(name).into_iter().filter_map(reason).collect()
    }
}

fn open(folder: &Path, change: impl FnOnce(&mut Settings)) -> (Shared, Router) {
    let log = Metrics::builder()
        .format(Format::File)
        .path(folder.join("auth.jsonl"));
    serve(folder, log, change)
}

fn serve(folder: &Path, log: Builder, change: impl FnOnce(&mut Settings)) -> (Shared, Router) {
    let clients = folder.join("clients.json");
    std::fs::write(&clients, CLIENTS).unwrap();
    let mut settings = Settings::read(|_| None).unwrap();
    settings.folder = folder.join("state");
    settings.clients = Some(clients);
    settings.dev = true;
    change(&mut settings);
    let clock = Clock::default();
    let moved = clock.clone();
    let log = log
        .max_wait(Duration::from_secs(30)) // others may keep the disk busy
        .clock(move || moved.timestamp())
        .build()
        .unwrap();
    let app = App::new(settings, log, clock).unwrap();
    let router = app::router(&app);
    (app, router)
}
