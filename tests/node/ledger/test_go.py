"""The code that checks Go's checksum database takes our checkpoints and proofs, and no others."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.node.ledger.checkpoint import Checkpoint
from services.node.ledger.keys import COSIGNATURE, SigningKey
from services.node.ledger.note import Note
from services.node.ledger.tiles import TileSubtrees
from services.node.ledger.tree import consistency_proof, inclusion_proof, range_hash
from tests.node.audit import histories
from tests.node.ledger.trees import InMemoryTiles, leaves

SOURCE = Path(__file__).parent / "go"
KEY = SigningKey.generate("antq.example/27316")
ENTRIES = leaves(1_000)
SUBTREES = TileSubtrees(InMemoryTiles(ENTRIES))


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of `go/main.go`. `make test` fetches what it needs; no test does."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed")
    program = tmp_path_factory.mktemp("go") / "ledgercheck"
    built = subprocess.run(
        [go, "build", "-o", str(program), "."],
        cwd=SOURCE,
        env={**os.environ, "GOPROXY": "off", "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode and "GOPROXY=off" in built.stderr:
        pytest.skip("the module golang.org/x/mod is not on this machine")
    assert built.returncode == 0, built.stderr
    return program


def _claim(index: int, old: int, size: int) -> dict[str, Any]:
    head = Checkpoint(KEY.name, size, range_hash(SUBTREES, 0, size))
    cosigner = SigningKey.generate("antq.example/province", COSIGNATURE)
    text = head.text()
    note = Note(text, (KEY.sign(text), cosigner.cosign(text, 1_750_000_000)))
    return {
        "key": str(KEY.verifier),
        "note": note.encode().decode(),
        "leaf": _text(ENTRIES[index]),
        "index": index,
        "inclusion": [_text(item) for item in inclusion_proof(SUBTREES, index, size)],
        "old": old,
        "oldRoot": _text(range_hash(SUBTREES, 0, old)),
        "consistency": [_text(item) for item in consistency_proof(SUBTREES, old, size)],
    }


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _check(checker: Path, claim: dict[str, Any]) -> str:
    done = subprocess.run(
        [str(checker)], input=json.dumps(claim), capture_output=True, text=True, check=False
    )
    assert done.returncode == bool(done.stderr)
    return done.stderr


@pytest.mark.parametrize(
    ("index", "old", "size"), [(0, 1, 1), (2, 3, 7), (255, 256, 257), (999, 512, 1_000)]
)
def test_go_takes_our_checkpoint_and_our_proofs(
    checker: Path, index: int, old: int, size: int
) -> None:
    assert _check(checker, _claim(index, old, size)) == ""


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"leaf": _text(b"another event")}, "inclusion"),
        ({"index": 3}, "inclusion"),
        ({"oldRoot": _text(bytes(32))}, "consistency"),
        ({"key": str(SigningKey.generate(KEY.name).verifier)}, "note"),
    ],
)
def test_go_refuses_what_we_would_refuse(
    checker: Path, change: dict[str, Any], complaint: str
) -> None:
    assert _check(checker, _claim(2, 3, 7) | change).startswith(complaint)


def test_go_reads_an_exported_log_from_its_checkpoint_down_to_every_event(
    checker: Path, tmp_path: Path
) -> None:
    history = histories.History()
    history.export(tmp_path / "audit")
    folder = histories.log_file(tmp_path / "audit", histories.LONG, "")
    key = str(histories.KEYS[histories.LONG].verifier)

    def read() -> subprocess.CompletedProcess[str]:
        command = [str(checker), key, str(folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert read().stdout == "600\n"
    histories.edit_entries(
        tmp_path / "audit", histories.LONG, {300: [history.streams[histories.LONG][300]]}
    )
    assert "entry 299 is not the one in the tree" in read().stderr
