"""Moments of willingness to pay over people, from the parameters of their tastes.

With w_k = beta_k / lambda and lambda the weight of money (minus the price's), log lambda normal or the same for all:

    normal        E w = (m_k - c) · exp(-m + v / 2)    E w² = ((m_k - 2c)² + v_k) · exp(2v - 2m)
                  share below 0 = Phi(-m_k / sqrt(v_k))
    log-normal    E w = sign · exp(a + b / 2)          Var w = (exp(b) - 1) · exp(2a + b)

where eta_k has mean m_k and variance v_k, log lambda mean m and variance v, c is their covariance, a = m_k - m and
b = v_k + v - 2c. In the space of willingness to pay w is described itself, and m, v and c are 0.

Where the shape has no closed form, simulated people say the rest.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 6; Krinsky & Robb (1986), "On approximating the
statistical properties of elasticities", Review of Economics and Statistics 68.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from cvlab.analyses.willingness_to_pay.choosing.mixed_draws import draw_normals
from cvlab.analyses.willingness_to_pay.choosing.mixed_tastes import Tastes


def measure_moments(parameters: np.ndarray, tastes: Tastes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, standard deviation and share below 0 of the worth of every column but the price.

    Parameters
    ----------
    parameters : … × parameters; NaN comes back where a fixed price weight is not below 0.
    """
    matrix = tastes.spread_out(parameters)
    centre, loading = matrix[..., 0], matrix[..., 1:]
    others = [column for column in range(tastes.n_columns) if column != tastes.price]
    centre_price, loading_price = np.zeros_like(centre[..., :1]), np.zeros_like(loading[..., :1, :])
    if not tastes.wtp:
        centre_price, loading_price = centre[..., [tastes.price]], loading[..., [tastes.price], :]
        if not tastes.log_normal[tastes.price]:
            with np.errstate(invalid="ignore", divide="ignore"):
                centre_price = np.where(centre_price < 0, np.log(-centre_price), np.nan)
    centre, loading = centre[..., others], loading[..., others, :]
    variance_price = (loading_price**2).sum(axis=-1)
    variance, common = (loading**2).sum(axis=-1), (loading * loading_price).sum(axis=-1)
    grown = tastes.log_normal[others]
    # Far draws of a log-normal spread have no finite moments; percentiles do not mind.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        mean = (centre - common) * np.exp(-centre_price + variance_price / 2)
        # E w² - (E w)², written so that nothing cancels where everybody is alike.
        bracket = (
            variance * np.exp(variance_price)
            + (centre - 2 * common) ** 2 * np.expm1(variance_price)
            - common * (2 * centre - 3 * common)
        )
        spread = np.sqrt(np.maximum(bracket, 0.0)) * np.exp(variance_price / 2 - centre_price)
        below = np.where(variance > 0, special.ndtr(-centre / np.sqrt(variance)), np.where(centre < 0, 1.0, 0.0))
        difference = variance + variance_price - 2 * common
        size = np.exp(centre - centre_price + difference / 2)
        signs = tastes.signs[others]
        mean = np.where(grown, signs * size, mean)
        spread = np.where(grown, size * np.sqrt(np.expm1(difference)), spread)
    below = np.where(grown, np.where(signs < 0, 1.0, 0.0), below)
    return mean, spread, np.where(np.isnan(centre_price), np.nan, below)


def simulate_worth(parameters: np.ndarray, tastes: Tastes, *, n_people: int, seed: int) -> np.ndarray:
    """Return simulated people × columns but the price: what each is worth to them."""
    normal = draw_normals("sobol", n_people=1, n_dimensions=len(tastes.random), n_draws=n_people, seed=seed)[0]
    worth = tastes.worth(tastes.latent(tastes.spread_out(parameters), normal))
    return np.delete(worth, tastes.price, axis=0).T


def find_price_problem(parameters: np.ndarray, tastes: Tastes) -> str | None:
    """Return why willingness to pay is undefined; None where it is defined.

    "normal": the weight of the price is normal; "positive": it is not below 0; "assumed": dearer offers were chosen no
    less often, and only the model has it that they are disliked.
    """
    if tastes.exponential[tastes.price]:
        return "assumed" if tastes.attracts else None
    if tastes.price in tastes.random:
        return "normal"
    return None if parameters[tastes.price] < 0 else "positive"
