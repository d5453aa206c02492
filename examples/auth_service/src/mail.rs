//! Mail: addresses, and where mail goes. There is no mail server here; with `--dev` there is an outbox one can look into.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::refusal::Refusal;

/// Where mail goes.
pub enum Mail {
    /// Nothing can be sent.
    Nowhere,
    /// The last mail to each address, in memory.
    Outbox(Mutex<HashMap<String, String>>),
}

impl Mail {
    pub fn outbox() -> Mail {
        Mail::Outbox(Mutex::default())
    }

    /// Sends `secret`, or says why that cannot be. `.invalid` has no mail servers anywhere (RFC 6761).
    pub fn send(&self, email: &str, secret: &str) -> Result<(), &'static str> {
        match self {
            Mail::Nowhere => Err("No mail server configured"),
            Mail::Outbox(_) if email.ends_with(".invalid") => Err("Mail server not found"),
            Mail::Outbox(sent) => {
                let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
                sent.insert(email.to_owned(), secret.to_owned());
                Ok(())
            }
        }
    }

    /// The last mail to an address.
    pub fn last(&self, email: &str) -> Option<String> {
        match self {
            Mail::Nowhere => None,
            Mail::Outbox(sent) => sent
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(email)
                .cloned(),
        }
    }
}

/// An address in lower case, if it is one as far as can be told without sending to it.
pub fn address(text: &str) -> Result<String, Refusal> {
    let text = text.trim().to_lowercase();
    let plain = |part: &str| {
        !part.is_empty()
            && !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@')
    };
    match text.split_once('@') {
        Some((name, domain)) if plain(name) && plain(domain) && text.len() <= 254 => Ok(text),
        _ => Err(Refusal::bad_request("Not an e-mail address")),
    }
}

/// What stands behind the `@`: here, also the tenant its users belong to.
pub fn domain(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// What is answered where mail could not be sent.
pub const NOT_SENT: Refusal = Refusal::new(
    axum::http::StatusCode::BAD_GATEWAY,
    "Mail could not be sent",
);
