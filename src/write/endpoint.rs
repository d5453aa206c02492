//! What the writer has for an endpoint: settings, and the way of an event there.
//!
//! Without the feature `http` there is none, and all of this comes to nothing.

#[cfg(feature = "http")]
use std::ffi::OsString;
#[cfg(feature = "http")]
use std::io;
#[cfg(feature = "http")]
use std::path::{Path, PathBuf};
#[cfg(feature = "http")]
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "http")]
use super::account::{Hook, say};
use super::encode::Record;
#[cfg(feature = "http")]
use super::sink::http::{Endpoint, EndpointStats, Limits, Settings, Target};
#[cfg(feature = "http")]
use super::{Builder, encode::Rules, style::Style};
use crate::error::Error;

/// What code says about the endpoint.
#[cfg(feature = "http")]
#[derive(Default)]
pub(super) struct Wanted {
    url: Option<OsString>,
    spool_bytes: Option<u64>,
    timeout: Option<Duration>,
}

#[cfg(feature = "http")]
impl Wanted {
    /// The endpoint, if one is wanted. Its spool lies beside the log.
    pub(super) fn open(
        self,
        environment: Option<Target>,
        log: &Path,
        rules: &Arc<Rules>,
        hook: Option<Hook>,
    ) -> Result<Outlet, Error> {
        let in_code = self.url.map(|url| Target::parse(&url)).transpose()?;
        let Some(target) = in_code.or(environment) else {
            return Ok(Outlet::default());
        };
        let mut spool = std::path::absolute(log)
            .unwrap_or_else(|_| log.to_path_buf())
            .into_os_string();
        spool.push(".spool");
        let spool = PathBuf::from(spool);
        let mut limits = Limits::default();
        limits.spool_bytes = self.spool_bytes.unwrap_or(limits.spool_bytes);
        limits.request = self.timeout.unwrap_or(limits.request);
        let style = Style::json(rules);
        let endpoint = Endpoint::open(Settings {
            target,
            spool: spool.clone(),
            limits,
            style: style.clone(),
            on_error: hook.unwrap_or_else(|| Arc::new(|error| say(format_args!("{error}")))),
        })?;
        Ok(Outlet {
            sink: Some(Arc::new(Outward {
                endpoint,
                style,
                spool,
            })),
        })
    }
}

#[cfg(feature = "http")]
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
}

/// The way to an endpoint, if there is one. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Outlet {
    #[cfg(feature = "http")]
    sink: Option<Arc<Outward>>,
}

#[cfg(feature = "http")]
struct Outward {
    endpoint: Endpoint,
    style: Style,
    /// What an error names.
    spool: PathBuf,
}

#[cfg(feature = "http")]
impl Outlet {
    /// Takes one event; `line` is a buffer.
    ///
    /// # Errors
    /// If the spool does not: the event is counted then, and the stream says that it is missing.
    #[inline]
    pub(super) fn take(&self, record: &Record<'_, '_>, line: &mut Vec<u8>) -> Result<(), Error> {
        let Some(sink) = &self.sink else {
            return Ok(());
        };
        line.clear();
        sink.style.encode(record, line);
        match sink.endpoint.append(line, record.time) {
            // What comes after the end is counted, and no trouble of the system's.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::io("spool to", &sink.spool, error))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn flush(&self, wait: Duration) -> bool {
        self.sink
            .as_ref()
            .is_none_or(|sink| sink.endpoint.flush(wait))
    }

    /// Waits for what an endpoint that answers takes.
    pub(super) fn finish(&self, wait: Duration) {
        if let Some(sink) = &self.sink {
            sink.endpoint.flush_unless_away(wait);
        }
    }

    pub(super) fn close(&self, wait: Duration) {
        if let Some(sink) = &self.sink {
            sink.endpoint.shutdown(wait);
        }
    }

    pub(super) fn stats(&self) -> Option<EndpointStats> {
        Some(self.sink.as_ref()?.endpoint.stats())
    }
}

#[cfg(not(feature = "http"))]
impl Outlet {
    #[inline]
    pub(super) fn take(&self, _: &Record<'_, '_>, _: &mut Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    pub(super) fn flush(&self, _: Duration) -> bool {
        true
    }

    pub(super) fn finish(&self, _: Duration) {}

    pub(super) fn close(&self, _: Duration) {}
}
