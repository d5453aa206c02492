//! An authentication service: one-time passwords, magic links, sessions with rotating refresh tokens, OAuth and API tokens.
//!
//! It is small, but nothing in it is pretended, and everything it does is an event in its log. Start with [`otp`] to see
//! what emitting looks like, and with [`caller`] for how what all events share is said once.
//!
//! ```text
//!  limits ─▶ otp · magic ─▶ sessions ─▶ tokens ◀─ refresh · revoke · cleanup
//!            oauth (clients · authorize · token) ─▶ tokens
//!            bearer ─▶ scopes ─▶ api · api_tokens · userinfo
//! ```
//!
//! Work on the database ends before its events are written: an event says what is so, and a transaction that failed
//! says nothing. Where an answer must not be given without its event, [`app::App::keep`] waits for the disk.

pub mod api;
pub mod api_tokens;
pub mod app;
pub mod bearer;
pub mod caller;
pub mod cleanup;
pub mod clock;
pub mod dev;
pub mod limits;
pub mod magic;
pub mod mail;
pub mod oauth;
pub mod otp;
pub mod refresh;
pub mod refusal;
pub mod revoke;
pub mod scopes;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod store;
pub mod tokens;
pub mod usage;
pub mod userinfo;
