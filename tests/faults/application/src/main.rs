//! An application under faults: emits numbered events through the writer's public interface, and keeps a diary of its
//! own, so that somebody else can say what the log should hold.
//!
//! The writer's settings come from the environment, as always; what to emit comes as arguments `key=value`, see
//! [`plan::Plan`]. Whoever runs it talks to it on standard input, see [`control`]; its answers are lines on standard
//! error, because standard output may be the console sink.

mod control;
mod diary;
mod emit;
mod plan;

use std::error::Error;
use std::fs;
use std::sync::Arc;

use control::Control;
use plan::Plan;

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Plan::read(std::env::args().skip(1))?;
    let guard = authmeter::init_from_env()?;
    let metrics = guard.metrics().clone();
    let control = Arc::new(Control::default());
    let listener = plan
        .listens
        .then(|| control::listen(Arc::clone(&control), metrics.clone()));
    emit::from_threads(&plan, &metrics, &control);
    if let Some(listener) = listener {
        let _ = listener.join();
    }
    if let Some(path) = &plan.stats {
        fs::write(path, control::stats(&metrics))?;
    }
    Ok(())
}
