//! Looking at logs while they grow.

mod recent;

pub use recent::{Counts, Recent, Row};
