"""The functions there are: how they are written, and what they compute."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from understudy.rules.expressions import moments, numbers, texts
from understudy.rules.expressions.moments import DAY, HOUR, MINUTE, PARTS, SECOND, part
from understudy.rules.expressions.tree import Call
from understudy.rules.expressions.values import Scope, Value

_MANY = 500


def _sound(_: Call) -> str:
    return ""


@dataclass(frozen=True)
class Function:
    """A function of the language.

    Attributes:
        usage: how it is written.
        takes: how many values it takes.
        apply: what computes its value.
        fault: what is wrong with a call of it that no data could mend, "" if nothing is.
    """

    usage: str
    takes: range
    apply: Callable[[Scope, Call, list[Value]], Value]
    fault: Callable[[Call], str] = _sound


_ONE, _TWO, _SOME = range(1, 2), range(2, 3), range(1, _MANY)
FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "if": Function("if(condition, value, otherwise)", range(3, 4), numbers.chosen),
        "coalesce": Function("coalesce(a, b, …)", _SOME, numbers.present),
        "abs": Function("abs(x)", _ONE, numbers.absolute),
        "round": Function("round(x) or round(x, digits)", range(1, 3), numbers.rounded, numbers.check_round),
        "floor": Function("floor(x)", _ONE, numbers.single(pl.Expr.floor, whole=True)),
        "ceil": Function("ceil(x)", _ONE, numbers.single(pl.Expr.ceil, whole=True)),
        "sqrt": Function("sqrt(x)", _ONE, numbers.single(pl.Expr.sqrt)),
        "exp": Function("exp(x)", _ONE, numbers.exponential),
        "log": Function("log(x)", _ONE, numbers.single(pl.Expr.log)),
        "min": Function("min(a, b, …)", _SOME, numbers.extreme(pl.min_horizontal)),
        "max": Function("max(a, b, …)", _SOME, numbers.extreme(pl.max_horizontal)),
        "sum": Function("sum(a, b, …)", _SOME, numbers.total),
        "mean": Function("mean(a, b, …)", _SOME, numbers.average),
        "cumsum": Function("cumsum(x) or cumsum(x, by, …)", _SOME, numbers.running),
        "number": Function("number(x)", _ONE, texts.to_number),
        "text": Function("text(x)", _ONE, texts.to_text),
        "length": Function("length(x)", _ONE, texts.measured),
        "lower": Function("lower(x)", _ONE, texts.changed(lambda each: each.str.to_lowercase())),
        "upper": Function("upper(x)", _ONE, texts.changed(lambda each: each.str.to_uppercase())),
        "trim": Function("trim(x)", _ONE, texts.changed(lambda each: each.str.strip_chars())),
        "concat": Function("concat(a, b, …)", _SOME, texts.joined),
        "left": Function("left(x, count)", _TWO, texts.cut(lambda each, most: each.str.head(most))),
        "right": Function("right(x, count)", _TWO, texts.cut(lambda each, most: each.str.tail(most))),
        "contains": Function(
            "contains(x, part)", _TWO, texts.found(lambda each, sought: each.str.contains(sought, literal=True))
        ),
        "starts": Function(
            "starts(x, beginning)", _TWO, texts.found(lambda each, sought: each.str.starts_with(sought))
        ),
        "ends": Function("ends(x, ending)", _TWO, texts.found(lambda each, sought: each.str.ends_with(sought))),
        "matches": Function("matches(x, 'regex')", _TWO, texts.matched, texts.check_matches),
        "replace": Function("replace(x, 'old', 'new')", range(3, 4), texts.replaced, texts.check_replace),
        "date": Function("date(x) or date(year, month, day)", range(1, 4, 2), moments.dated),
        **{name: Function(f"{name}(x)", _ONE, part(name)) for name in PARTS},
        **{
            name: Function(f"{name}(later, earlier)", _TWO, moments.apart(unit))
            for name, unit in (("days", DAY), ("hours", HOUR), ("minutes", MINUTE), ("seconds", SECOND))
        },
    }
)
