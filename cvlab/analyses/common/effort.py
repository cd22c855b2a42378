"""How hard a page tries: one word sets draws, starts and repeats for every analysis on it, and the page says which."""

from __future__ import annotations

from dataclasses import dataclass

from cvlab.checks import check_one_of


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Numbers of repetitions; see `effort_settings`.

    Attributes
    ----------
    name : "quick" or "full", as a page must state it.
    n_boot : bootstrap samples for an interval.
    n_starts : starts of an optimiser that can stop at a local optimum.
    repeats : repeats of a cross-validation.
    n_pairs : pairs of bootstrap samples that are clustered, to see whether the same clusters come out.
    n_null : data sets drawn from a null model.
    n_draws : draws of each person's tastes behind a simulated likelihood.
    most_sweeps : length of a chain of draws that, where it has not settled by then, is taken as it is, with a warning.
    """

    name: str
    n_boot: int
    n_starts: int
    repeats: int
    n_pairs: int
    n_null: int
    n_draws: int
    most_sweeps: int


_SETTINGS = {
    "quick": Effort(
        name="quick", n_boot=400, n_starts=10, repeats=2, n_pairs=20, n_null=39, n_draws=100, most_sweeps=900
    ),
    "full": Effort(
        name="full", n_boot=2000, n_starts=40, repeats=10, n_pairs=100, n_null=99, n_draws=500, most_sweeps=20_000
    ),
}


def effort_settings(effort: str) -> Effort:
    """Return the repetitions that go with "quick" (a look) or "full" (a decision).

    Raises
    ------
    ParameterError : another word.

    Examples
    --------
    >>> effort_settings("quick").n_boot
    400
    """
    return _SETTINGS[check_one_of(effort, tuple(_SETTINGS), "effort")]
