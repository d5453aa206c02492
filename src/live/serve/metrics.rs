//! What the server tells of itself, beside the log's metrics.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use axum::http::StatusCode;

/// The server's own counts.
#[derive(Default)]
pub(super) struct Counters {
    /// Answers by the hundreds of their status.
    answers: [AtomicU64; 5],
    connections: Arc<AtomicI64>,
    pub(super) streams: Arc<AtomicI64>,
}

/// Something that is open for as long as this is.
pub(super) struct Open(Arc<AtomicI64>);

impl Open {
    pub(super) fn new(count: &Arc<AtomicI64>) -> Open {
        count.fetch_add(1, Relaxed);
        Open(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Counters {
    pub(super) fn answered(&self, status: StatusCode) {
        let hundred = usize::from(status.as_u16() / 100).clamp(1, 5);
        self.answers[hundred - 1].fetch_add(1, Relaxed);
    }

    pub(super) fn connected(&self) -> Open {
        Open::new(&self.connections)
    }

    /// OpenMetrics text, put before the mark of its end.
    pub(super) fn add_to(&self, text: &mut String) {
        const END: &str = "# EOF\n";
        if text.ends_with(END) {
            text.truncate(text.len() - END.len());
        }
        text.push_str("# TYPE authmeter_server_answers counter\n# HELP authmeter_server_answers Answers of the server, by class of status.\n");
        for (index, count) in self.answers.iter().enumerate() {
            let count = count.load(Relaxed);
            // A String takes everything.
            let _ = writeln!(
                text,
                "authmeter_server_answers_total{{status=\"{}xx\"}} {count}",
                index + 1
            );
        }
        for (name, help, count) in [
            (
                "connections",
                "Connections that are open.",
                &self.connections,
            ),
            ("streams", "Streams of events that are open.", &self.streams),
        ] {
            let count = count.load(Relaxed);
            let _ = writeln!(
                text,
                "# TYPE authmeter_server_{name} gauge\n# HELP authmeter_server_{name} {help}\nauthmeter_server_{name} {count}"
            );
        }
        text.push_str(END);
    }
}
