//! Ways to end.

use std::error::Error;
use std::path::Path;
use std::{fs, process, thread};

use authmeter::{Guard, Metrics};

use crate::control::{Control, stats};
use crate::emit;
use crate::plan::{End, Plan};

/// Ends as the plan says: whatever this returns, `main` returns. Where the process lives long enough, it leaves the
/// writer's account.
pub(crate) fn end(plan: &Plan, guard: Guard, metrics: &Metrics) -> Result<(), Box<dyn Error>> {
    match plan.end {
        End::Return | End::Terminated => {}
        End::Error => {
            // As `?` does it: the guard goes when the error is on its way.
            let _guard = guard;
            Err("as told")?;
            return Ok(());
        }
        End::Panic => panic!("as told"),
        End::Exit => {
            let other = thread::spawn(|| process::exit(7));
            let _ = other.join();
        }
        End::Forgotten => {
            std::mem::forget(guard);
            return Ok(());
        }
        End::Fork => return fork(plan, guard, metrics),
    }
    drop(guard);
    leave(metrics, plan.stats.as_deref())
}

fn leave(metrics: &Metrics, path: Option<&Path>) -> Result<(), Box<dyn Error>> {
    if let Some(path) = path {
        fs::write(path, stats(metrics))?;
    }
    Ok(())
}

/// Forks when the parent may have something in its queue. Both emit some more; the child is another process with another
/// name and a diary of its own, beside the parent's.
fn fork(plan: &Plan, guard: Guard, metrics: &Metrics) -> Result<(), Box<dyn Error>> {
    // SAFETY: the child goes on with code that takes locks, which a child of a process with threads must not rely on in
    // general. All other threads of this process have ended by now, but for the writer's own: whether it copes with that
    // is what is tested.
    let child = unsafe { libc::fork() };
    let plan = match child {
        -1 => return Err("cannot fork".into()),
        0 => plan.of_child(),
        _ => plan.of_parent(),
    };
    emit::emit(&plan, plan.threads, metrics, &Control::default())?;
    if child > 0 {
        // SAFETY: waits for a child of this process; a null pointer says that its status is of no interest.
        unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    }
    drop(guard);
    leave(metrics, plan.stats.as_deref())
}
