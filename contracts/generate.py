"""Write the generated contract files, or check that those committed are what the code gives.

    python -m contracts.generate            write schemas/, samples/ and event-types.md beside this
                                            module
    python -m contracts.generate --check    fail, with the differences, if anything drifted

Either way a schema that would break those who use its version is refused: raise the version of the
event type and give an upcaster instead. Before a version was ever published,
`--unpublished NAME` (repeatable) lets it change. Files of older versions are kept as they are.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from contracts.compatibility import breaks
from contracts.envelope import digest_of
from contracts.event_schema import event_schema
from contracts.golden import golden_event
from domain.catalogue import EVENTS
from domain.levels import ALL_LEVELS, Level

HERE: Final = Path(__file__).parent
DIGESTS: Final = "samples/digests.json"


def contract_files() -> dict[str, bytes]:
    """Every generated file of the newest versions, by its path below contracts/."""
    found: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    for name, spec in sorted(EVENTS.items()):
        stem = f"{name}.v{spec.version}"
        sample = golden_event(spec)
        found[f"schemas/{stem}.json"] = pretty(event_schema(spec))
        found[f"samples/{stem}.json"] = sample
        digests[stem] = digest_of(sample)
    found[DIGESTS] = pretty(digests)
    found["event-types.md"] = _listed().encode()
    return found


def _listed() -> str:
    """Every event type in words: what it is called, about what, and who records it."""
    lines = [
        "# Event types",
        "",
        "Written by `python -m contracts.generate`. The fields of each stand in its schema.",
        "",
        "| type | tên gọi | meaning | aggregate | recorded at |",
        "|---|---|---|---|---|",
    ]
    for name, spec in sorted(EVENTS.items()):
        levels = ", ".join(level for level in Level if level in spec.levels)
        where = "every level" if spec.levels == ALL_LEVELS else levels
        about = spec.aggregate if spec.aggregate != "*" else "its target's"
        schema = f"[`{name}`](schemas/{name}.v{spec.version}.json)"
        lines.append(f"| {schema} | {spec.title_vi} | {spec.title_en} | {about} | {where} |")
    return "\n".join([*lines, ""])


def pretty(value: object) -> bytes:
    """JSON that a person can read and compare."""
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def with_older_digests(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """The files, with the digests of older versions' samples taken over from `folder`."""
    committed = folder / DIGESTS
    if not committed.exists():
        return dict(files)
    newest = json.loads(files[DIGESTS])
    older = {
        stem: digest
        for stem, digest in json.loads(committed.read_bytes()).items()
        if f"samples/{stem}.json" not in files and (folder / f"samples/{stem}.json").exists()
    }
    return {**files, DIGESTS: pretty(older | newest)}


def differences(files: Mapping[str, bytes], folder: Path) -> Iterator[str]:
    """How the files in `folder` differ from those given, as unified diffs."""
    for path, wanted in sorted(files.items()):
        target = folder / path
        held = target.read_bytes() if target.exists() else b""
        if held != wanted:
            yield from difflib.unified_diff(
                held.decode().splitlines(),
                wanted.decode().splitlines(),
                f"committed {path}",
                f"generated {path}",
                lineterm="",
            )


def incompatible(
    files: Mapping[str, bytes], folder: Path, unpublished: Collection[str] = ()
) -> Iterator[str]:
    """Changes of published schemas that would break those who use them."""
    for path, wanted in sorted(files.items()):
        target = folder / path
        name = Path(path).name.partition(".")[0]
        if not path.startswith("schemas/") or name in unpublished or not target.exists():
            continue
        for what in breaks(json.loads(target.read_bytes()), json.loads(wanted)):
            yield f"{path}: {what}"


def write(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Write the files that differ; their paths."""
    changed: list[str] = []
    for path, wanted in sorted(files.items()):
        target = folder / path
        if not target.exists() or target.read_bytes() != wanted:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(wanted)
            changed.append(path)
    return changed


def run(
    files: Mapping[str, bytes],
    folder: Path,
    *,
    check: bool,
    unpublished: Collection[str] = (),
) -> int:
    """Check or write files and say what was found; the exit code."""
    files = with_older_digests(files, folder) if DIGESTS in files else files
    broken = list(incompatible(files, folder, unpublished))
    if broken:
        _say(*broken, "raise the version of the event type and give an upcaster instead")
        return 1
    if not check:
        _say(*(f"wrote {path}" for path in write(files, folder)))
        return 0
    drift = list(differences(files, folder))
    if drift:
        _say(*drift, "the committed contracts are not what the code gives: generate them again")
    return 1 if drift else 0


def arguments(text: str, given: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments that every generator of contract files takes."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on differences")
    parser.add_argument(
        "--unpublished", action="append", default=[], help="an event type nobody uses yet"
    )
    return parser.parse_args(given)


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")


def main(given: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    asked = arguments("Event schemas and golden samples", given)
    return run(contract_files(), HERE, check=asked.check, unpublished=asked.unpublished)


if __name__ == "__main__":
    sys.exit(main())
