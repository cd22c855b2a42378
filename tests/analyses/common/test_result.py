"""Headlines: sentences that insert but never interpret, and records that survive JSON."""

import json
import math

import numpy as np
import pytest

from cvlab.analyses.common import Headline
from cvlab.errors import ParameterError


def make_headline(**changes: object) -> Headline:
    fields: dict = {
        "key": "demo.price",
        "label": "price",
        "value": 12.0,
        "low": 10.0,
        "high": 14.0,
        "n": 80,
        "unit": "number",
        "sentence": "{who} pay {value} ({level}: {low} to {high}, n = {n}).",
        "words": {"who": "people"},
    }
    return Headline(**{**fields, **changes})


def test_the_sentence_holds_the_numbers() -> None:
    assert str(make_headline()) == "people pay 12 (95%: 10 to 14, n = 80)."


def test_the_level_is_written_as_it_is_and_the_numbers_alike() -> None:
    assert "(99.9%: " in str(make_headline(level=0.999))
    assert "(97.5%: " in str(make_headline(level=0.975))
    small = make_headline(unit="money", value=0.25, low=-0.0328, high=0.5)
    assert "€0.25 (95%: −€0.03 to €0.50" in str(small)


def test_words_are_inserted_and_not_interpreted() -> None:
    assert str(make_headline(words={"who": "{value} <b>"})).startswith("{value} <b> pay 12")


def test_a_record_survives_strict_json() -> None:
    headline = make_headline(value=math.nan, low=math.nan, high=math.inf, draws=np.arange(3.0))
    record = json.loads(json.dumps(headline.to_record(), allow_nan=False))
    back = Headline.from_record(record)
    assert not back.answered
    assert math.isnan(back.high)
    assert str(back) == str(make_headline(value=math.nan, low=math.nan, high=math.nan))
    assert back.draws is not None
    assert back.draws.tolist() == [0, 1, 2]


def test_at_most_a_thousand_draws_are_kept_in_order() -> None:
    draws = make_headline(draws=np.arange(5000.0)).draws
    assert draws is not None
    assert len(draws) == 1000
    assert draws[0] == 0
    assert draws[-1] == 4999
    assert (np.diff(draws) > 0).all()


@pytest.mark.parametrize(("field", "value"), [("unit", "metres"), ("better", "bigger")])
def test_unknown_words_are_refused(field: str, value: str) -> None:
    with pytest.raises(ParameterError, match=f"{field} is '{value}'"):
        make_headline(**{field: value})
