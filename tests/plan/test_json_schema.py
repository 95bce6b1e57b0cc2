"""The JSON Schema of a plan file: what plans are written as fits it, mistakes do not, and the published file is it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from ruamel.yaml import YAML
from tests.plan.test_yaml import PLANS

from understudy.plan.json_schema import json_schema
from understudy.plan.plan import Plan
from understudy.plan.yaml import from_yaml, to_yaml
from understudy.rules.constraints import KINDS

FILE = Path(__file__).parents[2] / "docs" / "plan.schema.json"


def loaded(text: str) -> Any:
    return YAML(typ="safe").load(StringIO(text))


def fits(found: Any) -> bool:
    return jsonschema.Draft202012Validator(json_schema()).is_valid(found)


def test_the_published_file_is_the_schema() -> None:
    """Written anew by: json.dumps(json_schema(), indent=1)."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == json_schema()


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@given(PLANS)
@settings(deadline=None, max_examples=60)
def test_what_is_written_fits(plan: Plan) -> None:
    found = loaded(to_yaml(plan))
    assert fits(found) or not isinstance(found["columns"], dict)


@pytest.mark.parametrize(
    "text",
    [
        "engnie: trees",
        "rows: many",
        "privacy: lax",
        "columns: {a: lern}",
        "columns: {a: {action: learn, expresion: b}}",
        "columns: {a: {schema: {knd: text}}}",
        "constraints: [{kind: rnge, column: a}]",
        "constraints: [{kind: range, low: 1}]",
        "constraints: [{kind: nulls, columns: [a, b], rule: 3}]",
        "constraints: [3]",
        "copies: 1.5",
    ],
)
def test_mistakes_do_not_fit_and_are_refused(text: str) -> None:
    assert not fits(loaded(text))
    with pytest.raises(ValueError, match="line"):
        from_yaml(text)


def test_every_kind_of_constraint_is_in_it() -> None:
    rules = json_schema()["properties"]["constraints"]["items"]["anyOf"]
    assert {each["properties"]["kind"]["const"] for each in rules[1:]} == set(KINDS)
