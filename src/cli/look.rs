//! What standard output can show, by what is known of it and by what the user wants.

use std::ffi::OsString;

use clap::builder::{EnumValueParser, PossibleValue};
use clap::{Arg, ArgMatches, ValueEnum};

use crate::render::Look;

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colour {
    Auto,
    Always,
    Never,
}

impl ValueEnum for Colour {
    fn value_variants<'a>() -> &'a [Colour] {
        &[Colour::Auto, Colour::Always, Colour::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Colour::Auto => PossibleValue::new("auto").help("on a terminal that has colours"),
            Colour::Always => PossibleValue::new("always").help("in a pipe too, as for less -R"),
            Colour::Never => PossibleValue::new("never").help("bars and lines stay"),
        })
    }
}

/// The word itself, of every command.
pub(super) fn arg() -> Arg {
    Arg::new("color")
        .long("color")
        .global(true)
        .value_name("WHEN")
        .value_parser(EnumValueParser::<Colour>::new())
        .default_value("auto")
        .help("Colours, and what is drawn beside numbers")
        .long_help(
            "Colours, and what is drawn beside numbers\n\nWithout it, tables have colours, bars, lines and maps on a terminal, and are \
             plain text elsewhere; NO_COLOR and TERM=dumb turn colours off, CLICOLOR_FORCE turns both on in a pipe. What is \
             drawn has text from the right (Hebrew, Arabic) between isolates (U+2068, U+2069), so that it moves no column; plain \
             text has none. Files are plain text always.",
        )
}

/// What the user wants, over what is known of the terminal.
pub(super) fn wanted(look: Look, matches: &ArgMatches) -> Look {
    let matches = matches.subcommand().map_or(matches, |(_, matches)| matches);
    match matches.try_get_one("color") {
        Ok(Some(Colour::Always)) => Look {
            colour: true,
            drawn: true,
            ..look
        },
        Ok(Some(Colour::Never)) => Look {
            colour: false,
            ..look
        },
        _ => look,
    }
}

/// What is known of standard output: whether it is a terminal, and what the environment says of it.
pub(super) fn known(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Look {
    let said = |name| variable(name).filter(|value| !value.is_empty());
    let is = |name, value: &str| said(name).is_some_and(|said| said == *value);
    let forced = said("CLICOLOR_FORCE").is_some() && !is("CLICOLOR_FORCE", "0");
    let shown = is_terminal && !is("TERM", "dumb") || forced;
    // POSIX, XBD 8.2: the first of these that says something counts.
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(said);
    let locale = locale.unwrap_or_default().to_string_lossy().to_lowercase();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8") || cfg!(windows);
    Look {
        colour: shown && said("NO_COLOR").is_none() && (forced || !is("CLICOLOR", "0")),
        drawn: shown,
        ascii: !utf8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(is_terminal: bool, environment: &[(&str, &str)]) -> (bool, bool, bool) {
        let look = known(is_terminal, |name| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        });
        (look.colour, look.drawn, look.ascii)
    }

    #[test]
    fn a_terminal_has_colours_unless_somebody_objects() {
        assert_eq!(look(true, &[("LANG", "de_DE.UTF-8")]), (true, true, false));
        assert_eq!(look(false, &[("LANG", "C.utf8")]), (false, false, false));
        assert_eq!(
            look(true, &[("LANG", "C.utf8"), ("NO_COLOR", "1")]),
            (false, true, false)
        );
        assert_eq!(
            look(true, &[("LANG", "C.utf8"), ("NO_COLOR", "")]),
            (true, true, false)
        );
        assert_eq!(
            look(true, &[("LANG", "C.utf8"), ("TERM", "dumb")]),
            (false, false, false)
        );
        assert_eq!(
            look(true, &[("LANG", "C.utf8"), ("CLICOLOR", "0")]),
            (false, true, false)
        );
    }

    #[test]
    fn colours_may_be_forced_into_a_pipe() {
        let forced = ("CLICOLOR_FORCE", "1");
        assert_eq!(
            look(false, &[forced, ("LANG", "C.UTF-8")]),
            (true, true, false)
        );
        let not = ("CLICOLOR_FORCE", "0");
        assert_eq!(
            look(false, &[not, ("LANG", "C.UTF-8")]),
            (false, false, false)
        );
        let both = [forced, ("NO_COLOR", "1"), ("LANG", "C.UTF-8")];
        assert_eq!(look(false, &both), (false, true, false));
    }

    #[test]
    fn the_first_variable_that_says_something_tells_the_letters() {
        let ascii = |environment| look(true, environment).2;
        assert!(ascii(&[]));
        assert!(ascii(&[("LC_ALL", "C"), ("LANG", "C.UTF-8")]));
        assert!(!ascii(&[
            ("LC_ALL", ""),
            ("LC_CTYPE", "en_US.utf8"),
            ("LANG", "C")
        ]));
    }
}
