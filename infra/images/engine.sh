#!/usr/bin/env bash
# A Docker engine for the container tests, where none runs.
#
#   infra/images/engine.sh start   use the engine that answers, else start dockerd by hand
#   infra/images/engine.sh stop    end the dockerd started by `start`; its images stay in .cache/
#
# Exit status: 0 an engine answers (or was stopped), 2 wrong use, 3 no engine can be started here.
# A crash after `start` leaves dockerd running and its pid file in place: `stop` still ends it.
set -euo pipefail

readonly NO_ENGINE=3
readonly WAIT_SECONDS=40
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly state="$root/.cache/docker"
readonly pid_file="$state/dockerd.pid" log="$state/dockerd.log"

say() { printf 'engine: %s\n' "$*" >&2; }

refuse() {
    say "$*"
    exit "$NO_ENGINE"
}

answers() { timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# The programs: dockerd and a client, from the system's packages, as root only.
have_programs() {
    if command -v dockerd >/dev/null && command -v docker >/dev/null; then
        return
    fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        refuse "no Docker engine answers and none is installed (install docker.io, or start Docker)"
    fi
    say "installing docker.io"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -q -y --no-install-recommends docker.io; } >&2 ||
        refuse "apt-get could not install docker.io"
}

ours_runs() {
    [ -s "$pid_file" ] && [ "$(cat "/proc/$(cat "$pid_file")/comm" 2>/dev/null)" = dockerd ]
}

# $@: further options of dockerd. True when the engine answers in time.
try_start() {
    rm -f "$pid_file"
    setsid dockerd --data-root "$state/data" --exec-root "$state/run" --pidfile "$pid_file" \
        "$@" >>"$log" 2>&1 </dev/null &
    local launched=$! deadline=$((SECONDS + WAIT_SECONDS))
    while [ "$SECONDS" -lt "$deadline" ]; do
        if answers; then return 0; fi
        kill -0 "$launched" 2>/dev/null || return 1
        sleep 0.3
    done
    stop
    return 1
}

start() {
    if command -v docker >/dev/null && answers; then
        say "an engine answers already"
        return
    fi
    have_programs
    if answers; then return; fi
    [ "$(id -u)" = 0 ] || refuse "no Docker engine answers, and only root can start dockerd"
    mkdir -p "$state"
    # The second try is for kernels without packet filtering: ports are then published by
    # docker-proxy alone, and containers reach no network, which the tests do not need.
    if try_start || try_start --iptables=false --ip6tables=false --ip-masq=false; then
        say "dockerd started; end it with infra/images/engine.sh stop"
        return
    fi
    tail -n 5 "$log" >&2
    refuse "dockerd does not start here; the whole log is in .cache/docker/dockerd.log"
}

stop() {
    if ! ours_runs; then
        say "no dockerd of ours runs"
        return
    fi
    local pid
    pid=$(cat "$pid_file")
    kill "$pid"
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.2
    done
    say "dockerd did not end within 20 s; killing it"
    kill -9 "$pid"
}

case "${1:-}" in
start) start ;;
stop) stop ;;
*)
    say "use: engine.sh start|stop"
    exit 2
    ;;
esac
