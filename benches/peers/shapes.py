"""Logs of strange, but legal shapes: the same numbers, and never a cliff.

Each log has a truth that its generator counted from the events, before they were text; the answer is held against it
before anything is timed. What counts is the time per byte beside that of the plain log.
"""

import json
import subprocess

import answers
import measure
from measure import Case, say
from tables import Targets, duration

TARGET = 3


class ShapedLog:
    """A log, what it says, and the case that reads it."""

    def __init__(self, name, path, truth, authmeter, threads, check):
        self.name, self.path, self.truth = name, path, truth
        line = [authmeter, "report", f"-j{threads}", "--format", "json"]
        self.line = [str(word) for word in [*line, path]]
        # One bucket holds the whole month, and so the number of all subjects.
        self.case_of_truth = self.case([*line, "--every", "1mo", path], self.remembered(check))
        self.answer = None
        self.timed = self.case(self.line, self.repeats)

    def case(self, command, check):
        return Case(self.name, self.name, "", [str(word) for word in command], check, self.path.stat().st_size)

    def remembered(self, check):
        def remember(text):
            check(text)
            self.answer = but_for_time(text)
        return remember

    def repeats(self, text):
        if but_for_time(text) != self.answer:
            raise answers.Differs(f"{self.name}: authmeter does not repeat its own answer")

    @property
    def per_byte(self):
        return self.timed.median / self.timed.bytes


def but_for_time(text):
    """All that a report says but its timeline, which has other buckets when it is asked for months."""
    report = json.loads(text)
    del report["reports"]["timeline"]
    return report


def shaped(text):
    """The numbers of a report of one month."""
    report = json.loads(text)
    account, sections = report["input"], report["reports"]
    logins, refreshes = sections["logins"], sections["refreshes"]
    buckets = sections["timeline"]["buckets"]
    numbers = {name: account[name] for name in ("lines", "events", "bytes")}
    numbers |= {f"{name}.{word}": section[word] for name, section in (("logins", logins), ("refreshes", refreshes))
                for word in ("success", "failure")}
    numbers |= {"logins.users": logins["users"], "refreshes.users": refreshes["per_user"]["whole"],
                "failures": sections["failures"]["total"], "subjects": buckets[0]["subjects"]}
    unexpected = [name for name in ("blank", "malformed", "not_an_object", "filtered", "undated", "repaired")
                  if account[name]]
    if unexpected or len(buckets) != 1 or buckets[0]["events"] != account["events"]:
        raise answers.Differs(f"lines that are {unexpected}, {len(buckets)} months: {account}")
    return numbers


def generated(text):
    """The numbers of a report that the truth of `authmeter generate` has too."""
    report = json.loads(text)
    logins, refreshes = report["reports"]["logins"], report["reports"]["refreshes"]
    numbers = {name: report["input"][name] for name in
               ("lines", "events", "bytes", "blank", "malformed", "not_an_object", "repaired", "undated")}
    return numbers | {
        "logins.success": logins["success"], "logins.failure": logins["failure"], "logins.users": logins["users"],
        "refreshes.success": refreshes["success"], "refreshes.failure": refreshes["failure"],
        "refreshes.users": refreshes["per_user"]["whole"], "failures": report["reports"]["failures"]["total"],
        "first": report["window"]["first"], "last": report["window"]["last"],
    }


def of_generator(truth):
    """The same from the truth itself."""
    names = ("lines", "events", "bytes", "blank", "malformed", "not_an_object", "repaired", "undated")
    logins, refreshes = truth["logins"], truth["refreshes"]
    return {name: truth[name] for name in names} | {
        "logins.success": logins["success"], "logins.failure": logins["failure"], "logins.users": logins["users"],
        "refreshes.success": refreshes["success"], "refreshes.failure": refreshes["failure"],
        "refreshes.users": refreshes["per_user"]["whole"], "failures": truth["failures"]["total"],
        "first": truth["window"]["first"], "last": truth["window"]["last"],
    }


def comparison(name, numbers, truth):
    return lambda text: answers.compare(f"the truth of {name}", truth, numbers(text), list(truth))


def logs(authmeter, generator, corpora, size, threads):
    """Every log: the plain one first, then the hostile one, then the shapes."""
    # A plain line has some 174 bytes.
    events = size.shape_bytes // 174
    for shape in ("plain", "hostile"):
        path, truth = corpora.log(events, *(["--shape", shape] if shape != "plain" else []))
        check = comparison(shape, generated, of_generator(truth))
        yield ShapedLog(shape, path, truth, authmeter, threads, check)
    told = subprocess.run([generator, "list"], check=True, capture_output=True, text=True).stdout
    for name in told.split():
        lines, size_, users = 0, size.shape_bytes, size.shape_bytes // 2560
        if name == "distinct-users":
            lines, size_, users = size.shape_users, 0, 0
        path, truth = corpora.shaped(generator, name, lines, size_, users)
        check = comparison(name, shaped, truth)
        yield ShapedLog(name, path, truth, authmeter, threads, check)


def compare(authmeter, generator, corpora, size, threads, judged):
    """Checks, times and tells, as Markdown."""
    every = list(logs(authmeter, generator, corpora, size, threads))
    say(f"Strange shapes: {len(every)} logs")
    measure.check([log.case_of_truth for log in every])
    measure.in_turns([log.timed for log in every], size.shape_turns)
    targets, plain = Targets(judged), every[0]
    yield (f"**Strange shapes**: `authmeter report` of {len(every)} logs of about {size.shape_bytes / 1e6:.0f} MB, in "
           f"turns, medians of {size.shape_turns}; the answers held against a truth that was counted independently.")
    yield ""
    yield "| shape | lines | bytes a line | median | GB/s | time per byte × plain | private memory |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for log in every:
        peak = measure.private_memory(log.line)
        times = log.per_byte / plain.per_byte
        lines, size_ = log.truth["lines"], log.timed.bytes
        yield (f"| {log.name} | {lines:,} | {size_ / lines:.0f} | {duration(log.timed.median)} | "
               f"{1e-9 / log.per_byte:.2f} | {times:.2f} | {peak / 2**20:.1f} MiB |")
        if log is not plain:
            targets.add(f"{log.name}, per byte", f"≤ {TARGET} × plain", f"{times:.2f} ×", times <= TARGET)
        if log.name == "distinct-users":
            keys = log.truth["subjects"]
            targets.add(f"private memory, {keys:,} keys", "≤ 64 MiB + 100 B a key", f"{peak / 2**20:.0f} MiB",
                        peak <= (64 << 20) + 100 * keys)
    yield ""
    yield f"**Targets: {targets.summary()}.**"
    yield ""
    yield from targets.rows()
