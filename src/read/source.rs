//! An open input, told by its first bytes: chunks by place, or a stream, decompressed if need be.

use std::fs::{File, Metadata};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, TryLockError};

use super::Reading;
use super::chunk::{Chunk, FileChunks, StreamChunks};
use super::copies::Known;
use super::decompress::Compression;

/// Where an input comes from.
pub(super) enum From {
    Path(PathBuf),
    File(File),
    Reader(Box<dyn Read + Send>),
    Part(File, Range<u64>),
    Later(Vec<u8>, u64),
    Nothing(String),
}

impl From {
    /// Its bytes as they lie on the disk or in memory, if it is no stream.
    pub(super) fn size(&self) -> Option<u64> {
        let (metadata, place) = match self {
            From::Path(path) => (path.metadata(), 0),
            From::File(file) => (
                file.metadata(),
                (&mut &*file).stream_position().unwrap_or(0),
            ),
            From::Part(_, range) => return Some(range.end - range.start),
            From::Later(text, _) => return Some(text.len() as u64),
            From::Nothing(_) => return Some(0),
            From::Reader(_) => return None,
        };
        match metadata {
            Ok(metadata) if !metadata.is_file() => None,
            metadata => Some(metadata.map_or(0, |metadata| metadata.len().saturating_sub(place))),
        }
    }

    /// Whether it can be opened and read without waiting for anybody.
    pub(super) fn is_regular(&self) -> bool {
        match self {
            From::Path(path) => path.metadata().is_ok_and(|metadata| metadata.is_file()),
            _ => false,
        }
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

/// What a worker got.
pub(super) enum Taken {
    Chunk,
    /// The input has ended.
    Nothing,
    /// Another worker is taking a chunk.
    Busy,
}

impl Source {
    /// Opens an input. A regular file is known by what it begins with.
    pub(super) fn open(
        input: u32,
        from: From,
        reading: &Reading,
    ) -> io::Result<(Source, Option<Known>)> {
        let (opened, path) = match from {
            From::Path(path) => (open_file(reading.watch.open(&path)?, reading)?, Some(path)),
            From::File(file) => (open_file(file, reading)?, None),
            From::Reader(reader) => (
                open_stream(reading.watch.over(reader), MAGIC, reading)?,
                None,
            ),
            From::Part(file, range) => (Opened::part(file, range)?, None),
            From::Later(text, place) => {
                let reader = reading.watch.over(Box::new(Cursor::new(text)));
                (Opened::stream(StreamChunks::new(reader, place)), None)
            }
            From::Nothing(why) => return Err(io::Error::other(why)),
        };
        let known = path
            .filter(|_| opened.regular)
            .and_then(|path| Known::new(input, path, &opened.head, opened.length));
        let chunks = opened.chunks;
        Ok((Source { input, chunks }, known))
    }

    /// Takes the next chunk, and waits for it or not.
    pub(super) fn fill(
        &self,
        chunk: &mut Chunk,
        reading: &Reading,
        wait: bool,
    ) -> io::Result<Taken> {
        let filled = match &self.chunks {
            Chunks::File(_) if reading.watch.is_stopped() => Ok(false),
            Chunks::File(file) => file.fill(chunk, reading),
            Chunks::Stream(stream) => {
                let stream = if wait {
                    Ok(stream.lock().unwrap_or_else(PoisonError::into_inner))
                } else {
                    stream.try_lock()
                };
                match stream {
                    Ok(mut stream) => stream.fill(chunk, reading),
                    Err(TryLockError::Poisoned(stream)) => stream.into_inner().fill(chunk, reading),
                    Err(TryLockError::WouldBlock) => return Ok(Taken::Busy),
                }
            }
        };
        filled.map(|filled| match filled {
            true => Taken::Chunk,
            false => Taken::Nothing,
        })
    }

    /// Whether a worker need not wait for its next chunk.
    pub(super) fn is_free(&self) -> bool {
        match &self.chunks {
            Chunks::File(_) => true,
            Chunks::Stream(stream) => !matches!(stream.try_lock(), Err(TryLockError::WouldBlock)),
        }
    }

    /// Whether chunks may follow one that could not be read.
    pub(super) fn outlives_errors(&self) -> bool {
        matches!(self.chunks, Chunks::File(_))
    }
}

/// The content of a regular file, decompressed if need be.
pub(super) fn content(path: &Path, reading: &Reading) -> io::Result<Box<dyn Read + Send>> {
    let file = File::open(path)?;
    let mut head = [0; MAGIC];
    let filled = file.read_at(&mut head, 0)?;
    match Compression::of(&head[..filled]) {
        Some(compression) => compression.decode(Box::new(file), reading.max_expand),
        None => Ok(Box::new(file)),
    }
}

/// The content of any input, decompressed if need be.
pub(super) fn stream(from: From, reading: &Reading) -> io::Result<Box<dyn Read + Send>> {
    let watched = |file: File| {
        refuse_folder(&file.metadata()?)?;
        widen(&file);
        Ok::<_, io::Error>(reading.watch.over_file(file))
    };
    let reader = match from {
        From::Path(path) => watched(reading.watch.open(&path)?)?,
        From::File(file) => watched(file)?,
        From::Part(mut file, range) => {
            file.seek(SeekFrom::Start(range.start))?;
            reading
                .watch
                .over(Box::new(file.take(range.end - range.start)))
        }
        From::Reader(reader) => reading.watch.over(reader),
        From::Later(text, _) => reading.watch.over(Box::new(Cursor::new(text))),
        From::Nothing(why) => return Err(io::Error::other(why)),
    };
    let reader = Ahead::new(reader, MAGIC);
    match Compression::of(reader.head()) {
        Some(compression) => compression.decode(Box::new(reader), reading.max_expand),
        None => Ok(Box::new(reader)),
    }
}

fn refuse_folder(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a directory; name the files in it",
        ));
    }
    Ok(())
}

struct Opened {
    chunks: Chunks,
    /// What its content begins with: [`HEAD`] bytes of a regular file, unless there are fewer.
    head: Vec<u8>,
    regular: bool,
    /// Length of the content, where it is known beforehand.
    length: Option<u64>,
}

impl Opened {
    /// What others have looked at the beginning of.
    fn new(chunks: Chunks) -> Opened {
        Opened {
            chunks,
            head: Vec::new(),
            regular: false,
            length: None,
        }
    }

    fn stream(stream: StreamChunks) -> Opened {
        Opened::new(Chunks::Stream(Mutex::new(stream)))
    }

    fn part(file: File, range: Range<u64>) -> io::Result<Opened> {
        if range.start == 0 {
            let mut head = [0; MAGIC];
            let filled = file.read_at(&mut head, 0)?;
            refuse_foreign(&head[..filled])?;
        }
        Ok(Opened::new(Chunks::File(FileChunks::new(
            file, range, false,
        ))))
    }
}

fn open_file(mut file: File, reading: &Reading) -> io::Result<Opened> {
    let metadata = file.metadata()?;
    refuse_folder(&metadata)?;
    // Files of the kernel's own say they are empty and are not.
    let regular = metadata.is_file() && metadata.len() > 0 && file.stream_position()? == 0;
    if !regular {
        widen(&file);
        return open_stream(reading.watch.over_file(file), MAGIC, reading);
    }
    let mut head = vec![0; HEAD];
    let filled = file.read_at(&mut head, 0)?;
    head.truncate(filled);
    if Compression::of(&head).is_some() {
        return Ok(Opened {
            regular,
            ..open_stream(reading.watch.over_file(file), HEAD, reading)?
        });
    }
    refuse_foreign(&head)?;
    let length = metadata.len();
    Ok(Opened {
        chunks: Chunks::File(FileChunks::new(file, 0..length, reading.map)),
        head,
        regular,
        length: Some(length),
    })
}

/// Lets more of a pipe be under way: its writer is held up less often, and a worker fetches a chunk in fewer calls.
fn widen(file: &File) {
    /// What any user may ask for (`/proc/sys/fs/pipe-max-size`).
    #[cfg(target_os = "linux")]
    const PIPE: usize = 1 << 20;
    // Anything else than a pipe has no such size, and needs none.
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(file, PIPE);
}

/// A stream of which up to `ahead` bytes are looked at; no more, for they may be long in coming.
fn open_stream(
    reader: Box<dyn Read + Send>,
    ahead: usize,
    reading: &Reading,
) -> io::Result<Opened> {
    let mut reader = Ahead::new(reader, MAGIC);
    if let Some(compression) = Compression::of(reader.head()) {
        let decoder = compression.decode(Box::new(reader), reading.max_expand)?;
        reader = Ahead::new(decoder, ahead);
    }
    refuse_foreign(reader.head())?;
    Ok(Opened {
        head: reader.head().to_vec(),
        ..Opened::stream(StreamChunks::new(Box::new(reader), 0))
    })
}

/// A reader whose first bytes have been looked at.
struct Ahead {
    head: Vec<u8>,
    given: usize,
    /// What went wrong after the head.
    failed: Option<io::Error>,
    rest: Box<dyn Read + Send>,
}

impl Ahead {
    fn new(mut rest: Box<dyn Read + Send>, bytes: usize) -> Ahead {
        let mut head = Vec::with_capacity(bytes);
        let read = rest.by_ref().take(bytes as u64).read_to_end(&mut head);
        Ahead {
            head,
            given: 0,
            failed: read.err(),
            rest,
        }
    }

    fn head(&self) -> &[u8] {
        &self.head
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given < self.head.len() {
            let count = (&self.head[self.given..]).read(buffer)?;
            self.given += count;
            return Ok(count);
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.rest.read(buffer),
        }
    }
}

/// Bytes that tell what an input is.
const MAGIC: usize = 4;

/// Bytes by which copies are suspected: two or three lines, which differ between any two logs with a clock.
const HEAD: usize = 512;

/// Refuses what is plainly not lines of UTF-8, with the remedy.
pub(super) fn refuse_foreign(head: &[u8]) -> io::Result<()> {
    let what = match head {
        [0xFF, 0xFE, ..]
        | [0xFE, 0xFF, ..]
        | [1..=255, 0, 1..=255, 0, ..]
        | [0, 1..=255, 0, 1..=255, ..] => {
            "it is UTF-16 (PowerShell's `>` writes that); convert it with `iconv -f UTF-16 -t UTF-8`"
        }
        _ if Compression::of(head).is_some() => "it is compressed twice; decompress it once",
        _ => return Ok(()),
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, what))
}
