"""Run by the Python of an environment that has only the wheel: is everything in it, and alone?"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

NAMES = ("domain", "contracts", "services")
"""Generic names: the wheel is only safe while no other distribution brings the same."""

DATA = (
    "contracts/openapi.json",
    "contracts/asyncapi.yaml",
    "contracts/schemas/MeetingHeld.v1.json",
    "contracts/samples/MeetingHeld.v1.json",
)


def main() -> None:
    providers = packages_distributions()
    for name in NAMES:
        if set(providers.get(name, ())) != {"antq-sync"}:
            sys.exit(f"{name} is provided by {providers.get(name)}")
        place = Path(importlib.import_module(name).__file__ or "").resolve()
        if not place.is_relative_to(Path(sys.prefix).resolve()):
            sys.exit(f"{name} comes from {place}, not from the wheel")
    files = {str(file) for file in distribution("antq-sync").files or ()}
    if missing := [name for name in DATA if name not in files]:
        sys.exit(f"the wheel lacks {missing}")
    if strays := [f for f in files if f.startswith(("tests/", "infra/", "bench/"))]:
        sys.exit(f"the wheel carries {strays[:3]}")


if __name__ == "__main__":
    main()
