"""Willingness to pay: asking people, with intervals, against plain loops; conditional logit against statsmodels."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression
from statsmodels.datasets import modechoice
from statsmodels.discrete.conditional_models import ConditionalLogit
from xlogit import MultinomialLogit

from benchmarks.harness import Allowance, Comparison
from cvlab.analyses.willingness_to_pay import (
    ChoiceModel,
    estimate_choice,
    estimate_gabor_granger,
    estimate_price_sensitivity,
)

PEOPLE = 1000
BOOTSTRAPS = 1000
LEVEL = 0.95
LADDER = np.array([60.0, 70, 80, 90, 100, 110, 120, 130, 140])
PANEL = (361, 12, 4)  # people, tasks, offers
PANEL_ATTRIBUTES = ["memory", "screen", "camera", "battery", "warranty"]
MODES = ("air", "train", "bus", "car")
EFFECTS = ("gc", "ttme", "hinc_air", "air", "train", "bus")


def list_comparisons() -> list[Comparison | Allowance]:
    """List the comparisons of this chapter."""
    answers = draw_answers()
    everything = answers.assign(weight=np.linspace(0.5, 2, PEOPLE), buy_cheap=5, buy_expensive=2)
    ladder = draw_ladder()
    tasks, panel = read_travel_modes(), draw_panel()
    return [
        Comparison(
            name=f"van Westendorp, {PEOPLE:,} people, {BOOTSTRAPS:,} bootstraps, against a loop",
            ours=lambda: bounds_by_cvlab(answers),
            peer=lambda: bounds_by_loop(answers),
            compare=functools.partial(np.testing.assert_allclose, rtol=0.03),  # both are Monte Carlo
            target=0.5,
        ),
        Allowance(
            name=f"van Westendorp, the same with weights, trial and revenue, {BOOTSTRAPS:,} bootstraps",
            ours=lambda: estimate_price_sensitivity(everything, n_boot=BOOTSTRAPS),
            target=0.3,
        ),
        Comparison(
            name=f"Gabor–Granger, {PEOPLE:,} people, {BOOTSTRAPS:,} bootstraps, against a loop",
            ours=lambda: shares_by_cvlab(ladder),
            peer=lambda: shares_by_loop(ladder),
            compare=functools.partial(np.testing.assert_allclose, atol=0.01),  # both are Monte Carlo
            target=0.25,
        ),
        Comparison(
            name=f"conditional logit, {tasks['individual'].nunique()} people, against statsmodels",
            ours=lambda: coefficients_by_cvlab(tasks),
            peer=lambda: coefficients_by_statsmodels(tasks),
            compare=functools.partial(np.testing.assert_allclose, rtol=1e-4),
            target=0.5,
        ),
        Comparison(
            name=f"conditional logit, {len(panel):,} rows of {PANEL[0]} people, against xlogit",
            ours=lambda: panel_by_cvlab(panel),
            peer=lambda: panel_by_xlogit(panel),
            compare=functools.partial(np.testing.assert_allclose, atol=1e-4),
            target=1.0,  # most of the time goes into checking and coding the table, which the peer leaves to the caller
        ),
    ]


def draw_panel() -> pd.DataFrame:
    """Draw people who choose in each of several tasks between offers that differ in six attributes, price included."""
    rng = np.random.default_rng(20260102)
    columns = {name: rng.choice([0.0, 1.0, 2.0, 5.0], PANEL) for name in PANEL_ATTRIBUTES}
    price = rng.choice([7.0, 8.0, 9.0, 10.0], PANEL)
    utility = sum(0.3 * values for values in columns.values()) - 0.5 * price + rng.gumbel(size=PANEL)
    person, task, offer = (part.ravel() for part in np.indices(PANEL))
    described = {name: values.ravel() for name, values in columns.items()}
    chosen = (utility.argmax(axis=2)[person, task] == offer).astype(int)
    ids = {"respondent_id": person, "task": task, "alternative": offer}
    return pd.DataFrame({**ids, **described, "price": price.ravel(), "chosen": chosen})


def panel_by_cvlab(panel: pd.DataFrame) -> np.ndarray:
    """Return the coefficients, the price's last."""
    return estimate_choice(panel, attributes=PANEL_ATTRIBUTES, price="price").table["estimate"].to_numpy()


def panel_by_xlogit(panel: pd.DataFrame) -> np.ndarray:
    """Return the same from xlogit."""
    names = [*PANEL_ATTRIBUTES, "price"]
    model = MultinomialLogit()
    model.fit(
        X=panel[names],
        y=panel["chosen"],
        varnames=names,
        ids=panel["respondent_id"] * PANEL[1] + panel["task"],
        alts=panel["alternative"],
        verbose=0,
    )
    return np.asarray(model.coeff_)


def draw_answers() -> pd.DataFrame:
    """Draw people who answer in half units of money, always in ascending order."""
    rng = np.random.default_rng(20260101)
    steps = rng.gamma(4.0, 1.0, size=(PEOPLE, 4)) * (10, 4, 8, 6)
    prices = np.ceil(2 * np.cumsum(steps, axis=1)) / 2 + (0.0, 0.5, 1.0, 1.5)
    return pd.DataFrame(prices, columns=["too_cheap", "cheap", "expensive", "too_expensive"])


def bounds_by_cvlab(answers: pd.DataFrame) -> np.ndarray:
    """Return low and high of the four points, in the order of the table."""
    result = estimate_price_sensitivity(answers, method="step", n_boot=BOOTSTRAPS, level=LEVEL)
    points = ["marginal cheapness", "marginal expensiveness", "indifference", "optimal"]
    return result.table.set_index("point").loc[points, ["low", "high"]].to_numpy()


def bounds_by_loop(answers: pd.DataFrame) -> np.ndarray:
    """Do the same as a careful person would write it: resample, sort, look up, find the first crossing."""
    prices = np.unique(answers.to_numpy())
    columns = [answers[name].to_numpy() for name in answers.columns]
    rng = np.random.default_rng(0)
    found = np.empty((BOOTSTRAPS, 4))
    for draw in range(BOOTSTRAPS):
        rows = rng.integers(PEOPLE, size=PEOPLE)
        up_to = [np.searchsorted(np.sort(column[rows]), prices, side="right") / PEOPLE for column in columns]
        too_cheap, cheap, expensive, too_expensive = up_to
        crossings = (
            (cheap, 1 - too_cheap),
            (too_expensive, 1 - expensive),
            (expensive, 1 - cheap),
            (too_expensive, 1 - too_cheap),
        )
        for point, (rising, falling) in enumerate(crossings):
            found[draw, point] = prices[np.argmax(rising >= falling)]
    return np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0).T


def draw_ladder() -> pd.DataFrame:
    """Draw people who answer at all prices of a ladder, one in fifty times the wrong way round."""
    rng = np.random.default_rng(20260102)
    worth = np.exp(rng.normal(np.log(100), 0.35, PEOPLE))
    said = (worth[:, None] >= LADDER) ^ (rng.random((PEOPLE, len(LADDER))) < 0.02)
    return pd.DataFrame(
        {
            "respondent_id": np.repeat(np.arange(PEOPLE), len(LADDER)),
            "price": np.tile(LADDER, PEOPLE),
            "would_buy": np.where(said.ravel(), "yes", "no"),
        }
    )


def shares_by_cvlab(answers: pd.DataFrame) -> np.ndarray:
    """Return low and high of the share who would buy at each price."""
    return estimate_gabor_granger(answers, n_boot=BOOTSTRAPS, level=LEVEL).table[["low", "high"]].to_numpy()


def shares_by_loop(answers: pd.DataFrame) -> np.ndarray:
    """Do the same as a careful person would write it: carry the highest yes down, resample, smooth."""
    said = answers.assign(yes=answers["would_buy"] == "yes").pivot_table(
        index="respondent_id", columns="price", values="yes"
    )
    yes = np.maximum.accumulate(said.to_numpy()[:, ::-1], axis=1)[:, ::-1]
    rng = np.random.default_rng(0)
    smooth = IsotonicRegression(increasing=False)
    found = np.empty((BOOTSTRAPS, len(LADDER)))
    for draw in range(BOOTSTRAPS):
        rows = rng.integers(PEOPLE, size=PEOPLE)
        found[draw] = smooth.fit_transform(LADDER, yes[rows].mean(axis=0))
    return np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0).T


def read_travel_modes() -> pd.DataFrame:
    """Read Greene's travel modes; income counts for the plane only."""
    tasks = modechoice.load_pandas().data
    tasks["individual"] = tasks["individual"].astype(int).astype(str)
    tasks["task"] = 1
    tasks["mode"] = tasks["mode"].map(dict(enumerate(MODES, start=1)))
    tasks["hinc_air"] = tasks["hinc"] * (tasks["mode"] == "air")
    return tasks


def fit_choice(tasks: pd.DataFrame) -> ChoiceModel:
    """Fit Greene's model with cvlab."""
    return estimate_choice(
        tasks,
        attributes=["ttme", "hinc_air"],
        price="gc",
        respondent="individual",
        task="task",
        alternative="mode",
        chosen="choice",
        alternative_constants=True,
        base_alternative="car",
    )


def coefficients_by_cvlab(tasks: pd.DataFrame) -> np.ndarray:
    """Return the coefficients in the order of `EFFECTS`."""
    return fit_choice(tasks).table.set_index("attribute").loc[list(EFFECTS), "estimate"].to_numpy()


def coefficients_by_statsmodels(tasks: pd.DataFrame) -> np.ndarray:
    """Do the same with statsmodels, the constants as columns."""
    effects = tasks[["gc", "ttme", "hinc_air"]].assign(
        **{mode: (tasks["mode"] == mode).astype(float) for mode in MODES[:-1]}
    )
    fitted = ConditionalLogit(tasks["choice"], effects, groups=tasks["individual"]).fit(disp=False)
    fitted.bse  # noqa: B018 - standard errors are part of the work, and statsmodels leaves them until asked
    return np.asarray(fitted.params)
