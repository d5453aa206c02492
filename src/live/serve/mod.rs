//! The dashboard in the browser: what is asked of a log that grows, and the index that answers.

pub mod index;
mod question;

pub use question::{NaiveDay, Only, Question, Who};
