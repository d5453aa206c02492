//! The help, completions and manual pages: what they say, and that what reads them takes them.

use std::fs;

use authmeter::cli::EXAMPLES;

use crate::harness::Scratch;

/// Every command the help names.
fn commands() -> Vec<String> {
    let help = Scratch::new().run(&["--help"]);
    let lines = help.exit(0).text().lines();
    let lines = lines.skip_while(|line| *line != "Commands:").skip(1);
    let names = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        // What a command is for may take several lines.
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next());
    let names: Vec<String> = names
        .map(str::to_owned)
        .filter(|name| name != "help")
        .collect();
    assert!(names.len() > 20, "{names:?}");
    names
}

#[test]
fn every_command_has_examples_that_are_in_its_help() {
    for command in commands() {
        let example = EXAMPLES.iter().find(|example| example.command == command);
        let example = example.unwrap_or_else(|| panic!("no example of {command}"));
        let help = Scratch::new().run(&[command.as_str(), "--help"]);
        // Long lines are wrapped.
        let single = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = single(help.text());
        let has = |line: &str| text.contains(&single(line));
        for line in example.lines {
            help.expect(has(line), &format!("the help should have {line:?}"));
            assert!(line.contains(&format!("authmeter {command}")), "{line}");
        }
        if let Some((jq, ours)) = example.replaces {
            help.expect(
                has(jq) && has(ours) && jq.contains("jq ") && !ours.contains("jq "),
                "the help should name the pipeline that the command replaces, and itself",
            );
        }
    }
    for example in EXAMPLES {
        assert!(
            commands().contains(&example.command.to_owned()),
            "{example:?}"
        );
    }
}

#[test]
fn what_was_meant_is_said_of_commands_flags_formats_and_names() {
    let scratch = Scratch::new();
    for (words, meant) in [
        (&["logns", "log"][..], "'logins'"),
        (&["report", "--sinse", "1h"], "'--since'"),
        (&["report", "--format", "jsno"], "'json'"),
        (
            &["report", "--get", "logins.sucess_rate", "log"],
            "logins.success_rate",
        ),
        (&["report", "--color", "alwys"], "'always'"),
        (&["completions", "bsh"], "'bash'"),
    ] {
        scratch.run(words).exit(2).prints_nothing().says(meant);
    }
}

#[test]
fn each_shell_has_completions_that_know_commands_flags_and_names() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = Scratch::new().run(&["completions", shell]);
        let text = ended.exit(0).is_quiet().text();
        for word in ["logins", "timeline", "outcome", "reuse-grace"] {
            ended.expect(text.contains(word), &format!("{shell} should know {word}"));
        }
    }
}

#[test]
fn bash_completes_commands_flags_and_names() {
    let scratch = Scratch::new();
    let script = r#"
        "$AUTHMETER" completions bash > completions && bash -n completions && bash -c '
            . ./completions
            complete() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
                _authmeter authmeter "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; echo "${COMPREPLY[@]}"; }
            complete authmeter logi
            complete authmeter logins --outc
            complete authmeter logins --get logins.success_
            complete authmeter report --format js'"#;
    let ended = scratch.shell(script);
    let expected = "logins\n--outcome\nlogins.success_rate\njson jsonl\n";
    ended.exit(0).expect(ended.text() == expected, expected);
}

#[test]
fn every_command_has_its_page_of_the_manual() {
    let scratch = Scratch::new();
    scratch
        .run(&["man", "pages/man1"])
        .exit(0)
        .is_quiet()
        .prints_nothing();
    let page =
        |name: &str| fs::read_to_string(scratch.path(format!("pages/man1/{name}.1"))).unwrap();
    let mut pages = vec![("authmeter".to_owned(), page("authmeter"))];
    for command in commands() {
        let name = format!("authmeter-{command}");
        pages.push((name.clone(), page(&name)));
    }
    for (name, page) in &pages {
        // man(7): a title, and the sections every page has.
        assert!(
            page.lines()
                .any(|line| line.starts_with(&format!(".TH {name} 1"))),
            "{page}"
        );
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS"] {
            assert!(
                page.lines().any(|line| line == section),
                "{name} has no {section}"
            );
        }
    }
    let alone = scratch.run(&["man"]);
    let expected = page("authmeter");
    alone
        .exit(0)
        .expect(alone.text() == expected, "expected the page of the program");
    // A page is replaced, and a file is no folder.
    scratch.run(&["man", "pages/man1"]).exit(0);
    scratch
        .write("file", "")
        .run(&["man", "file"])
        .exit(2)
        .says("file: ");
}
