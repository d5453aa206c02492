//! Processes end, and processes fork: what a writer does then. All the `unsafe` of the writer is here: calls of the C library
//! that no well-kept crate of this size wraps.
//!
//! * At exit (`process::exit`, a return from `main`) the queues of all writers are emptied, for a while.
//! * A forked child has a copy of its parent's memory but none of its threads: whatever lock another thread held is held
//!   for ever, and a queue would be written by both. So a child never touches what was its parent's. It begins a new life
//!   with a file, locks, a queue and an account of its own, as soon as it emits an event; what the parent had queued is the
//!   parent's to write.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, Once, OnceLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// How many forks lie between this process and the one that started.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// How long the end of a process waits for queues to empty.
pub(crate) const FAREWELL: Duration = Duration::from_secs(5);

/// Something that is to be written before the process ends.
pub(crate) trait Unfinished: Send + Sync {
    /// Writes it, as long as `wait` lasts.
    fn finish(&self, wait: Duration);
}

/// The writers of one process whose queues are emptied at its end.
struct Register {
    generation: u64,
    writers: Vec<Weak<dyn Unfinished>>,
}

static REGISTER: Mutex<Register> = Mutex::new(Register {
    generation: 0,
    writers: Vec::new(),
});

/// The process's place in the line of forks.
#[inline]
pub(crate) fn generation() -> u64 {
    GENERATION.load(Relaxed)
}

/// In a child the lock may be held by a thread that is not there; anybody else holds it for a moment only. Without it,
/// writers are emptied by their handles alone.
fn lock() -> Option<MutexGuard<'static, Register>> {
    (0..100).find_map(|_| {
        let register = REGISTER.try_lock().ok();
        if register.is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        register
    })
}

/// Has it finished when the process exits.
pub(crate) fn register(unfinished: &Arc<impl Unfinished + 'static>) {
    static FIRST: Once = Once::new();
    FIRST.call_once(at_exit);
    let Some(mut register) = lock() else {
        return;
    };
    if register.generation != generation() {
        register.generation = generation();
        register.writers.clear();
    }
    register.writers.retain(|known| known.strong_count() > 0);
    let unfinished: Arc<dyn Unfinished> = unfinished.clone();
    register.writers.push(Arc::downgrade(&unfinished));
}

/// Empties the queues of all writers of this process, as long as `wait` lasts.
pub(crate) fn finish_all(wait: Duration) {
    let Some(register) = lock() else {
        return;
    };
    if register.generation != generation() {
        return;
    }
    let writers: Vec<_> = register.writers.iter().filter_map(Weak::upgrade).collect();
    drop(register);
    let until = Instant::now() + wait;
    for writer in writers {
        writer.finish(until.saturating_duration_since(Instant::now()));
    }
}

extern "C" fn exiting() {
    finish_all(FAREWELL);
}

extern "C" fn forked() {
    GENERATION.fetch_add(1, Relaxed);
}

fn at_exit() {
    // SAFETY: `atexit` takes a function that lives as long as the process and must not unwind; `exiting` is a static
    // function, and nothing it calls panics. It runs on the thread that calls `exit`, while all others go on.
    let _ = unsafe { libc::atexit(exiting) };
}

/// Notices forks from now on.
pub(crate) fn notice_forks() {
    static FIRST: Once = Once::new();
    FIRST.call_once(|| {
        // SAFETY: the handler lives as long as the process; in the child of a process with threads only what is safe in a
        // signal handler may be called, and adding to an atomic is.
        #[cfg(unix)]
        let _ = unsafe { libc::pthread_atfork(None, None, Some(forked)) };
    });
}

/// A file that outgrows the process's limit (`ulimit -f`) ends it with SIGXFSZ, unless somebody asks for the signal: then the
/// write fails like any other, and is counted. A handler that does nothing asks for it; programs the process starts do not
/// inherit that, as they would inherit an ignored signal. A disposition the application has chosen stays.
#[cfg(unix)]
pub(crate) fn survive_size_limits() {
    extern "C" fn nothing(_: libc::c_int) {}

    static FIRST: Once = Once::new();
    FIRST.call_once(|| {
        // SAFETY: both structures are plain data and live as long as the calls; all zeros is a valid `sigaction`. The handler
        // lives as long as the process and touches nothing.
        unsafe {
            let mut known: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(libc::SIGXFSZ, std::ptr::null(), &raw mut known) != 0
                || known.sa_sigaction != libc::SIG_DFL
            {
                return;
            }
            let mut asked: libc::sigaction = std::mem::zeroed();
            asked.sa_sigaction = nothing as extern "C" fn(libc::c_int) as usize;
            asked.sa_flags = libc::SA_RESTART;
            libc::sigaction(libc::SIGXFSZ, &raw const asked, std::ptr::null_mut());
        }
    });
}

#[cfg(not(unix))]
pub(crate) fn survive_size_limits() {}

/// One thing for each generation of a process.
pub(crate) struct Lives<T> {
    generation: u64,
    now: T,
    /// What a child made for itself.
    next: OnceLock<Box<Lives<T>>>,
}

impl<T> Lives<T> {
    pub(crate) fn new(first: T) -> Lives<T> {
        notice_forks();
        survive_size_limits();
        Lives {
            generation: generation(),
            now: first,
            next: OnceLock::new(),
        }
    }

    /// This process's own; in a child that has none yet, `begin` makes it.
    #[inline]
    pub(crate) fn now(&self, begin: impl Fn() -> T) -> &T {
        match self.generation == generation() {
            true => &self.now,
            false => self.later(begin),
        }
    }

    #[cold]
    fn later(&self, begin: impl Fn() -> T) -> &T {
        let mut life = self;
        while life.generation != generation() {
            life = life.next.get_or_init(|| {
                Box::new(Lives {
                    generation: generation(),
                    now: begin(),
                    next: OnceLock::new(),
                })
            });
        }
        &life.now
    }

    /// This process's own, if it has one.
    pub(crate) fn current(&self) -> Option<&T> {
        let mut life = Some(self);
        while let Some(known) = life {
            if known.generation == generation() {
                return Some(&known.now);
            }
            life = known.next.get().map(|next| &**next);
        }
        None
    }
}
