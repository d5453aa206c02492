use super::*;

#[test]
fn what_lies_behind_the_last_newline_is_no_part_of_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segment");
    for (file, batch) in [
        ("a\nb\n", "a\nb\n"),
        ("a\nb", "a\n"),
        ("torn", ""),
        ("", ""),
        ("\n", "\n"),
    ] {
        std::fs::write(&path, file).unwrap();
        assert_eq!(read(&path).unwrap(), batch.as_bytes(), "{file:?}");
    }
}

#[test]
fn a_segment_grows_by_whole_lines_and_nobody_elses_file_is_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segment");
    let mut segment = Segment::create(path.clone(), 1).unwrap();
    segment.append(b"first\n").unwrap();
    segment.append(b"second\n").unwrap();
    assert_eq!(
        (segment.len, segment.lines, segment.is_sound()),
        (13, 2, true)
    );
    let bytes = read(&path).unwrap();
    assert_eq!(
        (bytes.as_slice(), lines(&bytes)),
        (&b"first\nsecond\n"[..], 2)
    );
    assert!(Segment::create(path, 1).is_err());
}
