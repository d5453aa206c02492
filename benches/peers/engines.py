"""Questions to the engines that are Python packages; runs in their own environment, one question a process.

    python engines.py NAME THREADS LOG [EVERY]

Prints {"seconds": …, "answer": …}: the time of the question alone, after the interpreter has started and the package
is loaded, which is to the engine's advantage.
"""

import json
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).parent
# What a line holds, for the one count: as few columns as the question needs.
DUCKDB_SOURCE = """CREATE TEMP VIEW events AS SELECT * FROM read_ndjson(getvariable('log'),
    columns = {event: 'VARCHAR', success: 'BOOLEAN', error: 'VARCHAR'})"""
CHDB_SOURCE = """file('%s', JSONEachRow, 'event Nullable(String), success Nullable(Bool), error Nullable(String)')"""


def statements(name):
    """The statements of an SQL file, each with the name that the line before it gives it, if any."""
    for text in (HERE / name).read_text().split(";\n"):
        named = re.search(r"^-- name: (\w+)$", text, re.MULTILINE)
        if text.strip():
            yield named and named[1], text


def duckdb_connection(threads, log, every):
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    connection.execute("SET VARIABLE log = ?", [log])
    connection.execute("SET VARIABLE every = ?", [every])
    return connection


def duckdb_count(threads, log, every):
    connection = duckdb_connection(threads, log, every)
    connection.execute(DUCKDB_SOURCE)
    text = (HERE / "count.sql").read_text()
    return lambda: connection.execute(text).fetchall()


def duckdb_six(threads, log, every):
    connection = duckdb_connection(threads, log, every)

    def ask():
        answer = {}
        for name, text in statements("six.sql"):
            rows = connection.execute(text).fetchall()
            if name:
                answer[name] = rows
        return answer

    return ask


def polars_count(threads, log, _):
    import os

    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars

    schema = {"event": polars.String, "success": polars.Boolean, "error": polars.String}
    query = polars.scan_ndjson(log, schema=schema).group_by("event", "success", "error").len()
    return lambda: query.collect(engine="streaming").rows()


def chdb_count(threads, log, _):
    import chdb

    text = re.sub(r"\bevents\b(?= GROUP)", CHDB_SOURCE % log, (HERE / "count.sql").read_text()).rstrip().rstrip(";")
    text += f" SETTINGS input_format_skip_unknown_fields = 1, max_threads = {threads}"
    return lambda: json.loads(str(chdb.query(text, "JSONCompact")))["data"]


def versions():
    import chdb
    import duckdb
    import polars

    return {"DuckDB": duckdb.__version__, "Polars": polars.__version__, "chDB": chdb.query("SELECT version()").data().strip('\n"')}


def main():
    if sys.argv[1] == "versions":
        print(json.dumps(versions()))
        return
    name, threads, log, every = [*sys.argv[1:], "day"][:4]
    ask = globals()[name](int(threads), log, every)
    began = time.perf_counter()
    answer = ask()
    print(json.dumps({"seconds": time.perf_counter() - began, "answer": answer}))


main()
