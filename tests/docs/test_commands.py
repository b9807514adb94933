"""Commands, options, addresses and files that the documentation names exist."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from tests.docs.texts import ROOT, code, prose_and_code
from tests.node.cli.running import make_antq

_TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
_COMMAND = re.compile(r"\bantq ([a-z]+)((?:[^\n`;&|]|\\\n)*)")
_OPTION = re.compile(r"(?<!\S)(--[a-z][a-z-]*)")
_GROUPS = frozenset({"audit", "bundle", "forks", "keys", "ledger", "recover", "reports", "units"})
"""Commands whose first word behind them is the command proper."""
_API = re.compile(r"(?<![\w/])(/v1/[a-z]+(?:/[^\s'\"`?|,;:)]+)?)")
_FILE = re.compile(r"^(?:domain|contracts|services|infra|tests|bench|docs|requirements)/[\w./-]+$")
_VARIABLE = re.compile(r"\bANTQ_[A-Z_]+[A-Z]\b")
_MADE_UP = frozenset({"domain/visits.py", "tests/domain/test_visits.py"}) | frozenset(
    {"services/node/readmodels/online_meetings.py", "contracts/schemas/VisitReceived.v1.json"}
)
"""Files that a reader of the how-tos makes."""

TEXTS = prose_and_code()
NAMES = [name for name, _ in TEXTS]


@cache
def help_of(*command: str) -> str:
    """What `antq COMMAND --help` prints in English."""
    with pytest.MonkeyPatch.context() as patch:
        ended = make_antq(patch)("--lang", "en", *command, "--help")
    assert ended.code == 0, (command, ended.err)
    return ended.out


@cache
def sources() -> str:
    """Everything that may read a variable of the environment."""
    return "\n".join(
        path.read_text("utf-8")
        for folder in ("services", "infra", "bench", "tests/tamper")
        for path in (ROOT / folder).rglob("*.py")
    )


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=NAMES)
def test_make_targets_exist(name: str, text: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {target for part in code(text) for target in _TARGET.findall(part)}
    assert named <= targets, name


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=NAMES)
def test_commands_and_options_exist(name: str, text: str) -> None:
    for part in code(text):
        for command, rest in _COMMAND.findall(part):
            words = rest.split()
            page = help_of(command, *words[:1]) if command in _GROUPS else help_of(command)
            for option in _OPTION.findall(rest):
                assert option in page, (name, command, option)


def test_options_named_alone_belong_to_some_command() -> None:
    commands = ("serve", "push", "status", "rebuild", "replay", "demo", "redact")
    everything = help_of() + "".join(help_of(command) for command in commands)
    everything += help_of("units", "import") + help_of("reports", "draft")
    everything += help_of("proof") + help_of("forks", "decide")
    proper = (("bundle", "export"), ("bundle", "import"), ("audit", "verify"), ("recover", "fetch"))
    everything += "".join(help_of(*words) for words in proper)
    for name, text in TEXTS:
        for part in code(text):
            if part.startswith("--") or "antq" in part:
                assert {o for o in _OPTION.findall(part) if o not in everything} == set(), name


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=NAMES)
def test_addresses_of_the_api_exist(name: str, text: str) -> None:
    described = json.loads((ROOT / "contracts" / "openapi.json").read_bytes())["paths"]
    forms = [re.compile(re.sub(r"\{[^}]+\}", r"[^/]+", path)) for path in described]
    for part in code(text):
        for address in _API.findall(part):
            assert any(form.fullmatch(address) for form in forms), (name, address)


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=NAMES)
def test_files_exist(name: str, text: str) -> None:
    for part in code(text):
        if _FILE.match(part) and part not in _MADE_UP:
            assert (ROOT / part).exists(), (name, part)


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=NAMES)
def test_environment_variables_are_read_by_the_program(name: str, text: str) -> None:
    settings = (ROOT / "services/node/settings.py").read_text("utf-8")
    for variable in _VARIABLE.findall(text):
        field = variable.removeprefix("ANTQ_").lower()
        assert variable in sources() or f"\n    {field}: " in settings, (name, variable)
