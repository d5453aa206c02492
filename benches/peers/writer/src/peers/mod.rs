//! One file for each package that is compared.

pub(crate) mod authmeter;
pub(crate) mod bare;
pub(crate) mod log_io;
pub(crate) mod slog;
pub(crate) mod spdlog;
pub(crate) mod tracing;
