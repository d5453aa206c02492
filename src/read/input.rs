//! What is read: files by path, and streams. Inputs are opened when the first worker reaches them and closed when the
//! last one leaves, so that thousands of them need few descriptors.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::Reading;
use super::chunk::{Chunk, FileChunks, StreamChunks};
use super::decompress::Compression;

/// One input, not yet open.
pub struct Input {
    name: String,
    from: From,
}

enum From {
    Path(PathBuf),
    File(File),
    Reader(Box<dyn Read + Send>),
    Nothing(String),
    Taken,
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

    /// What was asked for and cannot be read: it stays in the account, with the reason.
    pub fn unreadable(name: impl Into<String>, why: impl Into<String>) -> Input {
        Input {
            name: name.into(),
            from: From::Nothing(why.into()),
        }
    }
}

/// All inputs of a run, in the order given, shared by its workers.
pub struct Inputs {
    names: Vec<String>,
    turn: Mutex<Turn>,
}

struct Turn {
    inputs: Vec<From>,
    index: u32,
    source: Option<Arc<Source>>,
}

impl Inputs {
    /// These inputs, in this order.
    pub fn new(inputs: Vec<Input>) -> Inputs {
        let (names, inputs) = inputs
            .into_iter()
            .map(|input| (input.name, input.from))
            .unzip();
        Inputs {
            names,
            turn: Mutex::new(Turn {
                inputs,
                index: 0,
                source: None,
            }),
        }
    }

    /// The inputs' names, by index.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The input that is being read once a worker is done with input `last`. Inputs that cannot be opened are reported
    /// by index and passed over.
    pub(super) fn after(
        &self,
        last: Option<u32>,
        reading: &Reading,
        mut trouble: impl FnMut(u32, String),
    ) -> Option<Arc<Source>> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if last == Some(turn.index) {
            turn.source = None;
            turn.index += 1;
        }
        while turn.source.is_none() {
            let input = turn.index;
            let from = std::mem::replace(turn.inputs.get_mut(input as usize)?, From::Taken);
            match open(from, input, reading) {
                Ok(source) => turn.source = Some(Arc::new(source)),
                Err(error) => {
                    trouble(input, error.to_string());
                    turn.index += 1;
                }
            }
        }
        turn.source.clone()
    }
}

/// An open input.
pub(super) struct Source {
    /// Its index.
    pub(super) input: u32,
    chunks: Chunks,
}

enum Chunks {
    File(FileChunks),
    Stream(Mutex<StreamChunks>),
}

impl Source {
    /// Takes the next chunk; `false` when there is none left.
    pub(super) fn fill(&self, chunk: &mut Chunk, reading: &Reading) -> io::Result<bool> {
        match &self.chunks {
            Chunks::File(file) => file.fill(chunk, reading),
            Chunks::Stream(stream) => stream
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .fill(chunk, reading),
        }
    }

    /// Whether chunks may follow one that could not be read.
    pub(super) fn outlives_errors(&self) -> bool {
        matches!(self.chunks, Chunks::File(_))
    }
}

fn open(from: From, input: u32, reading: &Reading) -> io::Result<Source> {
    let chunks = match from {
        From::Path(path) => open_file(File::open(path)?, reading)?,
        From::File(file) => open_file(file, reading)?,
        From::Reader(reader) => open_stream(reader, reading)?,
        From::Nothing(why) => return Err(io::Error::other(why)),
        From::Taken => return Err(io::Error::other("opened twice")),
    };
    Ok(Source { input, chunks })
}

fn open_file(mut file: File, reading: &Reading) -> io::Result<Chunks> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a directory; name the files in it",
        ));
    }
    // Files of the kernel's own say they are empty and are not.
    let by_place =
        metadata.is_file() && metadata.len() > 0 && io::Seek::stream_position(&mut file)? == 0;
    if !by_place {
        return open_stream(Box::new(file), reading);
    }
    let mut head = [0; HEAD];
    let filled = std::os::unix::fs::FileExt::read_at(&file, &mut head, 0)?;
    let head = &head[..filled];
    if Compression::of(head).is_some() {
        return open_stream(Box::new(file), reading);
    }
    refuse_foreign(head)?;
    Ok(Chunks::File(FileChunks::new(file, metadata.len())))
}

fn open_stream(reader: Box<dyn Read + Send>, reading: &Reading) -> io::Result<Chunks> {
    let (mut head, mut reader) = look_ahead(reader)?;
    if let Some(compression) = Compression::of(&head) {
        (head, reader) = look_ahead(compression.decode(reader, reading.max_expand)?)?;
    }
    refuse_foreign(&head)?;
    Ok(Chunks::Stream(Mutex::new(StreamChunks::new(reader))))
}

/// The first bytes of a reader, and a reader that still has them.
fn look_ahead(mut reader: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut head = Vec::with_capacity(HEAD);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let whole = io::Cursor::new(head.clone()).chain(reader);
    Ok((head, Box::new(whole)))
}

/// Bytes that tell what an input is.
const HEAD: usize = 4;

/// Refuses what is plainly not lines of UTF-8, with the remedy.
pub(super) fn refuse_foreign(head: &[u8]) -> io::Result<()> {
    let what = match head {
        [0xFF, 0xFE, ..]
        | [0xFE, 0xFF, ..]
        | [1..=255, 0, 1..=255, 0]
        | [0, 1..=255, 0, 1..=255] => {
            "it is UTF-16 (PowerShell's `>` writes that); convert it with `iconv -f UTF-16 -t UTF-8`"
        }
        _ if Compression::of(head).is_some() => "it is compressed twice; decompress it once",
        _ => return Ok(()),
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, what))
}
