#!/usr/bin/env bash
# Starts the server as the official image does: on an empty data directory a cluster is made first,
# with the account, password and database of the POSTGRES_… variables.
# A crash while the cluster is made leaves a directory without PG_VERSION in its place (it is made
# beside and renamed), so the next start makes it anew.
set -euo pipefail

: "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD must be set}"
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
cluster="$PGDATA/cluster"
making="$PGDATA/making"

if [ ! -s "$cluster/PG_VERSION" ]; then
    rm -rf "$making"
    # several options, divided by spaces
    read -ra options <<<"${POSTGRES_INITDB_ARGS:-}"
    initdb --pgdata="$making" --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
        --auth-local=trust --auth-host=scram-sha-256 "${options[@]}"
    printf "host all all all scram-sha-256\n" >>"$making/pg_hba.conf"
    if [ "$database" != postgres ]; then
        # the name reaches the server as a quoted identifier; nothing else listens yet
        printf 'CREATE DATABASE "%s";\n' "${database//\"/\"\"}" |
            postgres --single -D "$making" postgres >/dev/null
    fi
    mv "$making" "$cluster"
fi

if [ "${1:-postgres}" = postgres ]; then
    exec postgres -D "$cluster" -c listen_addresses='*' "${@:2}"
fi
exec "$@"
