"""The how-to about rules names every obligation, state and choice that the program has."""

from __future__ import annotations

import json
import re

from domain.obligation_standing import ObligationState
from domain.obligations import ObligationKind
from domain.parse import parse_body
from domain.rule_params import Recurring, RuleKind
from tests.docs.texts import read, table
from tests.domain.scenario import ident, setting

HOW_TO = "docs/how-to/lay-down-rules.md"


def test_every_state_is_explained() -> None:
    documented = [row[0].strip("`") for row in table(HOW_TO, "states")]
    assert documented == [state.value for state in ObligationState]


def test_every_obligation_is_named_with_its_rule() -> None:
    rows = table(HOW_TO, "obligations")
    text = " ".join(cell for row in rows for cell in row)
    assert {each.value for each in Recurring} <= set(re.findall(r"`(?:activity: )?(\w+)`", text))
    # Both meetings and both reports share a kind of rule, so the table has as many rows as kinds.
    assert len(rows) == len(ObligationKind)
    for row in rows:
        assert set(re.findall(r"`(\w+)`", row[1])) <= {*map(str, RuleKind), "organisation"}


def test_the_example_of_swapped_days_is_a_rule() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", read(HOW_TO), re.DOTALL)
    data = json.loads(example.replace("…", ident("centre")))
    draft = setting().draft("RuleDefined", "centre", **data)
    assert not isinstance(parse_body("RuleDefined", 1, draft.body.to_data()), list)
