//! What goes on while somebody looks: files that are followed as they grow, the dashboard in the terminal, and the one in the
//! browser.

use crate::read::Inputs;

pub mod follow;

pub mod watch;

#[cfg(feature = "serve")]
pub mod serve;

/// Bytes that one worker counts within a few milliseconds: to wake others takes longer, and what each of them keeps takes
/// memory.
const LITTLE: u64 = 4 << 20;

/// Whether one worker is enough for these.
fn is_little(inputs: &Inputs) -> bool {
    inputs.size().is_some_and(|size| size <= LITTLE)
}
