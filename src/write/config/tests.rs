use super::*;

/// Reads the settings of an environment that holds these variables alone.
fn read(variables: &[(&str, &str)]) -> Result<Config, Error> {
    Config::read(|name| {
        let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
        Some(OsString::from(value))
    })
}

#[test]
fn nothing_set_or_all_empty_says_nothing() {
    let silent = Config {
        colour: Colour::OnTerminal,
        ..Config::default()
    };
    assert_eq!(read(&[]).unwrap(), silent);
    let names = [
        ENABLED,
        FORMAT,
        FILE_PATH,
        ENDPOINT,
        DELIVERY,
        MAX_WAIT,
        ROTATE,
        KEEP,
        "NO_COLOR",
        "CLICOLOR_FORCE",
    ];
    assert_eq!(read(&names.map(|name| (name, ""))).unwrap(), silent);
}

#[test]
fn every_documented_word_is_understood_in_any_case() {
    for (words, meaning) in [("true 1 yes on", true), ("false 0 no off", false)] {
        for word in words.split(' ') {
            for word in [word.to_owned(), word.to_uppercase()] {
                let config = read(&[(ENABLED, &word)]).unwrap();
                assert_eq!(config.enabled, Some(meaning), "{word}");
            }
        }
    }
    let deliveries = [
        ("async", Delivery::Async),
        ("Write", Delivery::Write),
        ("durable", Delivery::Durable),
    ];
    for (word, meaning) in deliveries {
        assert_eq!(read(&[(DELIVERY, word)]).unwrap().delivery, Some(meaning));
    }
    let formats = [
        ("console", Format::Console),
        ("file", Format::File),
        ("Both", Format::Both),
        ("none", Format::None),
    ];
    for (word, meaning) in formats {
        assert_eq!(read(&[(FORMAT, word)]).unwrap().format, Some(meaning));
    }
}

#[test]
fn a_wrong_value_names_the_variable_the_value_and_what_is_allowed() {
    let wrong = [
        (
            ENABLED,
            "ture",
            r#"METRICS_ENABLED="ture" is not one of: true, false, 1, 0, yes, no, on, off"#,
        ),
        (
            DELIVERY,
            "asinc",
            r#"METRICS_DELIVERY="asinc" is not one of: async, write, durable"#,
        ),
        (
            MAX_WAIT,
            "50",
            r#"METRICS_MAX_WAIT="50" is not one of: a duration such as 50ms or 2s, up to 1h"#,
        ),
        (
            ROTATE,
            "weekly",
            r#"METRICS_ROTATE="weekly" is not one of: a size such as 64MiB, hourly, daily, or a size and one of them with a comma, or off"#,
        ),
        (
            KEEP,
            "14",
            r#"METRICS_KEEP="14" is not one of: a number of files such as "14 files", a size such as 2GiB, an age such as 90d, or several with commas"#,
        ),
        (
            FORMAT,
            "file ",
            r#"METRICS_FORMAT="file " is not one of: console, file, both, none"#,
        ),
        (
            FORMAT,
            "\x1b[2J",
            r#"METRICS_FORMAT="\u{1b}[2J" is not one of: console, file, both, none"#,
        ),
    ];
    for (variable, value, sentence) in wrong {
        assert_eq!(
            read(&[(variable, value)]).unwrap_err().to_string(),
            sentence
        );
    }
}

#[test]
fn the_allowed_words_an_error_lists_are_the_words_that_are_understood() {
    fn words<T>(words: &Words<T>) -> Vec<&str> {
        words.iter().map(|(word, _)| *word).collect()
    }
    let expected = [(ENABLED, words(SWITCHES)), (FORMAT, words(FORMATS))];
    for (variable, expected) in expected {
        let error = read(&[(variable, "?")]).unwrap_err();
        let ErrorKind::Setting { allowed, .. } = error.kind() else {
            panic!("{error}");
        };
        assert_eq!(allowed.split(", ").collect::<Vec<_>>(), expected);
    }
}

#[cfg(not(feature = "http"))]
#[test]
fn an_endpoint_that_this_build_cannot_have_is_wrong_and_its_password_is_not_shown() {
    let error = read(&[(ENDPOINT, "https://user:hunter2@host/")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "METRICS_ENDPOINT=\"…\" is not one of: (nothing: this program was built without the feature `http`)"
    );
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf_8_is_wrong_in_a_word_and_fine_in_a_path() {
    use std::os::unix::ffi::OsStringExt as _;

    let value = || OsString::from_vec(b"fi\xffle".to_vec());
    for variable in [ENABLED, FORMAT] {
        let error = Config::read(|name| (name == variable).then(value)).unwrap_err();
        let sentence = error.to_string();
        assert!(
            sentence.starts_with(&format!(r#"{variable}="fi\xFFle" is not"#)),
            "{sentence}"
        );
    }
    let config = Config::read(|name| (name == FILE_PATH).then(value)).unwrap();
    assert_eq!(config.path, Some(PathBuf::from(value())));
}

#[test]
fn no_color_beats_a_forced_colour_which_beats_the_terminal() {
    let cases: [(&[(&str, &str)], Colour); 5] = [
        (&[("NO_COLOR", "1")], Colour::Never),
        (&[("CLICOLOR_FORCE", "1")], Colour::Always),
        (&[("CLICOLOR_FORCE", "0")], Colour::OnTerminal),
        (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], Colour::Never),
        (&[("NO_COLOR", ""), ("CLICOLOR_FORCE", "1")], Colour::Always),
    ];
    for (variables, colour) in cases {
        assert_eq!(read(variables).unwrap().colour, colour, "{variables:?}");
    }
}
