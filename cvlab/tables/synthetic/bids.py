"""Bids: would a person pay this price, and the next one (contingent valuation)?

    first bid     one of a few, as many people each, at random
    yes           what the product is worth to the person, as stated, is at least the bid          [money per unit]
    second bid    the higher one after a yes, the lower one after a no; its answer follows the same rule

Source: Hanemann, Loomis & Kanninen (1991), "Statistical efficiency of double-bounded dichotomous choice contingent
valuation", American Journal of Agricultural Economics 73.
Assumes that people answer both bids from the value from which they answer the other price questions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, kw_only=True)
class BidQuestion:
    """Which bids are put: `bids` first, and for each of them the one below and the one above it; `downs` and `ups`
    are empty where only one bid is put."""

    bids: tuple[float, ...]
    downs: tuple[float, ...] = ()
    ups: tuple[float, ...] = ()

    @property
    def double(self) -> bool:
        """Whether a second bid follows the first."""
        return bool(self.ups)

    @property
    def all_bids(self) -> tuple[float, ...]:
        """Every price that some person may be asked, ascending."""
        return tuple(sorted({*self.bids, *self.downs, *self.ups}))


def answer_bids(ids: pd.Series, worth: np.ndarray, question: BidQuestion, random: np.random.Generator) -> pd.DataFrame:
    """Return the table contingent_valuation: one row per person.

    Parameters
    ----------
    ids, worth : one per person; money per unit, as stated.

    Examples
    --------
    >>> question = BidQuestion(bids=(10.0,), downs=(5.0,), ups=(20.0,))
    >>> answers = answer_bids(pd.Series(["F1", "F2"]), np.array([12.0, 4.0]), question, np.random.default_rng(0))
    >>> answers[["answer", "second_answer"]].to_numpy().tolist()
    [['yes', 'no'], ['no', 'no']]
    """
    which = random.permutation(np.arange(len(worth)) % len(question.bids))
    bid = np.asarray(question.bids)[which]
    yes = worth >= bid
    table = pd.DataFrame({"respondent_id": ids.to_numpy(), "bid": bid, "answer": _write_answers(yes)})
    if question.double:
        up, down = np.asarray(question.ups)[which], np.asarray(question.downs)[which]
        table["bid_up"], table["bid_down"] = up, down
        table["second_answer"] = _write_answers(worth >= np.where(yes, up, down))
    return table


def _write_answers(yes: np.ndarray) -> np.ndarray:
    return np.where(yes, "yes", "no")
