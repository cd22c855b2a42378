"""Best and worst: what is planted in the utilities, how sets are drawn, and that the model fits its own choices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvlab.tables.synthetic import LINES
from cvlab.tables.synthetic.best_worst import BestWorstDesign, code_best_worst, simulate_best_worst
from cvlab.tables.synthetic.pooled import fit_pooled_logit


def test_each_cluster_wants_its_own_benefit_most(trackers: pd.DataFrame) -> None:
    utilities = LINES["fitness-trackers"].survey.best_worst.utilities(trackers)
    assert utilities.mean(axis=1).to_numpy() == pytest.approx(0, abs=1e-12)
    first = utilities.groupby(trackers["cluster"]).mean().idxmax(axis=1)
    assert first.tolist() == ["GPS", "heart alerts", "metal strap"]
    for item in utilities:
        assert abs(np.corrcoef(trackers["age"], utilities[item])[0, 1]) < 0.02


def test_larger_salons_want_more_for_staff_and_stock(salons: pd.DataFrame) -> None:
    utilities = LINES["salon-software"].survey.best_worst.utilities(salons)
    slopes = {item: np.corrcoef(salons["log_chairs"], utility)[0, 1] for item, utility in utilities.items()}
    assert max(slopes, key=slopes.__getitem__) == "stock and payroll"
    assert slopes["stock and payroll"] > 0.5
    assert slopes["WhatsApp"] < 0


def test_best_and_worst_tell_the_utilities_of_people_who_are_alike() -> None:
    """The model that made the choices is the one that is fitted: with one taste, it gives the taste back."""
    worth = np.array([2.0, 1.0, 0.5, 0.0, 0.0, -0.5, -1.0, -2.0])
    people = pd.DataFrame([worth] * 20_000, columns=list("abcdefgh"))
    design = BestWorstDesign(items={item: {item: 1.0} for item in people}, scale=1.0)
    choices = simulate_best_worst(design.utilities(people), design.n_rounds, np.random.default_rng(7))
    estimates = np.append(fit_pooled_logit(*code_best_worst(choices)), 0.0)
    assert estimates - estimates.mean() == pytest.approx(worth - worth.mean(), abs=0.03)


def test_the_best_of_a_set_is_never_its_worst() -> None:
    people = pd.DataFrame(np.random.default_rng(8).normal(size=(500, 8)), columns=list("abcdefgh"))
    choices = simulate_best_worst(people, 3, np.random.default_rng(9))
    assert (choices.best != choices.worst).all()
    pairs = np.zeros((8, 8))
    for one in range(4):
        for other in range(4):
            np.add.at(pairs, (choices.sets[..., one].ravel(), choices.sets[..., other].ravel()), 1)
    apart = pairs[~np.eye(8, dtype=bool)]
    assert apart == pytest.approx(apart.mean(), rel=0.15)  # each pair of items meets about as often as each other
