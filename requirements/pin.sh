#!/usr/bin/env bash
# Pin the newest packages that pyproject.toml and dev.in allow: versions and hashes, no addresses.
set -euo pipefail
python="$1"
cd "$(dirname "$0")/.."
compile() {
    "$python" -m uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --universal \
        --python-version 3.11 --no-header --no-annotate "$@"
}
compile pyproject.toml --output-file requirements/runtime.txt
compile requirements/dev.in --output-file requirements/dev.txt
compile --no-deps requirements/units.in --output-file requirements/units.txt
