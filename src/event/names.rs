//! Fixed names looked up by text: a small hash table made once.

/// Several times the number of names a table is made for, so that most are told at the first slot.
const SLOTS: usize = 256;

/// A table of at most 128 names. A name's slot is told by its length and three of its bytes; names that share one take
/// the next free slot. Who makes keys that collide gains a few comparisons: the table never grows.
pub struct Names<T> {
    slots: [Option<(&'static str, T)>; SLOTS],
}

impl<T: Copy> Names<T> {
    /// A table of these names; of two that are equal the first counts.
    ///
    /// # Panics
    ///
    /// There are more than 128.
    pub fn new(names: impl IntoIterator<Item = (&'static str, T)>) -> Names<T> {
        let mut slots = [None; SLOTS];
        for (count, (name, meaning)) in names.into_iter().enumerate() {
            assert!(count < SLOTS / 2, "more names than the table is made for");
            let mut slot = slot_of(name);
            while slots[slot].is_some() {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = Some((name, meaning));
        }
        Names { slots }
    }

    /// What `name` means, if it is one of the table's.
    pub fn get(&self, name: &str) -> Option<T> {
        let mut slot = slot_of(name);
        while let Some((known, meaning)) = self.slots[slot] {
            if same(known.as_bytes(), name.as_bytes()) {
                return Some(meaning);
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

/// Whether two short texts are equal, without a call: by their first and last eight bytes, or four.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        8..=16 => {
            one.first_chunk::<8>() == other.first_chunk::<8>()
                && one.last_chunk::<8>() == other.last_chunk::<8>()
        }
        4..8 => {
            one.first_chunk::<4>() == other.first_chunk::<4>()
                && one.last_chunk::<4>() == other.last_chunk::<4>()
        }
        _ => one == other,
    }
}

/// The factors are the best of 200,000 tried at random: of the product's hundred names, six share a slot.
fn slot_of(name: &str) -> usize {
    let bytes = name.as_bytes();
    let [Some(first), Some(middle), Some(last)] =
        [bytes.first(), bytes.get(bytes.len() / 2), bytes.last()]
    else {
        return 0;
    };
    let [first, middle, last] = [first, middle, last].map(|byte| usize::from(*byte));
    (first * 121 + middle * 74 + last * 10 + bytes.len() * 43) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_nothing_else_is() {
        let names = ["", "a", "aa", "auth.login", "event", "tneve"];
        let table = Names::new(names.into_iter().zip(0..));
        for (index, name) in names.into_iter().enumerate() {
            assert_eq!(table.get(name), Some(index), "{name}");
        }
        for name in ["b", "ab", "Event", "event ", "é", "auth.logi"] {
            assert_eq!(table.get(name), None, "{name}");
        }
    }

    #[test]
    fn a_full_table_still_tells_names_from_others() {
        let names: Vec<&'static str> = (0..128).map(|index| &*format!("{index}").leak()).collect();
        let table = Names::new(names.iter().map(|name| (*name, name.len())));
        assert!(names.iter().all(|name| table.get(name) == Some(name.len())));
        assert_eq!(table.get("128"), None);
    }
}
