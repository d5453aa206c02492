#!/usr/bin/env bash
# The questions of the seeds' systems, asked of a real PostgreSQL over the same rows: any difference fails.
#
#   tests/peers/postgres.sh [ROWS]       default 20,000 of each table; 500,000 is the full form
#
# Installs PostgreSQL (Debian) where it is missing, makes a cluster of its own in a temporary folder, reached by a socket
# in it alone and gone at the end, loads the rows of rows.py, and creates the view and the function of the document on
# token audits word for word (postgres/seed.sql). Then each of postgres/questions.sql is compared with what the program
# says of the same rows as JSON Lines, for several windows, clients, zones and pages: one line a comparison.
# AUTHMETER names another program than the release build.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8
rows=${1:-20000}

programs() { find /usr/lib/postgresql -maxdepth 3 -name initdb 2> /dev/null | sort -V | tail -1 | xargs -r dirname; }
if [ -z "$(programs)" ]; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    { $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq postgresql; } >&2
fi
bin=$(programs)
if [ -z "${AUTHMETER:-}" ]; then
    cargo build --release --locked --quiet >&2
    AUTHMETER=${CARGO_TARGET_DIR:-target}/release/authmeter
fi

# The path of a socket may have 107 bytes, so it is not below TMPDIR.
work=$(mktemp -d /tmp/authmeter-postgres.XXXXXX)
# The server refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    as=(runuser -u postgres --)
    chmod 755 "$work"
    mkdir "$work/cluster"
    chown postgres "$work/cluster"
fi
cluster() { (cd / && "${as[@]}" "$bin/$@" > "$work/$1.log" 2>&1) || { cat "$work/$1.log" >&2; return 1; }; }
end() {
    [ ! -e "$work/cluster/data/postmaster.pid" ] || cluster pg_ctl -D "$work/cluster/data" stop -m immediate || true
    rm -rf "$work"
}
trap end EXIT
mkdir -p "$work/cluster"
cluster initdb -D "$work/cluster/data" -U authmeter -A trust -E UTF8 --locale=C --no-sync
cluster pg_ctl -D "$work/cluster/data" -l "$work/cluster/server.log" -w start \
    -o "-c listen_addresses='' -c unix_socket_directories='$work/cluster' -c fsync=off -c shared_buffers=256MB"

export PGHOST=$work/cluster PGUSER=authmeter PGDATABASE=postgres PGOPTIONS='-c client_min_messages=warning'
python3 -B tests/peers/rows.py "$rows" "$work"
here=$PWD/tests/peers/postgres
(cd "$work" && psql -X -q -v ON_ERROR_STOP=1 -f "$here/schema.sql" -f "$here/seed.sql")
python3 -B tests/peers/with_postgres.py "$(realpath "$AUTHMETER")" "$work"
