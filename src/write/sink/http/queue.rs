//! What is on its way: the segment that grows, those that wait, the room they take, and the gap where there was none.
//!
//! All of it is behind one mutex, which the sender holds for moments only: an event waits for its own `write(2)`, never
//! for the endpoint.

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use super::Limits;
use super::segment::Segment;
use super::spool::{Batch, Folder, room};
use crate::event::{Outcome, Timestamp, fields};
use crate::write::encode::Record;
use crate::write::style::Style;

/// What one instance has not delivered yet.
pub(super) struct Queue {
    /// The segment that grows.
    current: Option<Segment>,
    /// Sealed segments, oldest first; the first may be on its way.
    waiting: VecDeque<Batch>,
    /// The number of the next segment.
    next: u64,
    /// The room `waiting` takes.
    taken: u64,
    /// The room everything else in the spool takes, as of the last look.
    pub(super) others: u64,
    gap: Option<Gap>,
    style: Style,
    /// The latest request has failed.
    pub(super) is_away: bool,
    /// The segment of this number is sealed as soon as it can be sent.
    pub(super) hurry: u64,
    /// Segments of an adopted folder that are left.
    pub(super) adopted: VecDeque<Batch>,
    /// Nobody has looked yet whether there are folders to adopt.
    pub(super) is_new: bool,
    pub(super) counts: Counts,
    /// No more events; the sender ends by then.
    pub(super) stop: Option<Instant>,
    /// The sender has ended.
    pub(super) stopped: bool,
}

/// Events and batches so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) spooled: u64,
    pub(super) adopted: u64,
    pub(super) delivered: u64,
    pub(super) refused: u64,
    pub(super) missing: u64,
    pub(super) dropped: u64,
    pub(super) gaps: u64,
    pub(super) batches: u64,
    pub(super) attempts: u64,
    pub(super) failures: u64,
}

/// Events that were not taken, in one stretch.
struct Gap {
    dropped: u64,
    from: Timestamp,
    to: Timestamp,
    reason: &'static str,
}

const FULL: &str = "spool full";
const UNWRITABLE: &str = "spool not writable";

impl Queue {
    pub(super) fn new(others: u64, style: Style) -> Queue {
        Queue {
            current: None,
            waiting: VecDeque::new(),
            next: 1,
            taken: 0,
            others,
            gap: None,
            style,
            is_away: false,
            hurry: 0,
            adopted: VecDeque::new(),
            is_new: true,
            counts: Counts::default(),
            stop: None,
            stopped: false,
        }
    }

    /// Takes one event. Returns whether the sender has something to look at.
    pub(super) fn append(
        &mut self,
        line: &[u8],
        time: Timestamp,
        folder: &Folder,
        limits: &Limits,
    ) -> io::Result<bool> {
        let before = (self.waiting.len(), self.current.is_some());
        let taken = self.try_append(line, folder, limits);
        match taken {
            Ok(()) => Ok(before != (self.waiting.len(), self.current.is_some())),
            Err((reason, error)) => {
                self.refuse(time, reason);
                Err(error)
            }
        }
    }

    fn try_append(
        &mut self,
        line: &[u8],
        folder: &Folder,
        limits: &Limits,
    ) -> Result<(), (&'static str, io::Error)> {
        if self.stop.is_some() {
            let ended = io::Error::new(io::ErrorKind::BrokenPipe, "the endpoint is shut down");
            return Err((UNWRITABLE, ended));
        }
        let len = line.len() as u64;
        let full = || io::Error::new(io::ErrorKind::StorageFull, "the spool is full");
        if !self.has_room(len, limits) {
            return Err((FULL, full()));
        }
        let stated = match &self.gap {
            None => Ok(()),
            // Not for its own sake: it would be the first of many, each between two refused events.
            Some(gap) if !self.has_room(gap.line(&self.style).len() as u64 + len, limits) => Ok(()),
            Some(_) => self.state_gap(folder, limits, false),
        };
        stated.map_err(|error| (UNWRITABLE, error))?;
        if !self.has_room(len, limits) || self.gap.is_some() {
            return Err((FULL, full()));
        }
        self.put(line, folder, limits)
            .map_err(|error| (UNWRITABLE, error))
    }

    /// Whether so many bytes more stay inside the bound.
    fn has_room(&self, len: u64, limits: &Limits) -> bool {
        let current = match &self.current {
            Some(segment) if segment.len + len <= limits.batch_bytes => room(segment.len + len),
            Some(segment) => room(segment.len) + room(len),
            None => room(len),
        };
        self.taken + current + self.others <= limits.spool_bytes
    }

    #[cold]
    fn refuse(&mut self, time: Timestamp, reason: &'static str) {
        self.counts.dropped += 1;
        if self.stop.is_some() {
            return;
        }
        let gap = self.gap.get_or_insert(Gap {
            dropped: 0,
            from: time,
            to: time,
            reason,
        });
        gap.dropped += 1;
        gap.to = gap.to.max(time);
    }

    /// Says in the stream what is missing from it, if something is and there is room again. The last word of an
    /// instance is said even beyond the bound.
    pub(super) fn state_gap(
        &mut self,
        folder: &Folder,
        limits: &Limits,
        last_word: bool,
    ) -> io::Result<()> {
        let Some(gap) = &self.gap else {
            return Ok(());
        };
        let line = gap.line(&self.style);
        if !last_word && !self.has_room(line.len() as u64, limits) {
            return Ok(());
        }
        self.put(&line, folder, limits)?;
        self.counts.gaps += 1;
        self.gap = None;
        Ok(())
    }

    fn put(&mut self, line: &[u8], folder: &Folder, limits: &Limits) -> io::Result<()> {
        let fits = |segment: &Segment| {
            segment.is_sound()
                && (segment.len == 0 || segment.len + line.len() as u64 <= limits.batch_bytes)
        };
        if self.current.as_ref().is_some_and(|segment| !fits(segment)) {
            self.seal(folder);
        }
        let segment = match &mut self.current {
            Some(segment) => segment,
            none => {
                let number = self.next;
                let path = folder.segment(number);
                let segment = match Segment::create(path.clone(), number) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        folder.restore()?;
                        Segment::create(path, number)?
                    }
                    created => created?,
                };
                self.next += 1;
                none.insert(segment)
            }
        };
        segment.append(line)?;
        self.counts.spooled += 1;
        if segment.len >= limits.batch_bytes {
            self.seal(folder);
        }
        Ok(())
    }

    /// Nothing more is appended to the segment that grows.
    pub(super) fn seal(&mut self, folder: &Folder) {
        let Some(segment) = self.current.take() else {
            return;
        };
        self.taken += room(segment.len);
        self.waiting.push_back(Batch {
            id: folder.batch_id(segment.number),
            path: segment.path,
            len: segment.len,
            number: segment.number,
            lines: segment.lines,
            is_adopted: false,
        });
    }

    /// The oldest batch of this instance. One that is young is left to grow; an old one is sealed now, and not before:
    /// while the endpoint is away, segments become full ones, not many.
    pub(super) fn oldest(&mut self, folder: &Folder, limits: &Limits) -> Option<Batch> {
        if self.waiting.is_empty() && self.is_due(limits) {
            self.seal(folder);
        }
        self.waiting.front().cloned()
    }

    fn is_due(&self, limits: &Limits) -> bool {
        self.current.as_ref().is_some_and(|segment| {
            segment.len > 0
                && (self.stop.is_some()
                    || segment.number <= self.hurry
                    || segment.since.elapsed() >= limits.batch_age)
        })
    }

    /// When the segment that grows is old enough.
    pub(super) fn due(&self, limits: &Limits) -> Option<Instant> {
        let segment = self.current.as_ref().filter(|segment| segment.len > 0)?;
        segment.since.checked_add(limits.batch_age)
    }

    /// Forgets the oldest batch: it is gone from the disk.
    pub(super) fn forget_oldest(&mut self) {
        if let Some(batch) = self.waiting.pop_front() {
            self.taken -= room(batch.len);
        }
    }

    /// The number of the newest segment that has events.
    pub(super) fn newest(&self) -> u64 {
        self.next - 1
    }

    /// Whether everything up to a segment is gone, and everything adopted.
    pub(super) fn is_delivered(&self, newest: u64) -> bool {
        let oldest = self
            .waiting
            .front()
            .map(|batch| batch.number)
            .or_else(|| {
                self.current
                    .as_ref()
                    .filter(|segment| segment.len > 0)
                    .map(|segment| segment.number)
            })
            .unwrap_or(self.next);
        oldest > newest && self.adopted.is_empty() && !self.is_new
    }

    /// Batches and their bytes that are not delivered.
    pub(super) fn left(&self) -> (u64, u64) {
        let current = self.current.as_ref().map(|segment| segment.len);
        let sealed = self
            .waiting
            .iter()
            .chain(&self.adopted)
            .map(|batch| batch.len);
        sealed
            .chain(current)
            .filter(|&len| len > 0)
            .fold((0, 0), |(batches, bytes), len| (batches + 1, bytes + len))
    }
}

impl Gap {
    /// The record that states it.
    fn line(&self, style: &Style) -> Vec<u8> {
        let (from, to) = (self.from.to_millis_text(), self.to.to_millis_text());
        let text = |time: &[u8; 24]| String::from_utf8_lossy(time).into_owned();
        let (from, to) = (text(&from), text(&to));
        let about = fields()
            .meta("dropped", self.dropped)
            .meta("from", from.as_str())
            .meta("to", to.as_str());
        let record = Record {
            name: "log.gap",
            time: self.to,
            outcome: Outcome::Failure,
            reason: Some(self.reason),
            fields: &about,
        };
        let mut line = Vec::new();
        style.encode(&record, &mut line);
        line
    }
}

#[cfg(test)]
mod tests;
