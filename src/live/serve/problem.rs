//! What went wrong, as RFC 9457 says it: `application/problem+json` with a title, a detail and a remedy.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::json;

use super::index::Refusal;

/// Why a question has no answer.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    title: &'static str,
    detail: String,
    remedy: &'static str,
    /// Seconds after which it is worth asking again.
    after: Option<u64>,
}

impl Problem {
    fn new(
        status: StatusCode,
        title: &'static str,
        detail: impl Into<String>,
        remedy: &'static str,
    ) -> Problem {
        Problem {
            status,
            title,
            detail: detail.into(),
            remedy,
            after: None,
        }
    }

    /// The question makes no sense.
    pub(super) fn question(detail: impl Into<String>) -> Problem {
        let remedy = "See /api/v1/openapi.json for what can be asked.";
        Problem::new(
            StatusCode::BAD_REQUEST,
            "This question makes no sense",
            detail,
            remedy,
        )
    }

    /// A report is asked for within moments.
    pub(super) fn days() -> Problem {
        let detail = "Reports are counted day by day here: from and to are days, as in 2025-01-31.";
        let remedy = "Ask for whole days. /api/v1/events and /api/v1/reports/explain take moments; `authmeter report --from` \
            reports on them.";
        let title = "This question makes no sense";
        Problem::new(StatusCode::BAD_REQUEST, title, detail, remedy)
    }

    /// A story is too long to be told at once.
    pub(super) fn long_story(most: usize) -> Problem {
        let detail = format!("There are more than {most} such events.");
        let remedy =
            "Ask for fewer days, or with more filters; `authmeter explain` has no such limit.";
        let title = "This story is too long";
        Problem::new(StatusCode::BAD_REQUEST, title, detail, remedy)
    }

    /// There is no such path.
    pub(super) fn nothing_here() -> Problem {
        let remedy = "See /api/v1/openapi.json for what there is.";
        Problem::new(
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "No such path is served.",
            remedy,
        )
    }

    /// There is no such report.
    pub(super) fn no_report(detail: String) -> Problem {
        let remedy = "See /api/v1/reports for those there are.";
        Problem::new(
            StatusCode::NOT_FOUND,
            "There is no such report",
            detail,
            remedy,
        )
    }

    /// The path is no place for this method.
    pub(super) fn method() -> Problem {
        let detail = "Everything here is read with GET; nothing can be changed.";
        Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "This cannot be done",
            detail,
            "Ask with GET.",
        )
    }

    /// There is no token, or none that is known.
    pub(super) fn unknown() -> Problem {
        let detail = "No valid token came with the question: there was none, it is unknown, or it has expired.";
        let remedy =
            "Send a token as `Authorization: Bearer TOKEN`; `authmeter token add` makes one.";
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "Who asks is not known",
            detail,
            remedy,
        )
    }

    /// Who asks is known, and may not.
    pub(super) fn forbidden(detail: &'static str, remedy: &'static str) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "This is not for you", detail, remedy)
    }

    /// The question came with a body.
    pub(super) fn body() -> Problem {
        let detail = "A question has no body.";
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This is too much",
            detail,
            "Leave the body out.",
        )
    }

    /// The question's address is too long.
    pub(super) fn long() -> Problem {
        let detail = format!("An address has {} bytes at most.", super::gate::LONGEST);
        Problem::new(
            StatusCode::URI_TOO_LONG,
            "This is too long",
            detail,
            "Ask with fewer filters.",
        )
    }

    /// Too many tokens were wrong.
    pub(super) fn too_often(after: u64) -> Problem {
        let detail = "Too many tokens from this address were wrong.";
        let remedy = "Wait for as long as Retry-After says.";
        let title = "This was tried too often";
        Problem {
            after: Some(after),
            ..Problem::new(StatusCode::TOO_MANY_REQUESTS, title, detail, remedy)
        }
    }

    /// There is more to do than can be done.
    pub(super) fn busy() -> Problem {
        let detail = "More is asked than can be answered at the moment.";
        let title = "The server is busy";
        let remedy = "Ask again in a moment.";
        Problem {
            after: Some(1),
            ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, title, detail, remedy)
        }
    }

    /// A fault of this program. What it is about stands on the server's standard error and not in an answer.
    pub(super) fn fault() -> Problem {
        let detail = "The server could not make this answer.";
        let remedy = "The server's standard error says why; please report it.";
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "A fault of the server",
            detail,
            remedy,
        )
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        match refusal {
            Refusal::Busy => Problem::busy(),
            Refusal::Fault(_) => Problem::fault(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let body = json!({
            "type": "about:blank",
            "status": self.status.as_u16(),
            "title": self.title,
            "detail": self.detail,
            "remedy": self.remedy,
        });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"authmeter\""),
            );
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        if let Some(after) = self.after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after));
        }
        response
    }
}
