//! The settings of a writer that is about to be, and how it is made of them.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fmt};

use super::account::{Account, Hook, say};
use super::config::{
    Colour, Config, DEFAULT_MAX_WAIT, DEFAULT_PATH, Delivery, Format, Keep, PSEUDONYMIZE, Rotate,
    SEAL,
};
use super::encode::Rules;
use super::endpoint::Outlet;
use super::lane::Lane;
use super::lanes::Lanes;
use super::life::Lives;
use super::privacy::Personal;
use super::sink::Sink;
use super::sink::console::{Console, Stream};
use super::sink::file::{LogFile, Policy};
use super::sink::later::Later;
use super::style::Style;
use super::{Clock, Metrics, Writer};
use crate::error::{Error, ErrorKind};
use crate::event::Timestamp;
use crate::key::Key;

/// The settings of a writer that is about to be. What code says beats what the environment says, in whatever order
/// they are asked.
#[derive(Default)]
#[must_use = "nothing is written before `build`"]
pub struct Builder {
    environment: Config,
    enabled: Option<bool>,
    format: Option<Format>,
    path: Option<PathBuf>,
    delivery: Option<Delivery>,
    max_wait: Option<Duration>,
    rotate: Option<Rotate>,
    keep: Option<Keep>,
    pseudonymize: Option<Vec<Personal>>,
    seal: Option<bool>,
    key_file: Option<PathBuf>,
    service: Option<String>,
    stream: Option<Stream>,
    clock: Option<Clock>,
    hook: Option<Hook>,
    #[cfg(feature = "http")]
    pub(super) endpoint: super::endpoint::Wanted,
}

impl Builder {
    /// Takes the settings of the process's environment: every `METRICS_` variable of the README's table, and
    /// for the colour of the console `NO_COLOR` and `CLICOLOR_FORCE`. An empty variable is not set. Without this call
    /// nothing of the environment matters, and the console has no colour.
    ///
    /// # Errors
    /// If a variable has a value that means nothing; the error names the variable, the value and what is allowed.
    pub fn from_env(self) -> Result<Builder, Error> {
        self.from_lookup(|name| env::var_os(name))
    }

    /// Takes the settings of an environment that `lookup` knows: it gives the value of a variable, if it is set.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_lookup(
        mut self,
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Builder, Error> {
        self.environment = Config::read(lookup)?;
        Ok(self)
    }

    /// Whether anything is written at all; `true` unless the environment says otherwise.
    pub fn enabled(mut self, enabled: bool) -> Builder {
        self.enabled = Some(enabled);
        self
    }

    /// Where events go; [`Format::Console`] unless the environment says otherwise.
    pub fn format(mut self, format: Format) -> Builder {
        self.format = Some(format);
        self
    }

    /// The file of [`Format::File`] and [`Format::Both`]; `./logs/metrics.jsonl` unless the environment says
    /// otherwise.
    pub fn path(mut self, path: impl AsRef<Path>) -> Builder {
        self.path = Some(path.as_ref().to_path_buf());
        self
    }

    /// When a call that emits an event returns; [`Delivery::Write`] unless the environment says otherwise.
    pub fn delivery(mut self, delivery: Delivery) -> Builder {
        self.delivery = Some(delivery);
        self
    }

    /// The longest a call waits for room in the queue, or for the disk; 50 ms unless the environment says otherwise. An hour
    /// at most.
    pub fn max_wait(mut self, wait: Duration) -> Builder {
        self.max_wait = Some(wait.min(Duration::from_secs(3_600)));
        self
    }

    /// When the log begins anew; never unless the environment says otherwise.
    pub fn rotate(mut self, rotate: Rotate) -> Builder {
        self.rotate = Some(rotate);
        self
    }

    /// Which rotated files stay; all of them unless the environment says otherwise.
    pub fn keep(mut self, keep: Keep) -> Builder {
        self.keep = Some(keep);
        self
    }

    /// Replaces these fields by pseudonyms: keyed hashes, the same for the same person. Needs a [`key_file`](Self::key_file).
    /// None are unless the environment says otherwise.
    pub fn pseudonymize(mut self, fields: impl IntoIterator<Item = Personal>) -> Builder {
        self.pseudonymize = Some(fields.into_iter().collect());
        self
    }

    /// The file with the installation's secret key: 16 bytes to 4 KiB that its owner alone can read. Pseudonyms, fingerprints
    /// of tokens and seals are made with it.
    pub fn key_file(mut self, path: impl AsRef<Path>) -> Builder {
        self.key_file = Some(path.as_ref().to_path_buf());
        self
    }

    /// Whether the file is sealed: records `log.seal` vouch for what stands before them, and `authmeter verify` finds whatever
    /// was changed. Needs a [`key_file`](Self::key_file). A sealed log has one writer: a process that forks to go into the
    /// background makes its writer after that, for a child's events are refused. A console cannot be sealed; a pipe or a device is not.
    /// `false` unless the environment says otherwise.
    pub fn seal(mut self, seal: bool) -> Builder {
        self.seal = Some(seal);
        self
    }

    /// A name that every event has in its metadata, as `service`.
    pub fn service(mut self, name: impl Into<String>) -> Builder {
        self.service = Some(name.into());
        self
    }

    /// Is told of errors of the operating system, of a full queue, of a late disk and of events that come after the end,
    /// at most once a second; they are all counted in [`Stats::errors`](crate::Stats::errors). Without it, they are said on stderr. It may be called on any
    /// thread that emits, and must not wait for events to be written.
    pub fn on_error(mut self, told: impl Fn(&Error) + Send + Sync + 'static) -> Builder {
        self.hook = Some(Arc::new(told));
        self
    }

    /// Sends console lines to a stream instead of stdout. A stream is no terminal: its lines have colour only if
    /// `CLICOLOR_FORCE` asks for it. The stream must not emit events itself.
    pub fn console(mut self, stream: impl io::Write + Send + 'static) -> Builder {
        self.stream = Some(Box::new(stream));
        self
    }

    /// Takes the time of events from `now` instead of the machine's clock: for tests.
    pub fn clock(mut self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Builder {
        self.clock = Some(Box::new(now));
        self
    }

    /// The writer. Its file is open from here on; folders it lies in are made.
    ///
    /// # Errors
    /// If the file or its folder cannot be made or opened; the error names the path and what the operating system
    /// said.
    pub fn build(self) -> Result<Metrics, Error> {
        let enabled = self.enabled.or(self.environment.enabled).unwrap_or(true);
        let format = self.format.or(self.environment.format).unwrap_or_default();
        if !enabled || format == Format::None {
            return Ok(Metrics { writer: None });
        }
        let clock = self.clock;
        let environment = self.environment;
        let key_file = self.key_file.or(environment.key_file);
        let key = key_file.map(|path| Key::read(&path)).transpose()?;
        let seal = match self.seal.or(environment.seal).unwrap_or(false) {
            false => None,
            true if format == Format::Console => return Err(ErrorKind::NothingToSeal.into()),
            true => Some(key.clone().ok_or(ErrorKind::NoKey { variable: SEAL })?),
        };
        let personal = self.pseudonymize.or(environment.pseudonymize);
        let service = self.service.or(environment.service);
        let rules = rules(key.as_ref(), &personal.unwrap_or_default(), service)?;
        let path = self
            .path
            .or(environment.path)
            .unwrap_or_else(|| PathBuf::from(DEFAULT_PATH));
        #[cfg(feature = "http")]
        let outlet = self
            .endpoint
            .open(environment.endpoint, &path, &rules, self.hook.clone())?;
        #[cfg(not(feature = "http"))]
        let outlet = Outlet::default();
        let settings = Settings {
            format,
            rules,
            path,
            outlet,
            policy: Policy {
                rotate: self.rotate.or(environment.rotate).unwrap_or_default(),
                keep: self.keep.or(environment.keep).unwrap_or_default(),
                seal,
            },
            delivery: self.delivery.or(environment.delivery).unwrap_or_default(),
            max_wait: self
                .max_wait
                .or(environment.max_wait)
                .unwrap_or(DEFAULT_MAX_WAIT),
            colour: match environment.colour {
                Colour::Never => false,
                Colour::OnTerminal => self.stream.is_none() && io::stdout().is_terminal(),
                Colour::Always => true,
            },
            has_stream: self.stream.is_some(),
            hook: self.hook,
        };
        let lanes = settings.lanes(self.stream)?;
        Ok(Metrics {
            writer: Some(Arc::new(Writer {
                clock,
                settings,
                lives: Lives::new(lanes),
            })),
        })
    }
}

fn rules(
    key: Option<&Key>,
    personal: &[Personal],
    service: Option<String>,
) -> Result<Arc<Rules>, Error> {
    let mut rules = Rules::default().with_service(&service.unwrap_or_default());
    if let Some(key) = key {
        rules = rules.with_pseudonyms(key.clone(), personal);
    } else if !personal.is_empty() {
        return Err(ErrorKind::NoKey {
            variable: PSEUDONYMIZE,
        }
        .into());
    }
    Ok(Arc::new(rules))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("environment", &self.environment)
            .field("format", &self.format)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What a writer is made of, and what a forked child makes its own of.
pub(super) struct Settings {
    format: Format,
    rules: Arc<Rules>,
    path: PathBuf,
    /// Shared by all generations: it knows forks itself.
    outlet: Outlet,
    policy: Policy,
    pub(super) delivery: Delivery,
    pub(super) max_wait: Duration,
    colour: bool,
    /// Console lines go to a stream of the application.
    has_stream: bool,
    hook: Option<Hook>,
}

/// Bytes of one half of the log's queue: eight MiB in all.
const LOG_HALF: usize = 4 << 20;

/// The same for lines that are shown beside the file.
const CONSOLE_HALF: usize = 512 << 10;

impl Settings {
    fn lanes(&self, stream: Option<Stream>) -> Result<Arc<Lanes>, Error> {
        let (path, policy) = (&self.path, self.policy.clone());
        match self.format {
            Format::Console | Format::None => Ok(self.with(Box::new(Console(stream)), None)),
            Format::File => Ok(self.with(Box::new(LogFile::open(path, policy)?), None)),
            Format::Both => {
                let file = LogFile::open(path, policy)?;
                Ok(self.with(Box::new(file), Some(Console(stream))))
            }
        }
    }

    /// What a forked child writes with. Its file is opened when the first event comes; an error is that event's.
    pub(super) fn lanes_of_child(&self) -> Arc<Lanes> {
        let file = || Box::new(Later::new(&self.path, self.policy.clone()));
        let console = || Console(self.has_stream.then(|| Box::new(ParentsStream) as Stream));
        match self.format {
            Format::Console | Format::None => self.with(Box::new(console()), None),
            Format::File => self.with(file(), None),
            Format::Both => self.with(file(), Some(console())),
        }
    }

    fn with(&self, log: Box<dyn Sink>, console: Option<Console>) -> Arc<Lanes> {
        let shown = Style::console(&self.rules, self.colour);
        let style = match self.format {
            Format::Console | Format::None => shown.clone(),
            Format::File | Format::Both => Style::json(&self.rules),
        };
        let hook = self
            .hook
            .clone()
            .unwrap_or_else(|| Arc::new(|error| say(format_args!("{error}"))));
        let log = Lane::new(style, log, Account::new(Some(hook)), LOG_HALF);
        let log = match self.policy.seal {
            Some(_) => log.sealed(),
            None => log,
        };
        // A console that is gone is no news, unless somebody asks: the file has it all.
        let console = console.map(|console| {
            let account = Account::new(self.hook.clone());
            Lane::new(shown, Box::new(console), account, CONSOLE_HALF)
        });
        Lanes::new(
            log,
            console,
            self.outlet.clone(),
            self.delivery,
            self.max_wait,
        )
    }
}

/// A stream that belongs to the process that was forked.
struct ParentsStream;

impl io::Write for ParentsStream {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other(
            "the stream belongs to the process that was forked",
        ))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
