//! A file mapped into memory, and what happens when it shrinks meanwhile: it is said, as it is when the file is read by
//! place, and the process goes on.
//!
//! Touching a mapped page that the file no longer has raises SIGBUS, which ends a process. While a file is mapped here,
//! a handler puts an empty page in that place instead and notes it, and whoever copied from there is told that the
//! file shrank.
//!
//! Chunks are copied out of the map, not decoded in it: another process may write to the file at any time, and neither
//! the bounds of a line nor valid UTF-8 may be checked on bytes that change afterwards. With the copy a map does the
//! work that `pread` does, and takes page faults on top: as fast in the page cache, a tenth slower outside it, measured
//! on ext4 with two workers. So `pread` is the default, and this is for systems where that is otherwise.

#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use memmap2::{MmapOptions, MmapRaw};

/// How many files can be mapped at once; any further are read by place.
const SLOTS: usize = 64;

/// The maps the handler knows.
static MAPS: [Slot; SLOTS] = [const { Slot::free() }; SLOTS];

/// What the handler knows of a map. A free one spans no address.
struct Slot {
    taken: AtomicBool,
    start: AtomicUsize,
    end: AtomicUsize,
    /// A page was missing.
    torn: AtomicBool,
}

impl Slot {
    const fn free() -> Slot {
        Slot {
            taken: AtomicBool::new(false),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            torn: AtomicBool::new(false),
        }
    }
}

/// A mapped file.
pub(super) struct Map {
    map: MmapRaw,
    slot: &'static Slot,
}

impl Map {
    /// Maps the first `length` bytes of a file; `None` if that cannot be done.
    pub(super) fn of(file: &File, length: u64) -> Option<Map> {
        let length = usize::try_from(length).ok()?;
        if !is_guarded() {
            return None;
        }
        let map = MmapOptions::new()
            .len(length)
            .map_raw_read_only(file)
            .ok()?;
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::Sequential);
        let slot = MAPS
            .iter()
            .find(|slot| !slot.taken.swap(true, Ordering::AcqRel))?;
        let start = map.as_ptr() as usize;
        slot.torn.store(false, Ordering::Relaxed);
        slot.start.store(start, Ordering::Release);
        slot.end.store(start + length, Ordering::Release);
        Some(Map { map, slot })
    }

    /// Fills `into` from `place` on.
    ///
    /// # Errors
    ///
    /// The file has become shorter than that.
    pub(super) fn copy(&self, file: &File, place: u64, into: &mut [u8]) -> io::Result<()> {
        let end = usize::try_from(place)
            .ok()
            .and_then(|start| start.checked_add(into.len()))
            .filter(|end| *end <= self.map.len());
        let Some(end) = end else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let start = end - into.len();
        // SAFETY: `start..end` lies in the map, which stands as long as `self`, and `into` is memory of our own that
        // nothing else refers to. No reference to the mapped bytes is made: another process may change them while they
        // are copied, and then some of either version arrive, as `pread` has it too. Pages that the file has lost are
        // replaced by the handler, at the same place and readable, before the copy goes on.
        unsafe {
            ptr::copy_nonoverlapping(self.map.as_ptr().add(start), into.as_mut_ptr(), into.len());
        }
        // The page in which the file ends now is filled up with zeros and raises no signal.
        if self.slot.torn.load(Ordering::Acquire) || file.metadata()?.len() < end as u64 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // Before the addresses are given back.
        self.slot.end.store(0, Ordering::Release);
        self.slot.start.store(0, Ordering::Release);
        self.slot.taken.store(false, Ordering::Release);
    }
}

/// Who was asked about SIGBUS before; `None` if nobody is now.
static BEFORE: OnceLock<Option<libc::sigaction>> = OnceLock::new();

/// Bytes of a page; asked for before there is a map.
static PAGE: AtomicUsize = AtomicUsize::new(0);

/// Puts the handler in place, once.
fn is_guarded() -> bool {
    let before = BEFORE.get_or_init(|| {
        // SAFETY: asks for a constant of the system.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        PAGE.store(
            usize::try_from(page).ok().filter(|page| *page > 0)?,
            Ordering::Relaxed,
        );
        // SAFETY: both structures are plain data of C, for which zeros are valid. `on_missing_page` has the signature
        // that SA_SIGINFO asks for and lives as long as the process. No signal can arrive on account of a map before
        // this returns, since no map is made before.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                on_missing_page;
            action.sa_sigaction = handler as usize;
            action.sa_flags = libc::SA_SIGINFO;
            libc::sigemptyset(&raw mut action.sa_mask);
            let mut before: libc::sigaction = std::mem::zeroed();
            (libc::sigaction(libc::SIGBUS, &raw const action, &raw mut before) == 0)
                .then_some(before)
        }
    });
    before.is_some()
}

/// Puts an empty page where a map of ours misses one. Any other SIGBUS goes the way it went before.
///
/// Everything here may be called in a handler: atomics, `mmap` and `sigaction`, which are system calls and no more, and
/// leave `errno` as it is unless they fail. No memory is allocated and no lock taken.
extern "C" fn on_missing_page(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the kernel hands over a valid structure, and for SIGBUS its address is set.
    let address = unsafe { (*info).si_addr() } as usize;
    let page = PAGE.load(Ordering::Relaxed);
    for slot in &MAPS {
        let (start, end) = (
            slot.start.load(Ordering::Acquire),
            slot.end.load(Ordering::Acquire),
        );
        if !(start..end).contains(&address) {
            continue;
        }
        // SAFETY: the page at `address` belongs to a map that is ours and stands: its address is the faulting one,
        // so somebody is copying from it, and holds the `Map`. Replacing one page of it by a readable page of zeros
        // takes nothing from anybody, for nothing but raw copies ever looks at it. It goes when the map goes.
        let replaced = unsafe {
            let page = libc::mmap(
                (address - address % page) as *mut libc::c_void,
                page,
                libc::PROT_READ,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                -1,
                0,
            );
            page != libc::MAP_FAILED
        };
        if replaced {
            slot.torn.store(true, Ordering::Release);
            return;
        }
    }
    if let Some(Some(before)) = BEFORE.get() {
        // SAFETY: this is what `sigaction` filled in. The instruction is tried again and faults again, this time into
        // whoever was asked before.
        unsafe { libc::sigaction(libc::SIGBUS, before, ptr::null_mut()) };
    }
}
