"""A server under load, with and without the bridges: answers checked, then times in turns. See `run`."""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections import Counter

# Which bridge, with which delivery, and which of the two servers without one it is compared with.
BARE = [("none", "none"), ("traced", "none")]
BRIDGES = {("tower", "write"): BARE[0], ("tower", "async"): BARE[0], ("tracing", "write"): BARE[1], ("tracing", "async"): BARE[1]}
WAYS = BARE + list(BRIDGES)
CONNECTIONS = 16
HEADERS = ["authorization: Bearer SECRET", "cookie: session=SECRET", "x-forwarded-for: 1.1.1.1", "user-agent: load/1.0"]
# Every eighth call fails.
PATHS = ["/v1/orders/%d?access_token=SECRET" % id for id in range(7)] + ["/v1/broken?access_token=SECRET"]


def fail(sentence):
    sys.exit(f"benches/bridges: {sentence}")


def run(server, way, requests, folder):
    """One server, started, loaded and ended: status and microseconds of each answer, speed, and the log's path. The speed
    is requests a second, and microseconds of processor time that the server took for a request."""
    bridge, delivery = way
    log, times, uris = (os.path.join(folder, name) for name in ("auth.jsonl", "times", "uris"))
    for old in (log, times):
        if os.path.exists(old):
            os.remove(old)
    environment = dict(os.environ, METRICS_FILE_PATH=log)
    environment |= {"METRICS_FORMAT": "none"} if way in BARE else {"METRICS_FORMAT": "file", "METRICS_DELIVERY": delivery}
    with subprocess.Popen([server, bridge], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        with open(uris, "w") as file:
            file.writelines(f"http://127.0.0.1:{port}{path}\n" for path in PATHS)
        command = ["h2load", "--h1", "-n", str(requests), "-c", str(CONNECTIONS), "-t", "1", "-i", uris, f"--log-file={times}"]
        load = subprocess.run(command + [f"--header={header}" for header in HEADERS], capture_output=True, text=True)
        busy = processor_nanos(process.pid) / 1e3 / requests
        said = process.communicate(timeout=60)[0]
        if load.returncode or process.returncode:
            fail(f"{way}: h2load ended with {load.returncode}, the server with {process.returncode}\n{load.stdout}{load.stderr}{said}")
    speed = float(re.search(r"([\d.]+) req/s", load.stdout).group(1))
    with open(times) as file:
        answers = [tuple(map(int, line.split("\t")[1:3])) for line in file]
    if len(answers) != requests or not re.search(rf"{requests} done, .* 0 errored, 0 timeout", load.stdout):
        fail(f"{way}: {requests} requests were to be answered\n{load.stdout}")
    return answers, (speed, busy), log


def processor_nanos(pid):
    """What the threads of a process have been running for, in nanoseconds."""
    threads = f"/proc/{pid}/task"
    nanos = 0
    for thread in os.listdir(threads):
        with open(f"{threads}/{thread}/schedstat") as file:
            nanos += int(file.read().split()[0])
    return nanos


def check(way, answers, log):
    """Holds the log against the answers: as many events of each status, and each event as it should be."""
    bridge = way[0]
    statuses = Counter(status for status, _ in answers)
    if set(statuses) != {200, 500}:
        fail(f"{way}: answers were {statuses}")
    if way in BARE:
        if os.path.exists(log):
            fail("a server that logs nothing has written events")
        return
    with open(log) as file:
        text = file.read()
    if "SECRET" in text or "1.1.1.1" in text:
        fail(f"{way}: a secret or a spoofed address is in the log")
    seen, traces = Counter(), set()
    for line in text.splitlines():
        event = json.loads(line)
        metadata = event["metadata"]
        seen[metadata["status"]] += 1
        if bridge == "tower":
            good = metadata["status"] == 200
            wanted = {"tokenId": "token-7", "tenantId": "acme", "ip": "127.0.0.1", "userAgent": "load/1.0", "httpMethod": "GET",
                      "endpoint": "/v1/orders/{id}" if good else "/v1/broken", "status": 200 if good else 500,
                      "durationMs": metadata["durationMs"]}
            matches = event["userId"] == "user-123" and event["success"] is good and metadata == wanted
        else:
            number = metadata["number"]
            traces.add(number)
            wanted = {"number": number, "traceId": number, "status": metadata["status"], "message": "answered"}
            matches = event["userId"] == f"user-{number}" and metadata == wanted
        if not matches or event["event"] != "api_token.used":
            fail(f"{way}: {line}")
    if seen != statuses:
        fail(f"{way}: the answers were {statuses}, the events {seen}")
    if bridge == "tracing" and len(traces) != len(answers):
        fail(f"{way}: {len(traces)} traces of {len(answers)} calls")


def count(way, answers, log):
    """Whether each answer has its line, without a look at it."""
    if way in BARE:
        return check(way, answers, log)
    with open(log, "rb") as file:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    if lines != len(answers):
        fail(f"{way}: {lines} events of {len(answers)} calls")


def main():
    short = "--short" in sys.argv
    server = sys.argv[-1]
    requests, rounds = (8_000, 3) if short else (40_000, 7)
    measured = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        for way in WAYS:
            answers, _, log = run(server, way, requests, folder)
            check(way, answers, log)
            print(f"{' '.join(way)}: {len(answers)} answers, and as many events as there should be", file=sys.stderr)
        for _ in range(rounds):
            for way in WAYS:
                answers, speed, log = run(server, way, requests, folder)
                count(way, answers, log)
                took = sorted(micros for _, micros in answers)
                measured[way].append((*speed, took[len(took) // 2], took[len(took) * 99 // 100]))
    print(f"### A server with {CONNECTIONS} connections, {requests:,} requests, {rounds} rounds in turns; medians\n")
    print("| bridge | delivery | requests/s | to bare | p50 µs | p99 µs | processor µs a request | added |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    medians = {way: [statistics.median(column) for column in zip(*rows)] for way, rows in measured.items()}
    for way, (speed, busy, half, most) in medians.items():
        bare = medians.get(BRIDGES.get(way))
        cells = [*way, f"{speed:,.0f}", f"{speed / bare[0]:.3f}" if bare else "", f"{half:.0f}", f"{most:.0f}", f"{busy:.1f}",
                 f"{busy - bare[1]:.1f}" if bare else ""]
        print(f"| {' | '.join(cells)} |")


main()
