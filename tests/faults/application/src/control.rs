//! What whoever runs the application can tell it meanwhile, one word a line on standard input: `stats` asks for the
//! writer's account, `flush` waits until all that was emitted is
//! written, and notes that in the diary, `pause` stops all threads between two events, `go` lets them go on. The end of standard input
//! stops them for good. Each word is answered by one line on standard error.

use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use authmeter::Metrics;

use crate::diary::Diary;
use crate::lateness;

#[derive(Default)]
pub(crate) struct Control {
    gate: RwLock<()>,
    stopped: Arc<AtomicBool>,
}

impl Control {
    /// Waits while there is a pause; `None` means stop. No pause begins while the answer lives.
    pub(crate) fn go(&self) -> Option<RwLockReadGuard<'_, ()>> {
        let going = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        (!self.stopped.load(SeqCst)).then_some(going)
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, SeqCst);
    }

    /// Whether it was told to stop; SIGTERM does, too.
    pub(crate) fn stopped(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopped)
    }
}

pub(crate) fn listen(control: Arc<Control>, metrics: Metrics, diary: Diary) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut pause = None;
        for word in io::stdin().lock().lines() {
            match word.as_deref() {
                Ok("stats") => say(&stats(&metrics)),
                Ok("flush") => {
                    // Nobody may be between a call and its entry in the diary.
                    let _pause = pause.is_none().then(|| control.gate.write());
                    let flushed = metrics.flush(Duration::from_secs(10));
                    if flushed {
                        diary.note_flushed().expect("an entry in the diary");
                    }
                    say(if flushed { "flushed" } else { "not flushed" });
                }
                Ok("pause") => {
                    pause.get_or_insert_with(|| control.gate.write());
                    say("paused");
                }
                Ok("go") => {
                    pause = None;
                    say("going");
                }
                _ => break,
            }
        }
        control.stop();
    })
}

fn say(answer: &str) {
    let _ = writeln!(io::stderr(), "{answer}");
}

/// The writer's account, and the most memory the process has ever had, as a JSON object on one line.
pub(crate) fn stats(metrics: &Metrics) -> String {
    let stats = metrics.stats();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next())
        .unwrap_or("0");
    format!(
        "{{\"emitted\":{},\"written\":{},\"dropped\":{},\"in_flight\":{},\"unsynced\":{},\"console_dropped\":{},\
         \"gaps\":{},\"errors\":{},\"late_us\":{},\"peak_kib\":{peak}}}",
        stats.emitted,
        stats.written,
        stats.dropped,
        stats.in_flight,
        stats.unsynced,
        stats.console_dropped,
        stats.gaps,
        stats.errors,
        lateness::worst(),
    )
}
