//! A run that goes on: what is read is added to what was, and there is an answer at any time.

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::account::Tally;
use super::partial::{Counted, Partial};
use super::{Answer, Lines, Plan};
use crate::event::Event;
use crate::read::{ChunkAccount, Consumer, Inputs, Reading, Rejected, read};
use crate::tally::Directory;

/// Counts inputs piece by piece. Whatever the pieces, the answer is that of one run over all of them.
pub struct Counting {
    plan: Plan,
    reading: Reading,
    names: Vec<String>,
    /// `None` if the only worker is whoever calls.
    pool: Option<ThreadPool>,
    workers: Vec<Partial>,
    account: Tally,
}

impl Counting {
    /// A run that has read nothing.
    ///
    /// # Errors
    ///
    /// The system cannot start the workers.
    pub fn new(plan: Plan) -> Result<Counting, ThreadPoolBuildError> {
        let threads = plan.threads.get();
        let pool = match threads {
            1 => None,
            _ => Some(ThreadPoolBuilder::new().num_threads(threads).build()?),
        };
        let directory = Directory::new(plan.options.memory_limit);
        let worker = || Partial::new(&plan, &directory, 0);
        Ok(Counting {
            workers: std::iter::repeat_with(worker).take(threads).collect(),
            pool,
            names: Vec::new(),
            reading: plan.reading(),
            account: Tally::new(0),
            plan,
        })
    }

    /// Reads what these inputs have. Each is one of the run by its index: what was read of it before stands before this
    /// ([`Input::part`](crate::read::Input::part), [`later`](crate::read::Input::later)), and one that has nothing new keeps its place
    /// ([`nothing`](crate::read::Input::nothing)). Further inputs may follow those known.
    pub fn read(&mut self, inputs: &Inputs) {
        let mut nobody = vec![(); self.workers.len()];
        self.read_and(inputs, &mut nobody);
    }

    /// As [`read`](Counting::read), and shows the events that count to an observer of each worker. Only as many workers
    /// read as there are observers; if that is one, it is whoever calls.
    pub fn read_and<O: Observer>(&mut self, inputs: &Inputs, observers: &mut [O]) {
        let count = inputs.names().len();
        if self.names.len() < count {
            self.names = inputs.names().to_vec();
        }
        for worker in &mut self.workers {
            worker.take_account(count);
        }
        let reading = &self.reading;
        let pool = self.pool.as_ref().filter(|_| observers.len() > 1);
        let workers = self.workers.iter_mut().zip(observers);
        let workers = workers.map(|(partial, observer)| Observed { partial, observer });
        match pool {
            Some(pool) => pool.scope(|scope| {
                for mut worker in workers {
                    scope.spawn(move |_| read(inputs, reading, &mut worker));
                }
            }),
            None => workers.for_each(|mut worker| read(inputs, reading, &mut worker)),
        }
        self.account.grow(count);
        for worker in &mut self.workers {
            self.account.merge(worker.take_account(0));
        }
        self.account.settle();
    }

    /// What the reports say of everything read so far.
    pub fn answer(&self) -> Answer {
        let counted = self.workers.iter().map(Partial::counted);
        let nothing = || Partial::new(&self.plan, &Directory::default(), 0).into_counted();
        let mut whole = counted.reduce(Counted::merged).unwrap_or_else(nothing);
        whole.account = self.account.clone();
        whole.finish(&self.plan, &self.names, &[], None)
    }

    /// What became of the lines read so far.
    pub fn lines(&self) -> Lines {
        self.account.total()
    }

    /// The plan of the run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Whoever looks at events while they are counted.
pub trait Observer: Send {
    /// Events of one kind that count, in no order.
    fn observe(&mut self, events: &[Event<'_>]);
}

impl Observer for () {
    fn observe(&mut self, _: &[Event<'_>]) {}
}

/// A worker, and who looks on.
struct Observed<'w, O> {
    partial: &'w mut Partial,
    observer: &'w mut O,
}

impl<O: Observer> Consumer for Observed<'_, O> {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let counted = self.partial.count(batch);
        if !counted.is_empty() {
            self.observer.observe(counted);
        }
    }

    fn reject(&mut self, rejected: Rejected<'_>) {
        self.partial.reject(rejected);
    }

    fn chunk(&mut self, chunk: ChunkAccount) {
        self.partial.chunk(chunk);
    }

    fn trouble(&mut self, input: u32, what: String) {
        self.partial.trouble(input, what);
    }
}

#[cfg(test)]
mod tests;
