"""Which programs are run, how, and what their answers are held against."""

import json
import pathlib
import re
import subprocess

import answers
from measure import Case, Failed

HERE = pathlib.Path(__file__).parent


def version(*command):
    """The first number with a dot in it that a program says of itself."""
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.search(r"\d+(\.\d+)+", told)[0]


def shell(script, *arguments):
    """A command of a line of shell, whose arguments are $1, $2, …"""
    return ["sh", "-c", script, "sh", *map(str, arguments)]


class Log:
    """A log of known content, and the cases over it."""

    def __init__(self, tools, path, truth, times=1):
        self.tools, self.path, self.truth, self.times = tools, path, truth, times
        self.bytes = path.stat().st_size
        told = subprocess.run([tools.authmeter, "report", "-j1", "--format", "json", path], check=True,
                              capture_output=True, text=True).stdout
        self.report = json.loads(told)
        self.numbers = answers.ours(self.report, truth)
        if self.numbers["events"] != truth["events"] or truth["bytes"] != self.bytes:
            raise answers.Differs(f"{path} is not the log of its truth")

    def case(self, key, what, version, command, check, **more):
        return Case(key, what, version, [str(word) for word in command], check, self.bytes, self.times, **more)

    # authmeter itself: all it says but the account of its input must be what one thread said of the plain file.

    def authmeter(self, key, what, command="report", threads=None, path=None, cold=False):
        threads = threads or self.tools.threads
        line = [self.tools.authmeter, command, f"-j{threads}", "--format", "json", path or self.path]
        return self.case(key, what, self.tools.commit, line, self.same(command), cold=self.path if cold else None)

    def authmeter_piped(self):
        script = f'cat "$1" | "$2" report -j{self.tools.threads} --format json'
        return self.case("report-pipe", "`cat FILE \\| authmeter report`", self.tools.commit,
                         shell(script, self.path, self.tools.authmeter), self.same("report"))

    def same(self, command):
        def check(text):
            told = json.loads(text)
            wanted = self.report["reports"]
            if command != "report":
                wanted = {command: wanted[command]}
            account = {name: told["input"][name] for name in ("lines", "events")}
            if told["reports"] != wanted or account != {name: self.numbers[name] for name in account}:
                raise answers.Differs(f"authmeter {command} does not repeat its own answer")
        return check

    # What reads lines and understands nothing of them.

    def limit(self, how):
        return self.case(f"limit-{how}", f"newline limit, {self.tools.threads} threads, {how}", "",
                         [self.tools.limit, how, self.path, self.tools.threads], self.number("lines"))

    def cat(self, cold=False):
        return self.case("cat-cold" if cold else "cat", "`cat FILE > /dev/null`" + (", cold" if cold else ""),
                         version("cat", "--version"), shell('exec cat "$1" > /dev/null', self.path), empty,
                         cold=self.path if cold else None)

    def wc(self):
        return self.case("wc", "`wc -l`", version("wc", "--version"), ["wc", "-l", self.path], self.number("lines"))

    def wc_piped(self):
        return self.case("wc-pipe", "`cat FILE \\| wc -l`", version("wc", "--version"),
                         shell('cat "$1" | wc -l', self.path), self.number("lines"))

    def grep(self, program, name):
        line = [program, "-c", '"auth.login"', self.path]
        return self.case(program, f"{name} `-c '\"auth.login\"'`", version(program, "--version"), line,
                         self.number("kind auth.login"))

    def unpack(self, program, path):
        return self.case(program, f"`{program} -dc FILE > /dev/null`", version(program, "--version"),
                         shell(f'exec {program} -dc "$1" > /dev/null', path), empty)

    def number(self, name):
        def check(text):
            if int(text.split()[0]) != self.numbers[name]:
                raise answers.Differs(f"{name}: {text.strip()}, authmeter {self.numbers[name]}")
        return check

    # What understands them.

    def engine(self, key, what, package, needed, of):
        every = answers.SQL_WIDTH[self.report["reports"]["timeline"]["every"]]
        line = [self.tools.python, HERE / "engines.py", key, self.tools.threads, self.path, every]

        def check(text):
            answers.compare(what, of(json.loads(text)["answer"]), self.numbers, needed(self.numbers))
        return self.case(key, what, self.tools.packages[package], line, check, tells=True)

    def duckdb_six(self):
        return self.engine("duckdb_six", "DuckDB: six aggregates equal to the full report", "DuckDB", answers.all_of,
                           answers.of_six)

    def count(self, key, package):
        return self.engine(key, f"{package}: count by event, success, error", package, answers.counted,
                           answers.of_counts)

    def seed(self, program, path):
        what = f"{program}: the three pipelines"

        def check(text):
            answers.compare(what, answers.of_seed(text), self.numbers, answers.asked(self.numbers))
        return self.case(program, what, version(path, "--version"), [HERE / "seed.sh", path, self.path], check)

    def miller(self):
        def check(text):
            told = {f"kind {row['event']}": row["count"] for row in map(json.loads, text.splitlines())}
            answers.compare("Miller", told, self.numbers, answers.kinds(self.numbers))
        return self.case("miller", "Miller: count by event", version("mlr", "--version"),
                         ["mlr", "--ijsonl", "--ojsonl", "count", "-g", "event", self.path], check)

    def agrind(self, path):
        query = "* | json | count by event, success, error"

        def check(text):
            rows = [(row["event"], row["success"], row["error"], row["_count"]) for row in json.loads(text)]
            answers.compare("angle-grinder", answers.of_counts(rows), self.numbers, answers.counted(self.numbers))
        return self.case("agrind", "angle-grinder: count by event, success, error", version(path, "--version"),
                         [path, "-f", self.path, query, "-o", "json"], check)


def empty(text):
    if text:
        raise Failed(f"nothing was to be printed, and this was: {text[:100]}")


class Tools:
    """The programs of a comparison."""

    def __init__(self, authmeter, limit, cache, commit, threads):
        self.authmeter, self.limit, self.commit, self.threads = authmeter, limit, commit, threads
        self.python = cache / "venv/bin/python"
        told = subprocess.run([self.python, HERE / "engines.py", "versions"], check=True, capture_output=True, text=True)
        self.packages = json.loads(told.stdout)
        self.jaq, self.agrind = (next(iter(sorted((cache / "tools/bin").glob(f"{name}-*"))), None)
                                 for name in ("jaq", "agrind"))
