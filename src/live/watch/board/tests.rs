use std::path::PathBuf;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::draw::{Shown, draw};
use super::*;
use crate::engine::{Lines, Observer};
use crate::event::{Event, Kind, Outcome, is_unsafe};
use crate::live::follow::State;

const NOW: i64 = 1_736_937_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(seconds, 0).unwrap()
}

/// An hour of logins: one in ten fails with `reason`.
fn recent(reason: &str) -> Recent {
    let mut recent = Recent::new();
    recent.at(at(NOW));
    for index in 0..200 {
        let mut event = Event::new(Kind::Login);
        event.time = Some(at(NOW - 3000 + index * 15));
        event.outcome = Outcome::Success;
        if index % 10 == 0 {
            event.outcome = Outcome::Failure;
            event.set(crate::event::Field::Reason, reason.into());
        }
        event.set(crate::event::Field::User, reason.into());
        recent.observe(&[event]);
    }
    recent
}

fn drawn(recent: &Recent, view: &View, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let shown = Shown {
        recent,
        lines: Lines {
            malformed: 3,
            ..Lines::default()
        },
        states: vec![
            State {
                path: PathBuf::from("auth.log"),
                generations: 3,
                place: 1,
                trouble: None,
            },
            State {
                path: PathBuf::from("gone\u{1b}[31m.log"),
                generations: 1,
                place: 1,
                trouble: Some("it is gone".to_owned()),
            },
        ],
        view,
        now: at(NOW),
        zone: Zone::UTC,
        colour: true,
    };
    terminal.draw(|frame| draw(&shown, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let symbols: Vec<&str> = buffer.content.iter().map(|cell| cell.symbol()).collect();
    symbols
        .chunks(width)
        .map(|row| row.concat() + "\n")
        .collect()
}

fn press(view: &mut View, code: KeyCode) -> Wish {
    view.press(KeyEvent::new(code, KeyModifiers::NONE))
}

#[test]
fn a_terminal_of_80_columns_shows_rates_failures_events_and_what_is_wrong() {
    let text = text(&drawn(&recent("Invalid code"), &View::default(), 80, 24));
    for part in [
        "200 events, 3 bad lines",
        " hour             200         180        20   90.0 %          0        20",
        "        20  Invalid code",
        "✓ auth.login",
        "auth.log  rotated 2 ×",
        "▲ it is gone",
        "Last hour: events, 4 at most in a minute",
        "? help",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn any_size_is_drawn_and_nothing_of_a_log_drives_the_terminal() {
    let hostile = "\u{1b}[2J\u{202e}\u{7}<script>名前👩‍👩‍👧 \u{300}\u{9b}31m".repeat(20);
    let recent = recent(&hostile);
    let help = View {
        help: true,
        ..View::default()
    };
    let zooms = [Zoom::Minute, Zoom::Day].map(|zoom| View {
        zoom,
        filter: hostile.clone(),
        writing: true,
        ..View::default()
    });
    for (width, height) in [
        (1, 1),
        (2, 9),
        (20, 6),
        (20, 50),
        (40, 10),
        (80, 24),
        (250, 60),
    ] {
        for view in zooms.iter().chain([&help, &View::default()]) {
            let text = text(&drawn(&recent, view, width, height));
            let driving = text
                .chars()
                .find(|letter| *letter != '\n' && is_unsafe(*letter));
            assert_eq!(driving, None, "{width} × {height}");
        }
    }
}

#[test]
fn an_empty_log_is_told_as_that() {
    let mut recent = Recent::new();
    recent.at(at(NOW));
    let text = text(&drawn(&recent, &View::default(), 80, 24));
    for part in [" 0 events", "n/a", "nothing failed", " none"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn keys_change_what_is_shown() {
    let recent = recent("Invalid code");
    let mut view = View::default();
    let zooms: Vec<&str> = (0..3)
        .map(|_| {
            press(&mut view, KeyCode::Char('z'));
            view.zoom.of().0
        })
        .collect();
    assert_eq!(zooms, ["day", "minute", "hour"]);
    press(&mut view, KeyCode::Char('+'));
    assert_eq!(view.zoom, Zoom::Minute);
    for key in "/fail".chars() {
        press(&mut view, KeyCode::Char(key));
    }
    press(&mut view, KeyCode::Backspace);
    press(&mut view, KeyCode::Enter);
    assert_eq!(view.filter, "fai");
    let none = text(&drawn(&recent, &view, 80, 24));
    assert!(
        none.contains("Recent events with fai") && !none.contains("✓ auth.login"),
        "{none}"
    );
    press(&mut view, KeyCode::Esc);
    assert!(text(&drawn(&recent, &view, 80, 24)).contains("✓ auth.login"));
    press(&mut view, KeyCode::Char('?'));
    assert!(text(&drawn(&recent, &view, 80, 24)).contains("any key closes it"));
    // A key that closes the help does nothing else.
    assert_eq!(press(&mut view, KeyCode::Char('q')), Wish::Nothing);
    press(&mut view, KeyCode::Char('p'));
    assert!(view.paused && text(&drawn(&recent, &view, 80, 24)).contains("PAUSED"));
    assert_eq!(press(&mut view, KeyCode::Char('q')), Wish::End);
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    view.writing = true;
    assert_eq!(view.press(interrupt), Wish::End);
}

#[test]
fn what_is_alarming_is_on_top_in_words() {
    let mut recent = recent("Invalid code");
    for index in 0..40 {
        let mut event = Event::new(Kind::Login);
        event.time = Some(at(NOW - 100 + index));
        event.outcome = Outcome::Failure;
        recent.observe(&[event]);
    }
    let text = text(&drawn(&recent, &View::default(), 80, 24));
    assert!(
        text.contains("▲ 73.2 % of logins fail in the last 5 minutes; 10.3 % in the day before"),
        "{text}"
    );
}
