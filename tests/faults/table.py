#!/usr/bin/env python3
"""The table of faults, in Markdown, from the rows that the tests leave in a folder: `table.py FOLDER`."""

import json
import sys
from pathlib import Path

HEADER = "| fault | provoked by | `tests/faults/run …` | sent | lost | counted | torn | glued | gaps | verdict |"


def number(count):
    return f"{count:,}"


def cells(row):
    gaps = f"{row['gaps']:,} saying {row['gaps_dropped']:,}" if row["gaps"] else "0"
    verdict = "; ".join(["**broken**: " + " ".join(row["broken"]) if row["broken"] else "holds", *row["notes"]])
    counts = [number(row[name]) for name in ("events", "lost", "counted", "torn", "glued")]
    return [row["fault"], row["provoked"], f"`{row['test']}`", *counts, gaps, verdict]


def main(folder):
    rows = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]
    if not rows:
        sys.exit("no test left a row")
    print(HEADER)
    print("|---|---|---|--:|--:|--:|--:|--:|--:|---|")
    for row in rows:
        print("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells(row)) + " |")


if __name__ == "__main__":
    main(*sys.argv[1:])
