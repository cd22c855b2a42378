"""Price ladder answers: what each person says the offer is worth, at least and at most.

A person who would buy at a price would buy at every lower one, so the highest yes is carried down; the lowest no above
it is carried up likewise. What lies between the two is not known, and counts neither as a yes nor as a no:

    highest yes <= worth < lowest no          [money per unit]

Whoever said yes to the highest price put to them has no lowest no, and whoever said no to all has no highest yes.

A no at or below a price with a yes contradicts it. Some do so by mistake; where most of those who said both yes and no
do, carrying answers down would make up a demand that nobody stated (yes and no may have changed places).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.willingness_to_pay.survey_weights import read_weights
from cvlab.checks import check_columns, check_numeric, check_together
from cvlab.errors import DataError
from cvlab.units import write_number

TABLE = "price_ladder"
RESPONDENT = "respondent_id"
MOST_CONTRADICTING = 0.5  # share of those who said both; at three prices chance alone gives two thirds, a swap all
_TRUTHS = {"yes": 1.0, "true": 1.0, "1": 1.0, "1.0": 1.0, "no": 0.0, "false": 0.0, "0": 0.0, "0.0": 0.0}
_MISSING = ("", "nan", "none", "<na>")


@dataclass(frozen=True, eq=False, kw_only=True)
class LadderAnswers:
    """What people said, one entry per person.

    Attributes
    ----------
    rows : the rows with an answer, respondent_id among the columns.
    prices : every price that was asked, ascending.
    ids : who the people are.
    at_least : highest price with a yes, minus infinity where there is none.
    below : lowest price with a no above the highest yes, infinity where there is none.
    weight : of each person.
    n_contradicting : how many people said no at or below a price they said yes to.
    n_both : how many people said yes to some price and no to another, so that they could have.
    n_missing : how many rows had no answer.
    """

    rows: pd.DataFrame
    prices: np.ndarray
    ids: pd.Index
    at_least: np.ndarray
    below: np.ndarray
    weight: np.ndarray
    n_contradicting: int
    n_both: int
    n_missing: int

    @property
    def n_people(self) -> int:
        """How many people answered."""
        return len(self.weight)

    def contradicts_itself(self, fewest: int) -> bool:
        """Whether the answers are no ladder: most who could contradict themselves do, `fewest` of them or more."""
        return self.n_contradicting >= fewest and self.n_contradicting > MOST_CONTRADICTING * self.n_both

    def count_known(self, prices: np.ndarray) -> np.ndarray:
        """Return how many people's answer is known at each price."""
        return self.known(prices).sum(axis=0)

    def effective_known(self, prices: np.ndarray) -> np.ndarray:
        """Return how many people of equal weight those whose answer is known at each price are worth."""
        known = self.known(prices)
        squares = (self.weight**2) @ known
        total = self.weight @ known
        return np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)

    def known(self, prices: np.ndarray) -> np.ndarray:
        """Return people × prices: whether it is known if they would buy there."""
        return (self.at_least[:, None] >= prices) | (self.below[:, None] <= prices)


def read_ladder(answers: pd.DataFrame, weights: str | None) -> LadderAnswers:
    """Read and check a price ladder.

    Parameters
    ----------
    answers : one row per person and price: respondent_id (column or index), price, would_buy (yes and no, true and
        false, 1 and 0) and, if any, a weight that is the same in all rows of a person.
    weights : name of the column of weights; the column `weight` where there is one.

    Raises
    ------
    DataError : columns are missing, prices are not above 0, answers are neither yes nor no, weights differ within a
        person, or nobody answered.

    Examples
    --------
    >>> asked = pd.DataFrame({"respondent_id": ["a", "a", "b"], "price": [10, 20, 20],
    ...                       "would_buy": ["yes", "no", "no"]})
    >>> ladder = read_ladder(asked, None)
    >>> ladder.at_least.tolist(), ladder.below.tolist()
    ([10.0, -inf], [20.0, 20.0])
    """
    if isinstance(answers, pd.DataFrame) and answers.index.name == RESPONDENT and RESPONDENT not in answers.columns:
        answers = answers.reset_index()
    check_columns(answers, (), TABLE)
    check_together(
        f"{TABLE} cannot be used",
        lambda: check_columns(answers, (RESPONDENT, "price", "would_buy"), TABLE),
        lambda: check_numeric(answers, answers.columns.intersection(["price"]), TABLE),
        lambda: _check_answers(answers),
        lambda: _check_weights(answers, weights),
    )
    weight = read_weights(answers, weights, TABLE)
    price = answers["price"].to_numpy(dtype=float)
    said = _read_truths(answers["would_buy"])
    answered = ~np.isnan(said)
    if not answered.any():
        raise DataError(
            f"{TABLE}: would_buy is empty in all {write_number(len(said), 'count')} rows. Fill in yes or no"
        )
    person, ids = pd.factorize(answers[RESPONDENT].to_numpy()[answered])
    price, yes, weight = price[answered], said[answered] == 1, weight[answered]
    at_least = np.full(len(ids), -np.inf)
    np.maximum.at(at_least, person[yes], price[yes])
    refused = ~yes & (price > at_least[person])
    below = np.full(len(ids), np.inf)
    np.minimum.at(below, person[refused], price[refused])
    each = np.empty(len(ids))
    each[person] = weight
    return LadderAnswers(
        rows=answers[answered],
        prices=np.unique(price),
        ids=pd.Index(ids),
        at_least=at_least,
        below=below,
        weight=each,
        n_contradicting=len(np.unique(person[~yes & ~refused])),
        n_both=len(np.intersect1d(person[yes], person[~yes])),
        n_missing=int((~answered).sum()),
    )


def _read_truths(said: pd.Series) -> np.ndarray:
    """Return 1 for yes, 0 for no, NaN for no answer and infinity for anything else."""
    texts = said.astype("string").fillna("").str.strip().str.lower()
    known = texts.map(_TRUTHS).to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(known) & ~texts.isin(_MISSING).to_numpy(), np.inf, known)


def _check_answers(answers: pd.DataFrame) -> None:
    """Raise where columns that are there hold what cannot be read."""
    problems = []
    nobody = int(answers[RESPONDENT].isna().sum()) if RESPONDENT in answers.columns else 0
    if nobody:
        problems.append(f"{RESPONDENT} is empty in {nobody} rows. Say who answered")
    if "price" in answers.columns and pd.api.types.is_numeric_dtype(answers["price"]):
        worthless = int((answers["price"] <= 0).sum())
        if worthless:
            problems.append(f"price is not above 0 in {worthless} rows. Correct or drop them")
    odd = np.isinf(_read_truths(answers["would_buy"])) if "would_buy" in answers.columns else np.zeros(0, dtype=bool)
    if odd.any():
        example = str(answers["would_buy"].to_numpy()[odd][0])[:40]
        problems.append(
            f"would_buy is neither yes nor no in {int(odd.sum())} rows, such as {example!r}. Write yes or no, or leave "
            "it empty"
        )
    if problems:
        raise DataError(f"{TABLE}: {'; '.join(problems)}")


def _check_weights(answers: pd.DataFrame, weights: str | None) -> None:
    """Raise where weights are unusable, or differ between the rows of one person."""
    weight = read_weights(answers, weights, TABLE)
    if RESPONDENT not in answers.columns:
        return
    by_person = pd.Series(weight).groupby(answers[RESPONDENT].to_numpy())
    differing = int((by_person.max() > by_person.min() * (1 + 1e-9)).sum())
    if differing:
        raise DataError(f"{TABLE}: {differing} people have rows of different weight. Give each person one weight")
