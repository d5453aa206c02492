//! How far a scan is, on one line of the terminal, while it lasts.
//!
//! ```text
//! ━━━━━━━━━━━━──────── 61 %  412.00 MB of 674.10 MB  2s left  2,311,000 lines/s
//! ```

use std::io;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{
    DecimalBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle,
};
use terminal_size::terminal_size_of;

use crate::read::Watch;

/// What is over sooner needs no line.
const PATIENCE: Duration = Duration::from_millis(500);
/// Often enough to look alive.
const PACE: Duration = Duration::from_millis(100);
/// Cells of the bar.
const CELLS: usize = 20;

/// Does `work` and, if it lasts, shows on the terminal that standard error is how far `watch` sees it. The line is gone
/// when this returns, and a short work is not held up.
pub(super) fn shown<T>(watch: &Watch, work: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        let (working, over) = channel::<()>();
        // A scan that cannot be shown can still be done.
        let _ = thread::Builder::new().spawn_scoped(scope, move || {
            let began = Instant::now();
            let lasts = |time| over.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
            if lasts(PATIENCE) {
                let line = line();
                while !watch.is_stopped() {
                    let width = terminal_size_of(io::stderr()).map_or(80, |(width, _)| width.0);
                    line.set_message(Seen::of(watch, began.elapsed()).line(width.into()));
                    if !lasts(PACE) {
                        break;
                    }
                }
                line.finish_and_clear();
            }
        });
        let done = work();
        drop(working); // on a panic too, for the scope waits for the drawing
        done
    })
}

/// A line as wide as the terminal is at each drawing, and none where the cursor cannot be moved.
fn line() -> ProgressBar {
    let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{wide_msg}") {
        Ok(style) => line.with_style(style),
        Err(_) => line,
    }
}

/// How far a scan is.
struct Seen {
    bytes: u64,
    total: Option<u64>,
    lines: u64,
    elapsed: Duration,
}

impl Seen {
    fn of(watch: &Watch, elapsed: Duration) -> Seen {
        let total = watch.total();
        Seen {
            // Decoders read past what they give; a file may grow.
            bytes: total.map_or(watch.bytes(), |total| watch.bytes().min(total)),
            total,
            lines: watch.lines(),
            elapsed,
        }
    }

    /// The time left, if the rest goes like what is done; whole seconds.
    fn left(&self) -> Option<Duration> {
        let rest = self.total?.checked_sub(self.bytes)?;
        let seconds = (self.bytes > 0)
            .then(|| self.elapsed.as_secs_f64() * rest as f64 / self.bytes as f64)?;
        Duration::try_from_secs_f64(seconds.ceil()).ok()
    }

    /// What fits into `width` columns, the most important first.
    fn line(&self, width: usize) -> String {
        let known = self.total.filter(|total| *total > 0);
        let part = |of: usize, total| u128::from(self.bytes) * of as u128 / u128::from(total);
        let pace = self.lines as f64 / self.elapsed.as_secs_f64().max(1e-3);
        let pieces = [
            known.map(|total| format!("{} %", part(100, total))),
            Some(match known {
                Some(total) => format!("{} of {}", DecimalBytes(self.bytes), DecimalBytes(total)),
                None => DecimalBytes(self.bytes).to_string(),
            }),
            self.left()
                .map(|left| format!("{:#} left", HumanDuration(left))),
            Some(format!("{} lines/s", HumanCount(pace as u64))),
        ];
        let mut line = String::new();
        for piece in pieces.into_iter().flatten() {
            let between = if line.is_empty() { "" } else { "  " };
            if line.len() + between.len() + piece.len() <= width {
                line.push_str(between);
                line.push_str(&piece);
            }
        }
        match known {
            Some(total) if line.len() + CELLS < width => {
                let done = part(CELLS, total) as usize;
                format!("{}{} {line}", "━".repeat(done), "─".repeat(CELLS - done))
            }
            _ => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bytes: u64, total: Option<u64>, lines: u64, seconds: u64, width: usize) -> String {
        let elapsed = Duration::from_secs(seconds);
        Seen {
            bytes,
            total,
            lines,
            elapsed,
        }
        .line(width)
    }

    #[test]
    fn what_fits_is_told_and_the_most_important_first() {
        let line = |width| line(412_000_000, Some(674_100_000), 4_622_000, 2, width);
        let text = "61 %  412.00 MB of 674.10 MB  2s left  2,311,000 lines/s";
        let whole = format!("━━━━━━━━━━━━──────── {text}");
        assert_eq!([line(80), line(77), line(76)], [&whole, &whole, text]);
        assert_eq!(line(40), "61 %  412.00 MB of 674.10 MB  2s left");
        assert_eq!([line(20), line(4), line(3)], ["61 %  2s left", "61 %", ""]);
    }

    #[test]
    fn a_stream_tells_what_came() {
        assert_eq!(line(1_500, None, 12, 6, 80), "1.50 kB  2 lines/s");
    }

    #[test]
    fn no_number_is_too_small_or_too_large() {
        for total in [None, Some(0), Some(1), Some(u64::MAX)] {
            for bytes in [0, 1, u64::MAX] {
                let bytes = total.map_or(bytes, |total| bytes.min(total));
                for (lines, seconds) in [(0, 0), (u64::MAX, 0), (0, u64::MAX), (1, 1)] {
                    for width in [0, 1, 20, 80, 65_535] {
                        let line = line(bytes, total, lines, seconds, width);
                        let fits = line.chars().count() <= width;
                        assert!(fits && !line.contains("NaN"), "{line}");
                    }
                }
            }
        }
    }
}
