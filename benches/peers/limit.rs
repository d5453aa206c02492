//! What no reader of lines can beat, as programs of their own, built like the product itself:
//!
//! ```text
//! limit pread FILE [THREADS]    counts newlines, 1 MiB at a time into one buffer a thread
//! limit mmap FILE [THREADS]     counts newlines in a mapping of the file
//! limit start TIMES COMMAND…    starts a command TIMES times; prints the median and the quickest start, from before
//!                               the process exists to its first byte on standard output, in seconds
//! ```
//!
//! Threads take blocks of 1 MiB in turn, so that none straggles. Nothing is looked at but the newlines.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const BLOCK: u64 = 1 << 20;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match words[..] {
        ["pread", path] => pread(&File::open(path)?, 2)?.to_string(),
        ["pread", path, threads] => pread(&File::open(path)?, number(threads)?)?.to_string(),
        ["mmap", path] => mmap(&File::open(path)?, 2)?.to_string(),
        ["mmap", path, threads] => mmap(&File::open(path)?, number(threads)?)?.to_string(),
        ["start", times, program, ref rest @ ..] => start(number(times)?, program, rest)?,
        _ => {
            return Err(io::Error::other(
                "pread FILE, mmap FILE or start TIMES COMMAND",
            ));
        }
    };
    io::Write::write_all(&mut io::stdout(), format!("{answer}\n").as_bytes())
}

fn number(text: &str) -> io::Result<usize> {
    text.parse()
        .map_err(|_| io::Error::other(format!("{text} is no number")))
}

fn pread(file: &File, threads: usize) -> io::Result<u64> {
    let length = file.metadata()?.len();
    in_blocks(length, threads, || {
        let mut buffer = vec![0; BLOCK as usize];
        move |start, end| {
            let block = &mut buffer[..(end - start) as usize];
            file.read_exact_at(block, start)?;
            Ok(newlines(block))
        }
    })
}

fn mmap(file: &File, threads: usize) -> io::Result<u64> {
    // SAFETY: a file that shrinks while it is mapped ends this program with SIGBUS; it reads only corpora that nobody
    // else writes to.
    #[allow(unsafe_code)]
    let map = unsafe { memmap2::Mmap::map(file)? };
    let bytes = &map[..];
    in_blocks(bytes.len() as u64, threads, || {
        |start, end| Ok(newlines(&bytes[start as usize..end as usize]))
    })
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The sum over all blocks; each thread makes its own counter of them.
fn in_blocks<C>(length: u64, threads: usize, counter: impl Fn() -> C + Sync) -> io::Result<u64>
where
    C: FnMut(u64, u64) -> io::Result<u64>,
{
    let next = AtomicU64::new(0);
    let work = || {
        let mut count = counter();
        let mut sum = 0;
        loop {
            let start = next.fetch_add(BLOCK, Ordering::Relaxed);
            if start >= length {
                return Ok(sum);
            }
            sum += count(start, length.min(start + BLOCK))?;
        }
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mine: io::Result<u64> = work();
        others.into_iter().fold(mine, |sum, other| {
            Ok(sum?
                + other
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("a thread panicked")))?)
        })
    })
}

fn start(times: usize, program: &str, arguments: &[&str]) -> io::Result<String> {
    let mut starts = Vec::with_capacity(times);
    for _ in 0..times.max(1) {
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut out = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no pipe"))?;
        let first = out.read(&mut [0])?;
        starts.push(began.elapsed());
        io::copy(&mut out, &mut io::sink())?;
        if !child.wait()?.success() || first == 0 {
            return Err(io::Error::other(format!(
                "{program} failed, or said nothing"
            )));
        }
    }
    starts.sort_unstable();
    let seconds = |start: Duration| start.as_secs_f64();
    Ok(format!(
        "{:.6} {:.6}",
        seconds(starts[starts.len() / 2]),
        seconds(starts[0])
    ))
}
