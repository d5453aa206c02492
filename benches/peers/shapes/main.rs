//! Logs of strange, but legal shapes, for `run`: none of them is what the reader was made fast for.
//!
//! ```text
//! shapes list                            the names of all shapes
//! shapes NAME LINES BYTES USERS FILE     writes at least LINES lines and BYTES bytes of events of up to USERS users;
//!                                        prints what the log says, as JSON
//! ```
//!
//! The truth is counted from the events, before they become text, and by rules written out here: nothing of the product
//! is used. The same arguments give the same bytes.

mod json;
mod life;
mod shape;
mod strange;

use std::fs::File;
use std::io::{self, BufWriter, Write};

use life::Life;
use shape::{SHAPES, Shape};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match words[..] {
        ["list"] => SHAPES
            .iter()
            .map(|shape| format!("{}\n", shape.name))
            .collect(),
        [name, lines, bytes, users, path] => {
            let shape = SHAPES
                .iter()
                .find(|shape| shape.name == name)
                .ok_or_else(|| {
                    io::Error::other(format!("no shape is called {name}; see `list`"))
                })?;
            write(shape, number(lines)?, number(bytes)?, number(users)?, path)?
        }
        _ => return Err(io::Error::other("list, or NAME LINES BYTES USERS FILE")),
    };
    io::stdout().write_all(answer.as_bytes())
}

fn number(text: &str) -> io::Result<u64> {
    text.parse()
        .map_err(|_| io::Error::other(format!("{text} is no number")))
}

fn write(shape: &Shape, lines: u64, bytes: u64, users: u64, path: &str) -> io::Result<String> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut life = Life::new(users, shape.who);
    let mut line = String::new();
    let mut written = 0;
    while life.truth.lines < lines || written < bytes {
        let event = life.event();
        line.clear();
        shape.write(&event, &mut life.random, &mut line);
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    out.flush()?;
    Ok(life.truth.json(written))
}
