mod lines;

use super::*;

use std::io::{self, Read as _};
use std::sync::Mutex;

use proptest::prelude::*;

use crate::event::{Field, FieldSet};

/// Everything a worker was told, in the order of the input.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    events: Vec<(Position, String)>,
    rejected: Vec<(Position, String)>,
    lines: u64,
    blank: u64,
    nul_bytes: u64,
    bytes: u64,
    troubles: Vec<String>,
}

impl Consumer for Told {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        assert!(!batch.is_empty() && batch.iter().all(|event| event.kind == batch[0].kind));
        self.events.extend(
            batch
                .iter()
                .map(|event| (in_input(event.position), event.name().to_owned())),
        );
    }

    fn reject(&mut self, rejected: Rejected<'_>) {
        self.rejected
            .push((in_input(rejected.position), rejected.reason.to_string()));
    }

    fn chunk(&mut self, chunk: ChunkAccount) {
        self.lines += chunk.lines;
        self.blank += chunk.blank;
        self.nul_bytes += chunk.nul_bytes;
        self.bytes += chunk.bytes;
    }

    fn trouble(&mut self, _: u32, what: String) {
        self.troubles.push(what);
    }
}

/// A position as it is whatever the chunks are.
fn in_input(position: Position) -> Position {
    Position {
        line: 0,
        ..position
    }
}

fn told(input: Input, chunk_size: usize, max_line: usize) -> Told {
    let reading = Reading {
        chunk_size,
        max_line,
        ..Reading::default()
    };
    told_as(input, reading)
}

fn told_as(input: Input, reading: Reading) -> Told {
    let reading = Reading {
        wanted: Wanted::of_all(FieldSet::of(&[Field::Event])),
        ..reading
    };
    let mut told = Told::default();
    read(&Inputs::new(vec![input]), &reading, &mut told);
    told.events.sort();
    told.rejected.sort();
    told
}

fn file(bytes: &[u8]) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut file, bytes).unwrap();
    io::Seek::rewind(&mut file).unwrap();
    file
}

fn from_file(bytes: &[u8], chunk_size: usize, max_line: usize) -> Told {
    told(Input::file("file", file(bytes)), chunk_size, max_line)
}

fn from_map(bytes: &[u8], chunk_size: usize, max_line: usize) -> Told {
    let reading = Reading {
        chunk_size,
        max_line,
        map: true,
        ..Reading::default()
    };
    told_as(Input::file("file", file(bytes)), reading)
}

fn from_stream(bytes: &[u8], chunk_size: usize, max_line: usize) -> Told {
    told(
        Input::reader("stream", Box::new(io::Cursor::new(bytes.to_vec()))),
        chunk_size,
        max_line,
    )
}

/// Pieces that logs are made of, and that borders of chunks like to fall into.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-z]{1,9}".prop_map(|name| format!("{{\"event\":\"{name}\"}}\n").into_bytes()),
        1 => "[a-z]{1,9}".prop_map(|name| format!("{{\"event\":\"{name}\"}}\r\n").into_bytes()),
        1 => "[a-z]{20,60}".prop_map(|name| format!("{{\"event\":\"{name}\"}}\n").into_bytes()),
        1 => Just(b"\n".to_vec()),
        1 => Just(b" \t\r\n".to_vec()),
        1 => Just(b"{\"event\":\"to".to_vec()),
        1 => Just(b"[1,2]\n".to_vec()),
        1 => Just(b"\xEF\xBB\xBF".to_vec()),
        1 => Just(b"{\"event\":\"\xff\"}\n".to_vec()),
        1 => (1_usize..80).prop_map(|count| vec![0; count]),
        1 => (1_usize..80).prop_map(|count| vec![b' '; count]),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_told_depends_on_how_the_input_is_cut_or_read(bytes in pieces(), chunk_size in 1_usize..50, max_line in 1_usize..70) {
        prop_assume!(source::refuse_foreign(&bytes[..bytes.len().min(4)]).is_ok());
        let expected = from_file(&bytes, 1 << 20, max_line);
        prop_assert_eq!(expected.bytes, bytes.len() as u64);
        prop_assert_eq!(expected.lines, (expected.events.len() + expected.rejected.len()) as u64 + expected.blank);
        prop_assert_eq!(&from_file(&bytes, chunk_size, max_line), &expected);
        prop_assert_eq!(&from_map(&bytes, chunk_size, max_line), &expected);
        prop_assert_eq!(&from_stream(&bytes, chunk_size, max_line), &expected);
        prop_assert_eq!(&from_stream(&bytes, 1 << 20, max_line), &expected);
    }
}

#[test]
fn a_long_line_is_cut_and_the_next_one_read() {
    let bytes = [
        b"{\"event\":\"",
        "x".repeat(100_000).as_bytes(),
        b"\"}\n{\"event\":\"next\"}\n",
    ]
    .concat();
    for chunk_size in [1, 1000, 1 << 20] {
        for told in [
            from_file(&bytes, chunk_size, 500),
            from_stream(&bytes, chunk_size, 500),
        ] {
            assert_eq!(
                told.rejected,
                [(
                    Position {
                        input: 0,
                        offset: 0,
                        line: 0
                    },
                    "longer than 500 bytes (see --max-line)".to_owned()
                )]
            );
            assert_eq!(
                told.events,
                [(
                    Position {
                        input: 0,
                        offset: 100_013,
                        line: 0
                    },
                    "next".to_owned()
                )]
            );
            assert_eq!((told.lines, told.bytes), (2, bytes.len() as u64));
        }
    }
}

#[test]
fn nul_bytes_before_a_line_are_passed_over_however_many() {
    let bytes = [
        b"{\"event\":\"a\"}\n".as_slice(),
        &[0; 300_000],
        b"{\"event\":\"b\"}\n",
        &[0; 70_000],
    ]
    .concat();
    for chunk_size in [1000, 4096, 1 << 20] {
        for told in [
            from_file(&bytes, chunk_size, 100),
            from_stream(&bytes, chunk_size, 100),
        ] {
            let events = [(0, "a"), (300_014, "b")].map(|(offset, name)| {
                (
                    Position {
                        input: 0,
                        offset,
                        line: 0,
                    },
                    name.to_owned(),
                )
            });
            assert_eq!(
                (told.events.as_slice(), told.rejected.as_slice()),
                (events.as_slice(), [].as_slice())
            );
            assert_eq!((told.lines, told.blank, told.nul_bytes), (3, 1, 370_000));
        }
    }
}

#[test]
fn an_error_of_a_stream_comes_after_what_was_read_before_it() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable is out"))
        }
    }
    let reader = io::Cursor::new(b"{\"event\":\"a\"}\n{\"event\":\"b\"}\n{\"ev").chain(Broken);
    let told = told(Input::reader("stream", Box::new(reader)), 20, 100);
    assert_eq!((told.events.len(), told.rejected.len()), (2, 1));
    assert_eq!(told.troubles, ["the cable is out"]);
}

#[test]
fn a_stream_that_gives_a_byte_at_a_time_is_read_like_any_other() {
    struct Trickle(io::Cursor<Vec<u8>>);
    impl io::Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let end = buffer.len().min(1);
            self.0.read(&mut buffer[..end])
        }
    }
    let bytes = b"{\"event\":\"a\"}\r\n\n{\"event\":\"b\"}".to_vec();
    let trickle = Input::reader("stream", Box::new(Trickle(io::Cursor::new(bytes.clone()))));
    assert_eq!(told(trickle, 4096, 100), from_file(&bytes, 4096, 100));
}

#[test]
fn what_is_not_lines_of_text_is_refused_with_the_remedy() {
    for (bytes, word) in [
        (b"\xff\xfe{\0\"\0".as_slice(), "iconv"),
        (b"\xfe\xff\0{\0\"", "iconv"),
        (b"{\0\"\0e\0", "iconv"),
        (b"\0{\0\"\0e", "iconv"),
    ] {
        for told in [from_file(bytes, 4096, 100), from_stream(bytes, 4096, 100)] {
            assert_eq!((told.lines, told.troubles.len()), (0, 1));
            assert!(told.troubles[0].contains(word), "{}", told.troubles[0]);
        }
    }
}

#[test]
fn workers_share_the_inputs_and_none_is_read_twice() {
    let line = b"{\"event\":\"a\"}\n";
    let input = |count: usize| Input::file("file", file(&line.repeat(count)));
    let missing = || Input::path("/no/such/file");
    let stream =
        |count: usize| Input::reader("stream", Box::new(io::Cursor::new(line.repeat(count))));
    let inputs = Inputs::new(vec![
        input(1000),
        missing(),
        stream(1000),
        input(0),
        input(1),
        missing(),
        input(5000),
    ]);
    let reading = Reading {
        chunk_size: 64,
        ..Reading::default()
    };
    let all = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut told = Told::default();
                read(&inputs, &reading, &mut told);
                all.lock().unwrap().push(told);
            });
        }
    });
    let all = all.into_inner().unwrap();
    assert_eq!(
        all.iter().map(|told| told.events.len()).sum::<usize>(),
        7001
    );
    assert_eq!(
        all.iter().map(|told| told.troubles.len()).sum::<usize>(),
        2,
        "each is said once"
    );
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_said_and_what_was_read_counts() {
    /// Cuts the file short as soon as the first event comes.
    struct Cutting(Told, std::fs::File);
    impl Consumer for Cutting {
        fn events(&mut self, batch: &mut [Event<'_>]) {
            self.0.events(batch);
            self.1.set_len(100).unwrap();
        }
        fn reject(&mut self, rejected: Rejected<'_>) {
            self.0.reject(rejected);
        }
        fn chunk(&mut self, chunk: ChunkAccount) {
            self.0.chunk(chunk);
        }
        fn trouble(&mut self, input: u32, what: String) {
            self.0.trouble(input, what);
        }
    }
    let line = b"{\"event\":\"a\"}\n";
    // Within a page nothing but the file's length tells; beyond it, a mapped page is missing.
    for (map, lines, chunk) in [
        (false, 100, 10),
        (false, 100_000, 10_000),
        (true, 100, 10),
        (true, 100_000, 10_000),
    ] {
        let file = file(&line.repeat(lines));
        let mut cutting = Cutting(Told::default(), file.try_clone().unwrap());
        let reading = Reading {
            chunk_size: chunk * line.len(),
            map,
            ..Reading::default()
        };
        let inputs = Inputs::new(vec![Input::file("file", file)]);
        read(&inputs, &reading, &mut cutting);
        let told = cutting.0;
        assert_eq!(told.events.len(), chunk, "the first chunk was read whole");
        let expected = format!("shrank below its {} bytes", lines * line.len());
        assert!(told.troubles[0].contains(&expected), "{:?}", told.troubles);
        assert_eq!(told.troubles.len(), 9, "one for every chunk that is gone");
    }
}

#[test]
fn more_files_than_can_be_mapped_are_read_by_place() {
    let line = b"{\"event\":\"a\"}\n";
    let inputs = Inputs::new(
        (0..200)
            .map(|_| Input::file("file", file(&line.repeat(3))))
            .collect(),
    );
    let reading = Reading {
        chunk_size: 5,
        map: true,
        ..Reading::default()
    };
    let events = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                let mut told = Told::default();
                read(&inputs, &reading, &mut told);
                *events.lock().unwrap() += told.events.len();
            });
        }
    });
    assert_eq!(events.into_inner().unwrap(), 600);
}
