use std::fs;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn line(length: usize) -> Vec<u8> {
    [vec![b'x'; length - 1], vec![b'\n']].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever the lines and however much has gone meanwhile, the files never take more than the bound, and every
    /// event is taken or counted.
    #[test]
    fn the_bound_holds(lengths in prop::collection::vec(1..20_000_usize, 1..100), sent_every in 2..20_usize) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::create(root.path()).unwrap();
        let limits = Limits { spool_bytes: 100_000, batch_bytes: 30_000, ..Limits::default() };
        let mut queue = Queue::new(0, Style::default());
        let (mut taken, mut refused) = (0, 0);
        for (index, length) in lengths.iter().enumerate() {
            match queue.append(&line(*length), Timestamp::now(), &folder, &limits) {
                Ok(_) => taken += 1,
                Err(error) => {
                    prop_assert_eq!(error.kind(), io::ErrorKind::StorageFull);
                    refused += 1;
                }
            }
            let rooms = fs::read_dir(&folder.path).unwrap().map(|entry| room(entry.unwrap().metadata().unwrap().len()));
            let rooms: u64 = rooms.sum();
            prop_assert!(rooms <= limits.spool_bytes, "{rooms}");
            if index % sent_every == 0 && let Some(batch) = queue.oldest(&folder, &limits) {
                fs::remove_file(&batch.path).unwrap();
                queue.forget_oldest();
            }
        }
        prop_assert_eq!(queue.counts.dropped, refused);
        prop_assert_eq!(queue.counts.spooled, taken + queue.counts.gaps);
    }
}

#[test]
fn a_gap_says_how_many_since_when_and_until_when() {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::create(root.path()).unwrap();
    let limits = Limits {
        spool_bytes: 8192,
        batch_age: Duration::ZERO,
        ..Limits::default()
    };
    let mut queue = Queue::new(0, Style::default());
    let append = |queue: &mut Queue, length, time: &str| {
        let time = Timestamp::parse(time).unwrap();
        queue.append(&line(length), time, &folder, &limits).is_ok()
    };
    assert!(append(&mut queue, 8000, "2025-01-15T10:30:00Z"));
    assert!(!append(&mut queue, 8000, "2025-01-15T10:30:01Z"));
    // The clock goes back; the gap does not.
    assert!(!append(&mut queue, 8000, "2025-01-15T10:30:03.5Z"));
    assert!(!append(&mut queue, 8000, "2025-01-15T10:30:02Z"));
    let sent = queue.oldest(&folder, &limits).unwrap();
    fs::remove_file(sent.path).unwrap();
    queue.forget_oldest();
    assert!(append(&mut queue, 7, "2025-01-15T10:30:04Z"));
    queue.seal(&folder);
    let batch = queue.oldest(&folder, &limits).unwrap();
    let expected = r#"{"event":"log.gap","timestamp":"2025-01-15T10:30:03.500Z","success":false,"error":"spool full","metadata":{"dropped":3,"from":"2025-01-15T10:30:01.000Z","to":"2025-01-15T10:30:03.500Z"}}"#;
    assert_eq!(
        fs::read_to_string(batch.path).unwrap(),
        format!("{expected}\nxxxxxx\n")
    );
}
