"""Price answers: the four prices each person names, which of them can be used, and the purchase intentions beside them.

An answer is valid when all four prices are there, none is below 0, and they ascend strictly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay.asking.price_curves import ANSWERS
from cvlab.analyses.willingness_to_pay.asking.price_trial import BUY, Intents
from cvlab.analyses.willingness_to_pay.survey_weights import read_weights
from cvlab.checks import check_columns, check_numeric, check_together
from cvlab.errors import DataError, ParameterError

TABLE = "price_sensitivity"
RESPONDENT = "respondent_id"
_RULES = (
    "an answer is missing",
    "a price is below 0",
    "too cheap is not below cheap",
    "cheap is not below expensive",
    "expensive is not below too expensive",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceAnswers:
    """What people said, one entry per row.

    Attributes
    ----------
    prices : rows × 4 prices, NaN where missing.
    weight : of each row.
    respondents : whose row it is.
    ordered : whether the row is valid.
    kept : whether it is used.
    invalid : rule, n: how many rows break each rule.
    intents : rows × 2 calibrated purchase intentions, NaN where not given; None where trial is not asked for.
    lacking : the purchase intention that is missing where only the other one was asked.
    """

    prices: np.ndarray
    weight: np.ndarray
    respondents: np.ndarray
    ordered: np.ndarray
    kept: np.ndarray
    invalid: pd.DataFrame
    intents: np.ndarray | None = None
    lacking: str | None = None

    @property
    def n_invalid(self) -> int:
        """How many rows are invalid."""
        return int((~self.ordered).sum())

    @property
    def n_people(self) -> int:
        """How many people's answers are used."""
        return len(self.ids)

    @property
    def ids(self) -> pd.Index:
        """Who they are, each once, in the order of their numbers."""
        return pd.Index(pd.unique(self.respondents[self.kept]))

    @property
    def people(self) -> np.ndarray:
        """Number of the person of each row that is used, from 0."""
        return pd.factorize(self.respondents[self.kept])[0]


def read_price_answers(
    answers: pd.DataFrame,
    *,
    weights: str | None,
    validate: bool,
    calibration: Intents | None = None,
    with_trial: bool = False,
) -> PriceAnswers:
    """Read and check the four prices of each row, and the purchase intentions where both were asked.

    Parameters
    ----------
    answers, weights, validate : see `estimate_price_sensitivity`.
    calibration : of the purchase intentions; they are left alone without it.
    with_trial : read them, or complain, even where they were not asked.

    Raises
    ------
    DataError : columns are missing or not numeric, weights are not above 0, ids are missing, intentions are not on the
        scale (all of this at once), or no row is valid.

    Examples
    --------
    >>> asked = pd.DataFrame({"too_cheap": [5, 9], "cheap": [8, 8], "expensive": [12, 14], "too_expensive": [16, 18]})
    >>> read_price_answers(asked, weights=None, validate=True).kept.tolist()
    [True, False]
    """
    check_columns(answers, (), TABLE)
    asked = [column for column in BUY if column in answers.columns]
    if not with_trial and len(asked) < len(BUY):
        calibration = None
    check_together(
        f"{TABLE} cannot be used",
        lambda: check_columns(answers, ANSWERS, TABLE),
        lambda: check_numeric(
            answers, [column for column in ANSWERS if column in answers.columns], TABLE, missing_allowed=True
        ),
        lambda: read_weights(answers, weights, TABLE),
        lambda: _read_respondents(answers),
        lambda: calibration is None or read_intents(answers, calibration),
    )
    prices = answers[list(ANSWERS)].to_numpy(dtype=float, na_value=np.nan)
    broken = _find_broken_rules(prices)
    ordered = np.asarray(~broken.any(axis=1))
    kept = ordered if validate else np.asarray(~broken[:, :2].any(axis=1))
    invalid = pd.DataFrame({"rule": list(_RULES), "n": broken.sum(axis=0)})
    weight = read_weights(answers, weights, TABLE)
    if not kept.any():
        raise DataError(
            f"{TABLE} has no valid row among {len(prices)}: {list_broken(invalid)}. "
            "Each person's prices must ascend strictly from too cheap to too expensive; check the order of the columns"
        )
    return PriceAnswers(
        prices=prices,
        weight=weight,
        respondents=_read_respondents(answers),
        ordered=ordered,
        kept=kept,
        invalid=invalid,
        intents=None if calibration is None else read_intents(answers, calibration),
        lacking=next(column for column in BUY if column not in asked) if len(asked) == 1 else None,
    )


def read_intents(answers: pd.DataFrame, calibration: Intents) -> np.ndarray:
    """Return rows × 2 calibrated shares, NaN where an intention is not given."""
    if not isinstance(calibration, Mapping):
        return np.tile(np.asarray(calibration, dtype=float), (len(answers), 1))
    missing = [column for column in BUY if column not in answers.columns]
    if missing:
        raise ParameterError(
            f"intents is a scale, but {TABLE} lacks {' and '.join(missing)}: "
            "add the purchase intentions, or give intents as a pair of shares such as (0.7, 0.3)"
        )
    check_numeric(answers, BUY, TABLE, missing_allowed=True)
    given = answers[list(BUY)]
    known = given.isin(list(calibration)) | given.isna()
    if not known.to_numpy().all():
        raise DataError(
            f"{TABLE}: {int((~known).to_numpy().sum())} purchase intentions are not on the scale "
            f"{', '.join(str(step) for step in calibration)}. Correct them, or give intents a share for each step"
        )
    return given.apply(lambda column: column.map(dict(calibration))).to_numpy(dtype=float, na_value=np.nan)


def list_broken(invalid: pd.DataFrame) -> str:
    """Write which rules are broken, and how often."""
    broken = invalid[invalid["n"] > 0]
    return "; ".join(f"{rule} in {n}" for rule, n in zip(broken["rule"], broken["n"], strict=True))


def _find_broken_rules(prices: np.ndarray) -> np.ndarray:
    """Return rows × rules: which of `_RULES` each row breaks."""
    missing = np.isnan(prices).any(axis=1)
    return np.column_stack([missing, (prices < 0).any(axis=1), prices[:, :-1] >= prices[:, 1:]])


def _read_respondents(answers: pd.DataFrame) -> np.ndarray:
    if RESPONDENT in answers.columns:
        ids = answers[RESPONDENT]
    else:
        ids = answers.index.to_series() if answers.index.name == RESPONDENT else pd.Series(np.arange(len(answers)))
    if ids.isna().any():
        raise DataError(f"{TABLE}: {RESPONDENT} is empty in {int(ids.isna().sum())} rows. Say who answered")
    return ids.to_numpy()
