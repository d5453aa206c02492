//! Blocks of lines beside each other, where a terminal has room for several.

use crate::render::layout::width;

/// Columns between two blocks.
const GAP: usize = 4;

/// Blocks in their order, from left to right and then further down, as many side by side as `room` has columns for. Rows of
/// them begin with an empty line.
pub(super) fn beside(blocks: Vec<Vec<String>>, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut row: Vec<(usize, Vec<String>)> = Vec::new();
    let mut used = 0;
    for block in blocks.into_iter().filter(|block| !block.is_empty()) {
        let wide = block.iter().map(|line| shown(line)).max().unwrap_or(0);
        if !row.is_empty() && used + GAP + wide > room {
            lines.extend(side_by_side(&std::mem::take(&mut row)));
        }
        used = match row.is_empty() {
            true => wide,
            false => used + GAP + wide,
        };
        row.push((wide, block));
    }
    lines.extend(side_by_side(&row));
    lines
}

fn side_by_side(row: &[(usize, Vec<String>)]) -> Vec<String> {
    let height = row.iter().map(|(_, block)| block.len()).max();
    let line = |at: usize| {
        let mut line = String::new();
        // Blanks are written when something follows them.
        let mut blanks = 0;
        for (wide, block) in row {
            let text = block.get(at).map_or("", String::as_str);
            if !text.is_empty() {
                line.extend(std::iter::repeat_n(' ', blanks));
                line.push_str(text);
                blanks = 0;
            }
            blanks += wide - shown(text) + GAP;
        }
        line
    };
    let lines = (0..height.unwrap_or(0)).map(line);
    let before = (!row.is_empty()).then(String::new);
    before.into_iter().chain(lines).collect()
}

/// Columns a line takes, colours left out.
fn shown(line: &str) -> usize {
    let mut pieces = line.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default();
    let coloured = pieces.filter_map(|piece| piece.split_once('m'));
    width(first) + coloured.map(|(_, text)| width(text)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stand_side_by_side_where_they_fit() {
        let block = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let blocks = || {
            vec![
                block(&["a", "\u{1b}[1mbbbb\u{1b}[0m", "漢"]),
                Vec::new(),
                block(&["c"]),
                block(&["d", "e"]),
            ]
        };
        assert_eq!(
            beside(blocks(), 9),
            [
                "",
                "a       c",
                "\u{1b}[1mbbbb\u{1b}[0m",
                "漢",
                "",
                "d",
                "e"
            ]
        );
        assert_eq!(beside(blocks(), 14)[1], "a       c    d");
        assert_eq!(beside(blocks(), 14)[2], "\u{1b}[1mbbbb\u{1b}[0m         e");
        assert_eq!(beside(blocks(), 1).len(), 9);
    }
}
