//! Where tallies are kept by id.

use std::fmt::Debug;

use crate::event::Id;

/// One tally for each id: the default, as long as nobody changed it.
pub trait Cells<T>: Clone + Debug + Default {
    /// Changes the tally of an id.
    fn change(&mut self, id: Id, how: impl FnOnce(&mut T));

    /// The tally of an id.
    fn tally(&self, id: Id) -> T;

    /// Tallies that are not the default, in the order of their ids.
    fn some(&self) -> impl Iterator<Item = (Id, T)>;

    /// Takes less room where few were changed, until the next change.
    fn settle(&mut self) {}
}

/// As they are.
impl<T: Copy + Debug + Default + PartialEq> Cells<T> for Vec<T> {
    #[inline]
    fn change(&mut self, Id(id): Id, how: impl FnOnce(&mut T)) {
        let id = id as usize;
        if id >= self.len() {
            self.resize(id + 1, T::default());
        }
        how(&mut self[id]);
    }

    fn tally(&self, Id(id): Id) -> T {
        self.get(id as usize).copied().unwrap_or_default()
    }

    fn some(&self) -> impl Iterator<Item = (Id, T)> {
        let some = (0..).map(Id).zip(self.iter().copied());
        some.filter(|(_, tally)| *tally != T::default())
    }
}
