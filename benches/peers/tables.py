"""What was measured, as Markdown."""

import resource

from measure import ratio

FACTORS = {6: "a sixth"}


def duration(seconds):
    if seconds < 0.01:
        return f"{seconds * 1000:.2f} ms"
    return f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.1f} s"


def rows(cases, base):
    """A line a program: its time for the whole log, and how many times longer than `base`, if any, that is."""
    yield f"| what | version | median | runs | GB/s |{' × `authmeter report` |' if base else ''} peak RSS |"
    yield f"|---|---|---:|---:|---:|{'---:|' if base else ''}---:|"
    for case in cases:
        time = duration(case.median)
        if case.times > 1:
            time = f"≈ {time} ({duration(case.median / case.times)} on {FACTORS[case.times]})"
        rate = case.bytes * case.times / case.median / 1e9
        times = f" {case.median / base.median:.2f} |" if base else ""
        yield (f"| {case.what} | {case.version} | {time} | {len(case.seconds)} | {rate:.{2 if rate < 10 else 1}f} |"
               f"{times} {memory(case.peak)} |")


def memory(peak):
    """A peak as the kernel tells it, which is never less than that of the program that started the other: this one."""
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return f"{peak / 2**20:.0f} MiB" if peak > floor else f"< {floor / 2**20:.0f} MiB"


class Targets:
    """Each target beside what was measured."""

    def __init__(self, judged):
        # Whether enough was measured to say what is met.
        self.judged = judged
        self.lines = []

    def add(self, measure, target, measured, met):
        self.lines.append((measure, target, measured, met))

    def at_most(self, measure, case, base, most, than):
        """`case` takes at most `most` times as long as `base`."""
        middle, least, largest = ratio(case, base)
        self.add(measure, f"≤ {most:g} × {than}", spread(middle, least, largest), middle <= most)

    def quicker(self, measure, case, base, least, than):
        """`case` is at least `least` times as fast as `base`."""
        middle, low, high = ratio(base, case)
        self.add(measure, f"≥ {least:g} × {than}", spread(middle, low, high), middle >= least)

    def rows(self):
        yield "| measure | target | measured | |"
        yield "|---|---|---:|---|"
        for measure, target, measured, met in self.lines:
            verdict = ("met" if met else "**missed**") if self.judged else ""
            yield f"| {measure} | {target} | {measured} | {verdict} |"

    def summary(self):
        if not self.judged:
            return "not judged in the short form"
        missed = sum(not met for *_, met in self.lines)
        return f"{len(self.lines) - missed} of {len(self.lines)} met"


def spread(middle, least, most):
    """A ratio of medians, and the least and the most of single turns."""
    if least == most:
        return f"{middle:.2f} ×"
    return f"{middle:.2f} × ({least:.2f}–{most:.2f})"
