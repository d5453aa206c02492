use super::*;

fn cell(text: &str, right: bool) -> Cell {
    Cell {
        text: text.to_owned(),
        right,
        paint: Paint::Plain,
    }
}

fn grid() -> Grid {
    let row = |key: &str, number: &str| Row {
        cells: vec![cell(key, false), cell(number, true)],
        bar: Some((1.0, Paint::Amount)),
    };
    Grid {
        header: vec![cell("reason", false), cell("failed logins", true)],
        rows: vec![
            row("no such user here", "1,234"),
            row("漢字漢字漢字漢字", "7"),
        ],
    }
}

fn lines(room: usize) -> Vec<String> {
    grid().lines("", room, Look::PLAIN)
}

#[test]
fn numbers_stand_to_the_right_and_wide_letters_take_two_columns() {
    let expected = [
        "reason             failed logins",
        "no such user here          1,234",
        "漢字漢字漢字漢字               7",
    ];
    assert_eq!(lines(32), expected);
}

#[test]
fn a_bar_takes_what_room_is_left() {
    assert_eq!(lines(44)[1], "no such user here          1,234  ██████████");
    // Too little room for one.
    assert_eq!(lines(38)[1], "no such user here          1,234");
}

#[test]
fn headings_are_broken_first_then_texts_and_at_last_rows_are_lists() {
    let expected = [
        "reason             failed",
        "                   logins",
        "no such user here   1,234",
        "漢字漢字漢字漢字        7",
    ];
    assert_eq!(lines(25), expected);
    let narrow = lines(17);
    assert_eq!(narrow[2], "no such     1,234");
    assert_eq!(narrow[3], "user here");
    let list = lines(9);
    assert_eq!(list[0], "reason:");
    assert!(list.contains(&" 1,234".to_owned()), "{list:?}");
}

#[test]
fn no_line_is_wider_than_the_room() {
    for room in 2..60 {
        for indent in ["", "  "] {
            for line in grid().lines(indent, room, Look::PLAIN) {
                assert!(
                    width(&line) <= room.max(indent.len() + 1),
                    "{line:?} in {room}"
                );
            }
        }
    }
}

#[test]
fn a_long_cell_ends_after_four_lines_and_says_so() {
    let row = Row {
        cells: vec![cell(&"x".repeat(500), false), cell("1", true)],
        bar: None,
    };
    let lines = Grid {
        header: Vec::new(),
        rows: vec![row],
    }
    .lines("", 20, Look::PLAIN);
    assert_eq!(lines.len(), MOST_LINES);
    assert!(lines[3].ends_with("x…"), "{lines:?}");
}

#[test]
fn words_are_kept_whole_while_they_fit() {
    assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
    assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
    assert_eq!(wrapped("漢a", 1), ["?", "a"]);
    assert_eq!(wrapped("", 5), [""]);
    assert_eq!(wrapped("e\u{301}e\u{301}", 1), ["e\u{301}", "e\u{301}"]);
}
