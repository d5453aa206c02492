//! Every way to index is the same function, and that function is the plain one.

use super::*;
use proptest::prelude::*;

/// The index, byte by byte.
fn naive(stretch: &[u8]) -> (Vec<u16>, Vec<LineEnd>) {
    let (mut quotes, mut lines, mut odd) = (Vec::new(), Vec::new(), 0);
    for (at, byte) in stretch.iter().enumerate() {
        match byte {
            b'"' => quotes.push(at as u16),
            b'\n' => lines.push(LineEnd {
                at: at as u16,
                quotes: quotes.len() as u16,
                odd,
            }),
            // Where a block ends, what follows is not looked at: the line is then read the long way.
            b'\r' if stretch.get(at + 1) == Some(&b'\n') && (at + 1) % BLOCK != 0 => {}
            b'\\' | 0..0x20 => odd += 1,
            _ => {}
        }
    }
    (quotes, lines)
}

fn scans() -> Vec<Scan> {
    #[cfg(target_arch = "x86_64")]
    let fast = x86::scans();
    #[cfg(not(target_arch = "x86_64"))]
    let fast = [];
    fast.into_iter()
        .flatten()
        .chain([portable::scan as Scan])
        .collect()
}

#[track_caller]
fn agree(stretch: &[u8]) {
    let (quotes, lines) = naive(stretch);
    for scan in scans() {
        let (mut places, mut ends) = (vec![0; STRETCH + BLOCK], Vec::new());
        scan(stretch, &mut places, &mut ends);
        assert_eq!(&places[..quotes.len()], quotes, "{stretch:?}");
        assert_eq!(ends, lines, "{stretch:?}");
    }
}

#[test]
fn every_byte_at_every_place_of_a_block_is_seen() {
    for place in 0..BLOCK {
        for byte in 0..=255 {
            let mut stretch = [b'a'; BLOCK + 1];
            (stretch[place], stretch[BLOCK]) = (byte, b'\n');
            agree(&stretch);
        }
    }
}

#[test]
fn a_whole_stretch_of_one_byte_fits() {
    for byte in *b"\"\n\\\r{" {
        agree(&vec![byte; STRETCH]);
    }
}

proptest! {
    #[test]
    fn every_way_is_the_plain_one(stretch in prop::collection::vec(prop::sample::select(&b"\"\"\"\\\r\n\t\0a:{}\x7f\x80\xff"[..]), 0..1000)) {
        agree(&stretch);
    }

    #[test]
    fn any_bytes_are_indexed(stretch in prop::collection::vec(any::<u8>(), 0..400)) {
        agree(&stretch);
    }
}
