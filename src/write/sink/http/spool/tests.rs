use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use super::*;

/// Forgets the folder as a process does that is killed.
fn die(folder: Folder) -> String {
    folder.id
}

#[test]
fn the_dead_are_adopted_the_longest_gone_first_and_the_living_are_not() {
    let root = tempfile::tempdir().unwrap();
    let living = Folder::create(root.path()).unwrap();
    assert!(Folder::adopt(root.path(), &[]).is_none());
    let mut dead = Vec::new();
    for _ in 0..3 {
        dead.push(die(Folder::create(root.path()).unwrap()));
        thread::sleep(Duration::from_millis(20));
    }
    // What is not ours is let alone.
    fs::create_dir(root.path().join("somebody-else")).unwrap();
    fs::create_dir(root.path().join("refused")).unwrap();
    let first = Folder::adopt(root.path(), &[]).unwrap();
    assert_eq!(first.id, dead[0]);
    assert_eq!(Folder::adopt(root.path(), &[]).unwrap().id, dead[1]);
    assert_eq!(Folder::adopt(root.path(), &dead[1..2]).unwrap().id, dead[2]);
    drop((first, living));
}

#[test]
fn a_folder_is_given_back_with_what_is_left_or_not_at_all() {
    let root = tempfile::tempdir().unwrap();
    let full = Folder::create(root.path()).unwrap();
    for number in [10, 2, 1] {
        fs::write(full.segment(number), "a line\n").unwrap();
    }
    full.give_back();
    // The value is still there, the lock is not.
    let adopted = Folder::adopt(root.path(), &[]).unwrap();
    let batches = adopted.batches().unwrap();
    let ids: Vec<_> = batches.iter().map(|batch| batch.id.clone()).collect();
    assert_eq!(
        ids,
        [1, 2, 10].map(|number| format!("{}-{number}", full.id))
    );
    for batch in batches {
        fs::remove_file(batch.path).unwrap();
    }
    adopted.give_back();
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn the_room_of_others_is_that_of_every_folder_but_ones_own() {
    let root = tempfile::tempdir().unwrap();
    let (own, other) = (
        Folder::create(root.path()).unwrap(),
        Folder::create(root.path()).unwrap(),
    );
    fs::write(own.segment(1), [0; 9000]).unwrap();
    fs::write(other.segment(1), [0; 5000]).unwrap();
    set_aside(root.path(), "id-1", &[0; 100]).unwrap();
    assert_eq!(taken_by_others(root.path(), &own.id), 8192 + 4096);
    assert_eq!(taken_by_others(root.path(), &other.id), 12288 + 4096);
}

/// Newborn instances among adopters that take everything without a lock: none ever loses its folder.
#[test]
fn an_instance_is_born_whole_however_many_would_adopt_it() {
    let root = tempfile::tempdir().unwrap();
    let (born, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Relaxed) {
                    if let Some(folder) = Folder::adopt(root.path(), &[]) {
                        folder.give_back();
                    }
                }
            });
        }
        let parents: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..300 {
                        let folder = Folder::create(root.path()).unwrap();
                        fs::write(folder.segment(1), "a line\n").unwrap();
                        assert!(lock(&folder.path).unwrap().is_none(), "it is locked");
                        assert!(folder.segment(1).exists());
                        fs::remove_file(folder.segment(1)).unwrap();
                        folder.give_back();
                        born.fetch_add(1, Relaxed);
                    }
                })
            })
            .collect();
        let ended: Vec<_> = parents
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        is_over.store(true, Relaxed);
        assert!(ended.iter().all(Result::is_ok));
    });
    assert_eq!(born.load(Relaxed), 600);
}
