"""The committed contract files are what the code gives, and keep their promises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from contracts import generate
from contracts.envelope import decode, digest_of, encode
from contracts.published import published_schema
from domain.events import EVENTS, Body
from domain.parse import parse_body
from domain.samples import FULL, MINIMAL
from services.node.api import generate as generate_api
from services.node.pushed import Pushed, read_pushed

FOLDER = generate.HERE
PUBLISHED = sorted(
    (path.name.split(".v")[0], int(path.stem.split(".v")[1]))
    for path in (FOLDER / "schemas").glob("*.json")
)


def validator(name: str, version: int, fragment: str = "") -> jsonschema.Draft202012Validator:
    schema = json.loads(published_schema(name, version))
    resource: Resource[Any] = Resource.from_contents(schema, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(schema["$id"], resource).crawl()
    return jsonschema.Draft202012Validator(
        {"$ref": schema["$id"] + fragment},
        registry=registry,
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


def test_event_contracts_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_the_openapi_document_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate_api.main(["--check"]) == 0, capsys.readouterr().out


def test_the_openapi_document_refers_to_nothing_it_lacks() -> None:
    text = (FOLDER / "openapi.json").read_text(encoding="utf-8")
    document = json.loads(text)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named <= set(document["components"]["schemas"])
    assert {"get", "post"} == set(document["paths"]["/v1/events"])
    for path in document["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert " / " in operation["summary"]


def test_every_version_of_every_type_is_published() -> None:
    expected = {(n, v) for n, spec in EVENTS.items() for v in range(1, spec.version + 1)}
    assert expected == set(PUBLISHED)


def sample(name: str, version: int) -> bytes:
    """The golden sample: exact bytes of a recorded event."""
    return (FOLDER / "samples" / f"{name}.v{version}.json").read_bytes()


@pytest.mark.parametrize(("name", "version"), PUBLISHED)
def test_a_golden_sample_is_a_valid_event_with_its_digest(name: str, version: int) -> None:
    raw = sample(name, version)
    validator(name, version).validate(json.loads(raw))
    digests = json.loads((FOLDER / "samples" / "digests.json").read_bytes())
    assert digest_of(raw) == digests[f"{name}.v{version}"]
    envelope = decode(raw)
    assert (envelope.type, envelope.version) == (name, version)
    again = encode(
        event_id=envelope.event_id,
        origin=envelope.origin,
        sequence=envelope.sequence,
        type=envelope.type,
        version=envelope.version,
        aggregate_id=envelope.aggregate_id,
        recorded_at=envelope.recorded_at,
        data=envelope.data,
    )
    assert again == raw


@pytest.mark.parametrize(("name", "version"), PUBLISHED)
def test_todays_code_reads_every_sample(name: str, version: int) -> None:
    body = parse_body(name, version, decode(sample(name, version)).data)
    assert isinstance(body, Body), body


@pytest.mark.parametrize("name", sorted(EVENTS))
@pytest.mark.parametrize("samples", [MINIMAL, FULL])
def test_what_the_schema_allows_to_be_pushed_can_be_read(name: str, samples: Any) -> None:
    data = {k: v for k, v in samples[name].items() if k != "source_system"}
    event = {
        "specversion": "1.0",
        "id": "018f3c1e-0000-7000-8000-000000000001",
        "source": "sample.system",
        "type": f"vn.antq.{name}",
        "data": data,
    }
    check = validator(name, EVENTS[name].version, "#pushed")
    check.validate(event)
    assert isinstance(read_pushed(event), Pushed)
    assert not check.is_valid({**event, "data": {**data, "unheard_of": 1}})
    assert not check.is_valid({**event, "data": {**data, "unit_id": 1}})
    assert not check.is_valid({**event, "specversion": "0.3"})


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_recorded_event_has_every_attribute(name: str) -> None:
    event = json.loads(sample(name, EVENTS[name].version))
    check = validator(name, EVENTS[name].version)
    for attribute in event:
        assert not check.is_valid({k: v for k, v in event.items() if k != attribute})
    without_version = {k: v for k, v in event["data"].items() if k != "aggregate_version"}
    assert not check.is_valid({**event, "data": without_version})


def test_lists_are_bounded_in_the_schemas_as_in_the_code() -> None:
    data = json.loads(published_schema("ReportSubmitted", 1))["$defs"]["data"]["properties"]
    assert data["child_reports"]["maxItems"] == 400
    for name, version in PUBLISHED:
        for schema in arrays(json.loads(published_schema(name, version))):
            assert not {"minLength", "maxLength"} & set(schema)


def arrays(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "array":
            yield schema
        for part in schema.values():
            yield from arrays(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from arrays(part)


def test_drift_is_shown_and_repaired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = generate.contract_files()
    assert generate.run(files, tmp_path, check=True) == 1
    assert generate.run(files, tmp_path, check=False) == 0
    assert generate.run(files, tmp_path, check=True) == 0
    path = "schemas/MeetingHeld.v1.json"
    (tmp_path / path).write_bytes(files[path].replace(b"MeetingHeld took", b"x"))
    sample = tmp_path / "samples/MeetingHeld.v1.json"
    sample.write_bytes(sample.read_bytes().replace(b'"attendees":18', b'"attendees":19'))
    capsys.readouterr()
    assert generate.run(files, tmp_path, check=True) == 1
    shown = capsys.readouterr().out
    assert "-" in shown
    assert '"attendees":19' in shown
    assert "generated samples/MeetingHeld.v1.json" in shown


def test_digests_of_older_versions_are_kept(tmp_path: Path) -> None:
    files = generate.contract_files()
    generate.write(files, tmp_path)
    (tmp_path / "samples/MeetingHeld.v0.json").write_bytes(b"{}")
    digests = json.loads(files[generate.DIGESTS]) | {"MeetingHeld.v0": "sha256:old"}
    (tmp_path / generate.DIGESTS).write_bytes(generate.pretty(digests))
    assert generate.run(files, tmp_path, check=True) == 0


def test_a_breaking_change_of_a_published_version_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = generate.contract_files()
    generate.write(files, tmp_path)
    path = "schemas/MeetingHeld.v1.json"
    held = json.loads(files[path])
    held["$defs"]["data"]["properties"]["weather"] = {"type": "string"}
    held["$defs"]["data"]["required"].remove("attendees")
    (tmp_path / path).write_bytes(generate.pretty(held))
    for check in (True, False):
        assert generate.run(files, tmp_path, check=check) == 1
        shown = capsys.readouterr().out
        assert "MeetingHeld.v1.json: /$defs/data/properties/weather is gone" in shown
        assert "/$defs/data/properties/attendees is required now" in shown
        assert json.loads((tmp_path / path).read_bytes()) == held
    assert generate.run(files, tmp_path, check=False, unpublished=["MeetingHeld"]) == 0
    assert (tmp_path / path).read_bytes() == files[path]
