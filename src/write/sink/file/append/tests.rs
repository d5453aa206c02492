use super::*;
use std::collections::VecDeque;
use std::io;

/// A file that does what it is told, one step per `write`; when nothing is told any more, it takes everything.
struct Script {
    steps: VecDeque<Step>,
    bytes: Vec<u8>,
    calls: usize,
}

enum Step {
    Take(usize),
    Fail(ErrorKind),
}
use Step::{Fail, Take};

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        let count = match self.steps.pop_front() {
            Some(Fail(kind)) => return Err(kind.into()),
            Some(Take(count)) => count,
            None => bytes.len(),
        };
        self.bytes.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Appends three lines to a file that follows these steps: which of them were acknowledged, what the file holds, and
/// how many writes it took.
fn append_three(steps: impl IntoIterator<Item = Step>) -> (Vec<bool>, String, usize) {
    let mut appender = Appender {
        file: Script {
            steps: steps.into_iter().collect(),
            bytes: Vec::new(),
            calls: 0,
        },
        torn: false,
    };
    let acknowledged = ["first\n", "second\n", "third\n"]
        .map(|line| appender.append(line.as_bytes()).is_ok())
        .to_vec();
    let Script { bytes, calls, .. } = appender.file;
    (acknowledged, String::from_utf8(bytes).unwrap(), calls)
}

#[test]
fn a_line_is_one_write() {
    let whole = (vec![true; 3], "first\nsecond\nthird\n".to_owned(), 3);
    assert_eq!(append_three([]), whole);
}

#[test]
fn a_short_or_interrupted_write_is_finished_and_nothing_is_repeated() {
    let interrupted = || Fail(ErrorKind::Interrupted);
    let (acknowledged, text, calls) = append_three([
        Take(2),
        Take(1),
        interrupted(),
        Take(3),
        interrupted(),
        Take(7),
    ]);
    assert_eq!(
        (acknowledged, text.as_str()),
        (vec![true; 3], "first\nsecond\nthird\n")
    );
    assert_eq!(calls, 7);
}

#[test]
fn a_part_that_cannot_be_finished_is_ended() {
    let (acknowledged, text, _) = append_three([Take(2), Fail(ErrorKind::StorageFull)]);
    assert_eq!(
        (acknowledged, text.as_str()),
        (vec![false, true, true], "fi\nsecond\nthird\n")
    );
    let (acknowledged, text, _) = append_three([Take(2), Take(0)]);
    assert_eq!(
        (acknowledged, text.as_str()),
        (vec![false, true, true], "fi\nsecond\nthird\n")
    );
}

#[test]
fn a_part_that_cannot_even_be_ended_is_ended_by_the_next_line() {
    let full = || Fail(ErrorKind::StorageFull);
    let (acknowledged, text, calls) = append_three([Take(2), full(), full()]);
    assert_eq!(
        (acknowledged, text.as_str()),
        (vec![false, true, true], "fi\nsecond\nthird\n")
    );
    assert_eq!(
        calls, 5,
        "the newline comes in the same write as the line after it"
    );

    let (acknowledged, text, _) = append_three([Take(2), full(), full(), full()]);
    assert_eq!(
        (acknowledged, text.as_str()),
        (vec![false, false, true], "fi\nthird\n")
    );

    let (acknowledged, text, _) = append_three([Take(2), full(), full(), Take(3), full(), full()]);
    assert_eq!(
        (acknowledged, text.as_str()),
        (vec![false, false, true], "fi\nse\nthird\n")
    );
}

#[test]
fn after_a_refused_write_the_next_line_stands_apart() {
    let (acknowledged, text, _) = append_three([Fail(ErrorKind::StorageFull)]);
    assert_eq!(
        (acknowledged, text.as_str()),
        (vec![false, true, true], "\nsecond\nthird\n")
    );
}
