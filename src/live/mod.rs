//! What goes on while somebody looks: files that are followed as they grow, the dashboard in the terminal, and the one in the
//! browser.

pub mod follow;

pub mod watch;

#[cfg(feature = "serve")]
pub mod serve;
