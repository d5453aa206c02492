//! Keys, and what they change of what is shown.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::Recent;

/// What somebody who looks has chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    pub(super) zoom: Zoom,
    pub(super) paused: bool,
    pub(super) help: bool,
    /// Events below the newest that are scrolled past.
    pub(super) scroll: usize,
    /// Which events are listed, in words.
    pub(super) filter: String,
    /// The words while they are written.
    pub(super) writing: Option<String>,
    /// Why the words that were written make no sense.
    pub(super) refused: Option<String>,
}

/// How much time the timeline shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Zoom {
    Minute,
    #[default]
    Hour,
    Day,
}

impl Zoom {
    /// Its name, seconds of a bucket, and how many buckets it has.
    pub(super) fn of(self) -> (&'static str, u32, usize) {
        match self {
            Zoom::Minute => ("minute", 1, 60),
            Zoom::Hour => ("hour", 60, 60),
            Zoom::Day => ("day", 900, 96),
        }
    }

    fn closer(self) -> Zoom {
        match self {
            Zoom::Day => Zoom::Hour,
            _ => Zoom::Minute,
        }
    }

    fn farther(self) -> Zoom {
        match self {
            Zoom::Minute => Zoom::Hour,
            _ => Zoom::Day,
        }
    }

    fn next(self) -> Zoom {
        match self {
            Zoom::Day => Zoom::Minute,
            zoom => zoom.farther(),
        }
    }
}

/// What a key asks for beyond another view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Nothing,
    /// List the events that these words mean.
    List(String),
    End,
}

/// The most characters of a filter.
const WORDS: usize = 200;

impl View {
    pub(super) fn press(&mut self, key: KeyEvent) -> Wish {
        let held = KeyModifiers::CONTROL | KeyModifiers::ALT;
        if key.modifiers.intersects(held) {
            // The terminal sends no signal for it while it is drawn on.
            let ends = key.modifiers.contains(KeyModifiers::CONTROL)
                && matches!(key.code, KeyCode::Char('c' | 'd'));
            return if ends { Wish::End } else { Wish::Nothing };
        }
        if self.writing.is_some() {
            return self.write(key.code);
        }
        if self.help && key.code != KeyCode::Char('q') {
            self.help = false;
            return Wish::Nothing;
        }
        self.choose(key.code)
    }

    fn choose(&mut self, key: KeyCode) -> Wish {
        match key {
            KeyCode::Char('q') => return Wish::End,
            KeyCode::Char('?' | 'h') => self.help = true,
            KeyCode::Char('p' | ' ') => self.paused = !self.paused,
            KeyCode::Char('f' | '/') => self.writing = Some(self.filter.clone()),
            KeyCode::Char('+' | '=') => self.zoom = self.zoom.closer(),
            KeyCode::Char('-') => self.zoom = self.zoom.farther(),
            KeyCode::Char('z') => self.zoom = self.zoom.next(),
            KeyCode::Down => self.scroll += 1,
            KeyCode::PageDown => self.scroll += 10,
            KeyCode::Up => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(10),
            KeyCode::Home => self.scroll = 0,
            KeyCode::End => self.scroll = Recent::ROWS,
            KeyCode::Esc if !self.filter.is_empty() => {
                self.listed(String::new());
                return Wish::List(String::new());
            }
            _ => {}
        }
        // There are no more than are kept.
        self.scroll = self.scroll.min(Recent::ROWS - 1);
        Wish::Nothing
    }

    fn write(&mut self, key: KeyCode) -> Wish {
        let words = self.writing.get_or_insert_default();
        match key {
            KeyCode::Enter => return Wish::List(words.trim().to_owned()),
            KeyCode::Esc => (self.writing, self.refused) = (None, None),
            KeyCode::Backspace => {
                words.pop();
            }
            KeyCode::Char(letter) if words.chars().count() < WORDS => words.push(letter),
            _ => {}
        }
        Wish::Nothing
    }

    /// The words that were wished for are those of the list now.
    pub(super) fn listed(&mut self, words: String) {
        (self.filter, self.writing, self.refused) = (words, None, None);
        self.scroll = 0;
    }

    /// The words that were wished for make no sense; they can be mended.
    pub(super) fn refuse(&mut self, why: String) {
        self.refused = Some(why);
    }
}
