#!/usr/bin/env bash
# The real promtool over the real metrics: any complaint fails.
#
#   tests/peers/promtool.sh [EVENTS]        default 100,000
#
# Every report of a plain and of a hostile generated log, of no events at all, of a log over its memory limit, and of
# texts that would end a label; as a whole, and one value and one table alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C
events=${1:-100000}

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
command -v promtool > /dev/null || { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends prometheus; } >&2
command -v jq > /dev/null || { $sudo apt-get update -qq && $sudo apt-get install -y -qq jq; } >&2
cargo build --release --quiet
authmeter=${CARGO_TARGET_DIR:-target}/release/authmeter
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# accepted NAME ARGUMENTS...: promtool takes what the program prints, and says nothing.
accepted() {
    local name=$1 samples
    shift
    "$authmeter" "$@" --format prometheus > "$work/metrics" 2>> "$work/warnings"
    samples=$(grep -vc '^#' "$work/metrics" || true)
    if promtool check metrics < "$work/metrics" > "$work/complaints" 2>&1 && [ ! -s "$work/complaints" ]; then
        passed=$((passed + 1))
        echo "ok    $name ($samples samples)"
    else
        failed=$((failed + 1))
        echo "REFUSED    $name"
        head -20 "$work/complaints"
    fi
}

# A promtool that takes anything would pass everything.
if printf 'a_total 1\n' | promtool check metrics > /dev/null 2>&1; then
    echo "promtool accepts what it should not"
    exit 1
fi

"$authmeter" generate --events "$events" --seed 20 -o "$work/plain.jsonl"
"$authmeter" generate --events "$events" --seed 20 --shape hostile -o "$work/hostile.jsonl"
: > "$work/empty.jsonl"
jq -nc '("\u001b[31m", "\"} 1\nx 2", "\\", "\\n", "a\u0000b", "\u2028", "\u202e", "{", "}", "#", "NaN", "", " ") as $text
    | {event: ("auth.login", "token.refresh", $text), success: false, userId: $text, error: $text, clientId: $text, method: $text}' \
    > "$work/texts.jsonl"

# The reports are those that the program's own answer has.
reports=$("$authmeter" report --format json "$work/empty.jsonl" | jq -r '.reports | keys_unsorted[]')
for log in plain hostile empty texts; do
    accepted "$log: everything" report "$work/$log.jsonl"
    for report in $reports; do
        accepted "$log: $report" "$report" "$work/$log.jsonl"
    done
done
"$authmeter" generate --events 100000 --users 60000 --seed 20 -o "$work/users.jsonl"
accepted "users: estimates" report --memory-limit 1MiB "$work/users.jsonl"
grep -q 'authmeter_logins_users{exact="false"}' "$work/metrics" || { echo "nothing was estimated"; exit 1; }
accepted "plain: one value and one table" logins --get logins.success_rate --get logins.by_client "$work/plain.jsonl"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
