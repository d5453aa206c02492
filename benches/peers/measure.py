"""Running programs: checked, in turns, with their time and memory."""

import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import typing


class Failed(Exception):
    """A program did not do what it was asked to."""


@dataclasses.dataclass
class Case:
    """One program with one question."""

    key: str
    what: str
    version: str
    command: list
    # Takes what the program printed, and raises if it is not the right answer.
    check: typing.Callable[[str], object]
    bytes: int
    # How many times larger the whole log is than the part this program was given.
    times: int = 1
    # Whether the program tells its own time, `{"seconds": …}`, because it starts in an interpreter.
    tells: bool = False
    # A file that must not be in the page cache when the program starts.
    cold: typing.Optional[pathlib.Path] = None
    seconds: list = dataclasses.field(default_factory=list)
    peaks: list = dataclasses.field(default_factory=list)

    @property
    def median(self):
        """The median of the times, for the whole log."""
        return statistics.median(self.seconds) * self.times

    @property
    def peak(self):
        """The largest resident set of any run, in bytes."""
        return max(self.peaks)


def say(text):
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def run(case):
    """Runs once: what it printed, the seconds it took, its largest resident set."""
    if case.cold:
        evict(case.cold)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        child = subprocess.Popen(case.command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
        if child.returncode != 0:
            errors.seek(0)
            raise Failed(f"{case.what}: exit code {child.returncode}\n{case.command}\n{errors.read().decode()[-2000:]}")
    if case.tells:
        seconds = json.loads(text)["seconds"]
    return text, seconds, usage.ru_maxrss * 1024


def check(cases):
    """Runs each once, which is also its warm-up, and holds its answer against authmeter's."""
    for case in cases:
        text, seconds, _ = run(case)
        case.check(text)
        say(f"  right   {case.what} ({seconds:.2f} s)")


def in_turns(cases, turns):
    """Times all of them once, then all again, `turns` times. The answer is checked every time."""
    for turn in range(turns):
        began = time.perf_counter()
        for case in cases:
            text, seconds, peak = run(case)
            case.check(text)
            case.seconds.append(seconds)
            case.peaks.append(peak)
        say(f"  turn {turn + 1} of {turns}: {len(cases)} programs in {time.perf_counter() - began:.1f} s")


def ratio(case, base):
    """How many times longer `case` takes than `base`: of the medians, and the least and most of any turn."""
    if len(case.seconds) == len(base.seconds):
        each = [a * case.times / (b * base.times) for a, b in zip(case.seconds, base.seconds)]
    else:
        each = [case.median / base.median]
    return case.median / base.median, min(each), max(each)


def evict(path):
    """Takes a file out of the page cache; fails if it stays."""
    with open(path, "rb") as file:
        os.fdatasync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if cached(path) > 0.001:
        subprocess.run(["sync"], check=True)
        try:
            pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
        except OSError as error:
            raise Failed(f"{path} stays in the page cache: {error}") from error
        if cached(path) > 0.001:
            raise Failed(f"{path} stays in the page cache")


def cached(path):
    """Which part of a file is in the page cache, by `fincore` of util-linux."""
    told = subprocess.run(["fincore", "--bytes", "--noheadings", "--output", "RES", path], check=True,
                          capture_output=True, text=True)
    return int(told.stdout) / max(1, os.path.getsize(path))


def private_memory(command):
    """The most private memory (RssAnon: heap and stacks, no pages of files) of one run, in bytes.

    Read from /proc/PID/status about every millisecond while the program runs, so a peak shorter than that is missed.
    """
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as child:
        most = 0
        while child.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
            except OSError:
                continue
            for line in status.splitlines():
                if line.startswith("RssAnon:"):
                    most = max(most, int(line.split()[1]) * 1024)
            time.sleep(0.001)
    if child.returncode != 0:
        raise Failed(f"{command}: exit code {child.returncode}")
    return most


def machine():
    """What this runs on, in one line."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown CPU")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = os.uname()
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {system.sysname} {system.release} {system.machine}"
