//! An event knows its line.

use std::io;

use crate::event::{Event, FieldSet, Position, Wanted};
use crate::read::{ChunkAccount, Consumer, Input, Inputs, Reading, Rejected, read};

/// Lines and where they stand, as events and rejected lines tell it.
#[derive(Default)]
struct Lines {
    of_chunk: Vec<(Position, Option<Vec<u8>>)>,
    /// Line of the input, its place, and the line itself where it is an event.
    told: Vec<(u64, u64, Option<Vec<u8>>)>,
    before: u64,
}

impl Consumer for Lines {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let lines = batch
            .iter()
            .map(|event| (event.position, Some(event.line.to_vec())));
        self.of_chunk.extend(lines);
    }

    fn reject(&mut self, rejected: Rejected<'_>) {
        self.of_chunk.push((rejected.position, None));
    }

    fn chunk(&mut self, chunk: ChunkAccount) {
        self.of_chunk.sort();
        let lines = self.of_chunk.drain(..);
        self.told.extend(lines.map(|(position, line)| {
            (
                self.before + u64::from(position.line),
                position.offset,
                line,
            )
        }));
        self.before += chunk.lines;
    }

    fn trouble(&mut self, _: u32, what: String) {
        panic!("{what}");
    }
}

#[test]
fn an_event_knows_its_line_and_its_number() {
    let lines = [
        r#"{"event":"auth.login","success":true}"#,
        "",
        "{\"event\":\"auth.login\",\"success\":false} \r",
        "\u{feff} {\"event\" : \"odd\"}\t",
        "no event",
        "{\"event\":\"auth.login\",\"error\":\"\\u0041\"}\r",
        "\0\0{\"event\":\"last\"}",
    ];
    let log = lines.join("\n").repeat(3);
    for chunk_size in [1, 7, 50, 1 << 20] {
        for slowly in [false, true] {
            let reading = Reading {
                chunk_size,
                slowly,
                wanted: Wanted::of_all(FieldSet::ALL),
                ..Reading::default()
            };
            let inputs = Inputs::new(vec![Input::reader(
                "log",
                Box::new(io::Cursor::new(log.clone().into_bytes())),
            )]);
            let mut found = Lines::default();
            read(&inputs, &reading, &mut found);
            let all: Vec<&str> = log.split('\n').collect();
            assert_eq!(found.told.len(), all.len() - 3, "all but the blank ones");
            for (number, offset, line) in found.told {
                let whole = all[number as usize];
                let text = whole.trim_start_matches(['\0', '\u{feff}', ' ']);
                if let Some(line) = line {
                    assert_eq!(String::from_utf8(line).unwrap(), text, "line {number}");
                }
                let place = all[..number as usize]
                    .iter()
                    .map(|line| line.len() + 1)
                    .sum::<usize>();
                assert_eq!(offset as usize, place + whole.len() - text.len());
            }
        }
    }
}
