"""What is read and what is refused: places, hints, limits, and any text at all."""

import re
import sys
import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.errors import ExpressionError, UnknownColumn
from understudy.rules.expressions import Expression, parse

FRAME = pl.DataFrame({"a": [1, None], "b": [0.5, 2.0], "c": ["x", "3"], "d": [True, None]})

CANONICAL = [
    ("a+b*c", "a + b * c"),
    ("(a+b)+c", "a + b + c"),
    ("a+(b+c)", "a + (b + c)"),
    ("((a))", "a"),
    ("+a", "a"),
    ("a=b", "a == b"),
    ("a<>b", "a != b"),
    ('"x"', "'x'"),
    ('"it\'s"', "'it''s'"),
    ("`a`", "a"),
    ("`and`", "`and`"),
    ("`a b`+`c``d`", "`a b` + `c``d`"),
    (".5", "0.5"),
    ("1.", "1.0"),
    ("1e3", "1000.0"),
    ("a is not missing", "a is present"),
    ("a is not present", "a is missing"),
    ("not(a)or b", "not a or b"),
    ("not (a or b)", "not (a or b)"),
    ("(a->b)->c", "(a -> b) -> c"),
    ("a->(b->c)", "a -> b -> c"),
    ("(a**b)**c", "(a ** b) ** c"),
    ("(-a)**b", "(-a) ** b"),
    ("-(a**b)", "-a ** b"),
    ("a == (b == c)", "a == (b == c)"),
    ("(a == b) == c", "(a == b) == c"),
    ("a in(1,'x')", "a in (1, 'x')"),
    ("if(a,b,c)", "if(a, b, c)"),
    ("a\n+\tb", "a + b"),
    ("year", "year"),
    ("lambda", "lambda"),
    ("__class__", "__class__"),
    ("2 * -a", "2 * -a"),
    ("a == not b", "a == (not b)"),
]


@pytest.mark.parametrize(("text", "canonical"), CANONICAL, ids=[text for text, _ in CANONICAL])
def test_the_canonical_spelling(text: str, canonical: str) -> None:
    assert parse(text).text == canonical
    assert str(parse(canonical)) == canonical
    assert parse(text) == parse(canonical)
    assert hash(parse(text)) == hash(parse(canonical))


REFUSED = [
    ("", "the expression ends too early (at the end)"),
    ("a +", "the expression ends too early"),
    ("a b", "'b' is not expected here (character 3, at 'b')"),
    ("a + * b", "'*' is not expected here (character 5, at '* b')"),
    ("(a", "where ')' is expected (at the end): close the bracket"),
    ("a)", "')' is not expected here (character 2"),
    ("'abc", "a quotation is left open (character 1"),
    ("`abc", "a quotation is left open"),
    ("3a", "a number runs into a name (character 1, at '3a')"),
    ("1.2.3", "a number runs into a name"),
    ("1_000", "a number runs into a name"),
    ("1e999", "the number is too large"),
    ("9" * 200, "a number of 200 digits"),
    ("a AND b", "write 'and'"),
    ("a && b", "'&' means nothing here (character 3, at '&& b'): write 'and'"),
    ("a || b", "write 'or'"),
    ("!a", "write 'not'"),
    ("a ^ 2", "write '**'"),
    ("a ≤ b", "write '<='"),
    ("a like 'x'", "write matches"),
    ("a between 1 and 2", "write 'low <= x <= high'"),
    ("a if b else c", "write if(condition, value, otherwise)"),
    ("a is null", "after 'is' stands 'missing' or 'present'"),
    ("a in 3", "after 'in' stands a list in brackets"),
    ("a in ()", "the brackets are empty"),
    ("a in (1, 2", "where ')' is expected"),
    ("a not b", "'not' is not expected here (character 3"),
    ("a < b in (1, 2)", "a second test follows the first"),
    ("a is missing == true", "a second test follows the first"),
    ("and", "'and' is not expected here (character 1"),
    ("sqr(a)", "no function 'sqr' (character 1, at 'sqr(a)'): did you mean 'sqrt'?"),
    ("abs()", "the brackets are empty"),
    ("abs(a, b)", "'abs' is given 2 values (character 1, at 'abs(a, b)'): write abs(x)"),
    ("if(a, b)", "write if(condition, value, otherwise)"),
    ("date(1, 2)", "'date' is given 2 values"),
    ("round(a, b)", "'round' needs its digits as a whole number"),
    ("round(a, 16)", "from -15 to 15"),
    ("matches(a, b)", "'matches' needs its regex in quotes"),
    ("matches(a, '(')", "'(' is no regex that can be run safely"),
    ("matches(a, 'a)|(?:b')", "is no regex"),
    ("matches(a, '(?=a)')", "no look-around"),
    (r"matches(a, '(a)\1')", "no back-references"),
    ("matches(a, 'a{1000}{1000}')", "is no regex that can be run safely"),
    (f"matches(a, '{'a' * 1001}')", "a regex of 1001 characters"),
    ("replace(a, '', 'b')", "'replace' needs what it replaces"),
    ("replace(a, b, 'c')", "'replace' needs what it replaces"),
    # reaching for anything but columns and functions
    ("a.b", "'.' means nothing here (character 2, at '.b')"),
    ("a.__class__.__mro__", "'.' means nothing here"),
    ("().__class__", "'.' means nothing here"),
    ("__import__('os')", "no function '__import__'"),
    ("import os", "'os' is not expected here"),
    ("open('/etc/passwd')", "no function 'open'"),
    ("eval('1')", "no function 'eval'"),
    ("(lambda: 1)()", "':' means nothing here"),
    ("a[0]", "'[' means nothing here"),
    ("[a for a in b]", "'[' means nothing here"),
    ("a := 1", "':' means nothing here"),
    ("a; b", "';' means nothing here"),
    ("f'{a}'", "is not expected here"),
    ("a @ b", "'@' means nothing here"),
    ("a # b", "'#' means nothing here"),
    ("{a: 1}", "'{' means nothing here"),
    ("a\x00", "means nothing here"),
    ("if(a, b, c)(d)", "'(' is not expected here"),
    ("'a'(b)", "'(' is not expected here"),
]


@pytest.mark.parametrize(("text", "what"), REFUSED, ids=[text[:30] for text, _ in REFUSED])
def test_what_cannot_be_read_is_refused_with_its_place(text: str, what: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert isinstance(caught.value, ValueError)


def test_names_of_the_program_are_columns_that_are_not_there() -> None:
    for name in ("__class__", "__builtins__", "os", "pl", "frame", "self", "step 0", "zero", "column 0"):
        with pytest.raises(UnknownColumn, match=f"no column '{name}'"):
            parse(f"`{name}` == 1").over(FRAME)


WIDE = [
    ("+".join(["a"] * 10_000), "terms"),
    (" + ".join(["a"] * 10_000), "characters"),
    ("+".join(["a"] * 251), "501 terms"),
    (" or ".join(["a"] * 300), "599 terms"),
    (f"a in ({','.join(['1'] * 600)})", "602 terms"),
    (f"sum({','.join(['1'] * 499)})", "is given 499 values|500 terms"),
    (" and ".join([f"matches(c, '{n}')" for n in range(21)]), "21 regexes"),
]


@pytest.mark.parametrize(("text", "what"), WIDE, ids=[what for _, what in WIDE])
def test_what_is_too_wide_is_refused_in_one_line(text: str, what: str) -> None:
    began = time.perf_counter()
    if what.endswith("500 terms"):
        assert parse(text).text
        return
    with pytest.raises(ExpressionError, match=what) as caught:
        parse(text)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)
    assert time.perf_counter() - began < 5


DEEP = {
    "brackets": ("(", "a", ")"),
    "open brackets": ("(", "", ""),
    "minus": ("-", "a", ""),
    "not": ("not ", "d", ""),
    "abs": ("abs(", "a", ")"),
    "if": ("if(d, ", "a", ", a)"),
    "otherwise": ("if(d, a, ", "a", ")"),
    "in": ("a in (", "a", ")"),
    "power": ("a**", "a", ""),
    "implies": ("d->", "d", ""),
    "right": ("a+(", "a", ")"),
    "left": ("(", "a", "+a)*a"),
    "equal": ("(", "a", "==a)"),
    "mixed": ("-a+abs(", "a", ")"),
}


def read(text: str) -> Expression | str:
    """The expression, or the line that refuses it: nothing else may come of a text."""
    try:
        return parse(text)
    except ExpressionError as error:
        return str(error)


@pytest.mark.parametrize("shape", DEEP)
@pytest.mark.parametrize("levels", [10, 32, 98, 120, 200, 1_000, 5_000])
def test_depth_never_meets_the_limits_of_python(shape: str, levels: int) -> None:
    before, middle, after = DEEP[shape]
    began = time.perf_counter()
    found = read(before * levels + middle + after * levels)
    if isinstance(found, str):
        assert levels > 32 or shape == "open brackets"
        assert len(found) < 200
    else:
        assert levels <= 98 or shape == "brackets"
        assert parse(found.text) == found
        assert len(found.over(FRAME)) == 2
        assert found.solved("none", "y") is None
    assert time.perf_counter() - began < 5


def test_the_deepest_expression_is_read_and_run_with_half_of_the_stack_gone() -> None:
    def dig(levels: int) -> Expression:
        return dig(levels - 1) if levels else parse("if(d, " * 99 + "a" + ", a)" * 99)

    used, frame = 0, sys._getframe()
    while frame is not None:
        used, frame = used + 1, frame.f_back  # type: ignore[assignment]
    assert len(dig(max(1, sys.getrecursionlimit() // 2 - used - 40)).over(FRAME)) == 2


PIECES = st.sampled_from(
    [
        "a",
        "b",
        "c",
        "d",
        "1",
        "2.5",
        "'x'",
        "`a`",
        "(",
        "(",
        ")",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "==",
        "!=",
        "<",
        "<=",
        "=",
        "<>",
        "->",
        "and",
        "or",
        "not",
        "in",
        "is",
        "missing",
        "present",
        "true",
        "if(",
        "abs(",
        "sum(",
        "round(",
        "matches(",
        "cumsum(",
        "date(",
        "text(",
        "left(",
        "coalesce(",
        "concat(",
        "year(",
        "'",
        "`",
        '"',
        ".",
        "[",
        "]",
        "#",
        "\\",
        "lambda",
        "__class__",
        "é",
    ]
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=25).map(" ".join) | st.text(max_size=60))
def test_any_text_gives_an_expression_or_one_line(text: str) -> None:
    began = time.perf_counter()
    found = read(text)
    if isinstance(found, Expression):
        assert parse(found.text) == found
        assert isinstance(evaluated(found), pl.Series | str)
    assert time.perf_counter() - began < 5


def evaluated(expression: Expression) -> pl.Series | str:
    try:
        return expression.over(FRAME)
    except (ExpressionError, UnknownColumn) as error:
        return str(error)


@settings(max_examples=200)
@given(st.sampled_from([text for text, _ in CANONICAL]), st.data())
def test_a_spoiled_expression_is_read_or_refused(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    spoiled = text[:at] + data.draw(st.characters()) + text[at + data.draw(st.integers(0, 2)) :]
    found = read(spoiled)
    if isinstance(found, str):
        assert re.search(r"\(character \d+, at|\(at the end\)", found)
        assert "\n" not in found
    else:
        assert parse(found.text) == found


@pytest.mark.parametrize(
    "text",
    [
        "round(a * b * (1 + b), 2) == b",
        "a + b - a * 2 + b / 3 > a",
        "a <= b and b > 1 or not a == 3",
        " + ".join(["a", "b"] * 125),
        " and ".join(["a < b"] * 124),
        "if(b < a, " * 98 + "a" + ", b)" * 98,
        "(" * 99 + "a" + " == b)" * 99,
        "(" * 99 + "a" + " % b)" * 99,
        "abs(" * 99 + "a" + ")" * 99,
        f"a in ({', '.join(map(str, range(490)))})",
        f"a in ({', '.join(f'b+{n}' for n in range(120))})",
        f"concat({', '.join(['c'] * 490)}) == 'x'",
    ],
    ids=lambda text: text[:20],
)
def test_a_hundred_thousand_rows_are_fast(text: str) -> None:
    """Generous limits, for a busy machine: what is guarded against is work that doubles with each level."""
    frame = pl.DataFrame({"a": range(100_000), "b": [0.5, 2.0] * 50_000, "c": ["x", "3"] * 50_000})
    expression = parse(text)
    expression.over(frame.head(10))
    began = time.perf_counter()
    assert len(expression.over(frame)) == 100_000
    assert time.perf_counter() - began < (0.25 if len(text) < 60 else 10)
