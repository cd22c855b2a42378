"""What an analysis gives back: a tidy table, one headline with its interval, and the caveats.

Every analysis has a frozen result class of its own with the attributes of `Result`; nothing is inherited. The
`Headline` is the one number of the result that a strategist reads, travels to the summary, and is compared between
runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from cvlab.checks import check_one_of
from cvlab.units import KINDS, agree_decimals, write_number

Better = Literal["higher", "lower", "none"]
MOST_DRAWS = 1000


@dataclass(frozen=True, eq=False, kw_only=True)
class Headline:
    """The one number of a result, with its interval and the sentence that says it.

    Attributes
    ----------
    key : stable name, `chapter_word.number`, such as `segmentation.held_out_r2`.
    label : what a reader calls it, without unit.
    value, low, high : estimate and interval in the unit that `unit` names; NaN when it could not be estimated.
    level : coverage of the interval, a share.
    n : how many people, customers or rows stand behind it.
    unit : kind of number, one of `cvlab.units.KINDS`.
    better : whether more is better for the firm, less is, or neither.
    smallest_change : the smallest change between two runs that would matter, in the same unit.
    method : how it was estimated, in a few words.
    sentence : template with `{value} {low} {high} {level} {n}` and the keys of `words`.
    words : further texts for the template; they are inserted, never interpreted.
    decides : whether a decision can rest on it; sizes of groups and what holds by construction only describe.
    draws : up to 1,000 draws of the number, where a money figure must be propagated.
    draws_by : "people" where the draws come from `bootstrap_people`: with the same seed and number of draws, draw b of
        another run then weights the same people alike, and the two can be subtracted draw by draw.

    Examples
    --------
    >>> share = Headline(key="demo.share", label="share", value=0.4, low=0.3, high=0.5, n=100, unit="share",
    ...                  sentence="{value} of {who} buy ({level} interval {low} to {high}).", words={"who": "people"})
    >>> str(share)
    '40.0% of people buy (95% interval 30.0% to 50.0%).'
    >>> Headline.from_record(share.to_record()).value
    0.4
    """

    key: str
    label: str
    value: float
    low: float
    high: float
    n: int
    unit: str
    sentence: str
    level: float = 0.95
    better: Better = "none"
    smallest_change: float = math.nan
    method: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    draws: np.ndarray | None = None
    decides: bool = True
    draws_by: str = ""

    def __post_init__(self) -> None:
        check_one_of(self.unit, KINDS, "unit")
        check_one_of(self.better, ("higher", "lower", "none"), "better")
        if self.draws is not None and len(self.draws) > MOST_DRAWS:
            # Evenly spaced, so that the same draws are kept for every headline of a run and stay paired.
            keep = np.linspace(0, len(self.draws) - 1, MOST_DRAWS).round().astype(int)
            object.__setattr__(self, "draws", np.asarray(self.draws, dtype=float)[keep])

    @property
    def answered(self) -> bool:
        """Whether there is a number at all; "not enough data" is a valid result without one."""
        return math.isfinite(self.value)

    def __str__(self) -> str:
        decimals = agree_decimals((self.value, self.low, self.high), self.unit)
        numbers = {
            name: write_number(getattr(self, name), self.unit, decimals=decimals) for name in ("value", "low", "high")
        }
        level = f"{100 * self.level:.6g}%"
        return self.sentence.format_map({**self.words, **numbers, "level": level, "n": write_number(self.n, "count")})

    def to_record(self) -> dict[str, Any]:
        """Return plain JSON types: missing numbers become None, the sentence is written out beside its template."""
        numbers = {name: _or_none(getattr(self, name)) for name in ("value", "low", "high", "level", "smallest_change")}
        return {
            "key": self.key,
            "label": self.label,
            **numbers,
            "n": int(self.n),
            "unit": self.unit,
            "better": self.better,
            "method": self.method,
            "text": str(self),
            "sentence": self.sentence,
            "words": dict(self.words),
            "decides": self.decides,
            "draws_by": self.draws_by,
            "draws": None if self.draws is None else [float(draw) for draw in self.draws],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Headline:
        """Rebuild a headline from `to_record`."""
        fields = {name: record[name] for name in cls.__dataclass_fields__ if name in record}
        for name in ("value", "low", "high", "level", "smallest_change"):
            fields[name] = math.nan if record[name] is None else float(record[name])
        if fields.get("draws") is not None:
            fields["draws"] = np.asarray(fields["draws"], dtype=float)
        return cls(**fields)


@runtime_checkable
class Result(Protocol):
    """The attributes every result has.

    `table` is tidy, one row per `rows` ("group", "person", "parameter", "price" …); `notes` are caveats that belong on
    the page; `kinds` names the kind of number of the table's columns, for writing them.
    """

    kinds: ClassVar[Mapping[str, str]]
    rows: ClassVar[str]

    @property
    def table(self) -> pd.DataFrame: ...
    @property
    def headline(self) -> Headline: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


def _or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
