"""The simplest number in an interval, and how numbers are spelled."""

import math

FEWEST, MOST = -6, 12


def simplest(low: float, high: float) -> float | None:
    """The number with the fewest digits between two bounds, the nearest to zero of these; None where there is none.

    >>> simplest(0.36, 0.44), simplest(-0.2, 0.3), simplest(1987.0, 2011.0)
    (0.4, 0.0, 2000.0)
    """
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        return None
    if low <= 0 <= high:
        return 0.0
    sign = 1.0 if low > 0 else -1.0
    near, far = min(abs(low), abs(high)), max(abs(low), abs(high))
    for digits in range(FEWEST, MOST + 1):
        scale = 10.0**digits
        found = math.ceil(near * scale * (1 - 1e-13))
        if found <= far * scale:
            return sign * (round(found / scale, digits) if digits > 0 else found / scale)
    return None


def digits_of(value: float) -> int:
    """How many digits a number takes, zeros at its ends not counted.

    >>> [digits_of(each) for each in (0.0, 1200.0, 2.54, -0.05)]
    [0, 2, 3, 1]
    """
    return len(f"{abs(value):.12g}".split("e")[0].replace(".", "").strip("0"))


def number(value: float) -> str:
    """A number as an expression spells it.

    >>> number(2.0), number(0.1 + 0.2), number(-0.5)
    ('2', '0.3', '-0.5')
    """
    return f"{value:.12g}"


def simple_factor(low: float, high: float) -> float | None:
    """The simplest factor between two bounds: a decimal, or one over a whole number where that is shorter.

    >>> simple_factor(0.39, 0.41), simple_factor(0.33333, 0.33334) == 1 / 3
    (0.4, True)
    """
    found = simplest(low, high)
    if found is None or digits_of(found) <= 2 or low * high <= 0:
        return found
    whole = simplest(1 / high, 1 / low)
    return 1 / whole if whole and whole.is_integer() and digits_of(whole) < digits_of(found) else found


def divisor_of(factor: float) -> int:
    """The whole number a factor divides by (3 for 0.333…), 0 where a decimal says it as well."""
    whole = round(1 / abs(factor)) if 0 < abs(factor) < 1 else 0
    fits = whole and abs(abs(factor) * whole - 1) < 1e-12
    return whole if fits and digits_of(factor) > max(2, digits_of(float(whole))) else 0


def factor_digits(factor: float) -> int:
    """How many digits a factor takes, as it is spelled."""
    return 1 + digits_of(float(divisor_of(factor))) if divisor_of(factor) else digits_of(factor)
