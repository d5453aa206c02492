//! What the handle and its builder have for the endpoint.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::sink::http::{Endpoint, EndpointStats, Hook, Limits, Settings, Target};
use super::{Builder, Metrics};
use crate::error::Error;

/// What code says about the endpoint.
#[derive(Default)]
pub(super) struct Wanted {
    url: Option<OsString>,
    environment: Option<Target>,
    spool_bytes: Option<u64>,
    timeout: Option<Duration>,
    on_error: Option<Hook>,
}

impl Wanted {
    pub(super) fn or(self, environment: Option<Target>) -> Wanted {
        Wanted {
            environment,
            ..self
        }
    }

    /// The endpoint, if one is wanted. Its spool lies beside the log.
    pub(super) fn open(self, log: &Path) -> Result<Option<Endpoint>, Error> {
        let target = match self.url {
            Some(url) => Some(Target::parse(&url)?),
            None => self.environment,
        };
        let Some(target) = target else {
            return Ok(None);
        };
        let mut spool = std::path::absolute(log)
            .unwrap_or_else(|_| log.to_path_buf())
            .into_os_string();
        spool.push(".spool");
        let mut limits = Limits::default();
        if let Some(bytes) = self.spool_bytes {
            limits.spool_bytes = bytes;
        }
        if let Some(timeout) = self.timeout {
            limits.request = timeout;
        }
        let settings = Settings {
            target,
            spool: spool.into(),
            limits,
            on_error: self.on_error.unwrap_or_else(|| Arc::new(|_: &Error| {})),
        };
        Endpoint::open(settings).map(Some)
    }
}

impl Builder {
    /// Where batches of events are POSTed, beside everything else that happens to them: an http or https URL, which may
    /// have a name and a password. They are spooled in the folder `PATH.spool` beside the log's
    /// [`path`](Builder::path) until the endpoint has them.
    pub fn endpoint(mut self, url: impl Into<OsString>) -> Builder {
        self.endpoint.url = Some(url.into());
        self
    }

    /// The bytes all processes together may have in the spool, 64 MiB unless this says otherwise. What does not fit is
    /// not delivered, and counted.
    pub fn endpoint_spool(mut self, bytes: u64) -> Builder {
        self.endpoint.spool_bytes = Some(bytes);
        self
    }

    /// The longest one request to the endpoint may take, 30 seconds unless this says otherwise.
    pub fn endpoint_timeout(mut self, longest: Duration) -> Builder {
        self.endpoint.timeout = Some(longest);
        self
    }

    /// Is told of trouble, from another thread and not more than about once a minute for the same.
    pub fn on_error(mut self, told: impl Fn(&Error) + Send + Sync + 'static) -> Builder {
        self.endpoint.on_error = Some(Arc::new(told));
        self
    }
}

impl Metrics {
    /// What became of the events for the endpoint, if there is one.
    pub fn endpoint_stats(&self) -> Option<EndpointStats> {
        Some(self.delivery_endpoint()?.stats())
    }

    /// Waits until everything emitted so far is where it belongs; `false`: not within `timeout`.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.delivery_endpoint()
            .is_none_or(|endpoint| endpoint.flush(timeout))
    }

    /// Ends deliveries; what the endpoint does not get within `timeout` waits for the next start.
    pub fn shutdown(&self, timeout: Duration) {
        if let Some(endpoint) = self.delivery_endpoint() {
            endpoint.shutdown(timeout);
        }
    }

    fn delivery_endpoint(&self) -> Option<&Endpoint> {
        self.writer.as_ref()?.delivery.endpoint.as_ref()
    }
}
