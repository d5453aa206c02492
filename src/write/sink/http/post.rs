//! One batch, one request, one answer, and what it means.

use std::io::{self, Read as _};
use std::time::Duration;

use ureq::Agent;
use ureq::http::StatusCode;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use ureq::tls::{RootCerts, TlsConfig};

use super::target::Target;
use super::{Limits, retry, segment};
use crate::event::Timestamp;

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 2xx, to the end of its body: the endpoint has the batch.
    Delivered,
    /// 413: smaller batches may pass.
    TooLarge,
    /// 400, 422: something about this very batch.
    Refused(String),
    /// Anything else may pass: no connection, no answer, half an answer, another status. It may come back after a time
    /// of its own.
    Failed(String, Option<Duration>),
}

/// A connection that is older than this is not used again: servers close idle ones after five seconds or more.
const IDLE: Duration = Duration::from_secs(4);

/// Bytes of an answer that are read, so that the connection can be used again.
const READ: u64 = 64 << 10;

pub(super) struct Client {
    agent: Agent,
    target: Target,
    request: Duration,
}

impl Client {
    pub(super) fn new(target: &Target, limits: &Limits) -> Client {
        // Certificates are judged as the system judges them: endpoints inside a company have roots of their own.
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // An answer from elsewhere says nothing about this endpoint.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The environment decides nothing that is not asked for.
            .proxy(None)
            .timeout_connect(Some(limits.connect))
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .max_idle_age(IDLE)
            .user_agent(concat!("authmeter/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        Client {
            agent: config.into(),
            target: target.clone(),
            request: limits.request,
        }
    }

    /// Sends a batch; the answer is there after `most` at the latest.
    pub(super) fn post(&self, id: &str, bytes: &[u8], most: Option<Duration>) -> Answer {
        let mut request = self
            .agent
            .post(self.target.uri.clone())
            .header(CONTENT_TYPE, "application/x-ndjson")
            .header("Batch-Id", id)
            .header("Batch-Events", segment::lines(bytes).to_string());
        if let Some(value) = &self.target.authorization {
            request = request.header(AUTHORIZATION, value.clone());
        }
        let most = most.map_or(self.request, |most| most.min(self.request));
        let sent = request
            .config()
            .timeout_global(Some(most))
            .build()
            .send(bytes);
        let mut answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Answer::Failed(reason(&error, most), None),
        };
        let status = answer.status();
        let after = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| retry::asked(value.to_str().ok()?, Timestamp::now()));
        let body = answer.body_mut().as_reader();
        let ended = io::copy(&mut body.take(READ), &mut io::sink());
        match ended {
            // Half an answer may come from something between here and the endpoint.
            Err(error) if status.is_success() => {
                Answer::Failed(format!("the answer {status} broke off: {error}"), None)
            }
            _ => meaning(status, after),
        }
    }
}

fn meaning(status: StatusCode, after: Option<Duration>) -> Answer {
    match status {
        status if status.is_success() => Answer::Delivered,
        StatusCode::PAYLOAD_TOO_LARGE => Answer::TooLarge,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            Answer::Refused(status.to_string())
        }
        status => Answer::Failed(status.to_string(), after),
    }
}

/// Why there is no answer, in words that hold nothing of the URL.
fn reason(error: &ureq::Error, most: Duration) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("no answer within {most:?}"),
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::HostNotFound => "the host is not known".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::Tls(what) => format!("TLS: {what}"),
        ureq::Error::Rustls(error) => format!("TLS: {error}"),
        ureq::Error::Protocol(error) => format!("not HTTP: {error}"),
        ureq::Error::BadUri(_) => "the URL cannot be asked".to_owned(),
        other => other.to_string(),
    }
}
