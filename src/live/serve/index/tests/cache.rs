//! What is kept from one run to the next.

use std::fs;

use super::*;

#[test]
fn a_restart_reads_what_is_new_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("auth.jsonl");
    append(&log, &lines(0..300));
    let settings = Settings {
        cache: Some(folder.path().join("cache")),
        ..settings(&log, &[])
    };
    let first = Index::new(settings.clone());
    first.poll();
    drop(first);
    // Rotated while nobody looked.
    fs::rename(&log, folder.path().join("auth.jsonl.1")).unwrap();
    append(&folder.path().join("auth.jsonl.1"), &lines(300..310));
    append(&log, &lines(310..400));
    let again = Index::new(settings.clone());
    assert_eq!(again.generation(), 1);
    assert!(again.poll());
    let fresh = Index::new(Settings {
        followed: vec![log.clone()],
        still: vec![folder.path().join("auth.jsonl.1")],
        cache: None,
        ..settings.clone()
    });
    fresh.poll();
    let asked = |index: &Index, question: &Question| {
        let document = index.document(question).unwrap();
        format!("{:?} {:?}", document.window, document.reports)
    };
    for question in questions().into_iter().step_by(2) {
        if question.reports.len() > 3 {
            let reports = REPORTS.iter().filter(|report| report.info.name != "tokens");
            let question = Question {
                reports: reports.collect(),
                ..question
            };
            assert_eq!(asked(&again, &question), asked(&fresh, &question));
        }
    }
    let events = all(&again, &Question::of(Who::Operator), 1000);
    assert_eq!(events.len(), 400);
    drop(again);
    // Broken, and of another log: nothing of it is believed.
    for entry in fs::read_dir(folder.path().join("cache")).unwrap() {
        let manifest = entry.unwrap().path().join("manifest");
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, &text[..text.len() / 2]).unwrap();
    }
    let rebuilt = Index::new(settings);
    assert_eq!(rebuilt.generation(), 0);
}

#[test]
fn names_keep_their_numbers_through_many_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("auth.jsonl");
    let settings = Settings {
        cache: Some(folder.path().join("cache")),
        ..settings(&log, &[])
    };
    // More often than there may be files of names.
    for round in 0..11 {
        let time = format!("2025-03-{:02}T10:{:02}:00Z", round % 5 + 1, round % 60);
        let user = |name: String| {
            format!(
                "{{\"event\":\"auth.login\",\"timestamp\":\"{time}\",\"success\":true,\
                 \"userId\":\"{name}\",\"tenantId\":\"acme\"}}\n"
            )
        };
        append(&log, &user(format!("new-{round}")));
        append(&log, &user(format!("new-{}", round / 2)));
        let index = Index::new(settings.clone());
        assert_eq!(index.generation(), u64::from(round > 0));
        index.poll();
    }
    let index = Index::new(settings.clone());
    index.poll();
    for who in [Who::Operator, own_tenant()] {
        let question = Question {
            reports: REPORTS.iter().collect(),
            ..Question::of(who)
        };
        let document = index.document(&question).unwrap();
        assert_eq!(format!("{document:?}"), scanned(&index, &question));
    }
    drop(index);
    let caches: Vec<_> = fs::read_dir(folder.path().join("cache")).unwrap().collect();
    let cache = caches[0].as_ref().unwrap().path();
    let files: Vec<PathBuf> = fs::read_dir(&cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let names = |path: &&PathBuf| path.to_string_lossy().contains("-names-");
    assert!(files.iter().filter(names).count() < 11);
    // A bit that fell over is noticed, wherever it is, and so is another day, which is sound in itself.
    let packed = |file: &&PathBuf| file.extension().is_some();
    for (number, file) in files.iter().filter(packed).enumerate() {
        let sound = fs::read(file).unwrap();
        let mut broken = sound.clone();
        let middle = broken.len() / 2;
        broken[middle] ^= 4;
        if number % 2 == 1 {
            // Days of two views may be the same to the last byte, and then nothing is broken.
            let mut others = files
                .iter()
                .filter(packed)
                .map(|other| fs::read(other).unwrap());
            broken = others.find(|other| *other != sound).unwrap();
        }
        fs::write(file, broken).unwrap();
        let index = Index::new(Settings {
            cache: settings.cache.clone(),
            ..settings.clone()
        });
        assert_eq!(index.generation(), 0, "{}", file.display());
        std::mem::forget(index);
        fs::write(file, sound).unwrap();
    }
}

#[test]
fn where_nothing_can_be_kept_answers_are_given_and_it_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("auth.jsonl");
    append(&log, &lines(0..50));
    let index = Index::new(Settings {
        // A folder cannot be made in a file.
        cache: Some(log.join("cache")),
        ..settings(&log, &[])
    });
    index.poll();
    let asked = Instant::now();
    while index.remarks().is_empty() && asked.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    let told = index.remarks();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("nothing is kept for the next start: "),
        "{told:?}"
    );
    append(&log, &lines(50..60));
    index.poll();
    let question = Question {
        reports: REPORTS.iter().collect(),
        ..Question::of(Who::Operator)
    };
    let document = index.document(&question).unwrap();
    assert_eq!(format!("{document:?}"), scanned(&index, &question));
    assert_eq!(index.remarks(), told);
}
