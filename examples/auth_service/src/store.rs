//! The database: SQLite in a folder, one connection behind a lock, every piece of work one transaction.
//!
//! Work runs on threads made for blocking, so that a slow disk never stops the others. `synchronous=FULL` because a
//! revoked token must not come back after a power cut.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::refusal::Refusal;

/// What the tables are, one step a version; a step that has been released is never changed, only followed.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE users (
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL,
        locked INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE otps (
        email TEXT PRIMARY KEY, salt BLOB NOT NULL, mac BLOB NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, expires INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE magic_links (
        hash BLOB PRIMARY KEY, email TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0, expires INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE codes (
        hash BLOB PRIMARY KEY, client TEXT NOT NULL, user TEXT NOT NULL REFERENCES users, session TEXT NOT NULL,
        family TEXT NOT NULL, redirect_uri TEXT NOT NULL, challenge TEXT NOT NULL, scopes TEXT NOT NULL,
        used INTEGER NOT NULL DEFAULT 0, expires INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE tokens (
        id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh', 'api')),
        name TEXT, user TEXT REFERENCES users, client TEXT, session TEXT, family TEXT, scopes TEXT NOT NULL,
        created INTEGER NOT NULL, expires INTEGER NOT NULL, rotated INTEGER, revoked INTEGER, told INTEGER
    ) STRICT;
    CREATE INDEX tokens_by_user ON tokens (user);
    CREATE INDEX tokens_by_session ON tokens (session);
    CREATE INDEX tokens_by_family ON tokens (family);
    CREATE INDEX tokens_by_expiry ON tokens (expires);
    CREATE TABLE api_token_usage (
        id INTEGER PRIMARY KEY, token TEXT NOT NULL REFERENCES tokens ON DELETE CASCADE, endpoint TEXT NOT NULL,
        method TEXT NOT NULL, time INTEGER NOT NULL, status INTEGER NOT NULL, ip TEXT NOT NULL, user_agent TEXT NOT NULL,
        duration INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX usage_by_token ON api_token_usage (token, time);
    CREATE TABLE notes (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, text TEXT NOT NULL) STRICT;
    CREATE INDEX notes_by_owner ON notes (owner);
"];

/// The database; clones share it.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
}

impl Store {
    /// Opens the database at `path` and brings its tables up to date.
    pub fn open(path: &Path) -> rusqlite::Result<Store> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let known: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for (version, step) in (1_u32..).zip(MIGRATIONS).skip(known as usize) {
            let transaction = connection.transaction()?;
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
        Ok(Store {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Does `work` in one transaction: all of it, or nothing if it fails.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let connection = Arc::clone(&self.connection);
        let done = tokio::task::spawn_blocking(move || {
            // Who panicked in the middle of a transaction has it rolled back: the connection is as good as before.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let answer = work(&transaction)?;
            transaction.commit()?;
            Ok::<T, rusqlite::Error>(answer)
        });
        match done.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Refusal::internal(&error)),
            Err(error) => Err(Refusal::internal(&error)),
        }
    }
}
