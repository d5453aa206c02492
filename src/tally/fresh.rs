//! Ids of one set after the other.

use roaring::RoaringBitmap;

use super::bits::Bits;
use crate::event::Id;

/// The different ids since it was last emptied. One bit for each id tells the new ones, so that adding is a look at one
/// bit; the ids themselves are kept too, so that emptying costs as much as there is in it.
#[derive(Clone, Debug, Default)]
pub struct Fresh {
    bits: Bits,
    ids: Vec<u32>,
}

impl Fresh {
    /// Takes one more id, seen before or not.
    #[inline]
    pub fn add(&mut self, id: Id) {
        if self.bits.insert(id) {
            self.ids.push(id.0);
        }
    }

    /// Moves the ids to a set.
    pub fn empty_into(&mut self, set: &mut RoaringBitmap) {
        for id in &self.ids {
            self.bits.remove(Id(*id));
        }
        self.ids.sort_unstable();
        if set.is_empty() {
            set.extend(self.ids.drain(..));
        } else {
            *set |= RoaringBitmap::from_iter(self.ids.drain(..));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_gets_its_own_ids_once() {
        let mut fresh = Fresh::default();
        let mut sets = [RoaringBitmap::new(), RoaringBitmap::from_iter([7, 100_000])];
        for (set, ids) in sets.iter_mut().zip([[3, 3, 64, 3], [7, 65, 7, 3]]) {
            ids.into_iter().for_each(|id| fresh.add(Id(id)));
            fresh.empty_into(set);
        }
        assert!(sets[0].iter().eq([3, 64]));
        assert!(sets[1].iter().eq([3, 7, 65, 100_000]));
    }
}
