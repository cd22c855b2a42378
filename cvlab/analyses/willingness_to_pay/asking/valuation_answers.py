"""Answers to bids: each yes or no says between which prices a person's willingness to pay lies.

    question                          lies between
    yes to the bid                    the bid and infinity
    no to the bid                     nothing and the bid
    yes, then yes to a higher bid     the higher bid and infinity
    yes, then no to a higher bid      the bid and the higher bid
    no, then yes to a lower bid       the lower bid and the bid
    no, then no to a lower bid        nothing and the lower bid

Few bids give few different answers, so that a thousand people are some twenty cells with weights, and all that follows
is computed on cells. People whose answers and weights are the same are one pattern, and a bootstrap sample of people is
a multinomial draw of how often each pattern occurs.

Source: Hanemann, Loomis & Kanninen (1991), "Statistical efficiency of double-bounded dichotomous choice contingent
valuation", American Journal of Agricultural Economics 73.
Assumes that the second bid does not change what the offer is worth to a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd
from formulaic import Formula  # type: ignore[import-untyped]
from formulaic.errors import FormulaicError  # type: ignore[import-untyped]
from scipy import sparse

from cvlab.analyses.common import compress_rows
from cvlab.analyses.willingness_to_pay.survey_weights import name_weights
from cvlab.checks import check_columns, check_numeric, check_table
from cvlab.errors import DataError, ParameterError, Problem

TABLE = "contingent_valuation"
CONSTANT = "constant"
_RESPONDENT = "respondent_id"
_OWN = (_RESPONDENT, "bid", "answer", "bid_up", "bid_down", "second_answer")
_YES_NO: Mapping[str, float] = MappingProxyType({"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0})
_SIZES = (1e-50, 1e50)  # no currency has such amounts, and beyond them squares are no longer numbers
_LEVEL = re.compile(r"(?:C\(\s*([^(),\s]+)[^()]*\)|([^:\[\]()]+))\[(?:T\.)?([^\]]*)\]")  # how formulaic names a level


@dataclass(frozen=True, eq=False, kw_only=True)
class Valuations:
    """Coded answers: distinct cells, and which of them each pattern of people consists of.

    Attributes
    ----------
    first, said_yes : first bid of each cell, and whether it was accepted.
    low, high : bounds of the willingness to pay in each cell; minus infinity and infinity where there is none.
    covariates : cells × names, the first column being 1.
    patterns : patterns × cells, weights; the weights of all rows have mean 1.
    multiplicity : how many people have each pattern.
    prices : distinct bids that were put to somebody, ascending.
    clustered : whether people differ in weight or have several rows, so that rows are not equal independent draws.
    row_weights : of each row, as given.
    """

    first: np.ndarray
    said_yes: np.ndarray
    low: np.ndarray
    high: np.ndarray
    covariates: np.ndarray
    names: tuple[str, ...]
    patterns: sparse.csr_array
    multiplicity: np.ndarray
    prices: np.ndarray
    n_rows: int
    n_second: int
    clustered: bool
    row_weights: np.ndarray

    @property
    def n_people(self) -> int:
        """How many people answered."""
        return int(self.multiplicity.sum())

    @property
    def weights(self) -> np.ndarray:
        """Weight of each cell."""
        return self.multiplicity @ self.patterns

    @property
    def means(self) -> np.ndarray:
        """Mean of each covariate, the constant included."""
        return self.weights @ self.covariates / self.weights.sum()

    def resample(self, n_boot: int, seed: int) -> np.ndarray:
        """Return n_boot × cells weights of bootstrap samples of people."""
        drawn = np.random.default_rng(seed).multinomial(
            self.n_people, self.multiplicity / self.multiplicity.sum(), size=n_boot
        )
        return np.asarray((self.patterns.T @ drawn.T.astype(float)).T)


def take_first_answers(valuations: Valuations) -> Valuations:
    """Return the same people with their answers to the first bid only."""
    first, yes = valuations.first, valuations.said_yes
    return replace(
        valuations,
        low=np.where(yes, first, -np.inf),
        high=np.where(yes, np.inf, first),
        prices=np.unique(first),
        n_second=0,
    )


def read_respondents(answers: pd.DataFrame) -> pd.Series:
    """Return whose answer each row is: of the column or the named index, else everybody is a person of their own."""
    if _RESPONDENT in answers.columns:
        return answers[_RESPONDENT].reset_index(drop=True)
    if answers.index.name == _RESPONDENT:
        return answers.index.to_series().reset_index(drop=True)
    return pd.Series(np.arange(len(answers)), name=_RESPONDENT)


def read_valuations(
    answers: pd.DataFrame, *, covariates: str | None, weights: str | None, logarithmic: str | None
) -> Valuations:
    """Check and code the answers.

    Parameters
    ----------
    covariates : right-hand side of a formula.
    weights : column of weights; the column `weight` where there is one.
    logarithmic : name of the distribution if it takes the logarithm of the bid, so that bids must be above 0.

    Raises
    ------
    DataError : columns are missing or not numeric, or rows are wrong; all wrong rows are listed at once.
    ParameterError : the formula cannot be read.
    """
    check_table(answers, TABLE)
    column = name_weights(answers, weights)
    weighing = [] if column is None else [column]
    check_columns(answers, ["bid", "answer", *weighing], TABLE)
    numeric = ["bid", *(name for name in ("bid_up", "bid_down", *weighing) if name in answers.columns)]
    check_numeric(answers, numeric, TABLE, missing_allowed=True)
    formula = _read_formula(covariates)
    used = [] if formula is None else sorted(formula.required_variables)
    check_columns(answers, used, TABLE)
    bids = {name: _numbers(answers, name) for name in ("bid", "bid_up", "bid_down")}
    said, not_said = _read_yes_no(answers, "answer")
    again, not_again = _read_yes_no(answers, "second_answer")
    weight = np.ones(len(answers)) if column is None else _numbers(answers, column)
    people = read_respondents(answers)
    problems = [
        _problem(_RESPONDENT, people.isna().to_numpy(), "is missing", "name the person, or drop these rows"),
        _problem("answer", not_said, "is not yes or no", "write yes or no"),
        _problem("answer", np.isnan(said) & ~not_said, "is missing", "drop these rows"),
        _problem("second_answer", not_again, "is not yes or no", "write yes or no, or leave it empty"),
        *_find_bad_bids(bids, said, again, logarithmic),
        _problem(str(column), ~(weight > 0), "is not above 0", "drop these people or correct their weights"),
        *(_problem(name, answers[name].isna().to_numpy(), "is missing", "fill or drop these rows") for name in used),
    ]
    found = [problem for problem in problems if problem.rows]
    if found:
        raise DataError.from_problems(f"{TABLE} cannot be used", found)
    matrix, names = _code_covariates(answers, formula, covariates)
    return _compress(bids, said, again, matrix, names, weight / weight.mean(), people, weight)


def _find_bad_bids(
    bids: Mapping[str, np.ndarray], said: np.ndarray, again: np.ndarray, logarithmic: str | None
) -> list[Problem]:
    asked_again = ~np.isnan(again)  # second bids that were not put to anybody do no harm
    bid, up, down = bids["bid"], *(np.where(asked_again, bids[name], np.nan) for name in ("bid_up", "bid_down"))
    asked = {"bid": bid, "bid_up": up, "bid_down": down}
    raised, lowered = asked_again & (said == 1), asked_again & (said == 0)
    drop = "correct them or drop these rows"
    problems = [_problem("bid", np.isnan(bid), "is missing", "fill it or drop these rows")]
    if logarithmic is not None:
        remedy = f"{drop}, or give distribution='logistic' or 'normal', which allow bids of 0"
        rule = f"is not above 0, and {logarithmic} takes its logarithm"
        problems += [_problem(name, values <= 0, rule, remedy) for name, values in asked.items()]
    else:
        problems += [_problem(name, values < 0, "is below 0", drop) for name, values in asked.items()]
    extreme = "is too close to 0, or too large, for an amount of money"
    for name, values in asked.items():
        outside = (values > 0) & ((values < _SIZES[0]) | (values > _SIZES[1]))
        problems.append(_problem(name, outside, extreme, "correct it, or write amounts in another unit of money"))
    return [
        *problems,
        _problem("bid_up", up <= bid, "is not above the first bid", drop),
        _problem("bid_down", down >= bid, "is not below the first bid", drop),
        _problem("second_answer", raised & np.isnan(up), "has no bid_up beside it", "add the bid that was asked"),
        _problem("second_answer", lowered & np.isnan(down), "has no bid_down beside it", "add the bid that was asked"),
    ]


def _problem(column: str, wrong: np.ndarray, rule: str, remedy: str) -> Problem:
    rows = tuple(int(row) + 1 for row in np.flatnonzero(wrong))
    return Problem(table=TABLE, column=column, rows=rows, rule=rule, remedy=remedy)


def _numbers(answers: pd.DataFrame, column: str) -> np.ndarray:
    if column not in answers.columns:
        return np.full(len(answers), np.nan)
    return answers[column].to_numpy(dtype=float, na_value=np.nan)


def _read_yes_no(answers: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return 1 for yes, 0 for no and NaN for none, and which cells are something else."""
    if column not in answers.columns:
        return np.full(len(answers), np.nan), np.zeros(len(answers), dtype=bool)
    cells = answers[column]
    missing = cells.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(cells):
        values = cells.to_numpy(dtype=float, na_value=np.nan)
        values = np.where(np.isin(values, (0.0, 1.0)), values, np.nan)
    else:
        values = cells.astype(str).str.strip().str.lower().map(dict(_YES_NO)).to_numpy(dtype=float)
    return np.where(missing, np.nan, values), ~missing & np.isnan(values)


def _read_formula(covariates: str | None) -> Formula | None:
    if covariates is None:
        return None
    try:
        formula = Formula(f"1 + {covariates}")
        used = set(formula.required_variables)
    except (FormulaicError, AttributeError, SyntaxError, TypeError):
        used = None
    if used is None or not isinstance(covariates, str) or "~" in covariates:
        raise ParameterError(
            f"covariates is {covariates!r}: give the right-hand side of a formula, such as 'age + C(region)'"
        )
    own = sorted(used & set(_OWN))
    if own:
        raise ParameterError(
            f"covariates is {covariates!r}, with {', '.join(own)} in it: these are the question and its answer. "
            "Give characteristics of people"
        )
    return formula


def _code_covariates(
    answers: pd.DataFrame, formula: Formula | None, covariates: str | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return rows × covariates, the constant first, and their names, a level as `column: level`."""
    if formula is None:
        return np.ones((len(answers), 1)), (CONSTANT,)
    try:
        matrix = formula.get_model_matrix(answers.reset_index(drop=True), context={}, na_action="raise")
    except (FormulaicError, ValueError, TypeError) as error:
        raise ParameterError(
            f"covariates is {covariates!r}, which cannot be computed from {TABLE}: give columns of the table, and "
            "functions of them that give a finite number for each row"
        ) from error
    if "Intercept" not in matrix.columns:
        raise ParameterError(f"covariates is {covariates!r}: leave the constant in, drop the 0 or the -1")
    names = tuple(_LEVEL.sub(lambda found: f"{found[1] or found[2]}: {found[3]}", name) for name in matrix.columns)
    values = np.asarray(matrix, dtype=float)
    if not np.isfinite(values).all():
        bad = [name for name, finite in zip(names, np.isfinite(values).all(axis=0), strict=True) if not finite]
        raise DataError(f"{TABLE}: covariates {', '.join(bad)} have infinite or missing values. Correct or drop them")
    return values, (CONSTANT, *names[1:])


def _compress(
    bids: Mapping[str, np.ndarray],
    said: np.ndarray,
    again: np.ndarray,
    covariates: np.ndarray,
    names: tuple[str, ...],
    weight: np.ndarray,
    people: pd.Series,
    row_weights: np.ndarray,
) -> Valuations:
    bid, up, down = bids["bid"], bids["bid_up"], bids["bid_down"]
    yes, no = said == 1, said == 0
    low = np.select([yes & (again == 1), yes, again == 1], [up, bid, down], default=-np.inf)
    high = np.select([no & (again == 0), no, again == 0], [down, bid, up], default=np.inf)
    asked_again = ~np.isnan(again)
    prices = np.unique(np.concatenate([bid, up[asked_again & yes], down[asked_again & no]]))
    cells, _, cell = compress_rows(np.column_stack([bid, said, low, high, covariates]))
    person = pd.factorize(people)[0]
    rows_of_one = len(np.unique(person)) == len(person)
    equal = bool(np.isclose(weight, 1.0).all())
    if rows_of_one:
        distinct, multiplicity, _ = compress_rows(np.column_stack([cell, np.ones_like(weight) if equal else weight]))
        row, column, value = np.arange(len(distinct)), distinct[:, 0].astype(int), distinct[:, 1]
    else:
        row, column, value, multiplicity = person, cell, weight, np.ones(person.max() + 1)
    return Valuations(
        first=cells[:, 0],
        said_yes=cells[:, 1] == 1,
        low=cells[:, 2],
        high=cells[:, 3],
        covariates=cells[:, 4:],
        names=names,
        patterns=sparse.csr_array((value, (row, column)), shape=(len(multiplicity), len(cells))),
        multiplicity=multiplicity,
        prices=prices,
        n_rows=len(bid),
        n_second=int(asked_again.sum()),
        clustered=not (rows_of_one and equal),
        row_weights=row_weights,
    )
