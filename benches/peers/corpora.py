"""The logs that programs are compared on: made once, kept in a folder, known by what made them."""

import hashlib
import json
import os
import pathlib
import subprocess

from measure import say


class Corpora:
    """A folder of logs, each made by `authmeter generate` unless it is there."""

    def __init__(self, folder, authmeter):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authmeter = authmeter
        # A generator that writes other logs than the one before it gives them other names.
        sample = subprocess.run([authmeter, "generate", "--events", "20000", "--seed", "7"], check=True,
                                capture_output=True).stdout
        self.generator = hashlib.sha256(sample).hexdigest()[:8]
        for old in self.folder.iterdir():
            if not old.name.startswith("shape-") and self.generator not in old.name:
                old.unlink()

    def log(self, events, *options):
        """A log and its truth: `authmeter generate --events EVENTS --seed 7 OPTIONS`."""
        name = "-".join([str(events), *(option.strip("-") for option in options), self.generator])
        path, truth = self.folder / f"{name}.jsonl", self.folder / f"{name}.truth.json"
        if not (path.exists() and truth.exists()):
            say(f"making {path.name}")
            part = path.with_suffix(".part")
            subprocess.run([self.authmeter, "generate", "--events", str(events), "--seed", "7", *options, "--force",
                            "--truth", truth, "-o", part], check=True)
            part.rename(path)
        return path, json.loads(truth.read_text())

    def shaped(self, generator, shape, lines, size, users):
        """A log of a strange shape and its truth; the generator that made it is known by the first lines it makes."""
        part = self.folder / "shape-made.part"
        subprocess.run([generator, shape, "500", "0", "20", part], check=True, capture_output=True)
        stem = f"shape-{shape}-{lines}-{size}-{users}-"
        path = self.folder / f"{stem}{fingerprint(part)}.jsonl"
        truth = path.with_suffix(".truth.json")
        if not (path.exists() and truth.exists()):
            say(f"making {path.name}")
            for old in self.folder.glob(f"{stem}*"):
                old.unlink()
            line = [generator, shape, str(lines), str(size), str(users), part]
            told = subprocess.run(line, check=True, capture_output=True, text=True).stdout
            truth.write_text(told)
            part.rename(path)
        return path, json.loads(truth.read_text())

    def packed(self, path, program):
        """The same log through `gzip` or `zstd` as they are by default."""
        packed = path.with_suffix({"gzip": ".jsonl.gz", "zstd": ".jsonl.zst"}[program])
        if not packed.exists():
            say(f"making {packed.name}")
            part = packed.with_suffix(".part")
            with open(part, "wb") as out:
                subprocess.run([program, "-c", path], check=True, stdout=out)
            part.rename(packed)
        return packed

    def made(self, path, command):
        """A file that `command` makes, given its name; unless it is there."""
        if not path.exists():
            say(f"making {path.name}")
            part = path.with_suffix(".part")
            subprocess.run([*command, part], check=True)
            part.rename(path)
        return path


def fingerprint(path):
    """The first eight hexadecimal digits of a file's SHA-256."""
    state = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()[:8]


def warm(*paths):
    """Reads files, so that they are in the page cache."""
    for path in paths:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)
            while file.read(1 << 22):
                pass
