"""`antq keys` makes keys that nobody else can read, and never shows a private one."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from services.node.database import Database
from services.node.errors import SettingsError
from services.node.hosting import origin_of
from services.node.ledger.keys import COSIGNATURE, VerifierKey
from services.node.ledger.names import node_name, origin_name
from services.node.notary.keyring import KeysExistError, load_keyring, make_keyring
from services.node.syncstate import Direction, OriginState, SyncState
from tests.node.cli.running import Antq

UNIT = uuid4()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a node that has no keys yet."""
    settings = {"NODE": "commune", "UNITS": str(UNIT), "DATA_DIR": str(tmp_path / "data")}
    for name, value in settings.items():
        monkeypatch.setenv(f"ANTQ_{name}", value)
    return tmp_path / "data"


def vkeys(out: str) -> list[VerifierKey]:
    return [VerifierKey.parse(line) for line in out.splitlines() if line.startswith("  ")]


def test_keys_are_made_once_and_readable_by_their_owner_alone(antq: Antq, folder: Path) -> None:
    ended = antq("--lang", "en", "keys", "init")
    assert ended.code == 0, ended.err
    cosigner, own = vkeys(ended.out)
    assert (cosigner.name, cosigner.kind) == (node_name("commune"), COSIGNATURE)
    assert own.name == origin_name(origin_of(UNIT, "main"))
    files = sorted((folder / "keys").iterdir())
    assert [file.name for file in files] == ["cosigner.key", "origin.key"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (folder / "keys").stat().st_mode & 0o777 == 0o700
    before = [file.read_bytes() for file in files]
    again = antq("--lang", "en", "keys", "init")
    assert (again.code, "keys already" in again.err) == (2, True)
    assert [file.read_bytes() for file in files] == before
    with pytest.raises(KeysExistError):
        make_keyring(folder, "commune")


def test_showing_shows_public_keys_only(antq: Antq, folder: Path) -> None:
    assert antq("--lang", "en", "keys", "show").code == 2
    made = antq("keys", "init")
    shown = antq("keys", "show")
    assert vkeys(shown.out) == vkeys(made.out)
    assert "PRIVATE" not in shown.out + shown.err + made.out + made.err


def test_rotating_changes_the_streams_key_and_not_the_cosigners(antq: Antq, folder: Path) -> None:
    cosigner, own = vkeys(antq("keys", "init").out)
    ended = antq("keys", "rotate")
    assert ended.code == 0, ended.err
    after_cosigner, after_own = vkeys(ended.out)
    assert after_cosigner == cosigner
    assert after_own != own
    assert vkeys(antq("keys", "show").out) == [after_cosigner, after_own]
    assert sorted(file.name for file in (folder / "keys").iterdir()) == [
        "cosigner.key",
        "origin.key",
    ]


def test_there_is_nothing_to_rotate_before_there_is_a_key(antq: Antq, folder: Path) -> None:
    ended = antq("--lang", "en", "keys", "rotate")
    assert (ended.code, "antq keys init" in ended.err) == (2, True)


def test_a_key_that_others_may_read_is_refused(antq: Antq, folder: Path) -> None:
    antq("keys", "init")
    file = folder / "keys" / "origin.key"
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_keyring(folder, "commune")


@pytest.mark.parametrize("content", ["", "PRIVATE+KEY+x", "nothing"])
def test_a_damaged_key_is_refused_without_repeating_it(
    antq: Antq, folder: Path, content: str
) -> None:
    antq("keys", "init")
    (folder / "keys" / "origin.key").write_text(content, encoding="ascii")
    with pytest.raises(SettingsError, match="holds no private key"):
        load_keyring(folder, "commune")


def test_the_keys_of_another_node_are_refused(antq: Antq, folder: Path) -> None:
    antq("keys", "init")
    with pytest.raises(SettingsError, match="not those of node"):
        load_keyring(folder, "district")
    (folder / "keys" / "cosigner.key").unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        load_keyring(folder, "commune")


def test_units_under_one_are_shown_once_they_have_recorded(
    antq: Antq, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under, unit = uuid4(), uuid4()
    monkeypatch.delenv("ANTQ_UNITS")
    monkeypatch.setenv("ANTQ_UNITS_UNDER", str(under))
    made = antq("--lang", "en", "keys", "init")
    assert (made.code, len(vkeys(made.out))) == (0, 1), made.err
    assert f"A unit under {under} has the key of its stream once" in made.out
    database = Database(f"sqlite:///{folder / 'state.db'}")
    sync = SyncState(database)
    sync.create_tables()
    own, other = origin_of(unit, "main"), uuid4()
    sync.save_origins(
        [
            OriginState(own, Direction.OWN, str(unit), 0, "", False),
            OriginState(other, Direction.ABOVE, str(under), 3, "", False),
        ]
    )
    database.close()
    shown = antq("--lang", "en", "keys", "show")
    assert [key.name for key in vkeys(shown.out)][1:] == [origin_name(own)]
    assert (f"of unit {unit}:" in shown.out, "once it has" in shown.out) == (True, False)
