//! Laws that tests hold sums to.

use serde::Serialize;

use super::Merge;

/// Merging three sums, in any order and tree, gives the sum of all they were made of, as it is saved.
#[track_caller]
pub(super) fn merging_is_adding<T: Merge + Clone + Serialize>(parts: &[T; 3], all: &T) {
    let saved = |sum: &T| serde_json::to_string(sum).unwrap();
    for [a, b, c] in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let mut left = parts[a].clone();
        left.merge(parts[b].clone());
        left.merge(parts[c].clone());
        let mut right = parts[b].clone();
        right.merge(parts[c].clone());
        let mut outer = parts[a].clone();
        outer.merge(right);
        assert_eq!(saved(&left), saved(all));
        assert_eq!(saved(&outer), saved(all));
    }
}
