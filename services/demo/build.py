"""Write the demonstration's event files anew, or check that they are what this code makes.

python -m services.demo.build
python -m services.demo.build --check
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.demo.making.files import contents

DATA: Final = Path(__file__).parent / "data"


def drifted(folder: Path = DATA) -> list[str]:
    """Names of files that differ from what this code makes, are missing, or are left over."""
    made = {f"{name}.jsonl": lines for name, lines in contents().items()}
    held = {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}
    return sorted(name for name in made.keys() | held.keys() if made.get(name) != held.get(name))


def write(folder: Path = DATA) -> None:
    """Write every file and remove what is left over."""
    folder.mkdir(exist_ok=True)
    made = {f"{name}.jsonl": lines for name, lines in contents().items()}
    for path in folder.glob("*.jsonl"):
        if path.name not in made:
            path.unlink()
    for name, lines in made.items():
        (folder / name).write_bytes(lines)


def main(arguments: Sequence[str]) -> int:
    """0, or 1 if `--check` finds a difference."""
    if "--check" not in arguments:
        write()
        return 0
    names = drifted()
    for name in names:
        sys.stderr.write(f"{name}: run python -m services.demo.build\n")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
