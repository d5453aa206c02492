use proptest::prelude::*;

use super::*;

/// Halves a batch down to its lines.
fn lines_of<'a>(part: Part<'a>, into: &mut Vec<Part<'a>>) {
    match part.split() {
        Some((first, second)) => {
            lines_of(first, into);
            lines_of(second, into);
        }
        None => into.push(part),
    }
}

proptest! {
    #[test]
    fn halves_are_whole_lines_and_together_the_batch(lengths in prop::collection::vec(0..50_usize, 1..200)) {
        let batch: Vec<u8> = lengths.iter().flat_map(|&length| [vec![b'x'; length], vec![b'\n']].concat()).collect();
        let mut parts = Vec::new();
        lines_of(Part::whole("id-1", &batch), &mut parts);
        prop_assert_eq!(parts.len(), lengths.len());
        for (part, length) in parts.iter().zip(&lengths) {
            prop_assert_eq!(part.bytes.len(), length + 1);
        }
        // One id each, and they sort as the lines do.
        prop_assert!(parts.windows(2).all(|pair| pair[0].id < pair[1].id));
        let mut again = Vec::new();
        lines_of(Part::whole("id-1", &batch), &mut again);
        prop_assert_eq!(parts, again);
    }
}

#[test]
fn a_batch_is_cut_near_its_middle() {
    let batch = b"first\nsecond\nthird\nfourth\n";
    let (first, second) = Part::whole("id-1", batch).split().unwrap();
    assert_eq!(
        (first.id.as_str(), first.bytes),
        ("id-1.0", &b"first\nsecond\n"[..])
    );
    assert_eq!(
        (second.id.as_str(), second.bytes),
        ("id-1.1", &b"third\nfourth\n"[..])
    );
    // The only newline inside is before the middle.
    let (first, _) = Part::whole("id-1", b"a\nlong\n").split().unwrap();
    assert_eq!(first.bytes, b"a\n");
    assert_eq!(Part::whole("id-1", b"alone\n").split(), None);
    assert_eq!(Part::whole("id-1", b"").split(), None);
}
