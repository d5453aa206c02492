#!/usr/bin/env python3
"""Sealed logs, checked from what is written about them (the documentation of `seal`), with nothing of the program.

    tests/peers/seals.py verify KEYFILE LOG...         whether the logs are whole, one verdict for all of them
    tests/peers/seals.py agree PROGRAM [LOGS] [SEED]   seals logs, tampers with them, and compares verdicts with PROGRAM's

One chain and one key: the second opinion is to be short enough to be believed.
"""

import hashlib
import hmac
import json
import os
import random
import re
import subprocess
import sys
import tempfile

SEAL = re.compile(
    rb'\{"event":"log\.seal","timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","success":true,"metadata":\{'
    rb'"chain":"(?P<chain>[0-9a-f]{16})","seal":(?P<seal>[1-9]\d*),"kind":"(?P<kind>regular|opened|closed|recovered)",'
    rb'"lines":(?P<lines>0|[1-9]\d*),"bytes":(?P<bytes>0|[1-9]\d*),"sha256":"(?P<sha256>[0-9a-f]{64})",'
    rb'"previous":"(?P<previous>[0-9a-f]{64})","keyId":"(?P<key>[0-9a-f]{8})"'
)
START = b'{"event":"log.seal",'
CODE = re.compile(rb',"hmac":"([0-9a-f]{64})"\}\}')


class Key:
    def __init__(self, secret):
        self.secret = secret
        self.id = self.mac(b"authmeter key id")[:8]

    def mac(self, text):
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest().encode()


def genuine(line, key):
    """What a line says, if it is a seal of the key; without its newline."""
    says = SEAL.match(line)
    code = says and CODE.fullmatch(line, says.end())
    if not code or says["key"] != key.id:
        return None
    expected = key.mac(b"authmeter log.seal 1\n" + line[: says.end()])
    return says if hmac.compare_digest(expected, code[1]) else None


def lines_of(log):
    return re.findall(rb"[^\n]*\n|[^\n]+", log)


def verify(logs, key):
    """Whether the logs are whole, how many seals they have, and how many lines no seal covers."""
    parts = []
    for log in logs:
        first = next((says for line in lines_of(log) if (says := genuine(line.rstrip(b"\n"), key))), None)
        # Not more than the beginning of a first seal: a writer that was killed at once.
        begun = b"\n" not in log and (START.startswith(log) or log.startswith(START))
        if first is None and log and not begun:
            return {"intact": False, "seals": 0, "unsealed": 0, "why": "a file without seals"}
        if first is not None:
            parts.append((int(first["seal"]), log))
    parts.sort(key=lambda part: part[0])
    last, since, seals = None, b"", 0
    # A file ends its last line, finished or not.
    for line in (line for _, log in parts for line in lines_of(log)):
        says = genuine(line.rstrip(b"\n"), key)
        if says is None:
            since += line
            continue
        seals += 1
        checks = {
            "bytes": int(says["bytes"]) == len(since),
            "lines": int(says["lines"]) == since.count(b"\n"),
            "sha256": says["sha256"].decode() == hashlib.sha256(since).hexdigest(),
            "first": last is not None or int(says["seal"]) > 1 or says["previous"] == b"0" * 64,
            "chain": last is None or says["chain"] == last["chain"],
            "number": last is None or int(says["seal"]) == int(last["seal"]) + 1,
            "previous": last is None or says["previous"] == code_of(last),
        }
        if not all(checks.values()):
            why = ", ".join(name for name, good in checks.items() if not good)
            return {"intact": False, "seals": seals, "unsealed": 0, "why": f"seal {int(says['seal'])}: {why}"}
        last, since = says, b""
    unsealed = since.count(b"\n") + (1 if since and not since.endswith(b"\n") else 0)
    return {"intact": True, "seals": seals, "unsealed": unsealed, "why": ""}


def code_of(says):
    return CODE.match(says.string, says.end())[1]


class Writer:
    """Seals a log, as the program's writer does."""

    def __init__(self, key, chance):
        self.key, self.chance = key, chance
        self.chain = b"%016x" % chance.getrandbits(64)
        self.number, self.previous = 0, b"0" * 64
        self.log, self.since, self.files = b"", b"", []
        self.seal(b"opened")

    def put(self, data):
        self.log += data
        self.since += data

    def seal(self, kind):
        self.number += 1
        text = (
            b'{"event":"log.seal","timestamp":"2025-01-15T10:30:00.%03dZ","success":true,"metadata":{"chain":"%s",'
            b'"seal":%d,"kind":"%s","lines":%d,"bytes":%d,"sha256":"%s","previous":"%s","keyId":"%s"'
            % (
                self.number % 1000, self.chain, self.number, kind, self.since.count(b"\n"), len(self.since),
                hashlib.sha256(self.since).hexdigest().encode(), self.previous, self.key.id,
            )
        )
        self.previous = self.key.mac(b"authmeter log.seal 1\n" + text)
        self.log += text + b',"hmac":"' + self.previous + b'"}}\n'
        self.since = b""

    def event(self):
        name = self.chance.choice([b"auth.login", b"otp.sent", b"token.refresh", "größe".encode()])
        self.put(b'{"event":"%s","userId":"%d","success":true}\n' % (name, self.chance.randrange(1000)))

    def killed(self):
        """A torn line, and a writer that starts again."""
        self.put(b'{"event":"auth.lo'[: self.chance.randrange(1, 17)])
        self.put(b"\n")
        self.seal(b"recovered")

    def rotate(self):
        self.seal(b"closed")
        self.files.append(self.log)
        self.log = b""
        self.seal(b"opened")


def written(key, chance):
    writer = Writer(key, chance)
    for _ in range(chance.randrange(1, 40)):
        what = chance.random()
        if what < 0.6:
            writer.event()
        elif what < 0.85:
            writer.seal(b"regular")
        elif what < 0.92:
            writer.killed()
        else:
            writer.rotate()
    return writer.files + [writer.log]


def tampered(files, chance):
    """The files after something was done to them, and what."""
    files = list(files)
    which = chance.randrange(len(files))
    log = files[which]
    lines = lines_of(log)
    what = chance.choice(["nothing", "flip", "remove", "repeat", "swap", "insert", "cut", "file gone", "file order", "move"])
    at = chance.randrange(len(lines))
    if what == "flip":
        place = chance.randrange(len(log))
        log = log[:place] + bytes([log[place] ^ (1 << chance.randrange(8))]) + log[place + 1 :]
    elif what == "remove":
        del lines[at : at + chance.randrange(1, 4)]
        log = b"".join(lines)
    elif what == "repeat":
        lines.insert(chance.randrange(len(lines) + 1), lines[at])
        log = b"".join(lines)
    elif what == "swap":
        other = chance.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
        log = b"".join(lines)
    elif what == "insert":
        lines.insert(at, chance.choice([b"\n", b"{}\n", b'{"event":"log.seal"}\n', b"\0"]))
        log = b"".join(lines)
    elif what == "cut":
        log = log[: chance.randrange(len(log))]
    elif what == "move":
        lines.insert(chance.randrange(len(lines)), lines.pop(at))
        log = b"".join(lines)
    files[which] = log
    if what == "file gone" and len(files) > 1:
        del files[which]
    if what == "file order":
        chance.shuffle(files)
    return files, what


def agree(program, count, seed):
    chance = random.Random(seed)
    secret = b"a key for two who do not know each other"
    key = Key(secret)
    done = {}
    with tempfile.TemporaryDirectory() as folder:
        keyfile = os.path.join(folder, "key")
        with open(os.open(keyfile, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secret + b"\n")
        for number in range(count):
            files, what = tampered(written(key, chance), chance)
            names = []
            for index, log in enumerate(files):
                names.append(os.path.join(folder, f"{chance.randrange(10**6)}-{index}.jsonl"))
                with open(names[-1], "wb") as file:
                    file.write(log)
            theirs = verify(files, key)
            run = subprocess.run(
                [program, "verify", "--format", "json", "--key", keyfile, *names], capture_output=True, check=False
            )
            answer = json.loads(run.stdout)["reports"]["verify"]
            ours = {"intact": answer["intact"], "unsealed": answer["unsealed_lines"]}
            same = ours["intact"] == theirs["intact"] and run.returncode == (0 if ours["intact"] else 1)
            if ours["intact"] and theirs["intact"]:
                same = same and ours["unsealed"] == theirs["unsealed"]
            # A seal that was changed and is the last one is a line behind the last seal for the second opinion.
            forged = theirs["intact"] and answer["forged"] > 0
            if not same and not forged:
                sys.stdout.buffer.write(b"\n---\n".join(files) + b"\n")
                sys.exit(f"log {number}, {what}: {theirs} here, and {answer} there")
            kind = "whole" if ours["intact"] else "tampered"
            done[what, kind] = done.get((what, kind), 0) + 1
            for name in names:
                os.remove(name)
    for (what, kind), times in sorted(done.items()):
        print(f"{what:12} {kind:9} {times}")
    print(f"agree on {count} logs")


def main():
    match sys.argv[1:]:
        case ["verify", keyfile, *logs]:
            with open(keyfile, "rb") as file:
                key = Key(file.read().removesuffix(b"\n").removesuffix(b"\r"))
            verdict = verify([open(log, "rb").read() for log in logs], key)
            print(json.dumps(verdict))
            sys.exit(0 if verdict["intact"] else 1)
        case ["agree", program, *rest]:
            agree(program, int(rest[0]) if rest else 200, int(rest[1]) if len(rest) > 1 else 1)
        case _:
            sys.exit(__doc__)


main()
