import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.infer import infer
from understudy.data.schema import KINDS, Column, Schema
from understudy.data.schema_files import edits, from_sdv, from_yaml, read_schema, to_yaml
from understudy.data.table import Source, Table
from understudy.errors import SchemaError, SourceMissing, UnknownColumn

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
maybe = st.one_of(st.none(), words)
columns = st.builds(
    Column,
    name=words,
    kind=st.sampled_from(KINDS),
    nullable=st.booleans(),
    missing=st.lists(words, max_size=3).map(tuple),
    semantic=maybe,
    unique=st.booleans(),
    format=maybe,
    decimals=st.one_of(st.none(), st.integers(0, 20)),
    fixed=st.booleans(),
    zone=maybe,
    confidence=st.floats(0, 1).map(lambda each: round(each, 3)),
    reason=words,
    notes=st.lists(words, max_size=2).map(tuple),
)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    made = tuple(draw(st.lists(columns, max_size=4, unique_by=lambda each: each.name)))
    roles = {
        role: draw(st.sampled_from([None, *[each.name for each in made]])) for role in ("primary_key", "entity", "time")
    }
    return Schema(made, name=draw(words), **roles)


@given(schemas())
def test_yaml_comes_back(schema: Schema) -> None:
    assert from_yaml(to_yaml(schema)) == schema


@pytest.mark.parametrize(
    "name",
    ["yes", "null", "1", "1.5", "a: b", "#", "- x", "🎉", "a.b c", "", "class", "'", '"', "x\ny", "~", "<<", "="],
)
def test_awkward_names_come_back(name: str) -> None:
    schema = Schema((Column(name, "integer", reason=name),), name=name, primary_key=name)
    assert from_yaml(to_yaml(schema)) == schema


def test_yaml_reads_well() -> None:
    schema = Schema(
        (
            Column("age", "integer", confidence=0.98, reason="48 842 of 48 842 cells are whole numbers, 74 distinct"),
            Column(
                "code", "categorical", nullable=True, missing=("?", ""), confidence=0.6, reason="few", notes=("odd",)
            ),
        ),
        name="adult",
    )
    assert to_yaml(schema).partition("version")[2] == (
        """: 1
table: adult
columns:
  age:
    kind: integer
    confidence: 0.98
    reason: "48 842 of 48 842 cells are whole numbers, 74 distinct"
  # only 60% sure: please check
  code:
    kind: categorical
    nullable: true
    missing: ["?", ""]
    confidence: 0.6
    reason: few
    notes:
      - odd
"""
    )


def test_a_short_schema_is_enough() -> None:
    schema = from_yaml("columns: {age: integer, day: {kind: date, missing: '?'}}")
    assert schema["age"] == Column("age", "integer")
    assert schema["day"].missing == ("?",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: {a: [", "line 1"),
        ("columns:\n  a: integer\n b: text", "line 3"),
        ("a: 1\na: 2", "line 2"),
        ("- x", "no mapping"),
        ("", "no mapping"),
        ("table: x", "no columns"),
        ("colums: {}", "did you mean 'columns'"),
        ("columns: {a: integr}", "did you mean 'integer'"),
        ("columns: {a: {kind: integer, formt: x}}", "did you mean 'format'"),
        ("columns: {a: {format: x}}", "no kind"),
        ("columns: {a: {kind: integer, nullable: 'yes'}}", "give bool"),
        ("columns: {a: {kind: integer, decimals: true}}", "give int or nothing"),
        ("columns: {a: 5}", "no mapping"),
        ("version: 99\ncolumns: {}", "version 99"),
        ("columns: {a: \x00}", "no valid YAML"),
        ("columns: {a: !!python/object:os.system x}", "no valid YAML"),
    ],
)
def test_bad_yaml_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(SchemaError) as caught:
        from_yaml(text, where="plan.yaml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "plan.yaml" in str(caught.value)


def test_a_role_must_name_a_column() -> None:
    with pytest.raises(UnknownColumn, match="did you mean 'age'"):
        from_yaml("columns: {age: integer}\nentity: agee")


SINGLE = {
    "METADATA_SPEC_VERSION": "SINGLE_TABLE_V1",
    "primary_key": "guest_email",
    "columns": {
        "guest_email": {"sdtype": "email", "pii": True},
        "has_rewards": {"sdtype": "boolean"},
        "room_type": {"sdtype": "categorical"},
        "amenities_fee": {"sdtype": "numerical", "computer_representation": "Float"},
        "nights": {"sdtype": "numerical", "computer_representation": "Int64"},
        "score": {"sdtype": "numerical"},
        "checkin_date": {"sdtype": "datetime", "datetime_format": "%d %b %Y"},
        "seen": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d %H:%M:%S.%f"},
        "billing_address": {"sdtype": "address", "pii": True},
        "card": {"sdtype": "credit_card_number", "pii": True},
        "code": {"sdtype": "id", "regex_format": "ID_[0-9]{4}"},
        "what": {"sdtype": "unknown", "pii": True},
        "blood": {"sdtype": "ssn", "pii": True},
    },
}


def test_sdv_single_table_metadata() -> None:
    schema = from_sdv(SINGLE, name="guests")
    assert isinstance(schema, Schema)
    kinds = {each.name: (each.kind, each.semantic) for each in schema.columns}
    assert kinds == {
        "guest_email": ("id", "email"), "has_rewards": ("boolean", None), "room_type": ("categorical", None),
        "amenities_fee": ("decimal", None), "nights": ("integer", None), "score": ("decimal", None),
        "checkin_date": ("date", None), "seen": ("datetime", None), "billing_address": ("text", "address"),
        "card": ("id", "card"), "code": ("id", None), "what": ("text", None), "blood": ("text", None),
    }  # fmt: skip
    assert schema.primary_key == "guest_email"
    assert schema["guest_email"].unique
    assert schema["checkin_date"].format == "%d %b %Y"
    assert schema["code"].notes == ("its ids are written like ID_[0-9]{4}",)


def test_sdv_metadata_as_edits_leaves_the_open_to_inference() -> None:
    schema = from_sdv(SINGLE, name="guests")
    assert isinstance(schema, Schema)
    frame = pl.DataFrame(
        {name: ["1", "2", "3"] * 9 for name in ("score", "nights", "room_type")}
        | {"seen": ["2020-01-01 00:00:00.5"] * 27}
    )
    said = {name: edit for name, edit in edits(schema).items() if name in frame.columns}
    assert set(said) == {"nights", "room_type", "seen"}
    found = infer(Table(frame, Source(text=True)), edits=said)
    assert [found[name].kind for name in frame.columns] == ["integer", "integer", "categorical", "datetime"]


def test_sdv_metadata_of_several_tables_and_sequences(tmp_path: Path) -> None:
    stock = {
        "columns": {"symbol": {"sdtype": "id"}, "day": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}},
        "sequence_key": "symbol",
        "sequence_index": "day",
    }
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"METADATA_SPEC_VERSION": "V1", "tables": {"stock": stock}, "relationships": []}))
    one = read_schema(path)
    assert isinstance(one, Schema)
    assert (one.name, one.entity, one.time) == ("stock", "symbol", "day")
    path.write_text(json.dumps({"METADATA_SPEC_VERSION": "MULTI_TABLE_V1", "tables": {"a": stock, "b": stock}}))
    several = read_schema(path)
    assert isinstance(several, dict)
    assert set(several) == {"a", "b"}


def test_bad_metadata_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    for text, said in [
        ("{", "line 1"),
        ("[]", "no mapping"),
        ('{"METADATA_SPEC_VERSION": "V9"}', "V9"),
        ('{"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": 3}', "no mapping"),
        ('{"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": {}, "primary_key": "x"}', "no column 'x'"),
    ]:
        path.write_text(text)
        with pytest.raises(SchemaError, match=said):
            read_schema(path)
    with pytest.raises(SourceMissing):
        read_schema(tmp_path / "none.yaml")


def test_files_round_trip(tmp_path: Path) -> None:
    schema = infer(Table(pl.DataFrame({"a": ["1", "2"], "b": ["x", None]}), Source(text=True)))
    path = tmp_path / "schema.yaml"
    path.write_text(to_yaml(schema), encoding="utf-8")
    assert read_schema(path) == schema
