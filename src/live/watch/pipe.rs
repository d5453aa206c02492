//! A pipe that is read as it delivers, by a thread of its own: whoever looks never waits for it.

use std::fs::File;
use std::io::{Cursor, Read};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

use memchr::memrchr;

use crate::read::Input;

/// Pieces that may wait to be taken; the writer of the pipe waits then.
const WAITING: usize = 64;

/// The most bytes taken at a time.
const MOST: usize = 8 << 20;

pub(super) struct Pipe {
    pieces: Receiver<Vec<u8>>,
    /// The part of a line whose end has not come.
    held: Vec<u8>,
    place: u64,
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
            over: false,
        }
    }

    /// Whole lines that came; everything that came, if nothing is waited for.
    pub(super) fn lines(&mut self, all: bool) -> Option<Input> {
        while self.held.len() < MOST {
            match self.pieces.try_recv() {
                Ok(piece) => self.held.extend(piece),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.over = true;
                    break;
                }
            }
        }
        let end = match all || self.over {
            true => self.held.len(),
            false => memrchr(b'\n', &self.held).map_or(0, |at| at + 1),
        };
        if end == 0 {
            return None;
        }
        let rest = self.held.split_off(end);
        let lines = std::mem::replace(&mut self.held, rest);
        let place = self.place;
        self.place += lines.len() as u64;
        Some(Input::later(
            Pipe::NAME,
            Box::new(Cursor::new(lines)),
            place,
        ))
    }

    /// Whether it has ended and everything was taken.
    pub(super) fn is_over(&self) -> bool {
        self.over && self.held.is_empty()
    }
}
