//! A pipe that is read as it delivers, by a thread of its own: whoever looks never waits for it.

use std::fs::File;
use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use memchr::memrchr;

use crate::read::Input;

/// Pieces that may wait to be taken; the writer of the pipe waits then.
const WAITING: usize = 64;

/// So many bytes are enough at a time: they are little to count, with the part of a line before them. A line of any length
/// comes to its end.
const ENOUGH: usize = if cfg!(test) { 64 << 10 } else { 3 << 20 };

/// So many bytes between two looks are more than people and applications write: there is more to come at once. As much as a
/// pipe holds.
const MUCH: usize = 64 << 10;

/// How long it is waited for then.
const SOON: Duration = Duration::from_millis(2);

pub(super) struct Pipe {
    pieces: Receiver<Vec<u8>>,
    /// The part of a line whose end has not come.
    held: Vec<u8>,
    place: u64,
    /// So much came the last time that more is to be expected at once.
    behind: bool,
    over: bool,
}

impl Pipe {
    pub(super) const NAME: &str = "-";

    pub(super) fn new(mut pipe: File) -> Pipe {
        let (sender, pieces) = sync_channel(WAITING);
        // It ends with the pipe, or with the program.
        thread::spawn(move || {
            let mut buffer = vec![0; 256 << 10];
            loop {
                match pipe.read(&mut buffer) {
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Ok(0) | Err(_) => return,
                    Ok(count) => {
                        if sender.send(buffer[..count].to_vec()).is_err() {
                            return;
                        }
                    }
                }
            }
        });
        Pipe {
            pieces,
            held: Vec::new(),
            place: 0,
            behind: false,
            over: false,
        }
    }

    /// Whole lines that came, not many more than are enough; everything that came, if nothing is waited for.
    pub(super) fn lines(&mut self, all: bool) -> Option<Input> {
        let before = self.held.len();
        let mut wait = if self.behind { SOON } else { Duration::ZERO };
        let mut pieces = 0;
        // A pipe that never pauses must not keep the end from coming.
        while (all && pieces < WAITING) || self.held.len() - before < ENOUGH {
            match self.pieces.recv_timeout(wait) {
                Ok(piece) => self.held.extend(piece),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    self.over = true;
                    break;
                }
            }
            wait = Duration::ZERO;
            pieces += 1;
        }
        self.behind = !self.over && self.held.len() - before >= MUCH;
        let end = match all || self.over {
            true => self.held.len(),
            // Before that there was none.
            false => memrchr(b'\n', &self.held[before..]).map_or(0, |at| before + at + 1),
        };
        if end == 0 {
            return None;
        }
        let rest = self.held.split_off(end);
        let lines = std::mem::replace(&mut self.held, rest);
        let place = self.place;
        self.place += lines.len() as u64;
        Some(Input::later(Pipe::NAME, lines, place))
    }

    /// Whether more is to be expected at once.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Whether it has ended and everything was taken.
    pub(super) fn is_over(&self) -> bool {
        self.over && self.held.is_empty()
    }
}
