#!/usr/bin/env bash
# Builds the two images of the container tests on the spot, without pulling any:
#
#   antq-kafka:<version>    Apache Kafka from its Maven artifacts, on a Java runtime
#   antq-postgres:15        PostgreSQL from Debian's packages
#
# Both keep the contract of the official images (apache/kafka, postgres) as far as infra/backing
# uses it. Prints two lines to evaluate in a shell: ANTQ_KAFKA_IMAGE=…, ANTQ_POSTGRES_IMAGE=….
#
# Exit status: 0 built (or there already), 1 a step failed, 3 no Docker engine can be started here.
# ANTQ_DEBIAN_MIRROR: a Debian mirror other than debootstrap's own choice.
# ANTQ_PYTHON: the Python that fetches the Kafka jars (default: python3).
# A crash leaves the images made so far, which the next run uses, and a directory in .cache/.
set -euo pipefail

readonly BASE=antq-base:bookworm SUITE=bookworm
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${ANTQ_PYTHON:-python3}

say() { printf 'images: %s\n' "$*" >&2; }
have_image() { docker image inspect "$1" >/dev/null 2>&1; }

# An image is rebuilt when what it is made from changes: the sum is its label.
sum_of() { cat "$@" | sha256sum | cut -c1-12; }
is_current() { [ "$(docker image inspect -f '{{index .Config.Labels "antq.sum"}}' "$1" 2>/dev/null)" = "$2" ]; }

ensure_debootstrap() {
    if command -v debootstrap >/dev/null; then return; fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "debootstrap is missing (install debootstrap and debian-archive-keyring)"
        exit 1
    fi
    say "installing debootstrap"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >&2
    apt-get install -q -y --no-install-recommends debootstrap debian-archive-keyring >&2
}

build_base() {
    if have_image "$BASE"; then return; fi
    ensure_debootstrap
    say "debootstrap $SUITE"
    mkdir -p "$root/.cache/images"
    local target
    target=$(mktemp -d "$root/.cache/images/base-XXXXXX")
    chmod 755 "$target" # the directory becomes / of every container, for all accounts
    # the rest of debootstrap's options are its own; a mirror is named only when asked for
    debootstrap --variant=minbase "$SUITE" "$target" ${ANTQ_DEBIAN_MIRROR:+"$ANTQ_DEBIAN_MIRROR"} \
        >"$root/.cache/images/debootstrap.log" 2>&1 || {
        tail -n 15 "$root/.cache/images/debootstrap.log" >&2
        rm -rf "$target"
        exit 1
    }
    tar -C "$target" --exclude='./var/cache/apt/archives/*.deb' -c . | docker import - "$BASE" >&2
    rm -rf "$target"
}

# $1 image, $2 build context, $3 sum, then build arguments.
build_image() {
    local image=$1 context=$2 sum=$3
    shift 3
    if is_current "$image" "$sum"; then
        say "$image is there"
        return
    fi
    say "building $image"
    local proxies=()
    for name in http_proxy https_proxy no_proxy; do
        [ -z "${!name:-}" ] || proxies+=(--build-arg "$name")
    done
    # the host's network: the packages come the way they come to this machine
    DOCKER_BUILDKIT=0 docker build -q --network host --label "antq.sum=$sum" -t "$image" \
        ${proxies[@]+"${proxies[@]}"} "$@" "$context" >&2
}

kafka_context() {
    local context=$1 jars=$2
    cp "$here/kafka/Dockerfile" "$here/kafka/run" "$root/infra/kafka/log4j2.properties" "$context/"
    mkdir "$context/libs"
    # hard links where the file system allows: the context is read once, by the build
    cp -l "$jars"/*.jar "$context/libs/" 2>/dev/null || cp "$jars"/*.jar "$context/libs/"
}

main() {
    "$here/engine.sh" start || exit $?
    build_base
    local jars version sum
    jars=$(cd "$root" && "$python" -c 'from infra.backing.kafka_artifacts import jars; print(jars())')
    version=$(basename "$jars")
    version=${version%%-*}
    local kafka="antq-kafka:$version" postgres="antq-postgres:15"

    sum=$(sum_of "$here/kafka/Dockerfile" "$here/kafka/run" "$root/infra/kafka/pom.xml" \
        "$root/infra/kafka/log4j2.properties")
    context=$(mktemp -d "$root/.cache/images/kafka-XXXXXX")
    trap 'rm -rf "$context"' EXIT
    kafka_context "$context" "$jars"
    build_image "$kafka" "$context" "$sum"

    sum=$(sum_of "$here/postgres/Dockerfile" "$here/postgres/entrypoint.sh")
    build_image "$postgres" "$here/postgres" "$sum"

    printf 'ANTQ_KAFKA_IMAGE=%s\nANTQ_POSTGRES_IMAGE=%s\n' "$kafka" "$postgres"
}

main
