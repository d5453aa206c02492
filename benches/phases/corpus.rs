//! The logs that are timed, each with its truth, and a name that says which it is.

use std::io::Write;

use authmeter::document::Value;
use authmeter::engine::Answer;
use authmeter::generate::{self, Settings, Truth};
use authmeter::render::{Selected, select};

pub(crate) use authmeter::generate::Shape;

const SEED: u64 = 7;

/// A log in memory.
pub(crate) struct Corpus {
    /// Shape, events, bytes, and the first eight hexadecimal digits of the FNV-1a hash.
    pub(crate) name: String,
    pub(crate) log: Vec<u8>,
    pub(crate) truth: Truth,
}

impl Corpus {
    pub(crate) fn generated(shape: Shape, events: u64) -> Corpus {
        let mut log = Vec::new();
        let settings = Settings {
            shape,
            ..Settings::new(events, SEED)
        };
        let truth = generate::write(&settings, &mut log).unwrap();
        let shape = match shape {
            Shape::Plain => "plain",
            Shape::Hostile => "hostile",
        };
        Corpus::new(shape, log, truth)
    }

    /// The plain log, with the first character of every text that is a value escaped.
    pub(crate) fn escaped(events: u64) -> Corpus {
        let plain = Corpus::generated(Shape::Plain, events);
        let mut log = Vec::new();
        let mut rest = plain.log.as_slice();
        // In the writer's lines nothing but a text after a key looks like this.
        while let Some(at) = memchr::memmem::find(rest, b":\"") {
            let (before, after) = rest.split_at(at + 2);
            log.extend_from_slice(before);
            rest = after;
            if after[0].is_ascii_alphanumeric() {
                write!(log, "\\u{:04x}", after[0]).unwrap();
                rest = &after[1..];
            }
        }
        log.extend_from_slice(rest);
        let truth = Truth {
            bytes: log.len() as u64,
            ..plain.truth
        };
        Corpus::new("escaped", log, truth)
    }

    fn new(shape: &str, log: Vec<u8>, truth: Truth) -> Corpus {
        let name = format!(
            "{shape}, {} events, {} bytes, {:08x}",
            truth.events,
            log.len(),
            fnv_1a(&log) >> 32
        );
        Corpus { name, log, truth }
    }

    /// The same in a file, which vanishes with the process.
    pub(crate) fn file(&self) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&self.log).unwrap();
        file
    }

    /// Holds an answer against the truth.
    pub(crate) fn check(&self, answer: &Answer) {
        assert_eq!(answer.account.total.events, self.truth.events);
        for (name, wanted) in [
            ("logins.success", self.truth.logins.success),
            ("logins.users", self.truth.logins.users),
            ("failures.total", self.truth.failures.total),
            ("refreshes.success", self.truth.refreshes.success),
        ] {
            match select(&answer.document, name) {
                Some(Selected::Value(value)) => assert_eq!(value, Value::Count(wanted), "{name}"),
                // A run of one report has no others.
                None => {}
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
