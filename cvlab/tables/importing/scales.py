"""From the labels of a scale to its codes: `strongly disagree … strongly agree` becomes 1 … 7.

    place of a label = direction × strength    direction -1, 0, 1 by words such as disagree, neither, agree
                                               strength 1, 2, 3 by words such as rather, (none), strongly
    code             = rank of the place, from 1

The codes are certain only if the labels found are even about their middle, for a label that nobody chose would shift
the others; else a person is asked. Labels that begin with their code, as in `5 = always`, say it themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cvlab.tables.importing.known_names import fold

_LED = re.compile(r"\s*(-?\d{1,2})\s*(?:[-–—=:.)(]+|$)\s*")
_NEUTRAL = re.compile(
    r"\b(?:neither|neutral|undecided|unsure|not sure|perhaps|maybe|might or might not|sometimes|average|"
    r"teils teils|weder noch|unentschieden|vielleicht|mittel)\b"
)
_AGAINST = re.compile(
    r"\b(?:dis\w+|un\w+|not|never|no|poor|bad|nicht|nie|kein\w*|un\w+|schlecht|lehne|ablehn\w*|rarely|selten)\b"
)
_FOR = re.compile(
    r"\b(?:agree|likely|satisfied|important|yes|good|excellent|always|often|definitely|certainly|probably|would|"
    r"applies|true|stimme|zu|zufrieden|wichtig|wahrscheinlich|sicher|bestimmt|gut|immer|oft|trifft|ja)\b"
)
_STRONG = re.compile(
    r"\b(?:strongly|completely|totally|fully|very|extremely|definitely|certainly|absolutely|entirely|always|never|"
    r"at all|excellent|voll|vollig|voellig|sehr|ganz|ueberhaupt|bestimmt|sicher|immer|nie)\b"
)
_WEAK = re.compile(r"\b(?:somewhat|rather|slightly|a little|fairly|mostly|eher|etwas|ziemlich)\b")
MOST_LABELS = 11
LEAST_LABELS = 3


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The codes of labels; `certain` unless a label could be missing between or beside them."""

    labels: dict[str, str]
    certain: bool


def order_labels(labels: Iterable[str]) -> Scale | None:
    """Return the codes of the labels of a scale, or None where they are not seen to be one.

    Examples
    --------
    >>> order_labels(["agree", "strongly disagree", "neither", "strongly agree", "disagree"]).labels
    {'strongly disagree': '1', 'disagree': '2', 'neither': '3', 'agree': '4', 'strongly agree': '5'}
    >>> order_labels(["agree", "neither", "strongly agree"]).certain
    False
    >>> order_labels(["North", "South", "East"]) is None
    True
    """
    distinct = list(dict.fromkeys(label.strip() for label in labels if label.strip()))
    if not LEAST_LABELS <= len(distinct) <= MOST_LABELS:
        return None
    led = {label: found[1] for label in distinct if (found := _LED.match(label)) and not label.strip().isdigit()}
    if len(led) == len(distinct) == len(set(led.values())):
        ordered = sorted(distinct, key=lambda label: int(led[label]))
        return Scale(labels={label: str(int(led[label])) for label in ordered}, certain=True)
    places = {label: _place(label) for label in distinct}
    said = {place for place in places.values() if place is not None}
    if len(said) < len(distinct):
        return None
    ordered = sorted(distinct, key=lambda label: places[label] or 0)
    even = said == {-place for place in said}
    return Scale(labels={label: str(code) for code, label in enumerate(ordered, start=1)}, certain=even)


def _place(label: str) -> int | None:
    """Where a label stands: below 0 against, above 0 for; None where its words do not say."""
    folded = fold(label)
    if _NEUTRAL.search(folded):
        return 0
    against = bool(_AGAINST.search(folded))
    if not against and not _FOR.search(folded):
        return None
    strength = 3 if _STRONG.search(folded) else 1 if _WEAK.search(folded) else 2
    return -strength if against else strength
