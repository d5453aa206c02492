//! The service through its router, and its log through a JSON parser; time moves when a test says so.

#![allow(clippy::unwrap_used)]

mod api_tokens;
mod cleanup;
mod harness;
mod limits;
mod oauth;
mod otp;
mod refresh;
mod state;
