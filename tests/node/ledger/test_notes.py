"""Notes, keys and checkpoints are C2SP's: by the examples that the specifications give."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigstore._internal.rekor.checkpoint import SignedCheckpoint as SigstoreCheckpoint

from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.keys import (
    COSIGNATURE,
    KeyFormatError,
    SigningKey,
    VerifierKey,
    cosigned_at,
)
from services.node.ledger.note import MAX_SIGNATURES, Note, NoteError, parse_note, verified_by

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ON"
    "ncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2"
    "q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2"
    "oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
ORIGIN = "antq.example/27316"
HEAD = Checkpoint(ORIGIN, 3, bytes(range(32)))


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.generate(ORIGIN)


def test_the_example_of_the_specification_is_verified() -> None:
    trusted = VerifierKey.parse(EXAMPLE_KEY)
    assert str(trusted) == EXAMPLE_KEY
    note = parse_note(EXAMPLE)
    assert verified_by(note, [trusted]) == (trusted,)
    assert note.encode() == EXAMPLE


def test_the_example_of_a_cosigned_checkpoint_is_read() -> None:
    signed = SignedCheckpoint.read(COSIGNED)
    assert signed.checkpoint.origin == "example.com/behind-the-sofa"
    assert signed.checkpoint.size == 20_852_163
    assert signed.checkpoint.text() == signed.note.text
    assert signed.note.encode() == COSIGNED
    assert cosigned_at(signed.note.signatures[1].value) == 1_679_315_147


def test_sigstore_reads_a_checkpoint_of_ours(key: SigningKey) -> None:
    text = HEAD.text()
    theirs = SigstoreCheckpoint.from_text(Note(text, (key.sign(text),)).encode().decode())
    assert theirs.checkpoint.origin == ORIGIN
    assert theirs.checkpoint.log_size == 3
    assert theirs.checkpoint.log_hash == HEAD.root.hex()
    assert theirs.signed_note.signatures[0].sig_hash == key.verifier.key_id


def test_whoever_signed_a_checkpoint_is_named(key: SigningKey) -> None:
    cosigner = SigningKey.generate("antq.example/province", COSIGNATURE)
    text = HEAD.text()
    raw = Note(text, (key.sign(text), cosigner.cosign(text, 1_750_000_000))).encode()
    signed = SignedCheckpoint.read(raw)
    assert signed.signed_by([key.verifier]) == (key.verifier,)
    assert signed.signed_by([cosigner.verifier, key.verifier]) == (key.verifier, cosigner.verifier)


def test_a_note_that_only_strangers_signed_is_refused(key: SigningKey) -> None:
    stranger = SigningKey.generate(ORIGIN)  # the same name, another key
    note = Note(HEAD.text(), (stranger.sign(HEAD.text()),))
    with pytest.raises(NoteError, match="no trusted key"):
        verified_by(note, [key.verifier])


@pytest.mark.parametrize("kind", ["signature", "text", "time"])
def test_a_known_keys_wrong_signature_spoils_the_note(key: SigningKey, kind: str) -> None:
    cosigner = SigningKey.generate("antq.example/province", COSIGNATURE)
    text = HEAD.text()
    plain, cosigned = key.sign(text), cosigner.cosign(text, 1_750_000_000)
    value = bytearray(cosigned.value)
    value[{"signature": -1, "text": 20, "time": 7}[kind]] ^= 1
    wrong = type(cosigned)(cosigned.name, cosigned.key_id, bytes(value))
    if kind == "text":
        text = text.replace("\n3\n", "\n4\n")
        wrong = cosigned
    with pytest.raises(NoteError, match="is wrong"):
        verified_by(Note(text, (wrong, plain)), [cosigner.verifier, key.verifier])


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no signatures"),
        (b"text\n", "no signatures"),
        (b"text\n\n", "no signatures|not a signature"),
        (b"text\n\nnonsense\n", "not a signature line"),
        ("text\n\n— name\n".encode(), "not a signature line"),
        ("text\n\n— na+me AAAAAAAA\n".encode(), "not a signature line"),
        ("text\n\n— name ====\n".encode(), "not base64"),
        ("text\n\n— name AAAA\n".encode(), "cut off"),
        ("te\x00xt\n\n— name AAAAAAAA\n".encode(), "control character"),
        ("te\rxt\n\n— name AAAAAAAA\n".encode(), "control character"),
        (b"\xff\n\n", "not UTF-8"),
        (b"x" * 100_000, "longer than"),
        (("text\n\n" + "— name AAAAAAAA\n" * (MAX_SIGNATURES + 1)).encode(), "more than"),
    ],
)
def test_what_is_no_note_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        parse_note(raw)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{ORIGIN}\n3\n", "three lines"),
        (f"{ORIGIN}\n3\n{base64.b64encode(bytes(32)).decode()}\nextension\n", "three lines"),
        (f"\n3\n{base64.b64encode(bytes(32)).decode()}\n", "three lines"),
        (f"{ORIGIN}\n03\n{base64.b64encode(bytes(32)).decode()}\n", "not a size"),
        (f"{ORIGIN}\n-3\n{base64.b64encode(bytes(32)).decode()}\n", "not a size"),
        (f"{ORIGIN}\n3\n!\n", "not base64"),
        (f"{ORIGIN}\n3\n{base64.b64encode(bytes(31)).decode()}\n", "31 bytes"),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_the_reason(
    key: SigningKey, text: str, reason: str
) -> None:
    with pytest.raises(NoteError, match=reason):
        Checkpoint.of(Note(text, (key.sign(text),)))


@given(st.integers(0, 2**60), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_read_as_it_was_written(size: int, root: bytes) -> None:
    head = Checkpoint(ORIGIN, size, root)
    assert Checkpoint.of(Note(head.text(), ())) == head


@pytest.mark.parametrize("kind", [1, COSIGNATURE])
def test_a_private_key_is_read_as_it_was_written(kind: int) -> None:
    key = SigningKey.generate(ORIGIN, kind)
    assert SigningKey.parse(key.export()) == key
    assert VerifierKey.parse(str(key.verifier)) == key.verifier


def test_a_private_key_shows_itself_nowhere(key: SigningKey) -> None:
    secret = key.export().rpartition("+")[2]
    assert key.seed.hex() not in repr(key)
    assert secret not in repr(key)
    mangled = key.export()[:-9] + "!" + key.export()[-8:]
    with pytest.raises(KeyFormatError) as refusal:
        SigningKey.parse(mangled)
    assert secret[:8] not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        "name+zz+AAAA",
        "name+00000000+AAAA",
        EXAMPLE_KEY.replace("530d903a", "530d903b"),
        EXAMPLE_KEY.replace("example", "exemple"),
        EXAMPLE_KEY[:-4],
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyFormatError):
        VerifierKey.parse(text)
    with pytest.raises(KeyFormatError):
        SigningKey.parse(text)


def test_a_key_has_one_use(key: SigningKey) -> None:
    cosigner = SigningKey.generate(ORIGIN, COSIGNATURE)
    with pytest.raises(ValueError, match="the time"):
        cosigner.sign(HEAD.text())
    with pytest.raises(ValueError, match="cosigner"):
        key.cosign(HEAD.text(), 1)
    with pytest.raises(ValueError, match="not a key name"):
        SigningKey.generate("with space")


def test_signing_again_adds_no_second_line(key: SigningKey) -> None:
    note = Note(HEAD.text(), (key.sign(HEAD.text()),))
    assert note.with_signatures([key.sign(HEAD.text())]) == note
