//! What is on the screen, drawn into memory.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::Color;

use super::keys::Zoom;
use super::*;
use crate::engine::Observer;
use crate::event::{Event, Field, Kind, Outcome};

fn now() -> Timestamp {
    Timestamp::new(1_736_937_000, 0).unwrap()
}

/// So many seconds before now.
fn ago(seconds: i64) -> Timestamp {
    Timestamp::new(now().seconds() - seconds, 0).unwrap()
}

fn login<'a>(seconds: i64, user: &'a str, reason: Option<&'a str>) -> Event<'a> {
    let mut event = Event::new(Kind::Login);
    event.time = Some(ago(seconds));
    event.outcome = match reason {
        Some(_) => Outcome::Failure,
        None => Outcome::Success,
    };
    event.set(Field::User, Some(user));
    event.set(Field::Reason, reason);
    event
}

fn moment(events: &[Event<'_>]) -> Moment {
    let mut recent = Recent::new();
    recent.at(now());
    recent.observe(events);
    Moment {
        now: now(),
        recent,
        lines: Lines::default(),
        left: 0,
        lists: 0,
        is_first: false,
        states: vec![State {
            path: "/var/log/auth.jsonl".into(),
            generations: 3,
            place: 7,
            trouble: None,
        }],
    }
}

/// A day: an hour's logins, two of five failed, and one of a user of her own some hours ago.
fn day() -> Moment {
    let mut events = vec![login(40_000, "zoë", None)];
    for second in 0..60 {
        let reason = match second % 5 {
            0 => Some("Invalid code"),
            1 => Some("Locked"),
            _ => None,
        };
        events.push(login(second * 50 + 1, "alice", reason));
    }
    moment(&events)
}

const SETTINGS: Settings<'static> = Settings {
    zone: Zone::UTC,
    colour: true,
    meaning: &|_| Ok(Filter::default()),
};

fn drawn(moment: &Moment, view: &View, settings: &Settings<'_>, size: (u16, u16)) -> TestBackend {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal
        .draw(|frame| draw::draw(moment, view, settings, frame))
        .unwrap();
    terminal.backend().clone()
}

/// The screen as text, a line a row.
fn screen(moment: &Moment, view: &View, size: (u16, u16)) -> String {
    let backend = drawn(moment, view, &SETTINGS, size);
    let cells = backend.buffer().content().chunks(size.0.into());
    let rows = cells.map(|row| {
        row.iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect::<String>()
    });
    rows.map(|row| row.trim_end().to_owned() + "\n").collect()
}

fn line<'a>(screen: &'a str, start: &str) -> &'a str {
    let found = screen
        .lines()
        .find(|line| line.trim_start().starts_with(start));
    found.unwrap_or_else(|| panic!("no {start:?} in\n{screen}"))
}

fn press(view: &mut View, keys: &str) -> Vec<Wish> {
    let press = |letter| view.press(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE));
    keys.chars().map(press).collect()
}

fn press_key(view: &mut View, key: KeyCode) -> Wish {
    view.press(KeyEvent::new(key, KeyModifiers::NONE))
}

// ---- what is shown

#[test]
fn eighty_by_twenty_four_has_everything() {
    let screen = screen(&day(), &View::default(), (80, 24));
    let words = |start| line(&screen, start).split_whitespace().collect::<Vec<_>>();
    // events, per s, logins ok, failed, share, refreshes, failures
    assert_eq!(
        words("minute"),
        ["minute", "2", "0.03", "0", "2", "0.0", "%", "0", "2"]
    );
    assert_eq!(
        words("hour"),
        ["hour", "60", "0.02", "36", "24", "60.0", "%", "0", "24"]
    );
    assert_eq!(words("day")[1], "61");
    assert!(line(&screen, "authmeter").contains("61 events"), "{screen}");
    assert!(line(&screen, "12 ■").ends_with("Invalid code"), "{screen}");
    assert!(screen.contains("12 ■■■■■■■■■■■■■■■■ Locked"), "{screen}");
    assert!(
        line(&screen, "Last hour").contains("2 at most in a minute"),
        "{screen}"
    );
    assert!(
        line(&screen, "10:29:59").contains("✗ auth.login          alice"),
        "{screen}"
    );
    assert!(
        line(&screen, "/var/log").contains("rotated 2 ×"),
        "{screen}"
    );
    assert!(line(&screen, "q end").contains("? help"), "{screen}");
}

#[test]
fn a_small_terminal_has_rates_and_the_newest_events() {
    let screen = screen(&day(), &View::default(), (20, 10));
    assert_eq!(line(&screen, "hour"), " hour             60");
    assert!(line(&screen, "10:29:59").contains("✗"), "{screen}");
    assert!(line(&screen, "authmeter").contains("61"), "{screen}");
}

#[test]
fn why_something_failed_is_told_at_every_usual_width() {
    for width in [60, 80, 100, 120, 160, 250] {
        let screen = screen(&day(), &View::default(), (width, 24));
        assert!(
            line(&screen, "10:29:59").contains("Invalid code"),
            "{screen}"
        );
    }
}

#[test]
fn a_large_terminal_shows_more_of_everything() {
    let screen = screen(&day(), &View::default(), (250, 60));
    assert!(screen.matches("auth.login").count() > 20, "{screen}");
    let axis = screen
        .lines()
        .position(|line| line.contains("Last hour"))
        .unwrap();
    let columns = screen
        .lines()
        .nth(axis + 1)
        .unwrap()
        .trim_end()
        .chars()
        .count();
    assert!(columns > 200, "{screen}");
}

#[test]
fn no_size_is_too_small_and_no_state_too_odd() {
    let mut writing = View::default();
    press(&mut writing, "fé漢\u{1b}");
    writing.refuse("no".repeat(500));
    let help = View {
        help: true,
        scroll: 199,
        zoom: Zoom::Day,
        ..View::default()
    };
    for moment in [day(), moment(&[])] {
        for view in [View::default(), writing.clone(), help.clone()] {
            for width in (1..30).chain([80, 500]) {
                for height in (1..24).chain([200]) {
                    drawn(&moment, &view, &SETTINGS, (width, height));
                }
            }
        }
    }
}

#[test]
fn an_empty_log_says_so() {
    let screen = screen(&moment(&[]), &View::default(), (80, 24));
    assert!(line(&screen, "authmeter").contains(" 0 events"), "{screen}");
    assert!(screen.contains("Last hour: no events"), "{screen}");
    assert!(
        screen.contains("nothing failed") && screen.contains(" none"),
        "{screen}"
    );
    assert!(line(&screen, "hour").contains("n/a"), "{screen}");
}

#[test]
fn what_a_log_says_does_not_act_on_the_terminal() {
    let hostile = "\x1b[2J\x1b]0;title\x07\u{202e}\r\n\u{9b}31m";
    let mut moment = moment(&[login(1, hostile, Some(hostile))]);
    moment.states[0].path = hostile.into();
    moment.states[0].trouble = Some(hostile.to_owned());
    let view = View {
        filter: hostile.to_owned(),
        ..View::default()
    };
    let backend = drawn(&moment, &view, &SETTINGS, (250, 60));
    let text: String = backend
        .buffer()
        .content()
        .iter()
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    assert!(!text.contains(crate::event::is_unsafe), "{text:?}");
    assert!(text.matches(r"\u{1b}[2J").count() >= 4, "{text}");
}

#[test]
fn alarms_and_troubles_are_told_in_words() {
    let mut events: Vec<_> = (0..100).map(|n| login(400 + n, "a", None)).collect();
    events.extend((0..20).map(|n| login(n, "b", Some("Invalid code"))));
    let mut moment = moment(&events);
    moment.states.push(State {
        path: "gone".into(),
        trouble: Some("No such file".to_owned()),
        ..moment.states[0].clone()
    });
    let screen = screen(&moment, &View::default(), (80, 24));
    assert!(
        line(&screen, "▲").contains("100.0 % of logins fail in the last 5 minutes; 0.0 %"),
        "{screen}"
    );
    assert!(
        line(&screen, "gone").ends_with("▲ No such file"),
        "{screen}"
    );
    moment.now = Timestamp::new(now().seconds() + 500, 0).unwrap();
    let screen = self::screen(&moment, &View::default(), (80, 24));
    assert!(screen.contains("▲ no event for 500 s"), "{screen}");
}

#[test]
fn colours_are_left_out_if_nobody_wants_them() {
    let colours = |colour| {
        let settings = Settings { colour, ..SETTINGS };
        let backend = drawn(&day(), &View::default(), &settings, (80, 24));
        let cells = backend.buffer().content().to_vec();
        let coloured =
            |cell: &&ratatui::buffer::Cell| (cell.fg, cell.bg) != (Color::Reset, Color::Reset);
        cells.iter().filter(coloured).count()
    };
    assert_eq!(colours(false), 0);
    assert!(colours(true) > 50);
}

// ---- keys

#[test]
fn keys_choose_the_stretch_of_the_timeline() {
    let mut view = View::default();
    let shown = |view: &View| screen(&day(), view, (80, 24));
    press(&mut view, "+");
    assert!(shown(&view).contains("Last minute: events, 1 at most in a second"));
    press(&mut view, "++-");
    assert_eq!(view.zoom, Zoom::Hour);
    press(&mut view, "z");
    assert!(shown(&view).contains("Last day: events, 18 at most in 15 minutes"));
    press(&mut view, "--z");
    assert_eq!(view.zoom, Zoom::Minute);
}

#[test]
fn what_is_held_says_so() {
    let mut view = View::default();
    press(&mut view, "p");
    assert!(line(&screen(&day(), &view, (20, 10)), "PAUSED").contains("61"));
    press(&mut view, " ");
    assert_eq!(view, View::default());
}

#[test]
fn the_list_scrolls_between_its_ends() {
    let events: Vec<_> = (0..30).map(|n| login(n, "u", None)).collect();
    let moment = moment(&events);
    let mut view = View::default();
    let first = |view: &View| {
        let screen = screen(&moment, view, (80, 10));
        let place = screen
            .lines()
            .position(|line| line.contains("Newest events"));
        screen.lines().nth(place.unwrap() + 1).unwrap()[1..9].to_owned()
    };
    assert_eq!(first(&view), "10:30:00");
    press_key(&mut view, KeyCode::Up);
    press_key(&mut view, KeyCode::Down);
    assert_eq!(first(&view), "10:29:59");
    press_key(&mut view, KeyCode::PageDown);
    assert_eq!(first(&view), "10:29:49");
    press_key(&mut view, KeyCode::End);
    let last = first(&view);
    assert!(
        screen(&moment, &view, (80, 10)).contains("10:29:31"),
        "{last}"
    );
    press_key(&mut view, KeyCode::Home);
    assert_eq!(first(&view), "10:30:00");
}

#[test]
fn help_lies_over_everything_until_a_key_comes() {
    let mut view = View::default();
    press(&mut view, "?");
    assert!(screen(&day(), &view, (80, 24)).contains("any key closes it"));
    assert_eq!(press(&mut view, "p"), [Wish::Nothing]);
    assert_eq!(view, View::default(), "the key did nothing else");
}

#[test]
fn a_filter_is_written_then_listed_or_refused() {
    let mut view = View::default();
    assert_eq!(press(&mut view, "fq?x"), vec![Wish::Nothing; 4]);
    press_key(&mut view, KeyCode::Backspace);
    assert!(screen(&day(), &view, (80, 24)).contains("List only: q?_"));
    assert_eq!(
        press_key(&mut view, KeyCode::Enter),
        Wish::List("q?".to_owned())
    );
    view.refuse("no such words".to_owned());
    assert!(screen(&day(), &view, (80, 24)).contains("List only: q?_ ▲ no such words"));
    view.listed("q?".to_owned());
    assert!(screen(&day(), &view, (80, 24)).contains("Newest events: q?"));
    assert_eq!(
        press_key(&mut view, KeyCode::Esc),
        Wish::List(String::new())
    );
    assert_eq!(view, View::default());
    press(&mut view, "/abc");
    press_key(&mut view, KeyCode::Esc);
    assert_eq!(view, View::default(), "nothing was chosen");
}

#[test]
fn it_ends_with_q_and_with_what_interrupts_programs() {
    let control = |letter, view: &mut View| {
        view.press(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))
    };
    for keys in ["", "f", "?", "p"] {
        let mut view = View::default();
        press(&mut view, keys);
        assert_eq!(control('c', &mut view), Wish::End, "after {keys:?}");
        assert_eq!(control('z', &mut view), Wish::Nothing);
    }
    assert_eq!(
        press(&mut View::default(), "?q"),
        [Wish::Nothing, Wish::End]
    );
}

// ---- the list

#[test]
fn a_filter_finds_what_is_rare_however_much_comes_after_it() {
    let mut moment = day();
    let mut filter = Filter::default();
    filter.add(
        "user",
        crate::filter::Condition::Is(Field::User, "zoë".to_owned()),
        false,
    );
    moment.recent.list(filter);
    assert_eq!(
        moment.recent.listed().count(),
        1,
        "what is known is looked through"
    );
    // As workers see it: each a part, then in one.
    for second in 0..1000 {
        let user = if second == 3 { "zoë" } else { "mallory" };
        let mut part = moment.recent.beside(now());
        part.observe(&[login(second, user, None)]);
        moment.recent.merge(part);
    }
    let listed: Vec<_> = moment.recent.listed().map(|row| row.time).collect();
    assert_eq!(listed, [ago(3), ago(40_000)]);
    assert_eq!(moment.recent.total().events, 1061, "everything is counted");
    moment.recent.list(Filter::default());
    assert_eq!(moment.recent.listed().count(), Recent::ROWS);
}
