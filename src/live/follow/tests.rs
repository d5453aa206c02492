use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::num::NonZeroUsize;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::engine::{Audience, Counting, Plan, run};
use crate::event::Timestamp;
use crate::filter::Filter;
use crate::read::{Inputs, Reading};
use crate::report::{Options, REPORTS};

/// What happens to a log, or to whom looks at it.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Append(u8),
    /// A part of a line, whose end comes with the next lines.
    Tear,
    /// `mv`, and a new file at once.
    Rename,
    /// `mv`; the writer goes on with the old file for some lines.
    RenameUnderWriter(u8),
    /// `mv`, and no new file until something is written.
    RenameAway,
    /// `cp`, and `truncate -s 0`.
    CopyTruncate,
    /// A file that is there already takes the path's name.
    Replace(u8),
    /// `rm`, and a new file.
    Recreate,
    Poll,
}

/// A log as its writer sees it, and every generation as it was when it ended.
struct Log {
    folder: PathBuf,
    path: PathBuf,
    generations: Vec<Vec<u8>>,
    rotated: usize,
    torn: Option<String>,
    /// Files behind the path, where it is a link.
    linked: Option<usize>,
}

impl Log {
    fn new(folder: &Path, is_link: bool) -> Log {
        fs::create_dir_all(folder).unwrap();
        let mut log = Log {
            path: folder.join("auth.log"),
            folder: folder.to_owned(),
            generations: Vec::new(),
            rotated: 0,
            torn: None,
            linked: is_link.then_some(0),
        };
        log.create();
        log
    }

    /// A new file at the path.
    fn create(&mut self) {
        if let Some(number) = &mut self.linked {
            *number += 1;
            let target = self.folder.join(format!("real.{number}"));
            File::create(&target).unwrap();
            let new = self.folder.join("new");
            symlink(&target, &new).unwrap();
            fs::rename(&new, &self.path).unwrap();
        } else {
            File::create_new(&self.path).unwrap();
        }
        self.generations.push(Vec::new());
        self.torn = None;
    }

    fn append(&mut self, path: &Path, generation: usize, text: &str) {
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        self.generations[generation].extend(text.as_bytes());
    }

    fn lines(&mut self, count: u8, clock: &mut i64) -> String {
        let mut text = self.torn.take().unwrap_or_default();
        for _ in 0..count {
            text += &line(clock);
        }
        text
    }

    fn rotate(&mut self) -> PathBuf {
        for number in (1..=self.rotated).rev() {
            let name = |number| self.folder.join(format!("auth.log.{number}"));
            fs::rename(name(number), name(number + 1)).unwrap();
        }
        self.rotated += 1;
        self.folder.join("auth.log.1")
    }

    fn suffer(&mut self, deed: Deed, clock: &mut i64) {
        if !self.path.exists() {
            self.create();
        }
        let (path, latest) = (self.path.clone(), self.generations.len() - 1);
        match deed {
            Deed::Append(count) => {
                let text = self.lines(count, clock);
                self.append(&path, latest, &text);
            }
            Deed::Tear if self.torn.is_none() => {
                let line = line(clock);
                let (torn, rest) = line.split_at(line.len() / 2);
                self.append(&path, latest, torn);
                self.torn = Some(rest.to_owned());
            }
            // A link that leads elsewhere is how a path of links is rotated.
            Deed::Rename | Deed::RenameAway | Deed::Recreate if self.linked.is_some() => {
                self.create();
            }
            Deed::Rename => {
                fs::rename(&path, self.rotate()).unwrap();
                self.create();
            }
            Deed::RenameAway => fs::rename(&path, self.rotate()).unwrap(),
            Deed::RenameUnderWriter(count) if self.linked.is_none() => {
                let old = self.rotate();
                fs::rename(&path, &old).unwrap();
                let text = self.lines(count, clock);
                self.create();
                self.append(&old, latest, &text);
            }
            Deed::CopyTruncate if self.linked.is_none() && !self.generations[latest].is_empty() => {
                let copy = self.rotate();
                fs::copy(&path, copy).unwrap();
                File::create(&path).unwrap();
                self.generations.push(Vec::new());
                self.torn = None;
            }
            Deed::Replace(count) if self.linked.is_none() => {
                let text: String = (0..count).map(|_| line(clock)).collect();
                let new = self.folder.join("new");
                fs::write(&new, &text).unwrap();
                // What nobody reads any more is gone: whoever follows must have looked before.
                fs::rename(&path, self.folder.join("kept")).unwrap();
                fs::rename(&new, &path).unwrap();
                self.generations.push(text.into_bytes());
                self.torn = None;
            }
            Deed::Recreate => {
                fs::remove_file(&path).unwrap();
                self.create();
            }
            _ => {}
        }
    }
}

/// A line like no other.
fn line(clock: &mut i64) -> String {
    *clock += 1;
    let time = Timestamp::new(1_736_000_000 + *clock, 0).unwrap();
    let time = String::from_utf8(time.to_millis_text().to_vec()).unwrap();
    match *clock % 11 {
        0 => format!("not JSON {clock}\n"),
        kind => format!(
            "{{\"event\":\"{}\",\"timestamp\":\"{time}\",\"userId\":\"u{}\",\"success\":{}}}\n",
            ["auth.login", "token.refresh", "otp.sent"][kind as usize % 3],
            *clock % 7,
            kind > 3
        ),
    }
}

fn plan() -> Plan {
    Plan {
        reports: REPORTS.iter().collect(),
        options: Options {
            as_of: Timestamp::new(1_737_000_000, 0).unwrap(),
            ..Options::default()
        },
        filter: Filter::default(),
        audience: Audience::default(),
        reading: Reading::default(),
        threads: NonZeroUsize::MIN,
    }
}

fn deeds() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    let deed = prop_oneof![
        6 => (1_u8..6).prop_map(Deed::Append),
        2 => Just(Deed::Tear),
        2 => Just(Deed::Rename),
        1 => (0_u8..4).prop_map(Deed::RenameUnderWriter),
        1 => Just(Deed::RenameAway),
        2 => Just(Deed::CopyTruncate),
        1 => (0_u8..4).prop_map(Deed::Replace),
        1 => Just(Deed::Recreate),
        5 => Just(Deed::Poll),
    ];
    prop::collection::vec((0_usize..3, deed), 0..40)
}

fn count(following: Option<Vec<Input>>, counting: &mut Counting) {
    if let Some(inputs) = following {
        counting.read(&Inputs::new(inputs));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_is_counted_is_what_was_written_whatever_was_rotated_meanwhile(deeds in deeds()) {
        let folder = tempfile::tempdir().unwrap();
        let mut clock = 0;
        // The third is behind a link that is swapped.
        let mut logs: Vec<Log> = (0..3)
            .map(|number| Log::new(&folder.path().join(number.to_string()), number == 2))
            .collect();
        let mut following = Following::new(logs.iter().map(|log| log.path.clone()));
        let mut counting = Counting::new(plan()).unwrap();
        count(following.poll(), &mut counting);
        for (number, deed) in deeds {
            // What is removed, cut without a copy's name, or hidden behind another link can only be read before.
            let is_last_chance = match deed {
                Deed::Recreate | Deed::Replace(_) => true,
                _ => logs[number].linked.is_some() && !matches!(deed, Deed::Append(_) | Deed::Tear),
            };
            if is_last_chance || matches!(deed, Deed::Poll) {
                count(following.poll(), &mut counting);
            }
            logs[number].suffer(deed, &mut clock);
        }
        count(following.finish(), &mut counting);
        let generations = logs.iter().flat_map(|log| &log.generations);
        let inputs = generations.map(|bytes| {
            Input::reader("log", Box::new(std::io::Cursor::new(bytes.clone())))
        });
        let whole = run(&plan(), &Inputs::new(inputs.collect())).unwrap();
        let answer = counting.answer();
        prop_assert_eq!(&answer.account.total, &whole.account.total);
        for (section, expected) in answer.document.reports.iter().zip(&whole.document.reports) {
            let same = format!("{section:?}") == format!("{expected:?}");
            prop_assert!(same, "{} differs", section.name);
        }
    }
}

#[test]
fn of_many_files_no_more_is_in_memory_than_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..5).map(|n| folder.path().join(n.to_string())).collect();
    for path in &paths {
        fs::write(path, "x".repeat(99) + "\n").unwrap();
    }
    let mut following = Following::new(paths.clone());
    let mut seen = Vec::new();
    for (most, count, behind) in [(150, 2, true), (100, 1, true), (1000, 2, false)] {
        // The last time, all are looked at again: two of them have not been yet.
        let some = following.poll_some(most);
        assert_eq!((some.len(), following.is_behind()), (count, behind));
        seen.extend(some.into_iter().map(|(_, input)| input.name().to_owned()));
    }
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    assert_eq!(seen, names, "each once");
    fs::write(&paths[1], "x".repeat(99) + "\n" + &"y".repeat(99) + "\n").unwrap();
    let again = following.poll_some(150);
    assert_eq!((again.len(), following.is_behind()), (1, false));
}
