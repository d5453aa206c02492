//! The `authmeter` program.

use std::io::{self, IsTerminal};
use std::panic::catch_unwind;
use std::process::ExitCode;

use authmeter::cli::{self, Exit, Surroundings, Terminal};

fn main() -> ExitCode {
    // A panic has said on standard error what it is about. It must not look like any other way to end.
    let exit = catch_unwind(|| {
        let width = terminal_size::terminal_size().map(|(width, _)| width.0);
        let is_terminal = io::stdout().is_terminal();
        let width = width
            .filter(|_| is_terminal)
            .unwrap_or(Terminal::PIPE_WIDTH);
        cli::run(Surroundings {
            args: std::env::args_os().collect(),
            terminal: Terminal {
                stdin: io::stdin().is_terminal(),
                stdout: io::stdout().is_terminal()
                    && std::env::var_os("TERM").is_some_and(|term| term != "dumb"),
                stderr: io::stderr().is_terminal(),
                width,
                look: Terminal::look(is_terminal, |name| std::env::var_os(name)),
            },
            watch: cli::interruptible,
            // Not locked: `log` shows an event from another thread.
            out: &mut io::stdout(),
            err: &mut io::stderr(),
        })
    });
    ExitCode::from(exit.unwrap_or(Exit::Fault) as u8)
}
