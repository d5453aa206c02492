//! An application under faults: emits numbered events through the writer's public interface, and keeps a diary of its
//! own, so that somebody else can say what the log should hold.
//!
//! The writer's settings come from the environment, as always; what to emit comes as arguments `key=value`, see
//! [`plan::Plan`]. Whoever runs it talks to it on standard input, see [`control`]; its answers are lines on standard
//! error, because standard output may be the console sink.

mod clock;
mod control;
mod diary;
mod emit;
mod end;
mod lateness;
mod plan;

use std::error::Error;
use std::sync::Arc;
use std::thread;

use authmeter::Metrics;

use control::Control;
use diary::Diary;
use plan::{End, Plan};

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Arc::new(Plan::read(std::env::args().skip(1))?);
    let mut builder = Metrics::builder().from_env()?;
    if let Some(step) = plan.step {
        builder = builder.clock(clock::stepping(step));
    }
    let guard = authmeter::init(builder.build()?)?;
    let metrics = guard.metrics().clone();
    lateness::watch();
    let control = Arc::new(Control::default());
    if plan.end == End::Terminated {
        signal_hook::flag::register(signal_hook::consts::SIGTERM, control.stopped())?;
    }
    let diary = Diary::open(&plan.diary)?;
    let listener = plan
        .listens
        .then(|| control::listen(Arc::clone(&control), metrics.clone(), diary));
    let threads = emit::start(&plan, &metrics, &control);
    match plan.after {
        // They go on whatever happens now.
        Some(after) => thread::sleep(after),
        None => {
            for thread in threads {
                thread.join().expect("a thread that emits ends well");
            }
            if let Some(listener) = listener {
                listener.join().expect("a thread that listens ends well");
            }
        }
    }
    end::end(&plan, guard, &metrics)
}
