"""What single people would pay, as a demand curve: the share of them whose worth is at least the price.

    amounts     what each person would pay (an auction, an open question)     share with amount >= price, in round steps
    ladder      yes and no at a few prices (`asking.ladder_demand`)           most likely shares that never rise

Amounts are single people's: `amount_steps` says at which prices their shares can be told. Both give the share for any
weights of the people, so a bootstrap sample is one row of weights, and two sets of answers by the same people can be
resampled together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.common import BY_PEOPLE, bootstrap_people
from cvlab.analyses.willingness_to_pay.asking.ladder_answers import read_ladder
from cvlab.analyses.willingness_to_pay.asking.ladder_demand import estimate_buyers, find_cells
from cvlab.analyses.willingness_to_pay.pricing.amount_steps import (
    bend_steps,
    decline_steps,
    describe_steps,
    find_steps,
    smooth_steps,
)
from cvlab.analyses.willingness_to_pay.pricing.curve import PEOPLE, Curve, choose_grid, interpolate, spread_grid
from cvlab.analyses.willingness_to_pay.survey_weights import describe_weights, read_weights
from cvlab.checks import check_columns, check_numeric
from cvlab.errors import DataError
from cvlab.units import write_number

RESPONDENT, AMOUNT = "respondent_id", "amount"
_TABLE = "amounts"
_CELLS = 20_000_000  # numbers of a bootstrap held in memory at a time
PER = 100.0  # people asked


@dataclass(frozen=True, eq=False, kw_only=True)
class PersonAnswers:
    """Answers of single people.

    Attributes
    ----------
    ids : who they are, each once.
    weight : how many people of the market each stands for.
    low, high : what the offer is worth to each at least, and below what; the same number where the amount is known.
    person : whose answer each of them is, as a position in `ids`; a person may give several.
    steps : prices at which the share is counted: those put to people, or round ones with enough people between them.
    prices : the grid on which the share is told.
    stepwise : whether people answered at the steps themselves, so that nothing is known between them.
    chosen : whether the grid is the caller's own.
    missing : why there is no demand, where there is none.
    """

    ids: pd.Index
    weight: np.ndarray
    low: np.ndarray
    high: np.ndarray
    person: np.ndarray
    steps: np.ndarray
    prices: np.ndarray
    stepwise: bool
    chosen: bool = False
    missing: str = ""
    notes: tuple[str, ...] = ()

    @property
    def n_people(self) -> int:
        """How many people answered."""
        return len(self.ids)

    def shares(self, samples: np.ndarray, *, seed: int | None = None) -> np.ndarray:
        """Return the share who would buy, samples × prices, for samples × people of multiplicities.

        Parameters
        ----------
        seed : of what is not known about amounts inside a step; the middle of it when not given.
        """
        if self.stepwise:
            first, last = find_cells(self.low, self.high, self.steps)
            counted = estimate_buyers(first, last, samples[:, self.person] * self.weight, len(self.steps))
            return interpolate(self.steps, counted, self.prices) if self.chosen else counted
        if not len(self.prices):
            return np.empty((len(samples), 0))
        would = (self.low[:, None] >= self.steps).astype(float)
        at_once = max(1, _CELLS // max(len(self.low), 1))
        parts = []
        for start in range(0, len(samples), at_once):
            mass = samples[start : start + at_once, self.person] * self.weight
            parts.append((mass @ would) / mass.sum(axis=1, keepdims=True))
        counted = np.vstack(parts)
        if seed is None:
            return smooth_steps(self.steps, counted, self.prices)
        return bend_steps(self.steps, counted, self.prices, seed)

    def curve(self, *, n_boot: int, seed: int) -> Curve:
        """Return demand in people per 100, with a bootstrap over people."""
        shares = self.shares(np.ones((1, self.n_people)))[0]
        draws = self.shares(bootstrap_people(self.ids, n_boot=n_boot, seed=seed), seed=seed)
        return self.as_curve(shares, draws)

    def as_curve(self, shares: np.ndarray, draws: np.ndarray) -> Curve:
        """Return shares and draws of them as a curve."""
        return Curve(
            prices=self.prices,
            estimate=PER * shares,
            draws=PER * draws,
            asked=self.steps,
            discrete=self.stepwise or self.chosen,
            unit=PEOPLE,
            evidence="stated" if self.stepwise else "amounts",
            method="price ladder, bootstrap over people"
            if self.stepwise
            else "share of amounts, bootstrap over people",
            n=self.n_people,
            missing=self.missing,
            notes=self.notes,
            draws_by=BY_PEOPLE,
        )


def read_person_answers(
    table: pd.DataFrame, *, prices: np.ndarray | None = None, smallest_group: int = 10
) -> PersonAnswers:
    """Read amounts (respondent_id, amount) or a price ladder (respondent_id, price, would_buy), weight if any.

    Parameters
    ----------
    prices : the only prices that come into question; all of the grid when not given.
    smallest_group : people between two prices at which amounts are told.

    Raises
    ------
    DataError : columns are missing or not numeric, an amount is below 0, or amounts of several components are mixed.
    """
    if table.index.name == RESPONDENT and RESPONDENT not in table.columns:
        table = table.reset_index()
    if "would_buy" in table.columns:
        return _read_ladder(table, prices)
    check_columns(table, [RESPONDENT, AMOUNT], _TABLE)
    check_numeric(table, [AMOUNT], _TABLE)
    amount = table[AMOUNT].to_numpy(dtype=float)
    problems = []
    if (amount < 0).any():
        problems.append(
            f"amount is below 0 in {int((amount < 0).sum())} rows: write 0 for people who would pay nothing"
        )
    if table[RESPONDENT].isna().any():
        problems.append(f"{RESPONDENT} is missing in {int(table[RESPONDENT].isna().sum())} rows: say who answered")
    components = table["component"].unique().tolist() if "component" in table.columns else []
    if len(components) > 1:
        problems.append(
            f"{len(components)} components are mixed: give the rows of one, for example "
            f"table[table['component'] == {components[0]!r}]"
        )
    if not (amount > 0).any():
        problems.append("nobody would pay anything: every amount is 0")
    if problems:
        raise DataError(f"{_TABLE}: {'; '.join(problems)}")
    weight = read_weights(table, None, _TABLE)
    person, ids = pd.factorize(table[RESPONDENT])
    # Rows of one person, such as draws of a model, count as one person together.
    weight = weight / np.bincount(person)[person] if len(ids) < len(person) else weight
    rows = np.bincount(person)[person]
    steps = find_steps(amount, 1 / rows, smallest_group) if len(ids) >= smallest_group else np.empty(0)
    told = len(steps) > 1
    grid, chosen = choose_grid(prices, steps, spread_grid(steps)) if told else (steps, False)
    notes = describe_weights(np.bincount(person, weights=weight), "people")
    return PersonAnswers(
        ids=pd.Index(ids),
        weight=weight,
        low=amount,
        high=amount,
        person=person,
        steps=steps,
        prices=grid,
        stepwise=False,
        chosen=chosen,
        missing="" if told else decline_steps(len(ids), smallest_group),
        notes=(describe_steps(steps, smallest_group), *notes) if told else notes,
    )


def _read_ladder(table: pd.DataFrame, prices: np.ndarray | None) -> PersonAnswers:
    ladder = read_ladder(table, None)
    grid, chosen = choose_grid(prices, ladder.prices, ladder.prices)
    ids = pd.factorize(ladder.rows[RESPONDENT])[1]
    notes = []
    if ladder.n_contradicting:
        notes.append(
            f"{write_number(ladder.n_contradicting, 'count')} people said no at or below a price to which they said "
            "yes; the highest yes counts."
        )
    return PersonAnswers(
        ids=pd.Index(ids),
        weight=ladder.weight,
        low=ladder.at_least,
        high=ladder.below,
        person=np.arange(len(ids)),
        steps=ladder.prices,
        prices=grid,
        stepwise=True,
        chosen=chosen,
        notes=(*notes, *describe_weights(ladder.weight, "people")),
    )
