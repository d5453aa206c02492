//! What was counted, kept in a folder from one run to the next: then only new bytes are read.
//!
//! ```text
//!  manifest                     where each log was read to, the account, where lines stand; which days there are
//!  VIEW-DATE-VERSION.json.zst   the states of one day of one view; written when the day has changed
//! ```
//!
//! The manifest is written last and moved into place, so that it never tells of what is not there. A folder of another
//! version, other logs or other settings, or with anything broken in it, is taken for an empty one.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::logs::SavedLogs;
use super::{Settings, Who};
use crate::engine::{AtRest, Days};

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
    /// Names of the files of each view.
    views: Vec<Vec<String>>,
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
    views: Vec<String>,
    written: HashSet<String>,
}

impl Cache {
    /// The folder for these settings in the folder of caches. Views are those of these, in this order.
    pub(super) fn new(settings: &Settings, views: &[Who]) -> Option<Cache> {
        let caches = settings.cache.as_ref()?;
        let said = format!(
            "{} {:?} {} {:?} {:?} {:?} {}",
            env!("CARGO_PKG_VERSION"),
            settings.followed,
            settings.zone,
            settings.memory_limit,
            settings.reuse_grace,
            settings.reading.assume,
            settings.reading.max_line,
        );
        Some(Cache {
            folder: caches.join(hash(&format!("{:?}", settings.followed))),
            settings: said,
            views: views.iter().map(|who| hash(&format!("{who:?}"))).collect(),
            written: HashSet::new(),
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
        for (number, view) in self.views.iter().enumerate() {
            let mut names = Vec::new();
            for (place, (date, version)) in days.versions(number).enumerate() {
                let date_text = date.map_or_else(|| "undated".to_owned(), |day| day.to_string());
                let name = format!("{view}-{date_text}-{version}.json.zst");
                if !self.written.contains(&name) {
                    let saved = days.day(number, place).ok_or(io::ErrorKind::InvalidData)?;
                    let text = serde_json::to_vec(&saved)?;
                    let packed = zstd::encode_all(&*text, 1)?;
                    write(&self.folder.join(&name), &packed)?;
                    self.written.insert(name.clone());
                }
                names.push(name);
            }
            views.push(names);
        }
        let manifest = Manifest {
            settings: self.settings.clone(),
            as_of,
            logs,
            ledger: days.ledger().ok_or(io::ErrorKind::InvalidData)?,
            views,
        };
        write(&self.folder.join(MANIFEST), &serde_json::to_vec(&manifest)?)?;
        self.written = manifest.views.into_iter().flatten().collect();
        self.sweep()
    }

    /// How many views it is of.
    pub(super) fn views(&self) -> usize {
        self.views.len()
    }

    /// Fills days from what was kept. `None` if there is nothing, or not what it should be: the days are then useless.
    pub(super) fn load(&mut self, days: &mut Days) -> Option<Found> {
        let manifest = fs::read(self.folder.join(MANIFEST)).ok()?;
        let manifest: Manifest = serde_json::from_slice(&manifest).ok()?;
        if manifest.settings != self.settings || manifest.views.len() != self.views.len() {
            return None;
        }
        for (number, (names, view)) in manifest.views.iter().zip(&self.views).enumerate() {
            let own = |name: &String| name.starts_with(view) && !name.contains('/');
            if !names.iter().all(own) {
                return None;
            }
            days.load(number, names.len(), |place| {
                let packed = File::open(self.folder.join(&names[place])).ok()?;
                let text = zstd::decode_all(packed).ok()?;
                serde_json::from_slice(&text).ok()
            })?;
        }
        days.load_ledger(&manifest.ledger)?;
        self.written = manifest.views.into_iter().flatten().collect();
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
            if name != MANIFEST && !self.written.contains(&*name) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Writes a file as a whole or not at all, for its owner alone.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_added_extension("part");
    let mut options = File::options();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(part, path)
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
