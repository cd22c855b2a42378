"""Latent classes against stepmix: the same model, as many starts, at the same likelihood."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
from stepmix.stepmix import StepMix

from benchmarks.harness import Comparison
from cvlab.analyses.segmentation.latent_class import fit_latent_classes
from cvlab.analyses.segmentation.preparation import prepare_features

CLASSES, STARTS = 4, 10
PEOPLE, QUESTIONS = 1453, 11
SURVEY = "CVLAB_BENCHMARK_SURVEY"  # a csv file whose first eleven columns are Yes or No, in place of the drawn answers


def list_comparisons() -> list[Comparison]:
    """List the comparisons of this chapter."""
    answers = read_answers()
    return [
        Comparison(
            name=f"{CLASSES} latent classes, {len(answers):,} × {QUESTIONS} yes/no, {STARTS} starts, against stepmix",
            ours=lambda: likelihood_by_cvlab(answers),
            peer=lambda: likelihood_by_stepmix(answers),
            compare=agree,
            target=0.1,
            repeats=3,
        )
    ]


def read_answers() -> pd.DataFrame:
    """Read the survey that the environment names, or draw one of the size of McDonald's with four classes."""
    if SURVEY in os.environ:
        return (pd.read_csv(os.environ[SURVEY]).iloc[:, :QUESTIONS] == "Yes").astype(int)
    rng = np.random.default_rng(20260101)
    chances = rng.beta(0.8, 0.8, size=(CLASSES, QUESTIONS))
    kind = rng.choice(CLASSES, size=PEOPLE, p=[0.4, 0.25, 0.2, 0.15])
    drawn = (rng.random((PEOPLE, QUESTIONS)) < chances[kind]).astype(int)
    return pd.DataFrame(drawn, columns=[f"question_{number}" for number in range(1, QUESTIONS + 1)])


def likelihood_by_cvlab(answers: pd.DataFrame) -> float:
    """Fit with cvlab, preparation of the table included."""
    prepared = prepare_features(answers, missing_allowed=True)
    return fit_latent_classes(
        prepared.distinct,
        prepared.distinct_weights,
        names=prepared.preparation.columns,
        categories=prepared.preparation.categories,
        n_clusters=CLASSES,
        n_starts=STARTS,
    ).log_likelihood


def likelihood_by_stepmix(answers: pd.DataFrame) -> float:
    """Fit with stepmix."""
    model = StepMix(CLASSES, measurement="binary", n_init=STARTS, random_state=0, verbose=0, progress_bar=0)
    return float(model.fit(answers).score(answers)) * len(answers)


def agree(ours: float, peer: float) -> None:
    """Raise unless ours is as good, up to a thousandth of log-likelihood."""
    if ours < peer - 0.001:
        raise ArithmeticError(f"log-likelihood {ours:.4f} is below the peer's {peer:.4f}")
