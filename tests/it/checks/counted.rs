//! Any bytes are read to an end, compressed or not, in bounded memory, and every line is in the account once.

use authmeter::event::{Event, Field, FieldSet, Wanted};
use authmeter::read::{ChunkAccount, Consumer, Inputs, Reading, Rejected, read};

use super::{Source, Way};

/// How much there was of what: an input may expand to a million lines, so they are not kept.
#[derive(Debug, Default, PartialEq)]
struct Counted {
    events: u64,
    rejected: u64,
    lines: u64,
    blank: u64,
    repaired: u64,
    nul_bytes: u64,
    bytes: u64,
    /// Bytes of the text of events.
    text: usize,
    /// Places of events and of rejected lines.
    places: u64,
    troubles: Vec<String>,
}

impl Consumer for Counted {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        self.events += batch.len() as u64;
        for event in batch {
            self.places += event.position.offset;
            for field in FieldSet::ALL.iter() {
                self.text += event.get(field).map_or(0, str::len);
            }
        }
    }

    fn reject(&mut self, rejected: Rejected<'_>) {
        self.rejected += 1;
        self.places += rejected.position.offset;
    }

    fn chunk(&mut self, chunk: ChunkAccount) {
        self.lines += chunk.lines;
        self.blank += chunk.blank;
        self.repaired += chunk.repaired;
        self.nul_bytes += chunk.nul_bytes;
        self.bytes += chunk.bytes;
    }

    fn trouble(&mut self, _: u32, what: String) {
        self.troubles.push(what);
    }
}

/// Any bytes are read to an end, and the same quickly and slowly.
///
/// # Panics
///
/// They are not.
pub(crate) fn input(bytes: &[u8]) {
    /// Of less output nothing is stopped; see `--max-expand`.
    const ALWAYS_ALLOWED: u64 = 1 << 20;
    let source = Source::new(bytes).expect("a file for the input");
    for (way, chunk_size) in [(Way::Stream, 1000), (Way::Map, 64 << 10)] {
        let [quick, slow] = [false, true].map(|slowly| {
            let reading = Reading {
                chunk_size,
                max_line: 5000,
                max_expand: 10,
                wanted: Wanted::of_all(FieldSet::of(&[Field::Client, Field::Subject])),
                slowly,
                map: matches!(way, Way::Map),
                ..Reading::default()
            };
            let mut counted = Counted::default();
            let input = source.input(way).expect("the file again");
            read(&Inputs::new(vec![input]), &reading, &mut counted);
            counted
        });
        assert_eq!(quick, slow, "{way:?}");
        let told = quick.events + quick.rejected + quick.blank;
        assert_eq!(quick.lines, told, "every line is in the account once");
        let allowed = ALWAYS_ALLOWED.max(bytes.len() as u64 * 10);
        assert!(quick.bytes <= allowed, "{} bytes", quick.bytes);
    }
}
