use super::text::MOST_LINES;
use super::*;

fn cell(text: &str, right: bool) -> Cell {
    Cell::new(text.to_owned(), right, Paint::Plain)
}

fn grid() -> Grid {
    let row = |key: &str, number: &str| Row {
        cells: vec![cell(key, false), cell(number, true)],
        bar: Some((1.0, Paint::Amount)),
        ..Row::default()
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
    assert_eq!(
        lines(10),
        [
            "no such",
            "user here",
            "failed",
            "logins:",
            "1,234",
            "漢字漢字漢",
            "字漢字",
            "failed",
            "logins: 7"
        ]
    );
}

#[test]
fn names_of_events_and_hosts_are_broken_between_their_parts_and_numbers_never() {
    let name = "token.validation_failed";
    assert_eq!(wrapped(name, 18), ["token.validation_", "failed"]);
    assert_eq!(
        wrapped("ada@mail.example.com", 14),
        ["ada@mail.", "example.com"]
    );
    let least = |text: &str| Measure::of(text).least();
    assert_eq!(least("user-100249 198.18.212.95"), 13);
    assert_eq!(least(name), 11);
    // A pseudonym has no parts.
    assert_eq!(least(&format!("pn~{}", "0f".repeat(16))), 20);
}

/// Events with much to say of each.
fn events() -> Grid {
    let names = ["time (Z)", "event", "user", "reason"];
    let event = |reason: &str, absent| Row {
        cells: vec![
            Cell {
                evident: true,
                ..cell("01-14 21:59:48", true)
            },
            cell("token.validation_failed", false),
            cell("user-100249", false),
            Cell {
                absent,
                ..cell(reason, false)
            },
        ],
        ..Row::default()
    };
    Grid {
        header: names.map(|name| cell(name, name == "time (Z)")).into(),
        rows: vec![event("Signature invalid", false), event("–", true)],
    }
}

#[test]
fn room_goes_where_it_saves_lines_and_where_there_is_too_little_rows_are_lists() {
    let expected = [
        "      time (Z)  event                    user         reason",
        "01-14 21:59:48  token.validation_failed  user-100249  Signature",
        "                                                      invalid",
        "01-14 21:59:48  token.validation_failed  user-100249  –",
    ];
    assert_eq!(events().lines("", 68, Look::PLAIN), expected);
    let expected = [
        "01-14 21:59:48",
        "  event: token.validation_failed",
        "  user: user-100249",
        "  reason: Signature invalid",
        "01-14 21:59:48",
        "  event: token.validation_failed",
        "  user: user-100249",
    ];
    assert_eq!(events().lines("", 35, Look::PLAIN), expected);
}

#[test]
fn a_note_stands_below_its_row() {
    let row = Row {
        cells: vec![cell("rate", false), cell("9 %", true)],
        note: "431 of 5,000".to_owned(),
        ..Row::default()
    };
    let grid = Grid {
        rows: vec![row],
        ..Grid::default()
    };
    assert_eq!(
        grid.lines("", 12, Look::PLAIN),
        ["rate  9 %", "  431 of", "  5,000"]
    );
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
        ..Row::default()
    };
    let lines = Grid {
        header: Vec::new(),
        rows: vec![row],
    }
    .lines("", 30, Look::PLAIN);
    assert_eq!(lines.len(), MOST_LINES);
    assert!(lines[3].ends_with("x…"), "{lines:?}");
}

#[test]
fn letters_that_join_take_a_column_each() {
    assert_eq!(["سلام", "שָׁלוֹם", "اللّاه"].map(width), [4, 4, 5]);
}

#[test]
fn the_lines_of_a_text_are_told_without_breaking_it() {
    for text in [
        "",
        "one two three",
        "token.validation_failed by ada@mail.example.com",
        "漢字漢字漢字漢字 pn~0123456789abcdef",
        " two  blanks ",
        &"x".repeat(40),
    ] {
        for room in 2..50 {
            let lines = wrapped(text, room);
            assert_eq!(Measure::of(text).lines(room), lines.len(), "{lines:?}");
        }
    }
}

#[test]
fn words_are_kept_whole_while_they_fit() {
    assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
    assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
    assert_eq!(wrapped("漢a", 1), ["?", "a"]);
    assert_eq!(wrapped("", 5), [""]);
    assert_eq!(wrapped("e\u{301}e\u{301}", 1), ["e\u{301}", "e\u{301}"]);
}
