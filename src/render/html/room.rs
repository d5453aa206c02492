//! How much of a page each of its tables may take, so that all of it stays small.
//!
//! Tables share what a page has beside them: those that need less than an equal part get what they need, the others share what
//! is left. So texts that are long, or many, cost rows of the tables they are in, and of no other: who fills a log cannot push
//! the hours of the day off the page.

use super::tables;
use crate::document::Table;

/// The most rows of a table on a page: browsers grow slow before a log runs out of different reasons.
const MOST_ROWS: usize = 1000;

/// What each table may take.
pub(super) struct Room {
    bytes: usize,
}

impl Room {
    /// No table has rows: what is left is the page around them.
    pub(super) const NONE: Room = Room { bytes: 0 };

    /// Shares so many bytes between tables.
    pub(super) fn shared<'a>(tables: impl Iterator<Item = &'a Table>, bytes: usize) -> Room {
        let mut sizes: Vec<usize> = tables.map(|table| sizes(table).sum()).collect();
        sizes.sort_unstable();
        let mut left = bytes;
        for (before, size) in sizes.iter().enumerate() {
            let part = left / (sizes.len() - before);
            if *size > part {
                return Room { bytes: part };
            }
            left -= size;
        }
        Room { bytes }
    }

    /// How many rows of a table there is room for.
    pub(super) fn rows(&self, table: &Table) -> usize {
        let mut taken = 0;
        let fits = |size: &usize| {
            taken += size;
            taken <= self.bytes
        };
        sizes(table).take_while(fits).count()
    }
}

/// What each row takes of a page.
fn sizes(table: &Table) -> impl Iterator<Item = usize> {
    let rows = table.rows.iter().take(MOST_ROWS);
    rows.map(|row| tables::row(row).into_string().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Section, Value};

    /// A table of so many rows with texts of so many characters.
    fn table(rows: usize, characters: usize) -> Table {
        let row = || vec![Value::Text("x".repeat(characters))];
        let mut section = Section::new("s", "S").table("t", &["c"], (0..rows).map(|_| row()));
        section.tables.remove(0)
    }

    fn rows(tables: &[Table], bytes: usize) -> Vec<usize> {
        let room = Room::shared(tables.iter(), bytes);
        tables.iter().map(|table| room.rows(table)).collect()
    }

    #[test]
    fn a_table_that_is_large_leaves_the_others_their_rows() {
        let tables = [table(500, 100), table(24, 2), table(7, 9), table(500, 50)];
        let found = rows(&tables, 20_000);
        assert_eq!(found[1..3], [24, 7]);
        // The same room for both, so more of the shorter rows.
        assert!(
            50 < found[0] && found[0] < found[3] && found[3] < 500,
            "{found:?}"
        );
        let taken = |(table, rows): (&Table, &usize)| sizes(table).take(*rows).sum::<usize>();
        let taken: usize = tables.iter().zip(&found).map(taken).sum();
        assert!((19_600..=20_000).contains(&taken), "{taken}");
    }

    #[test]
    fn where_there_is_room_for_all_every_table_has_all_its_rows_up_to_a_thousand() {
        let tables = [table(3, 10), table(1001, 1), table(0, 0)];
        assert_eq!(rows(&tables, 1_000_000), [3, MOST_ROWS, 0]);
        assert_eq!(rows(&tables, 0), [0, 0, 0]);
        assert_eq!(rows(&[], 10), [0; 0]);
    }
}
