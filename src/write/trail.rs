//! Lines into a sink, and the gaps between them: when lines could not be written and later ones can, the log itself says
//! how many are missing, before it goes on.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use super::account::{Account, Gap, Why};
use super::encode::Record;
use super::sink::{Cut, Sink};
use super::style::Style;
use crate::error::Error;
use crate::event::Timestamp;

pub(crate) struct Trail {
    sink: Box<dyn Sink>,
    /// Events that are missing before the next line.
    gap: Gap,
    scratch: Vec<u8>,
}

impl Trail {
    pub(crate) fn new(sink: Box<dyn Sink>) -> Trail {
        Trail {
            sink,
            gap: Gap::default(),
            scratch: Vec::new(),
        }
    }

    /// Writes lines of events between these times.
    ///
    /// # Errors
    /// If not all are written; how many bytes are, and why the others are not.
    #[inline]
    pub(crate) fn write(
        &mut self,
        lines: &[u8],
        times: (Timestamp, Timestamp),
        style: &Style,
        account: &Account,
    ) -> Result<(), Cut> {
        if !self.gap.is_empty() {
            return self.write_after_gap(lines, times, style, account);
        }
        self.sink.write(lines, times.0)
    }

    #[cold]
    fn write_after_gap(
        &mut self,
        lines: &[u8],
        times: (Timestamp, Timestamp),
        style: &Style,
        account: &Account,
    ) -> Result<(), Cut> {
        let mut all = std::mem::take(&mut self.scratch);
        all.clear();
        self.gap.told(|name, outcome, reason, fields| {
            let record = Record {
                name,
                time: times.1,
                outcome,
                reason: Some(reason),
                fields,
            };
            style.encode(&record, &mut all);
        });
        let told = all.len();
        all.extend_from_slice(lines);
        let written = self.sink.write(&all, times.0);
        if written.as_ref().map_or_else(|cut| cut.whole, |()| told) >= told {
            self.gap = Gap::default();
            account.add_gap();
        }
        self.scratch = all;
        written.map_err(|cut| Cut {
            whole: cut.whole.saturating_sub(told),
            ..cut
        })
    }

    /// Events of these times are missing from here on.
    pub(crate) fn lost(&mut self, events: u64, why: Why, from: Timestamp, to: Timestamp) {
        self.gap.add(events, why, from, to);
    }

    /// Events that were dropped before they came here are missing from here on; says so at once, if it can.
    pub(crate) fn add_gap(&mut self, gap: Gap, style: &Style, account: &Account) {
        let Some(to) = gap.to() else {
            return;
        };
        self.gap.merge(gap);
        // Where that fails, the next line brings it.
        let _ = self.write(&[], (to, to), style, account);
    }

    /// Says that events are missing, if that was not said yet and can be now: no line may come any more.
    pub(crate) fn say_gap(&mut self, style: &Style, account: &Account) {
        if let Some(to) = self.gap.to() {
            let _ = self.write(&[], (to, to), style, account);
        }
    }

    pub(crate) fn sink(&mut self) -> &mut dyn Sink {
        &mut *self.sink
    }

    pub(crate) fn unsynced(&mut self) -> Vec<Arc<File>> {
        self.sink.unsynced()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.sink.path().to_path_buf()
    }

    pub(crate) fn trouble(&mut self) -> Option<Error> {
        self.sink.trouble()
    }
}
