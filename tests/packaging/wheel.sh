#!/usr/bin/env bash
# Install the built wheel into an environment that holds nothing else of the project, and use it.
# Usage: wheel.sh PYTHON WHEEL
set -euo pipefail
python="$1"
wheel="$(realpath "$2")"
root="$(cd "$(dirname "$0")/../.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
pip() { "$work/venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
pip install --no-compile --require-hashes --no-deps -r "$root/requirements/runtime.txt"
pip install --no-deps "$wheel"
pip check
# Away from the checkout, so that nothing can come from there.
cd "$work"
venv/bin/python "$root/tests/packaging/smoke.py"
venv/bin/antq version
venv/bin/antq --help >/dev/null
venv/bin/antq demo --no-serve
echo "The wheel works: $(basename "$wheel")"
