#!/usr/bin/env python3
"""Completes words in real shells with what `authmeter completions` prints: zsh and elvish on a terminal of their own, as
somebody types there, and fish by its `complete -C`. A shell that is missing is a failure. bash is tested by `cargo test`;
PowerShell is not in Debian, and its script is only looked at there.

    tests/peers/completions.py target/debug/authmeter [SHELL]...
"""
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time

# What is typed, and what it must become, or what must be offered. The last is known to zsh alone, and elvish completes no
# values at all: the scripts that clap_complete makes for others do not have them.
TYPED = [
    ("authmeter logi", "logins"),
    ("authmeter logins --outc", "--outcome"),
    ("authmeter logins --get logins.success_", "logins.success_rate"),
    ("authmeter report --format pro", "prometheus"),
    ("authmeter completions fi", "fish"),
]
LONGEST = 20  # seconds until a shell that does not answer is given up


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, argv, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = {"PATH": os.environ["PATH"], "HOME": folder, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
            os.execvpe(argv[0], argv, environment)

    def type(self, text, until):
        """Types, and reads what is shown until something is so."""
        os.write(self.fd, text.encode())
        shown, end = b"", time.monotonic() + LONGEST
        while not until(shown):
            if time.monotonic() > end:
                sys.exit(f"no answer to {text!r}; shown was {shown.decode(errors='replace')}")
            if select.select([self.fd], [], [], 0.05)[0]:
                shown += os.read(self.fd, 65536)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def exists(folder, name):
    return lambda shown: os.path.exists(os.path.join(folder, name))


def zsh(script, folder):
    """The line as it is after the key Tab."""
    with open(f"{folder}/_authmeter", "w") as file:
        file.write(script)
    with open(f"{folder}/setup", "w") as file:
        file.write(
            "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d dump\n"
            "tell() { zle expand-or-complete; print -r -- $BUFFER > told.tmp; mv told.tmp told.$((++count)); BUFFER= }\n"
            "zle -N tell; bindkey '^T' tell; : > ready\n"
        )
    terminal = Terminal(["zsh", "-f", "-i"], folder)
    terminal.type(". ./setup\r", exists(folder, "ready"))
    for count, (typed, expected) in enumerate(TYPED, 1):
        terminal.type(f"{typed}\x14", exists(folder, f"told.{count}"))
        # A flag that takes a value is completed up to it.
        told = open(f"{folder}/told.{count}").read().rstrip(" =\n")
        before = typed.rsplit(" ", 1)[0]
        yield typed, told, told == f"{before} {expected}"
    terminal.close()


def fish(script, folder):
    """Everything that is offered."""
    with open(f"{folder}/completions", "w") as file:
        file.write(script)
    for typed, expected in TYPED[:-1]:
        run = subprocess.run(
            ["fish", "--no-config", "-c", "source completions; complete -C $argv[1]", typed],
            cwd=folder, env={"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8"},
            capture_output=True, text=True, check=True, timeout=LONGEST,
        )
        offered = [line.split("\t")[0] for line in run.stdout.splitlines()]
        yield typed, offered, not run.stderr and offered == [expected]


def elvish(script, folder):
    """Everything that is offered: elvish itself chooses what begins like the word."""
    with open(f"{folder}/completions", "w") as file:
        file.write(script)
    terminal = Terminal(["elvish", "-norc"], folder)
    terminal.type("eval (slurp < completions); echo > ready\r", exists(folder, "ready"))
    for count, (typed, expected) in enumerate(TYPED[:2], 1):
        name = f"told.{count}"
        terminal.type(
            f"$edit:completion:arg-completer[authmeter] {typed} | each {{|it| put $it[stem] }} | to-lines > {name}.tmp; "
            f"e:mv {name}.tmp {name}\r",
            exists(folder, name),
        )
        offered = open(f"{folder}/{name}").read().split()
        yield typed, [word for word in offered if word.startswith(typed.split(" ")[-1])], expected in offered
    terminal.close()


SHELLS = {"zsh": zsh, "fish": fish, "elvish": elvish}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, failed = os.path.abspath(sys.argv[1]), False
    for name in sys.argv[2:] or SHELLS:
        script = subprocess.run([program, "completions", name], capture_output=True, text=True, check=True).stdout
        with tempfile.TemporaryDirectory(prefix="authmeter-") as folder:
            for typed, told, is_right in SHELLS[name](script, folder):
                print(f"{'ok    ' if is_right else 'FAILED'}  {name}: {typed} -> {told}")
                failed |= not is_right
    sys.exit(failed)


if __name__ == "__main__":
    main()
