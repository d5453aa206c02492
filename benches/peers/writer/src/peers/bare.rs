//! What no writer can beat: the system calls for the same bytes, and the clock.

use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;

use crate::event::{Event, Events, FIRST};
use crate::peer::{Peer, Result, append};

/// Does nothing: what is left is the clock, and the loop around it.
pub(crate) struct Nothing;

impl Peer for Nothing {
    fn emitter(&self) -> impl FnMut(Event) {
        |event| {
            black_box(event);
        }
    }

    fn close(self) -> Result<Option<u64>> {
        Ok(Some(0))
    }
}

/// One `write(2)` for each line, and no lock.
pub(crate) struct Bare {
    file: File,
    template: Template,
}

impl Bare {
    pub(crate) fn open(path: &Path) -> Result<Bare> {
        Ok(Bare {
            template: Template::new(path)?,
            file: append(path)?,
        })
    }
}

impl Peer for Bare {
    fn emitter(&self) -> impl FnMut(Event) {
        let (mut template, mut file) = (self.template.clone(), &self.file);
        move |event| {
            let line = template.fill(event);
            assert_eq!(file.write(line).ok(), Some(line.len()));
        }
    }

    fn close(self) -> Result<Option<u64>> {
        Ok(Some(0))
    }
}

/// One `write(2)` and one `fdatasync(2)` for each line.
pub(crate) struct Synced(Bare);

impl Synced {
    pub(crate) fn open(path: &Path) -> Result<Synced> {
        Bare::open(path).map(Synced)
    }
}

impl Peer for Synced {
    fn emitter(&self) -> impl FnMut(Event) {
        let mut emit = self.0.emitter();
        move |event| {
            emit(event);
            self.0.file.sync_data().expect("fdatasync");
        }
    }

    fn close(self) -> Result<Option<u64>> {
        Peer::close(self.0)
    }
}

/// A line as authmeter writes it, in which the user and the number are filled in: the same bytes for next to no work.
#[derive(Clone)]
struct Template {
    line: Vec<u8>,
    user: usize,
    number: usize,
}

impl Template {
    /// Takes the line from authmeter itself, so that it is the same whatever authmeter's format.
    fn new(path: &Path) -> Result<Template> {
        let first = Events::all().get(FIRST);
        let writer = super::authmeter::write(path)?;
        writer.emitter()(first);
        Peer::close(writer)?;
        let line = std::fs::read(path)?;
        std::fs::remove_file(path)?;
        let find = |text: &str| {
            line.windows(text.len())
                .position(|bytes| bytes == text.as_bytes())
                .ok_or_else(|| format!("no {text} in {}", line.escape_ascii()))
        };
        Ok(Template {
            user: find(first.user)?,
            number: find(&FIRST.to_string())?,
            line,
        })
    }

    fn fill(&mut self, event: Event) -> &[u8] {
        self.line[self.user..][..event.user.len()].copy_from_slice(event.user.as_bytes());
        let mut rest = event.number;
        for digit in self.line[self.number..][..8].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        &self.line
    }
}
