//! The sender: one thread that takes batches to the endpoint, one after the other, and waits while it cannot.
//!
//! First what dead instances have left, the longest gone first; then this instance's own, in order. A batch stays the
//! next one until the endpoint has it, or has refused it for good. So events of an instance arrive in their order.

use std::fs;
use std::io::ErrorKind::NotFound;
use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::parts::Part;
use super::post::{Answer, Client};
use super::spool::{self, Batch, Folder, room};
use super::{Shared, retry, segment};

/// How often a look is taken, while the endpoint is away, at what others have in the spool.
const MEASURE: Duration = Duration::from_secs(1);

pub(super) struct Sender {
    shared: Arc<Shared>,
    client: Client,
    /// Requests in a row that have failed.
    failures: u32,
    /// A batch of so many bytes was too large.
    too_large: usize,
    /// The folder whose segments are sent now, if it is not our own.
    adopted: Option<Folder>,
    /// Folders that cannot be read.
    passed: Vec<String>,
    /// When to look for folders to adopt.
    look: Instant,
    /// When trouble was told last.
    told: Option<Instant>,
}

/// How the sending of a batch, or of a part of one, ended.
enum Settled {
    Delivered,
    TooLarge,
    Refused(String),
}

impl Sender {
    pub(super) fn new(shared: Arc<Shared>) -> Sender {
        Sender {
            client: Client::new(&shared.settings.target, &shared.settings.limits),
            shared,
            failures: 0,
            too_large: usize::MAX,
            adopted: None,
            passed: Vec::new(),
            look: Instant::now(),
            told: None,
        }
    }

    /// Sends until it is told to stop. When it is, it goes on for as long as it may and everything works: an
    /// application that ends does not wait for an endpoint that is away.
    pub(super) fn run(mut self) {
        while let Some(batch) = self.next() {
            if self.deliver(&batch).is_break() {
                break;
            }
            self.remove(&batch);
        }
        if let Some(folder) = self.adopted.take() {
            folder.give_back();
        }
    }

    /// Waits for something to send.
    fn next(&mut self) -> Option<Batch> {
        loop {
            if self.time_left() == Some(Duration::ZERO) {
                return None;
            }
            self.adopt();
            let shared = Arc::clone(&self.shared);
            let limits = &shared.settings.limits;
            let mut queue = shared.queue();
            if let Some(batch) = queue.adopted.front() {
                return Some(batch.clone());
            }
            if let Some(batch) = queue.oldest(&shared.folder, limits) {
                return Some(batch);
            }
            if queue.stop.is_some() {
                return None;
            }
            let until = queue
                .due(limits)
                .map_or(self.look, |due| due.min(self.look));
            let wait = until.saturating_duration_since(Instant::now());
            drop(shared.wake.wait_timeout(queue, wait));
        }
    }

    /// Takes over the next folder that nobody owns, if it is time to look.
    fn adopt(&mut self) {
        let (root, is_stopping) = (&self.shared.settings.spool, self.time_left().is_some());
        let is_busy = !self.shared.queue().adopted.is_empty();
        if is_busy || is_stopping || self.look > Instant::now() {
            return;
        }
        if let Some(folder) = self.adopted.take() {
            folder.give_back();
        }
        while let Some(folder) = Folder::adopt(root, &self.passed) {
            match folder.batches() {
                Ok(batches) if batches.is_empty() => folder.give_back(),
                Ok(batches) => {
                    self.shared.queue().adopted.extend(batches);
                    self.adopted = Some(folder);
                    return;
                }
                Err(error) => {
                    self.shared
                        .report(format!("cannot read {:?}: {error}", folder.path));
                    self.passed.push(folder.id.clone());
                }
            }
        }
        self.look = Instant::now() + self.shared.settings.limits.look;
        self.shared.measure();
        self.shared.queue().is_new = false;
        self.shared.progress.notify_all();
    }

    /// Sends a batch until nothing of it is left to send. `Break`: until it was told to stop.
    fn deliver(&mut self, batch: &Batch) -> ControlFlow<()> {
        let Some(bytes) = self.read(batch)? else {
            return Continue(());
        };
        if batch.is_adopted {
            self.shared.queue().counts.adopted += segment::lines(&bytes);
        }
        let mut parts = vec![Part::whole(&batch.id, &bytes)];
        while let Some(part) = parts.pop() {
            if part.bytes.is_empty() {
                continue;
            }
            let settled = match part.bytes.len() >= self.too_large && part.split().is_some() {
                true => Settled::TooLarge,
                false => self.settle(&part)?,
            };
            let lines = segment::lines(part.bytes);
            match settled {
                Settled::Delivered => {
                    let mut queue = self.shared.queue();
                    queue.counts.batches += 1;
                    queue.counts.delivered += lines;
                    queue.is_away = false;
                }
                Settled::TooLarge => {
                    self.too_large = self.too_large.min(part.bytes.len());
                    match part.split() {
                        Some((first, second)) => parts.extend([second, first]),
                        None => self.set_aside(&part, "413 Payload Too Large")?,
                    }
                }
                Settled::Refused(why) => self.set_aside(&part, &why)?,
            }
        }
        Continue(())
    }

    /// The batch's bytes; `None` if somebody has taken it away.
    fn read(&mut self, batch: &Batch) -> ControlFlow<(), Option<Vec<u8>>> {
        loop {
            match segment::read(&batch.path) {
                Ok(bytes) => return Continue(Some(bytes)),
                Err(error) if error.kind() == NotFound => {
                    self.shared.queue().counts.missing += batch.lines;
                    self.shared
                        .report(format!("somebody has removed {:?} unsent", batch.path));
                    return Continue(None);
                }
                Err(error) => {
                    self.failed(&format!("cannot read {:?}: {error}", batch.path), None)?;
                }
            }
        }
    }

    /// Sends a part until the endpoint has decided about it.
    fn settle(&mut self, part: &Part<'_>) -> ControlFlow<(), Settled> {
        let mut refusals = 0;
        loop {
            let most = self.time_left();
            if most == Some(Duration::ZERO) {
                return Break(());
            }
            self.shared.queue().counts.attempts += 1;
            let answer = self.client.post(&part.id, part.bytes, most);
            let (why, after) = match answer {
                Answer::Delivered => {
                    self.failures = 0;
                    return Continue(Settled::Delivered);
                }
                Answer::TooLarge => return Continue(Settled::TooLarge),
                Answer::Refused(why) => {
                    refusals += 1;
                    if refusals >= self.shared.settings.limits.refusals {
                        return Continue(Settled::Refused(why));
                    }
                    (why, None)
                }
                Answer::Failed(why, after) => (why, after),
            };
            self.failed(&why, after)?;
        }
    }

    /// Counts a failure and waits. `Break`: it is told to stop.
    fn failed(&mut self, why: &str, asked: Option<Duration>) -> ControlFlow<()> {
        let limits = &self.shared.settings.limits;
        self.failures += 1;
        {
            let mut queue = self.shared.queue();
            queue.counts.failures += 1;
            queue.is_away = true;
        }
        self.shared.progress.notify_all();
        let wait = match asked {
            Some(asked) => asked.max(limits.first_retry / 2),
            None => retry::wait(self.failures, limits.first_retry, limits.longest_retry),
        };
        // The first failure may be no more than a connection that was idle too long.
        let is_news = self
            .told
            .is_none_or(|told| told.elapsed() >= limits.tell_again);
        if self.failures > 1 && is_news {
            let (batches, bytes) = self.shared.queue().left();
            self.shared.report(format!(
                "{why}; {batches} batches of {bytes} bytes wait in {:?}, next attempt in {wait:.1?}",
                self.shared.settings.spool
            ));
            self.told = Some(Instant::now());
        }
        self.hold(wait)
    }

    /// Waits, and meanwhile looks what others have in the spool.
    fn hold(&self, length: Duration) -> ControlFlow<()> {
        let until = Instant::now() + length;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Continue(());
            }
            self.shared.measure();
            let queue = self.shared.queue();
            if queue.stop.is_some() {
                return Break(());
            }
            let slice = left.min(MEASURE);
            drop(
                self.shared
                    .wake
                    .wait_timeout_while(queue, slice, |queue| queue.stop.is_none()),
            );
        }
    }

    /// Keeps a part that the endpoint refuses where a person finds it, so that those behind it get through.
    fn set_aside(&mut self, part: &Part<'_>, why: &str) -> ControlFlow<()> {
        let root = self.shared.settings.spool.clone();
        while let Err(error) = spool::set_aside(&root, &part.id, part.bytes) {
            self.failed(&format!("cannot set a refused batch aside: {error}"), None)?;
        }
        self.failures = 0;
        self.shared.queue().counts.refused += segment::lines(part.bytes);
        self.shared.report(format!(
            "{why}: batch {} is refused and kept in {:?}",
            part.id,
            root.join("refused")
        ));
        self.shared.measure();
        Continue(())
    }

    /// Removes a batch of which nothing is left to send.
    fn remove(&mut self, batch: &Batch) {
        if let Err(error) = fs::remove_file(&batch.path)
            && error.kind() != NotFound
        {
            self.shared
                .report(format!("cannot remove {:?}: {error}", batch.path));
        }
        let mut queue = self.shared.queue();
        if batch.is_adopted {
            queue.adopted.pop_front();
            queue.others = queue.others.saturating_sub(room(batch.len));
        } else {
            queue.forget_oldest();
        }
        if queue.stop.is_none() {
            // If it cannot be said now, the next event says it.
            let _ = queue.state_gap(&self.shared.folder, &self.shared.settings.limits, false);
        }
        drop(queue);
        self.shared.progress.notify_all();
    }

    /// How long it may still go on; `None`: nobody has told it to stop.
    fn time_left(&self) -> Option<Duration> {
        let stop = self.shared.queue().stop?;
        Some(stop.saturating_duration_since(Instant::now()))
    }
}
