#!/usr/bin/env bash
# Every report of a generated log, asked of DuckDB by SQL of its own: any difference fails.
#
#   tests/peers/duckdb.sh [EVENTS]       default 50,000; a million is the full form
#
# Installs DuckDB (PyPI) into ${XDG_CACHE_HOME:-~/.cache}/authmeter-peers where it is missing, writes a log with
# `authmeter generate` and one with tangled.py, and compares the answers to duckdb/*.sql with what each report says: one
# line a comparison.
# AUTHMETER names another program than the release build.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8
events=${1:-50000}
# Numbers may be compared with another version too; the one of the README's measurements is installed for both.
wanted=duckdb==2.0.0

cache=${XDG_CACHE_HOME:-$HOME/.cache}/authmeter-peers
python=$cache/venv/bin/python
if ! "$python" -c 'import duckdb' 2> /dev/null; then
    if ! python3 -c 'import ensurepip' 2> /dev/null; then
        sudo=
        [ "$(id -u)" = 0 ] || sudo=sudo
        { $sudo apt-get update -qq && $sudo apt-get install -y -qq python3-venv; } >&2
    fi
    python3 -m venv "$cache/venv" >&2
    "$cache/venv/bin/pip" install --quiet --disable-pip-version-check "$wanted" >&2
fi
if [ -z "${AUTHMETER:-}" ]; then
    cargo build --release --locked --quiet >&2
    AUTHMETER=${CARGO_TARGET_DIR:-target}/release/authmeter
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$AUTHMETER" generate --events "$events" --seed 21 -o "$work/plain.jsonl"
python3 -B tests/peers/tangled.py "$((events / 5))" "$work/tangled.jsonl"
"$python" -B tests/peers/with_duckdb.py "$(realpath "$AUTHMETER")" "$work/plain.jsonl" "$work/tangled.jsonl"
