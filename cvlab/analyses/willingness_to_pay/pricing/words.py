"""Words of pricing: probabilities at the end of what draws can tell, narrow intervals, and those over both signs."""

from __future__ import annotations

import math

from babel.numbers import format_decimal

from cvlab.units import agree_decimals, current_number_format, write_number, write_range

_FINEST = 0.001  # smallest probability that is told from none, and largest distance from certainty


def write_probability(probability: float, n_draws: int = 1000) -> str:
    """Write a probability that was counted in draws; none and all of them are no certainty.

    Examples
    --------
    >>> write_probability(0.0), write_probability(1.0), write_probability(0.25), write_probability(0.0, 50)
    ('below 0.1%', 'above 99.9%', '25.0%', 'below 2.0%')
    """
    if not math.isfinite(probability):
        return write_number(math.nan, "share")
    finest = max(_FINEST, 1 / max(n_draws, 1))
    if probability < finest:
        return f"below {write_number(finest, 'share')}"
    if probability > 1 - finest:
        return f"above {write_number(1 - finest, 'share')}"
    return write_number(probability, "share")


def write_apart(value: float, low: float, high: float) -> tuple[str, str]:
    """Write a ratio and its interval, with as many more digits as the two ends need to be told apart, at most two.

    Examples
    --------
    >>> write_apart(1.25, 1.21, 1.3), write_apart(1.2504, 1.2491, 1.2517)
    (('1.25', '1.21 to 1.30'), ('1.250', '1.249 to 1.252'))
    """
    written = [write_number(number, "ratio") for number in (value, low, high)]
    if all(math.isfinite(number) for number in (value, low, high)):
        for decimals in (3, 4):
            if written[1] != written[2] or abs(value) >= 10:
                break
            pattern, locale = "#,##0." + "0" * decimals, current_number_format().locale
            written = [
                str(format_decimal(number, format=pattern, locale=locale)).replace("-", "−")
                for number in (value, low, high)
            ]
    return written[0], f"{written[1]} to {written[2]}"


def write_sides(value: float, low: float, high: float, kind: str, *, below: str, above: str) -> tuple[str, str]:
    """Write a number without its sign and its interval beside it, the side named where the interval has both.

    Examples
    --------
    >>> write_sides(-0.2, -0.3, -0.1, "share", below="a fall of", above="a rise of")
    ('a fall of 20.0%', '10.0% to 30.0%')
    >>> write_sides(-0.2, -0.3, 0.1, "share", below="a fall of", above="a rise of")
    ('a fall of 20.0%', 'a fall of 30.0% to a rise of 10.0%')
    """
    decimals = agree_decimals((value, low, high), kind)

    def name(number: float) -> str:
        return f"{below if number < 0 else above} {write_number(abs(number), kind, decimals=decimals)}"

    if max(value, low, high) <= 0:
        return name(value), write_range(-high, -low, kind)
    if min(value, low, high) >= 0:
        return name(value), write_range(low, high, kind)
    return name(value), f"{name(low)} to {name(high)}"
