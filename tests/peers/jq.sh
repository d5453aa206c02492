#!/usr/bin/env bash
# The pipelines this program replaces, run by the real jq, against its own answers: any difference fails.
#
#   tests/peers/jq.sh [EVENTS]        default 100,000; a million is the full form
#
# Each pipeline of the product's first document runs on a plain and on a hostile generated log. jq stops at the first
# line that is no JSON, so on the hostile log it reads raw lines and tries each (`-R 'fromjson?'`), and takes objects
# only. Both logs are also held against the truth that the generator counted while it wrote them, and the answer
# against itself at one, two and eight threads, from a file and from a pipe.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C
events=${1:-100000}

command -v jq >/dev/null || { apt-get update -qq && apt-get install -y -qq jq; } >&2
cargo build --release --quiet
authmeter=$(realpath "${CARGO_TARGET_DIR:-target}")/release/authmeter
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# same NAME THEIRS OURS: two files that must not differ.
same() {
    if diff "$2" "$3" > "$work/diff"; then
        passed=$((passed + 1))
        echo "ok    $1"
    else
        failed=$((failed + 1))
        echo "DIFFERS    $1 (< theirs, > ours)"
        head -20 "$work/diff"
    fi
}

# ours ARGUMENTS...: the program's answer; bad lines are expected, and warned about.
ours() { "$authmeter" "$@" 2>> "$work/warnings"; }

for shape in plain hostile; do
    log=$work/$shape.jsonl
    "$authmeter" generate --events "$events" --seed 20 --shape "$shape" -o "$log" --truth "$work/$shape.truth.json"
    if [ "$shape" = plain ]; then
        json() { cat "$log"; }
    else
        json() { jq -c -R 'fromjson? | objects' "$log"; }
    fi

    # Count OTP failures by reason
    json | jq -r 'select(.event == "otp.verification.detail" and .success == false) | .error' \
        | sort | uniq -c | sed 's/^ *//' | sort > "$work/theirs"
    ours failures --get failures.otp_by_reason --format json "$log" \
        | jq -r '.[] | "\(.count) \(.reason)"' | sort > "$work/ours"
    same "$shape: OTP failures by reason" "$work/theirs" "$work/ours"

    # Track login success rate
    json | jq -r 'select(.event == "auth.login") | .success' \
        | awk '{if($1=="true") s++; else f++} END {print "Success:", s, "Failed:", f}' > "$work/theirs"
    ours logins --get logins.success --get logins.failure "$log" \
        | paste -sd ' ' | sed 's/^\(.*\) \(.*\)$/Success: \1 Failed: \2/' > "$work/ours"
    same "$shape: login success rate" "$work/theirs" "$work/ours"

    # Token refresh rate
    json | jq -r 'select(.event == "token.refresh") | .timestamp' | wc -l > "$work/theirs"
    ours refreshes --get refreshes.total "$log" > "$work/ours"
    same "$shape: token refreshes" "$work/theirs" "$work/ours"

    # Count failed OTP attempts: grep takes a line for what it contains, which is right on a plain log only. On the
    # hostile one the lines are written anew by jq first.
    json | grep "otp.verification.detail" | grep '"success":false' | wc -l > "$work/theirs"
    [ "$shape" = hostile ] || grep "otp.verification.detail" "$log" | grep "false" | wc -l > "$work/theirs"
    ours failures --get failures.otp_failures "$log" > "$work/ours"
    same "$shape: failed OTP attempts" "$work/theirs" "$work/ours"

    # View all metrics
    json | jq -c . | wc -l > "$work/theirs"
    ours report --get input.events "$log" > "$work/ours"
    same "$shape: all events" "$work/theirs" "$work/ours"

    # What the generator's truth does not hold: time. Timestamps of the hostile log have shapes jq has no name for.
    if [ "$shape" = plain ]; then
        subject='(.userId // (.email | ascii_downcase))'
        json | jq -r "[.timestamp[0:10], $subject] | @tsv" | sort -u | cut -f1 | uniq -c > "$work/subjects"
        json | jq -r '.timestamp[0:10]' | sort | uniq -c | paste - "$work/subjects" \
            | awk '{print $2, $1, $3}' > "$work/theirs"
        ours timeline --every 1d --get timeline.buckets --format json "$log" \
            | jq -r '.[] | select(.events > 0) | "\(.start[0:10]) \(.events) \(.subjects)"' > "$work/ours"
        same "$shape: events and subjects by day ($(wc -l < "$work/ours") days)" "$work/theirs" "$work/ours"

        json | jq -r 'select(.event == "token.refresh") | "\(.timestamp[11:13]) \(.success)"' \
            | sort | uniq -c | awk '{print $2 + 0, $3, $1}' > "$work/theirs"
        ours refreshes --get refreshes.by_hour --format json "$log" \
            | jq -r '.[] | "\(.hour) false \(.failure)", "\(.hour) true \(.success)"' | grep -v ' 0$' > "$work/ours"
        same "$shape: refreshes by hour of day" "$work/theirs" "$work/ours"
    fi

    # The truth, fact by fact and table by table.
    ours report --format json "$log" > "$work/report.json"
    jq -S -f tests/peers/truth.jq "$work/$shape.truth.json" > "$work/theirs"
    jq -S -f tests/peers/report.jq "$work/report.json" > "$work/ours"
    same "$shape: the generator's truth ($(wc -l < "$work/theirs") lines)" "$work/theirs" "$work/ours"

    for threads in 1 2 8; do
        ours report --format json -j "$threads" "$log" > "$work/ours"
        same "$shape: the same bytes with $threads threads" "$work/report.json" "$work/ours"
    done
    sed "s|\"$log\"|\"-\"|" "$work/report.json" > "$work/theirs"
    cat "$log" | ours report --format json > "$work/ours"
    same "$shape: the same bytes from a pipe" "$work/theirs" "$work/ours"
done

# The README's table: both columns of every row, on its log and on a generated one. Words of a line may stand in another
# order (`uniq -c` puts counts first), lines too; headings have no digits. A pipeline may end before it has read all.
words() { sed 's/T00:00:00.000Z//; s/Success:\|Failed://g' | { grep '[0-9]' || true; } | perl -lane 'print join " ", sort @F' | sort; }
authmeter() { "$authmeter" "$@"; }
readme=$PWD/README.md
rows() {
    sed -n '/^## Read them back/,/^## How fast/p' "$readme" | grep '^|.*| `.*| `' | sed 's/\\|/\x01/g' \
        | awk -F '|' -v OFS='\x02' '{ for (i = 2; i <= 4; i++) { gsub(/^ *`?|`? *$/, "", $i); gsub("\x01", "|", $i) } print $2, $3, $4 }'
}
for log in testdata/sample.jsonl "$work/plain.jsonl"; do
    cp "$log" "$work/auth.jsonl"
    while IFS=$'\x02' read -r question theirs ours; do
        (cd "$work" && set +o pipefail && eval "$theirs") | words > "$work/theirs"
        (cd "$work" && set +o pipefail && eval "$ours") | words > "$work/ours"
        if [ "$question" = "login success rate" ]; then
            tr ' ' '\n' < "$work/theirs" | sort -o "$work/theirs"
            sort -o "$work/ours" "$work/ours"
        fi
        [ "$log" != testdata/sample.jsonl ] || [ -s "$work/theirs" ] || { echo "no answer: $theirs"; failed=$((failed + 1)); }
        same "README, $(basename "$log"): $question" "$work/theirs" "$work/ours"
    done < <(rows)
done

# What the help says of each command: the pipeline it replaces, and what it is replaced by.
cp testdata/sample.jsonl "$work/auth.jsonl"
told=0
for command in $("$authmeter" --help | sed -n '/^Commands:/,/^$/p' | sed -n 's/^  \([a-z]\+\).*/\1/p'); do
    help=$("$authmeter" "$command" --help 2> /dev/null) || continue
    theirs=$(sed -n '/^Replaces:$/,/^by:$/p' <<< "$help" | sed '1d;$d' | paste -sd' ' | tr -s ' ')
    answer=$(sed -n '/^by:$/,/^$/p' <<< "$help" | sed '1d' | paste -sd' ' | tr -s ' ')
    case $theirs in *jq\ *) ;; *) continue ;; esac
    (cd "$work" && set +o pipefail && eval "$theirs") | words > "$work/theirs"
    (cd "$work" && set +o pipefail && eval "$answer") | words > "$work/ours"
    same "help of $command" "$work/theirs" "$work/ours"
    told=$((told + 1))
done
[ "$told" -ge 16 ] || { echo "only $told commands say what they replace"; failed=$((failed + 1)); }

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
