//! What the names of files tell that a run has left beside a log: all that the next run needs, whatever became of that
//! one. `FROM` counts bytes of the old file:
//!
//! ```text
//!  .auth.jsonl.prune-new                   a copy that was not finished: of no use
//!  .auth.jsonl.prune-OLD-NEW.FROM          numbers of the two files; what stands before FROM is in the log
//!  .auth.jsonl.prune-OLD-NEW.FROM-TO-AT    FROM to TO is on its way: some of it may stand in the log, after byte AT
//! ```
//!
//! If the file is NEW itself, the exchange has not happened: it is of no use.

/// The rest of the name of a copy that is being made.
pub(super) const UNFINISHED: &str = "new";

/// The numbers that a name tells.
pub(super) struct Told {
    pub(super) old: u64,
    pub(super) new: u64,
    pub(super) from: u64,
    /// To, and at.
    pub(super) under_way: Option<(u64, u64)>,
}

/// The name of the old file, as `numbers.from`.
pub(super) fn name(old: u64, new: u64, from: u64) -> String {
    format!("{old:x}-{new:x}.{from}")
}

/// What the rest of a name tells, if a run gave it.
pub(super) fn told(rest: &str) -> Option<Told> {
    let (numbers, place) = rest.split_once('.')?;
    let (old, new) = numbers.split_once('-')?;
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let mut places = place.split('-').map(str::parse::<u64>);
    let from = places.next()?.ok()?;
    let under_way = match (places.next(), places.next(), places.next()) {
        (None, ..) => None,
        (Some(Ok(to)), Some(Ok(at)), None) => Some((to, at)),
        _ => return None,
    };
    Some(Told {
        old: number(old)?,
        new: number(new)?,
        from,
        under_way,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_it_was_given_and_no_other_name_tells_anything() {
        let numbers =
            |rest: &str| told(rest).map(|told| (told.old, told.new, told.from, told.under_way));
        assert_eq!(numbers(&name(10, 255, 7)), Some((10, 255, 7, None)));
        assert_eq!(numbers("a-ff.7-20-3"), Some((10, 255, 7, Some((20, 3)))));
        for rest in [
            "",
            "new",
            "a-ff",
            "a.7",
            "a-ff.7-",
            "a-ff.7-20",
            "a-ff.7-20-3-4",
            "a-ff.x",
            "g-ff.7",
            "a-ff.-7",
        ] {
            assert_eq!(numbers(rest), None, "{rest}");
        }
    }
}
