//! What is read: files by path, and streams. Inputs are opened when a worker reaches them and closed when the last one
//! leaves, so that thousands of them need few descriptors.
//!
//! ```text
//!  worker ─▶ the source it was at ─busy─▶ any open one that is free ─none─▶ the next input ─none─▶ wait for a source
//! ```
//!
//! A file is always free: any number of workers read it by place. A stream is busy while one worker takes its next
//! chunk, decompressing it perhaps; the others work on chunks they have, or open further inputs. An input is opened
//! only when every open one is busy, so there are never more of them open than workers.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use memchr::memchr;

use super::Reading;
use super::chunk::Chunk;
use super::copies::{Copies, Known, Repeated};
use super::source::{From, Source, Taken, stream};

/// One input, not yet open.
pub struct Input {
    name: String,
    from: From,
}

impl Input {
    /// A file, opened when its turn comes. Its name is the path.
    pub fn path(path: impl Into<PathBuf>) -> Input {
        let path = path.into();
        Input {
            name: path.display().to_string(),
            from: From::Path(path),
        }
    }

    /// An open file: read by place if it is a regular file at its start, else as a stream.
    pub fn file(name: impl Into<String>, file: File) -> Input {
        Input {
            name: name.into(),
            from: From::File(file),
        }
    }

    /// Anything that can be read once from start to end.
    pub fn reader(name: impl Into<String>, reader: Box<dyn Read + Send>) -> Input {
        Input {
            name: name.into(),
            from: From::Reader(reader),
        }
    }

    /// A stretch of an open regular file that is not compressed. It begins where a line does, and ends where one does or
    /// with the file; places are told from the start of the file.
    pub fn part(name: impl Into<String>, file: File, range: Range<u64>) -> Input {
        Input {
            name: name.into(),
            from: From::Part(file, range),
        }
    }

    /// Leaves a [part](Input::part) `most` bytes and the line these end in, and returns what follows; `None` if that is nothing,
    /// or the input is no part.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or there is no descriptor left.
    pub fn split_off(&mut self, most: u64) -> io::Result<Option<Input>> {
        let From::Part(file, range) = &mut self.from else {
            return Ok(None);
        };
        let mut block = vec![0; 64 << 10];
        let mut place = range.start.saturating_add(most);
        while place < range.end {
            let filled = file.read_at(&mut block, place)?;
            if filled == 0 {
                break;
            }
            if let Some(at) = memchr(b'\n', &block[..filled]) {
                let cut = place + at as u64 + 1;
                if cut >= range.end {
                    break;
                }
                let rest = Input::part(self.name.clone(), file.try_clone()?, cut..range.end);
                range.end = cut;
                return Ok(Some(rest));
            }
            place += filled as u64;
        }
        Ok(None)
    }

    /// Text that goes on with an input: its first byte, with which a line begins, stands at `place`.
    pub fn later(name: impl Into<String>, text: impl Into<Vec<u8>>, place: u64) -> Input {
        Input {
            name: name.into(),
            from: From::Later(text.into(), place),
        }
    }

    /// An input of which there is nothing to read.
    pub fn nothing(name: impl Into<String>) -> Input {
        Input::later(name, Vec::new(), 0)
    }

    /// What was asked for and cannot be read: it stays in the account, with the reason.
    pub fn unreadable(name: impl Into<String>, why: impl Into<String>) -> Input {
        Input {
            name: name.into(),
            from: From::Nothing(why.into()),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its bytes as they lie on the disk or in memory; `None` if it is a stream.
    pub fn size(&self) -> Option<u64> {
        self.from.size()
    }

    /// Its content from start to end, decompressed if need be, under the watch of `reading`: for those who care about
    /// bytes and not about events.
    ///
    /// # Errors
    ///
    /// It cannot be opened. What is wrong with compressed data is told by reading it.
    pub fn open(self, reading: &Reading) -> io::Result<Box<dyn Read + Send>> {
        stream(self.from, reading)
    }
}

/// All inputs of a run, in the order given, shared by its workers.
pub struct Inputs {
    names: Vec<String>,
    /// By index; set once it is known what an input begins with.
    known: Box<[OnceLock<Known>]>,
    state: Mutex<State>,
    /// Notified when an input has been opened or known.
    changed: Condvar,
}

struct State {
    inputs: std::vec::IntoIter<From>,
    /// Index of the next input.
    next: u32,
    /// Inputs that workers are opening, and whether what they begin with is known.
    opening: Vec<(u32, bool)>,
    open: Vec<Arc<Source>>,
    /// Workers that wait for a change.
    waiting: usize,
    copies: Copies,
}

/// Where a worker goes next.
enum Next {
    Read(Arc<Source>),
    WaitFor(Arc<Source>),
    Open(u32, From),
}

impl Inputs {
    /// These inputs, in this order.
    pub fn new(inputs: Vec<Input>) -> Inputs {
        let (names, inputs): (Vec<_>, Vec<_>) = inputs
            .into_iter()
            .map(|input| (input.name, input.from))
            .unzip();
        Inputs {
            known: names.iter().map(|_| OnceLock::new()).collect(),
            state: Mutex::new(State {
                inputs: inputs.into_iter(),
                next: 0,
                opening: Vec::new(),
                open: Vec::new(),
                waiting: 0,
                copies: Copies::new(names.len()),
            }),
            changed: Condvar::new(),
            names,
        }
    }

    /// The inputs' names, by index.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Bytes of all inputs as they lie on the disk or in memory; `None` if one is a stream, or was opened before. A
    /// missing one has none.
    pub fn size(&self) -> Option<u64> {
        let state = self.state();
        state.inputs.as_slice().iter().map(From::size).sum()
    }

    /// The inputs whose content stands in another one too, by index, as far as they have been read.
    pub fn repeated(&self) -> Vec<Repeated> {
        self.state().copies.repeated()
    }

    /// Takes the next chunk there is, from the worker's own source before any other, and returns the input's index;
    /// `None` when nothing is left. Trouble is reported by index and passed over.
    pub(super) fn fill(
        &self,
        own: &mut Option<Arc<Source>>,
        chunk: &mut Chunk,
        reading: &Reading,
        mut trouble: impl FnMut(u32, String),
    ) -> Option<u32> {
        while !reading.watch.is_stopped() {
            let (source, wait) = match own.take() {
                Some(source) => (source, false),
                None => match self.next()? {
                    Next::Read(source) => (source, false),
                    Next::WaitFor(source) => (source, true),
                    Next::Open(input, from) => match self.open(input, from, reading) {
                        Ok(Some(source)) => (source, false),
                        Ok(None) => continue,
                        Err(_) if reading.watch.is_stopped() => return None,
                        Err(error) => {
                            trouble(input, error.to_string());
                            continue;
                        }
                    },
                },
            };
            match source.fill(chunk, reading, wait) {
                Ok(Taken::Chunk) => return Some(own.insert(source).input),
                Ok(Taken::Busy) => {}
                Ok(Taken::Nothing) => self.close(&source),
                Err(_) if reading.watch.is_stopped() => return None,
                Err(error) => {
                    trouble(source.input, error.to_string());
                    if source.outlives_errors() {
                        *own = Some(source);
                    } else {
                        self.close(&source);
                    }
                }
            }
        }
        None
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.waiting += 1;
        let mut state = self
            .changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        state
    }

    /// Wakes those who wait, if anybody does: waking is a call of the system.
    fn tell(&self, state: &State) {
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }

    /// Where a worker without a source goes.
    fn next(&self) -> Option<Next> {
        let mut state = self.state();
        loop {
            if let Some(source) = state.open.iter().find(|source| source.is_free()) {
                return Some(Next::Read(Arc::clone(source)));
            }
            if let Some(from) = state.inputs.next() {
                let input = state.next;
                state.next += 1;
                state.opening.push((input, false));
                return Some(Next::Open(input, from));
            }
            if let Some(source) = state.open.first() {
                return Some(Next::WaitFor(Arc::clone(source)));
            }
            if state.opening.is_empty() {
                return None;
            }
            state = self.wait(state);
        }
    }

    /// Opens an input for everybody, unless its content is another one's.
    fn open(&self, input: u32, from: From, reading: &Reading) -> io::Result<Option<Arc<Source>>> {
        let opening = Opening {
            inputs: self,
            input,
        };
        if !from.is_regular() {
            // It may be a pipe whose writer comes much later: others need not wait for it.
            opening.is(None);
        }
        let (source, known) = Source::open(input, from, reading)?;
        let known = known
            .filter(|_| !reading.count_copies)
            .map(|known| self.known[input as usize].get_or_init(|| known));
        let earlier = opening.is(known);
        let repeated = known.and_then(|known| {
            let earlier: Vec<&Known> = earlier
                .iter()
                .filter_map(|input| self.known[*input as usize].get())
                .collect();
            known.among(&earlier, reading)
        });
        if let Some(repeated) = repeated {
            self.state().copies.say(repeated);
            if repeated.whole {
                return Ok(None);
            }
        }
        let source = Arc::new(source);
        self.state().open.push(Arc::clone(&source));
        Ok(Some(source))
    }

    fn close(&self, ended: &Arc<Source>) {
        self.state()
            .open
            .retain(|source| !Arc::ptr_eq(source, ended));
    }
}

/// While an input is being opened others may have to wait; they must not wait for ever, whatever happens here.
struct Opening<'a> {
    inputs: &'a Inputs,
    input: u32,
}

impl Opening<'_> {
    /// Says what the input is known by, in the order of the inputs: of two copies the first is read, whoever opens
    /// them. Returns what earlier inputs begin alike.
    fn is(&self, known: Option<&Known>) -> Vec<u32> {
        let mut state = self.inputs.state();
        if known.is_some() {
            let input = self.input;
            while state
                .opening
                .iter()
                .any(|(other, is_known)| *other < input && !is_known)
            {
                state = self.inputs.wait(state);
            }
        }
        for (other, is_known) in &mut state.opening {
            *is_known |= *other == self.input;
        }
        self.inputs.tell(&state);
        known.map_or_else(Vec::new, |known| state.copies.add(self.input, known.head))
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        let mut state = self.inputs.state();
        state.opening.retain(|(other, _)| *other != self.input);
        self.inputs.tell(&state);
    }
}
