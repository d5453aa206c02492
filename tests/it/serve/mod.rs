//! `authmeter serve`, over real connections.

mod api;
mod cache;
mod isolation;
mod limits;
mod questions;
mod rotation;
mod server;
mod slow;
mod stream;
mod tls;

pub(super) use server::{Answer, Server, heard, token};
