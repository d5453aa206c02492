mod cache;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use super::*;
use crate::read::{Input, Inputs};
use crate::tally::Every;

fn line(number: u32) -> String {
    let second = number * 977 % (20 * 86_400);
    let (day, second) = (second / 86_400 + 1, second % 86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let names = [
        "otp.generated",
        "otp.verified",
        "token.refresh",
        "token.issued",
        "api_token.used",
        "auth.login",
    ];
    let time = match number % 101 {
        0 => String::new(),
        _ => format!("2025-03-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
    };
    let (tenant, user) = (["acme", "globex"][number as usize % 2], number % 11);
    format!(
        "{{\"event\":\"{}\",\"timestamp\":\"{time}\",\"success\":{},\"userId\":\"{tenant}-{user}\",\"tenantId\":\"{tenant}\",\
         \"tokenId\":\"{tenant}-t{}\",\"ip\":\"203.0.113.{user}\",\"clientId\":\"{tenant}-c\",\"endpoint\":\"/{tenant}\",\
         \"reason\":\"because {tenant}\",\"expiresIn\":\"1h\"}}\n",
        names[number as usize / 2 % 6],
        !number.is_multiple_of(3),
        number / 2 % 7,
    )
}

fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(line).collect()
}

fn settings(followed: &Path, still: &[PathBuf]) -> Settings {
    Settings {
        followed: vec![followed.to_owned()],
        still: still.to_vec(),
        reading: Reading {
            chunk_size: 2000,
            ..Reading::default()
        },
        zone: Zone::named("Europe/Berlin").unwrap(),
        threads: NonZeroUsize::new(2).unwrap(),
        memory_limit: None,
        reuse_grace: Duration::from_secs(10),
        expected: vec![Who::Tenant("acme".to_owned())],
        cache: None,
    }
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn owner() -> Who {
    Who::Owner {
        tenant: "acme".to_owned(),
        owner: "acme-4".to_owned(),
    }
}

/// What a scan of the same files says to the same question.
fn scanned(index: &Index, question: &Question) -> String {
    let plan = index.plan(question).unwrap();
    let settings = &index.settings;
    let paths = settings.still.iter().chain(&settings.followed);
    let inputs = Inputs::new(paths.map(Input::path).collect());
    format!("{:?}", run(&plan, &inputs).unwrap().document)
}

fn questions() -> Vec<Question> {
    let everything: Vec<&ReportEntry> = REPORTS.iter().collect();
    let owned = everything
        .iter()
        .copied()
        .filter(|report| report.info.owned);
    let owned: Vec<&ReportEntry> = owned.collect();
    let day = |day: i64| Some(NaiveDay(20_148 + day));
    let mut questions = Vec::new();
    for who in [
        Who::Operator,
        Who::Tenant("acme".to_owned()),
        Who::Tenant("nobody".to_owned()),
        owner(),
    ] {
        let reports = if who.owner().is_some() {
            &owned
        } else {
            &everything
        };
        for (from, to) in [(None, None), (day(2), day(9)), (day(13), None)] {
            let question = Question {
                from,
                to,
                reports: reports.clone(),
                ..Question::of(who.clone())
            };
            let said = [("event", "token.*"), ("outcome", "!failed")];
            let only = Only {
                said: said.map(|(word, value)| (word, value.to_owned())).into(),
                person: None,
            };
            questions.extend([
                Question {
                    only,
                    ..question.clone()
                },
                Question {
                    every: Some(Every::Minute),
                    top: 3,
                    ..question.clone()
                },
                Question {
                    every: Some(Every::Day),
                    limit: 100,
                    ..question.clone()
                },
                Question {
                    token: Some("acme-t3".to_owned()),
                    page: 2,
                    limit: 3,
                    ..question.clone()
                },
                question,
            ]);
        }
    }
    questions
}

#[test]
fn every_answer_is_that_of_a_scan_while_the_log_grows() {
    let folder = tempfile::tempdir().unwrap();
    let (log, still) = (
        folder.path().join("auth.jsonl"),
        folder.path().join("auth.jsonl.1"),
    );
    fs::write(&still, lines(0..150)).unwrap();
    append(&log, &lines(150..400));
    let index = Index::new(settings(&log, &[still]));
    assert!(index.poll());
    assert!(!index.poll());
    for (to, every) in [(400, 7), (550, 1)] {
        append(&log, &lines(400..to));
        index.poll();
        for question in questions().into_iter().step_by(every) {
            let told = format!("{:?}", index.document(&question).unwrap());
            let expected = scanned(&index, &question);
            let differ = told.bytes().zip(expected.bytes());
            let same = differ.take_while(|(one, other)| one == other).count();
            let from = same.saturating_sub(300);
            let around = |text: &str| {
                text.get(from..(same + 100).min(text.len()))
                    .map(str::to_owned)
            };
            assert!(
                told == expected,
                "{question:#?}\n{:?}\n{:?}",
                around(&told),
                around(&expected)
            );
        }
    }
}

fn all(index: &Index, question: &Question, limit: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut before = None;
    loop {
        let page = index.events(question, before, limit).unwrap();
        assert!(page.rows.len() <= limit);
        rows.extend(page.rows);
        match page.next {
            Some(next) => before = Some(next.to_string().parse().unwrap()),
            None => return rows,
        }
    }
}

#[test]
fn events_come_newest_first_page_by_page_and_none_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (log, packed) = (
        folder.path().join("auth.jsonl"),
        folder.path().join("old.gz"),
    );
    let file = fs::File::create(&packed).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    encoder.write_all(lines(0..150).as_bytes()).unwrap();
    encoder.finish().unwrap();
    append(&log, &lines(150..400));
    // Many events of one moment.
    append(&log, &line(77).repeat(30));
    let index = Index::new(settings(&log, &[packed]));
    index.poll();
    let mut expected: Vec<Row> = all(&index, &Question::of(Who::Operator), 100_000);
    assert_eq!(expected.len(), 430);
    assert!(expected.is_sorted_by(|one, other| one.time >= other.time));
    assert_eq!(expected.iter().filter(|row| row.time.is_none()).count(), 4);
    let mut read: Vec<String> = expected.iter().map(|row| row.line.clone() + "\n").collect();
    let mut written: Vec<String> = (0..400)
        .map(line)
        .chain((0..30).map(|_| line(77)))
        .collect();
    read.sort();
    written.sort();
    assert!(read == written);
    for limit in [1, 7, 100] {
        assert!(
            all(&index, &Question::of(Who::Operator), limit) == expected,
            "{limit}"
        );
    }
    let own = Question::of(Who::Tenant("acme".to_owned()));
    expected.retain(|row| row.tenant.as_deref() == Some("acme"));
    assert!(all(&index, &own, 9) == expected);
    expected.retain(|row| row.user.as_deref() == Some("acme-4"));
    assert!(!expected.is_empty() && all(&index, &Question::of(owner()), 9) == expected);
    let some = Question {
        from: Some(NaiveDay(20_150)),
        to: Some(NaiveDay(20_155)),
        ..own
    };
    let found = all(&index, &some, 5);
    assert!(
        !found.is_empty()
            && found
                .iter()
                .all(|row| row.time.unwrap().to_string().as_str() > "2025-03-02T22")
    );
}

#[test]
fn nothing_of_others_is_in_what_a_tenant_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("auth.jsonl");
    append(&log, &lines(0..300));
    let index = Index::new(settings(&log, &[]));
    index.poll();
    for question in questions()
        .into_iter()
        .filter(|question| question.who != Who::Operator)
    {
        let told = format!("{:?}", index.document(&question).unwrap());
        assert!(!told.contains("globex"), "{told}");
    }
    // The same as from a log without others.
    let own: String = (0..300)
        .map(line)
        .filter(|line| line.contains("acme"))
        .collect();
    let alone = folder.path().join("own.jsonl");
    append(&alone, &own);
    let of_own = Index::new(settings(&alone, &[]));
    of_own.poll();
    for question in questions()
        .into_iter()
        .filter(|question| question.who != Who::Operator)
    {
        let told = |index: &Index| format!("{:?}", index.document(&question).unwrap());
        assert_eq!(
            told(&index).replace("auth.jsonl", "own.jsonl"),
            told(&of_own)
        );
    }
    assert_eq!(index.window(&own_tenant()), of_own.window(&own_tenant()));
    assert_eq!(index.window(&owner()), None);
}

fn own_tenant() -> Who {
    Who::Tenant("acme".to_owned())
}

#[test]
fn a_file_that_was_taken_for_still_and_grows_is_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (log, old) = (folder.path().join("auth.jsonl"), folder.path().join("old"));
    append(&log, &lines(0..10));
    append(&old, &lines(10..40));
    let index = Index::new(settings(&log, std::slice::from_ref(&old)));
    index.poll();
    let questions = questions();
    let expected: Vec<String> = questions
        .iter()
        .map(|asked| scanned(&index, asked))
        .collect();
    append(&old, &lines(40..90));
    for (question, expected) in questions.iter().zip(expected) {
        let document = index.document(question).unwrap();
        assert_eq!(format!("{document:?}"), expected);
    }
}
