//! `authmeter token`: the file of tokens that `serve --auth` lets in.

use std::fs::OpenOptions;
use std::io::{Read as _, Seek as _, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Exit, Failure, Session, times};
use crate::event::{Timestamp, Visible};
use crate::live::serve::{Grant, Grants, Secret};

pub(super) const ABOUT: &str = "Tokens that may ask a server started with `serve --auth FILE`.\n\nThe file has a JSON object \
    a line, with the hash of a token and whose it is. The token itself is shown once and kept nowhere. A line that is \
    taken out ends its token within a second; no restart is needed.";

#[derive(Args, Clone, Debug)]
pub(super) struct TokenArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Make a token, and print it
    Add(AddArgs),
    /// The tokens of a file: whose they are, what for, and until when
    List {
        /// The file of tokens
        #[arg(long, value_name = "FILE")]
        auth: PathBuf,
    },
}

#[derive(Args, Clone, Debug)]
struct AddArgs {
    /// The file of tokens, which is made if there is none
    #[arg(long, value_name = "FILE")]
    auth: PathBuf,

    /// It may see this tenant's events
    #[arg(long, value_name = "ID", required_unless_present = "operator")]
    tenant: Option<String>,

    /// It may see the use of this user's tokens alone
    #[arg(long, value_name = "USER", requires = "tenant")]
    owner: Option<String>,

    /// It may see everything
    #[arg(long, conflicts_with = "tenant")]
    operator: bool,

    /// What it is for
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,

    /// How long it is valid, as in 90d, or `never`
    #[arg(long, value_name = "LENGTH", default_value = "90d")]
    expires: String,
}

/// Makes a token, or lists those there are.
pub(super) fn run(args: &TokenArgs, Session { out, .. }: Session<'_>) -> Result<Exit, Failure> {
    match &args.action {
        Action::Add(args) => add(args, out),
        Action::List { auth } => list(auth, out),
    }
}

fn add(args: &AddArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    for (name, text) in [("--tenant", &args.tenant), ("--owner", &args.owner)] {
        if text.as_deref() == Some("") {
            return Err(Failure::Usage(format!("{name} is empty")));
        }
    }
    let expires = match args.expires.as_str() {
        "never" => None,
        text => {
            let length = times::length(text).map_err(|wrong| wrong.of("--expires", text))?;
            let seconds = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
            let end = Timestamp::new(Timestamp::now().seconds().saturating_add(seconds), 0);
            Some(
                end.ok_or_else(|| {
                    Failure::Usage(format!("--expires {text:?} is too long; say `never`"))
                })?
                .to_string(),
            )
        }
    };
    if args.auth.exists() {
        Grants::list(&args.auth).map_err(Failure::Usage)?;
    }
    let secret = Secret::new()
        .map_err(|error| Failure::Fault(format!("there are no random bits: {error}")))?;
    let grant = Grant {
        sha256: secret.sha256(),
        operator: args.operator,
        tenant: args.tenant.clone(),
        owner: args.owner.clone(),
        label: args.label.clone(),
        expires,
    };
    append(&args.auth, &grant).map_err(|error| {
        Failure::Usage(format!(
            "{}: cannot be written: {error}",
            args.auth.display()
        ))
    })?;
    writeln!(out, "{}", secret.text())?;
    Ok(Exit::Done)
}

/// Adds a line to the file, in one write.
fn append(path: &Path, grant: &Grant) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    let mut line = serde_json::to_vec(grant)?;
    line.push(b'\n');
    if file.seek(std::io::SeekFrom::End(-1)).is_ok() {
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != [b'\n'] {
            line.insert(0, b'\n');
        }
    }
    // A part of a line would make the file one that lets nobody in.
    let before = file.metadata()?.len();
    let written = file.write_all(&line).and_then(|()| file.sync_all());
    written.inspect_err(|_| _ = file.set_len(before))
}

fn list(path: &Path, out: &mut dyn Write) -> Result<Exit, Failure> {
    let grants = Grants::list(path).map_err(Failure::Usage)?;
    let now = Timestamp::now();
    for grant in grants {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let whose = match (&grant.tenant, &grant.owner) {
            (None, _) => "operator".to_owned(),
            (Some(tenant), None) => format!("tenant {tenant}"),
            (Some(tenant), Some(owner)) => format!("owner {owner} of {tenant}"),
        };
        let until = grant
            .expires
            .as_deref()
            .map_or("never expires".to_owned(), |end| {
                match Timestamp::parse(end).is_some_and(|end| end <= now) {
                    true => format!("expired {end}"),
                    false => format!("until {end}"),
                }
            });
        let hash = grant.sha256.get(..12).unwrap_or_default();
        writeln!(
            out,
            "{hash}\t{}\t{until}\t{}",
            Visible(&whose),
            Visible(&text(&grant.label))
        )?;
    }
    Ok(Exit::Done)
}
