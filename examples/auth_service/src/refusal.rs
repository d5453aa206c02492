//! Answers that say no: a status, and one word or sentence of why.
//!
//! What the log says of a failure is for its owners and may be more than what the caller is told.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A request that was refused.
#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub error: &'static str,
}

impl Refusal {
    pub const fn new(status: StatusCode, error: &'static str) -> Refusal {
        Refusal { status, error }
    }

    pub const fn bad_request(error: &'static str) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, error)
    }

    pub const fn unauthorized(error: &'static str) -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, error)
    }

    /// A fault of the service: the caller is not told which, whoever runs it is.
    pub fn internal(error: &dyn std::error::Error) -> Refusal {
        eprintln!("auth-service: {error}");
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal error")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({"success": false, "error": self.error}));
        let mut response = (self.status, body).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
