"""Laws of the language: spelling, agreement with a slow reference, logic, arithmetic, solving."""

import polars as pl
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from understudy.rules.expressions import Expression, parse
from understudy.rules.expressions.tree import Call, Chain, Column, Implies, Node, Not, depth, size, walk

from . import made, reference

slow = settings(max_examples=200, suppress_health_check=list(HealthCheck))


def cells(node: Node | str, frame: pl.DataFrame) -> list:
    expression = parse(node) if isinstance(node, str) else Expression(node)
    return expression.over(frame).to_list()


@slow
@given(made.untyped())
def test_what_is_spelled_is_read_back(tree: Node) -> None:
    assume(size(tree) <= 500 and depth(tree) <= 100)
    expression = Expression(tree)
    again = parse(expression.text)
    assert again == expression
    assert again.text == expression.text
    assert again.columns == expression.columns


@slow
@given(made.typed(), made.frames())
def test_polars_and_plain_python_agree(tree: Node, frame: pl.DataFrame) -> None:
    got = cells(tree, frame)
    expected = [reference.value(tree, row) for row in frame.iter_rows(named=True)]
    assert len(got) == frame.height
    assert all(map(reference.alike, expected, got)), (Expression(tree).text, expected, got)


@slow
@given(made.typed(), made.frames(0, 3))
def test_a_row_does_not_depend_on_the_others(tree: Node, frame: pl.DataFrame) -> None:
    apart = [cells(tree, frame.slice(at, 1))[0] for at in range(frame.height)]
    assert all(map(reference.alike, apart, cells(tree, frame)))


def test_a_planted_slip_of_the_reference_is_seen() -> None:
    frame = pl.DataFrame({"i": [7], "j": [2]})
    tree = parse("i // j").tree
    assert reference.alike(reference.value(tree, {"i": 7, "j": 2}), cells(tree, frame)[0])
    assert not reference.alike(reference.value(tree, {"i": 9, "j": 2}), cells(tree, frame)[0])


@settings(max_examples=100)
@given(made.truths(1), made.truths(1), made.frames())
def test_de_morgan_and_implication_with_missing_values(a: Node, b: Node, frame: pl.DataFrame) -> None:
    both, either = Chain(("and",), (a, b)), Chain(("or",), (a, b))
    assert cells(Not(both), frame) == cells(Chain(("or",), (Not(a), Not(b))), frame)
    assert cells(Not(either), frame) == cells(Chain(("and",), (Not(a), Not(b))), frame)
    assert cells(Implies(a, b), frame) == cells(Implies(Not(b), Not(a)), frame)
    assert cells(Implies(a, b), frame) == cells(Chain(("or",), (Not(a), b)), frame)
    assert cells(Not(Not(a)), frame) == cells(a, frame)


@settings(max_examples=100)
@given(made.frames(), st.sampled_from(["i", "x", "s", "d"]), st.sampled_from(["j", "y", "t", "e"]))
def test_comparisons_are_one_order(frame: pl.DataFrame, a: str, b: str) -> None:
    assume({a, b} <= set("ijxy") or (a, b) in (("s", "t"), ("d", "e")))
    assert cells(f"{a} < {b}", frame) == cells(f"{b} > {a}", frame)
    assert cells(f"{a} <= {b}", frame) == cells(f"{a} < {b} or {a} == {b}", frame)
    assert cells(f"{a} != {b}", frame) == cells(f"not {a} == {b}", frame)
    assert cells(f"{a} >= {b}", frame) == cells(f"not {a} < {b}", frame)
    assert not any(cells(f"{a} < {b} < {a}", frame))
    assert cells(f"{a} <= {b} < {a}", frame) == cells(f"{a} <= {b} and {b} < {a}", frame)


@settings(max_examples=100)
@given(made.frames())
def test_division_and_what_it_leaves(frame: pl.DataFrame) -> None:
    assert set(cells("i == j * (i // j) + i % j", frame)) <= {True, None}
    assert set(cells("j > 0 -> 0 <= i % j < j", frame)) <= {True, None}
    assert set(cells("j < 0 -> j < i % j <= 0", frame)) <= {True, None}
    assert cells("i / j", frame) == cells("if(j == 0, missing, i / j)", frame)
    assert set(cells("(i * j) / j == i", frame)) <= {True, None}
    assert set(cells("i // i == 1", frame)) <= {True, None}


@settings(max_examples=100)
@given(made.frames(1, 12), st.sampled_from(["i", "x"]))
def test_running_totals_end_in_the_total(frame: pl.DataFrame, name: str) -> None:
    totals = [each for each in cells(f"cumsum({name})", frame) if each is not None]
    assert not totals or reference.alike(frame[name].sum(), totals[-1])
    grouped = frame.with_columns(total=parse(f"cumsum({name}, s)").over(frame)).filter(pl.col("s").is_not_null())
    for (_,), group in grouped.group_by("s", maintain_order=True):
        assert all(map(reference.alike, cells(f"cumsum({name})", group), group["total"]))


LINEAR = st.recursive(
    made.columns("ij") | made.NUMBERS,
    lambda below: st.one_of(
        made.chains(("+", "-"), below),
        st.builds(lambda a, n, sign: Chain((sign,), (a, n)), below, made.NUMBERS, st.sampled_from("*/")),
        st.builds(lambda a, n: Chain(("*",), (n, a)), below, made.NUMBERS),
        made.many("sum mean", below),
        made.calls("round", made.columns("ij")),
    ),
    max_leaves=8,
)
GRID = pl.DataFrame({"i": [-3, 0, 1, 20, 7], "j": [5, 5, -2, 0, 1]})


@settings(max_examples=150)
@given(LINEAR)
def test_solving_gives_the_column_back(tree: Node) -> None:
    known = GRID.with_columns(result=Expression(tree).over(GRID))
    solved = Expression(tree).solved("i", "result")
    if solved is None:
        assert "i" not in Expression(tree).columns or bent(tree) or flat(tree)
        return
    assert parse(solved.text).text == solved.text  # chains in chains are read as one
    assert "i" not in solved.columns
    known = known.filter(pl.col("result").is_not_null())  # a division by zero has no result to solve for
    slack = 1e-6 * max([1.0, *(abs(each) for each in known["result"])])
    assert all(abs(got - was) <= slack for got, was in zip(solved.over(known), known["i"], strict=True))


def bent(tree: Node) -> bool:
    """Whether something that is not linear holds the column."""
    return any(isinstance(each, Call) and each.function == "round" for each in walk(tree))


def flat(tree: Node) -> bool:
    """Whether the column changes nothing, or a division by 0 leaves nothing to change."""
    here, there = (Expression(tree).over(GRID.with_columns(i=pl.lit(value, pl.Int64))) for value in (0, 1000))
    pairs = zip(here, there, strict=True)
    return all(a is None or b is None or abs(a - b) < 1e-6 * max(1, abs(a)) for a, b in pairs)


def test_columns_stand_in_order_of_first_mention() -> None:
    assert parse("if(b > `a c`, b, d)").columns == ("b", "a c", "d")
    assert Column("d") in walk(parse("-d").tree)
