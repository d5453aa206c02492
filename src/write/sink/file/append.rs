//! Whole lines, appended to something that may take only a part of them.

use std::io::{ErrorKind, Write};

use crate::write::sink::Cut;

pub(super) struct Appender<F> {
    pub(super) file: F,
    /// The file may end inside a line.
    pub(super) torn: bool,
}

impl<F: Write> Appender<F> {
    /// Appends one line or several in one write, if the system takes them.
    #[inline]
    pub(super) fn append(&mut self, lines: &[u8]) -> Result<(), Cut> {
        if self.torn {
            return self.append_apart(lines);
        }
        match self.file.write(lines) {
            Ok(count) if count == lines.len() => Ok(()),
            Ok(count) => self.finish(lines, count),
            Err(error) if error.kind() == ErrorKind::Interrupted => self.finish(lines, 0),
            Err(error) => {
                // Nothing of these lines is there, but another process may have left a part of its own.
                self.torn = true;
                Err(Cut { whole: 0, error })
            }
        }
    }

    /// Writes what is missing after the first `count` bytes. If that fails, ends the line it stopped in.
    #[cold]
    fn finish(&mut self, lines: &[u8], mut count: usize) -> Result<(), Cut> {
        let error = loop {
            match self.file.write(&lines[count..]) {
                Ok(0) => break ErrorKind::WriteZero.into(),
                Ok(more) => count += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break error,
            }
            if count == lines.len() {
                return Ok(());
            }
        };
        let whole = last_line_end(&lines[..count]);
        // Where nothing of a line is there, another process may have left a part of its own.
        self.torn = count == whole || self.file.write_all(b"\n").is_err();
        Err(Cut { whole, error })
    }

    /// Writes lines that start on a line of their own.
    #[cold]
    fn append_apart(&mut self, lines: &[u8]) -> Result<(), Cut> {
        self.torn = false;
        let apart = [b"\n", lines].concat();
        self.append(&apart).map_err(|cut| Cut {
            whole: cut.whole.saturating_sub(1),
            ..cut
        })
    }
}

/// How many bytes at the start are whole lines.
pub(super) fn last_line_end(lines: &[u8]) -> usize {
    lines
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1)
}

/// How many bytes at the start are the first line.
pub(super) fn first_line_end(lines: &[u8]) -> usize {
    lines
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(lines.len(), |at| at + 1)
}

#[cfg(test)]
mod tests;
