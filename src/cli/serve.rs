//! `authmeter serve`: the dashboard in the browser, over logs as they grow.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::inputs::{files, live};
use super::scan::warn;
use super::settings::{memory_limit, size, zone};
use super::{Exit, Failure, Session, times};
use crate::event::Visible;
use crate::live::serve::index::{Index, Settings};
use crate::live::serve::{self, Grants, Serving, Tls};
use crate::read::{Reading, Watch};

pub(super) const ABOUT: &str = "The dashboard in the browser, and the JSON API behind it, over logs as they grow.\n\n\
    Logs are read once; then what is new is read as it comes, through every kind of rotation, and the page shows it within a \
    second. Compressed and rotated files are read once. The page needs nothing from elsewhere.\n\nWithout --auth, whoever \
    reaches the address may see everything; that is why only addresses of this machine can be listened to without it.";

pub(super) const DETAILS: &str = "The API: /api/v1/openapi.json describes it. /metrics is for Prometheus, /healthz for whoever \
    keeps the server running.";

#[derive(Args, Clone, Debug)]
pub(super) struct ServeArgs {
    /// Logs, folders of logs, or globs
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,

    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,

    /// Who may ask: a file of tokens, as `authmeter token add` writes it
    #[arg(long, value_name = "FILE")]
    auth: Option<PathBuf>,

    /// Speak TLS, with this chain of certificates (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls: Option<PathBuf>,

    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls")]
    tls_key: Option<PathBuf>,

    /// Keep what was counted in this folder, so that a restart reads new lines alone
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,

    /// Workers; the answers do not depend on it [default: one for each core]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Estimate what would take more memory than about this, as in 64MiB; 1MiB or more [default: count exactly]
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<String>,

    /// How long after it was rotated a refresh token may come again
    #[arg(long, value_name = "LENGTH", default_value = "10s")]
    reuse_grace: String,

    /// Refuse lines longer than this, as in 64KiB
    #[arg(long, value_name = "SIZE", default_value = "16MiB")]
    max_line: String,

    /// Time zone of days, buckets and labels, as in Europe/Berlin
    #[arg(long, value_name = "NAME", default_value = "UTC")]
    tz: String,

    /// Time zone of the log's times that have none
    #[arg(long, value_name = "NAME", default_value = "UTC")]
    assume_tz: String,
}

/// Serves until it is asked to end.
pub(super) fn run(args: &ServeArgs, session: Session<'_>) -> Result<Exit, Failure> {
    let Session { watch, err, .. } = session;
    let grants = args
        .auth
        .as_deref()
        .map(Grants::open)
        .transpose()
        .map_err(Failure::Usage)?;
    let tls = args.tls.as_deref().zip(args.tls_key.as_deref());
    let tls = tls
        .map(|(chain, key)| Tls::open(chain, key))
        .transpose()
        .map_err(Failure::Usage)?;
    let address = address(&args.listen)?;
    if grants.is_none() && !address.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "--listen {address} lets others ask, who would see everything; say who may by --auth FILE (see `authmeter token add`), or \
             listen at 127.0.0.1"
        )));
    }
    if grants.is_some() && tls.is_none() && !address.ip().is_loopback() {
        warn(
            err,
            "without --tls, whoever is on the way can read tokens and answers",
        );
    }
    let watch =
        watch().map_err(|error| Failure::Fault(format!("signals cannot be heard: {error}")))?;
    let watch = Arc::new(watch);
    let settings = settings(args, grants.as_ref(), err)?;
    let (zone, reading) = (settings.zone, settings.reading.clone());
    let listener = TcpListener::bind(address).map_err(|error| {
        Failure::Usage(format!("--listen {address}: cannot listen there: {error}"))
    })?;
    let bound = listener.local_addr()?;
    // There is nowhere left to say that standard error is closed.
    let _ = writeln!(
        err,
        "authmeter: listening on {}",
        serve::url(bound, tls.is_some())
    );
    let served = serve::serve(Serving {
        listener,
        index: Index::new(settings),
        reading,
        zone,
        grants,
        tls,
        stopped: Box::new(move || watch.is_stopped()),
        say: Arc::new(|what| warn(&mut std::io::stderr(), what)),
    });
    served.map_err(|error| Failure::Fault(format!("cannot serve: {error}")))?;
    Ok(Exit::Done)
}

fn address(text: &str) -> Result<SocketAddr, Failure> {
    let found = text
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next());
    found.ok_or_else(|| {
        Failure::Usage(format!("--listen {text:?} is no address with a port; write it as in 127.0.0.1:8080 or [::1]:8080"))
    })
}

/// What the index is of. Files that are rotated or compressed already are read once.
fn settings(
    args: &ServeArgs,
    grants: Option<&Grants>,
    err: &mut dyn Write,
) -> Result<Settings, Failure> {
    let (leads, remarks) = files(&args.inputs)?;
    for remark in &remarks {
        warn(err, remark);
    }
    let (mut followed, mut still) = (Vec::new(), Vec::new());
    let mut paths = Vec::new();
    for lead in leads {
        match lead {
            Ok(path) => paths.push(path),
            Err((path, what)) => {
                let name = path.display().to_string();
                return Err(Failure::Usage(format!("{}: {what}", Visible(&name))));
            }
        }
    }
    let lives = live(&paths);
    for (path, is_live) in paths.into_iter().zip(lives) {
        match is_live && !is_compressed(&path) {
            true => followed.push(path),
            false => still.push(path),
        }
    }
    let threads = args
        .threads
        .and_then(|threads| NonZeroUsize::new(threads.into()));
    let threads = threads.or_else(|| std::thread::available_parallelism().ok());
    Ok(Settings {
        followed,
        still,
        reading: Reading {
            max_line: size("--max-line", &args.max_line)?,
            assume: zone("--assume-tz", &args.assume_tz)?,
            watch: Arc::new(Watch::default()),
            ..Reading::default()
        },
        zone: zone("--tz", &args.tz)?,
        threads: threads.unwrap_or(NonZeroUsize::MIN),
        memory_limit: args.memory_limit.as_deref().map(memory_limit).transpose()?,
        reuse_grace: times::length(&args.reuse_grace)
            .map_err(|wrong| wrong.of("--reuse-grace", &args.reuse_grace))?,
        expected: grants.map(Grants::audiences).unwrap_or_default(),
        cache: args.cache.clone(),
    })
}

/// Whether a file begins as gzip or zstd do; what cannot be read yet may come to be a log.
fn is_compressed(path: &Path) -> bool {
    let mut head = [0; 4];
    let read =
        std::fs::File::open(path).and_then(|mut file| std::io::Read::read(&mut file, &mut head));
    read.is_ok_and(|length| {
        head[..length].starts_with(&[0x1f, 0x8b]) || head[..length] == [0x28, 0xb5, 0x2f, 0xfd]
    })
}
