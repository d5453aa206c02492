//! The command line, told to shells and to `man`.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Exit, Failure};
use crate::engine;
use crate::event::Visible;
use crate::render::names;
use crate::report::{Options, REPORTS};

/// Words of `completions`.
#[derive(Args, Clone, Debug)]
pub(super) struct CompletionsArgs {
    /// Whose completions
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Words of `man`.
#[derive(Args, Clone, Debug)]
pub(super) struct ManArgs {
    /// A folder for the pages, made if it is not there; without it, the program's own page goes to standard output
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints what a shell needs to complete words; `--get` has the names there are.
pub(super) fn completions(
    args: &CompletionsArgs,
    command: Command,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let nothing = engine::nothing(&REPORTS.iter().collect::<Vec<_>>(), &Options::default());
    let known: &'static [String] = names(&nothing).leak();
    let mut command = command.mut_subcommands(|command| {
        if command.get_arguments().any(|arg| arg.get_id() == "get") {
            let names = PossibleValuesParser::new(known.iter().map(String::as_str));
            return command.mut_arg("get", |get| get.value_parser(names));
        }
        command
    });
    // The generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "authmeter", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Done)
}

/// Prints the program's page, or writes all pages: `authmeter.1`, `authmeter-logins.1` and so on.
pub(super) fn man(
    args: &ManArgs,
    mut command: Command,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let Some(folder) = &args.folder else {
        Man::new(command).render(out)?;
        return Ok(Exit::Done);
    };
    let cannot = |error: io::Error| {
        let folder = folder.display().to_string();
        Failure::Usage(format!("{}: {error}", Visible(&folder)))
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    command.build();
    let mut pages = vec![("authmeter.1".to_owned(), command.clone())];
    for subcommand in command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        let name = format!("authmeter-{}", subcommand.get_name());
        let page = subcommand.clone().display_name(&name);
        pages.push((format!("{name}.1"), page));
    }
    for (file, command) in pages {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        fs::write(folder.join(file), page).map_err(cannot)?;
    }
    Ok(Exit::Done)
}
