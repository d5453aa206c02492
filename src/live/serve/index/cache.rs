//! What was counted, kept in a folder from one run to the next: then only new bytes are read.
//!
//! ```text
//!  manifest                     where each log was read to, the account, where lines stand; which days there are
//!  VIEW-names-NUMBER.HASH.zst   texts that came since the file before: the days say their numbers
//!  VIEW-DATE-VERSION.HASH.zst   the states of one day of one view; written when the day has changed
//! ```
//!
//! The manifest is written last and moved into place, so that it never tells of what is not there; and a file has a hash
//! of its content in its name, so that it tells of nothing that came to be there instead. A folder of another
//! version, other logs or other settings, or with anything broken in it, is taken for an empty one.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::logs::SavedLogs;
use super::{Settings, Who};
use crate::engine::{AtRest, Days};
use crate::tally::{Chapter, Directory, Lexicon};

const MANIFEST: &str = "manifest";

/// What a manifest says.
#[derive(Serialize, Deserialize)]
struct Manifest {
    /// Of what the states depend on.
    settings: String,
    /// When tokens were taken to be active or not.
    as_of: (i64, u32),
    logs: SavedLogs,
    ledger: String,
    /// In the order of the views.
    views: Vec<Files>,
}

/// Names of the files of a view.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Files {
    /// In their order.
    names: Vec<String>,
    days: Vec<String>,
}

/// What a folder has of one view.
struct Shelf {
    /// What its files are called begins so.
    view: String,
    /// Numbers of the names, as far as they are known.
    lexicon: Option<Arc<Lexicon>>,
    /// Names that are numbered, and in no file yet.
    unwritten: Vec<Chapter>,
    names: Vec<String>,
}

/// What a folder gave back.
pub(super) struct Found {
    pub(super) as_of: (i64, u32),
    pub(super) logs: SavedLogs,
}

/// See the module.
pub(super) struct Cache {
    folder: PathBuf,
    settings: String,
    shelves: Vec<Shelf>,
    /// Files there are, by what stands before the hash.
    written: HashMap<String, String>,
}

/// So many files of names are put together to one; fewer where it is to be seen.
const MOST_CHAPTERS: usize = if cfg!(test) { 6 } else { 64 };

/// Changes with what files mean.
const FORMAT: u32 = 2;

impl Cache {
    /// The folder for these settings in the folder of caches. Views are those of these, in this order.
    pub(super) fn new(settings: &Settings, views: &[Who]) -> Option<Cache> {
        let caches = settings.cache.as_ref()?;
        let said = format!(
            "{FORMAT} {} {:?} {} {:?} {:?} {:?} {}",
            env!("CARGO_PKG_VERSION"),
            settings.followed,
            settings.zone,
            settings.memory_limit,
            settings.reuse_grace,
            settings.reading.assume,
            settings.reading.max_line,
        );
        Some(Cache {
            folder: caches.join(hash(format!("{:?}", settings.followed).as_bytes())),
            settings: said,
            shelves: views.iter().map(Shelf::of).collect(),
            written: HashMap::new(),
        })
    }

    /// Keeps what days have for each view, which goes by its place.
    pub(super) fn save(
        &mut self,
        days: &AtRest,
        as_of: (i64, u32),
        logs: SavedLogs,
    ) -> io::Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let mut views = Vec::new();
        for (number, shelf) in self.shelves.iter_mut().enumerate() {
            let directory = days.directory(number).ok_or(io::ErrorKind::InvalidData)?;
            let lexicon = shelf.write_names(directory, &self.folder)?;
            let mut files = Files {
                names: shelf.names.clone(),
                ..Files::default()
            };
            for (place, (date, version)) in days.versions(number).enumerate() {
                let date = date.map_or_else(|| "undated".to_owned(), |day| day.to_string());
                let stem = format!("{}-{date}-{version}", shelf.view);
                let name = match self.written.remove(&stem) {
                    Some(name) => name,
                    None => {
                        let day = lexicon.within(|| days.day(number, place));
                        write_packed(&self.folder, &stem, &day.ok_or(io::ErrorKind::InvalidData)?)?
                    }
                };
                self.written.insert(stem, name.clone());
                files.days.push(name);
            }
            views.push(files);
        }
        let manifest = Manifest {
            settings: self.settings.clone(),
            as_of,
            logs,
            ledger: days.ledger().ok_or(io::ErrorKind::InvalidData)?,
            views,
        };
        write(&self.folder.join(MANIFEST), &serde_json::to_vec(&manifest)?)?;
        self.written = written(manifest.views);
        self.sweep()
    }

    /// How many views it is of.
    pub(super) fn views(&self) -> usize {
        self.shelves.len()
    }

    /// Fills days from what was kept. `None` if there is nothing, or not what it should be: the days are then useless.
    pub(super) fn load(&mut self, days: &mut Days) -> Option<Found> {
        let manifest = fs::read(self.folder.join(MANIFEST)).ok()?;
        let manifest: Manifest = serde_json::from_slice(&manifest).ok()?;
        if manifest.settings != self.settings || manifest.views.len() != self.shelves.len() {
            return None;
        }
        let shelves = manifest.views.iter().zip(&mut self.shelves);
        for (number, (files, shelf)) in shelves.enumerate() {
            let own = |name: &String| name.starts_with(&shelf.view) && !name.contains('/');
            if !files.names.iter().chain(&files.days).all(own) {
                return None;
            }
            let lexicon = shelf.read_names(days.directory(number)?, &self.folder, &files.names)?;
            days.load(number, files.days.len(), &lexicon, |place| {
                read_packed(&self.folder, &files.days[place])
            })?;
        }
        days.load_ledger(&manifest.ledger)?;
        self.written = written(manifest.views);
        Some(Found {
            as_of: manifest.as_of,
            logs: manifest.logs,
        })
    }

    /// Removes days as they were before.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let known = self
                .written
                .get(stem_of(&name))
                .is_some_and(|known| *known == name);
            let own = name.ends_with(".zst") || name.ends_with(".part");
            if own && !known {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Shelf {
    fn of(who: &Who) -> Shelf {
        Shelf {
            view: hash(format!("{who:?}").as_bytes()),
            lexicon: None,
            unwritten: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Numbers what is new of a view's names, and writes it.
    fn write_names(&mut self, directory: &Directory, folder: &Path) -> io::Result<Arc<Lexicon>> {
        let known = self.lexicon.take().map(Arc::unwrap_or_clone);
        let mut lexicon = known.unwrap_or_else(|| Lexicon::new(directory));
        self.unwritten.push(lexicon.chapter());
        let lexicon = Arc::new(lexicon);
        self.lexicon = Some(Arc::clone(&lexicon));
        self.unwritten.retain(|chapter| !chapter.is_empty());
        let count = lexicon.count();
        if self.names.len() + self.unwritten.len() > MOST_CHAPTERS {
            let stem = format!("{}-names-{count}-all", self.view);
            self.names = vec![write_chapter(folder, &stem, &lexicon.whole())?];
            self.unwritten.clear();
        }
        // Numbers stay with those that have them: what cannot be written now is written the next time.
        while let Some(chapter) = self.unwritten.first() {
            let stem = format!("{}-names-{count}-{}", self.view, self.unwritten.len());
            self.names.push(write_chapter(folder, &stem, chapter)?);
            self.unwritten.remove(0);
        }
        Ok(lexicon)
    }

    /// Numbers a view's names as they were numbered when these files were written.
    fn read_names(
        &mut self,
        directory: &Directory,
        folder: &Path,
        names: &[String],
    ) -> Option<Arc<Lexicon>> {
        let mut lexicon = Lexicon::new(directory);
        for name in names {
            let chapter = read_packed(folder, name)?;
            lexicon.read(&postcard::from_bytes(&chapter).ok()?)?;
        }
        let lexicon = Arc::new(lexicon);
        self.lexicon = Some(Arc::clone(&lexicon));
        self.names = names.to_vec();
        Some(lexicon)
    }
}

fn write_chapter(folder: &Path, stem: &str, chapter: &Chapter) -> io::Result<String> {
    let bytes = postcard::to_allocvec(chapter).map_err(io::Error::other)?;
    write_packed(folder, stem, &bytes)
}

fn written(views: Vec<Files>) -> HashMap<String, String> {
    let files = views.into_iter();
    let names = files.flat_map(|files| files.names.into_iter().chain(files.days));
    names
        .map(|name| (stem_of(&name).to_owned(), name))
        .collect()
}

/// What stands before the hash in a file's name.
fn stem_of(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// Writes bytes packed, and returns what the file is called: a hash of what is in it is part of that.
fn write_packed(folder: &Path, stem: &str, bytes: &[u8]) -> io::Result<String> {
    let packed = zstd::encode_all(bytes, 1)?;
    let name = format!("{stem}.{}.zst", hash(&packed));
    write(&folder.join(&name), &packed)?;
    Ok(name)
}

/// What was packed in a file; `None` if that is not what was written under this name.
fn read_packed(folder: &Path, name: &str) -> Option<Vec<u8>> {
    let packed = fs::read(folder.join(name)).ok()?;
    let sound = name.strip_suffix(".zst")?.ends_with(&hash(&packed));
    sound.then(|| zstd::decode_all(&*packed).ok())?
}

/// Writes a file as a whole or not at all, for its owner alone.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_added_extension("part");
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let put = || {
        let mut file = options.open(&part)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&part, path)
    };
    put().inspect_err(|_| drop(fs::remove_file(&part)))
}

fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
