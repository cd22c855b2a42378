"""Tastes: how the weights of the utility vary between people, and which numbers describe that.

    eta_k  = m_k + sum over l of L_kl · z_l             z standard normal, L lower triangular (diagonal: independent)
    beta_k = eta_k                                      normal, or the same for everybody where L_k is 0
    beta_k = sign_k · exp(eta_k)                        log-normal: nobody's sign differs

in preference space. In the space of willingness to pay the utility is lambda · (w'x - price), with

    lambda = exp(eta_price)    w_k = eta_k  or  sign_k · exp(eta_k)    beta_k = lambda · w_k    beta_price = -lambda

so that the tastes described are amounts of money. The parameters are the entries of m and the free entries of L.

Source: Train (2009), Discrete Choice Methods with Simulation, chapter 6; Train & Weeks (2005), "Discrete choice models
in preference space and willingness-to-pay space", in Applications of Simulation Methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cvlab.analyses.willingness_to_pay.choosing.coding import Coding
from cvlab.checks import check_one_of
from cvlab.errors import ParameterError

_LARGEST = 50.0  # logarithm of a weight above which nothing changes any more, so that nothing overflows
SPACES = ("preference", "wtp")
DISTRIBUTIONS = ("normal", "log-normal")


@dataclass(frozen=True, eq=False, kw_only=True)
class Tastes:
    """What varies between people, and how.

    Attributes
    ----------
    names : of the columns; `price` is where the price stands among them.
    random : positions of the columns whose weights vary, ascending: one dimension of the draws each.
    log_normal : per column, whether its weight (in the space of willingness to pay: its worth) is log-normal.
    signs : per column, the sign of a log-normal weight.
    wtp : whether this is the space of willingness to pay.
    attracts : whether dearer offers were chosen no less often, as the conditional logit has it.
    cells : for each parameter the column it belongs to, and 0 for the mean, l for its weight on dimension l.
    """

    names: tuple[str, ...]
    price: int
    random: tuple[int, ...]
    log_normal: np.ndarray
    signs: np.ndarray
    wtp: bool
    attracts: bool
    correlated: bool
    cells: tuple[np.ndarray, np.ndarray]

    @property
    def n_columns(self) -> int:
        """How many columns the utility has."""
        return len(self.names)

    @property
    def n_parameters(self) -> int:
        """How many numbers describe the tastes."""
        return len(self.cells[0])

    @property
    def exponential(self) -> np.ndarray:
        """Which columns have a weight of one sign by construction; the price always in willingness-to-pay space."""
        return self.log_normal | (np.arange(self.n_columns) == self.price) if self.wtp else self.log_normal

    @property
    def deviations(self) -> np.ndarray:
        """Which parameters are the weight of a column on its own dimension: standard deviations where independent."""
        own = np.zeros(self.n_columns, dtype=int)
        own[list(self.random)] = np.arange(1, len(self.random) + 1)
        columns, dimensions = self.cells
        return np.asarray((dimensions > 0) & (dimensions == own[columns]))

    def spread_out(self, parameters: np.ndarray) -> np.ndarray:
        """Return columns × (1 + dimensions): means first, then the weights on each dimension of the draws.

        `parameters` may have leading dimensions.
        """
        matrix = np.zeros((*parameters.shape[:-1], self.n_columns, 1 + len(self.random)))
        matrix[..., self.cells[0], self.cells[1]] = parameters
        return matrix

    def latent(self, matrix: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """Return eta, … × columns × draws, for draws … × dimensions × draws."""
        return np.matmul(matrix[..., 1:], normal) + matrix[..., :1]

    def weigh(self, latent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the weights beta and their derivatives by eta, both … × columns × draws.

        In the space of willingness to pay the derivative by the price's eta is that of its own weight only.
        """
        if not self.wtp:
            if not self.log_normal.any():
                return latent, np.ones((self.n_columns, 1))
            weights = latent.copy()
            slopes = np.ones_like(latent)
            grown = self.signs[self.log_normal, None] * _grow(latent[..., self.log_normal, :])
            weights[..., self.log_normal, :] = slopes[..., self.log_normal, :] = grown
            return weights, slopes
        scale = _grow(latent[..., self.price, None, :])
        worth, slopes = self.worth(latent), np.broadcast_to(scale, latent.shape).copy()
        weights = scale * worth
        weights[..., self.price, :] = -scale[..., 0, :]
        slopes[..., self.price, :] = -scale[..., 0, :]
        slopes[..., self.log_normal, :] = weights[..., self.log_normal, :]
        return weights, slopes

    def worth(self, latent: np.ndarray) -> np.ndarray:
        """Return what each column is worth in money, the price's own column NaN or without meaning.

        In preference space a normal price weight may be 0 or of either sign: the caller has to refuse it first.
        """
        if self.wtp:
            worth = latent.copy()
            worth[..., self.log_normal, :] = self.signs[self.log_normal, None] * _grow(latent[..., self.log_normal, :])
            return worth
        weights, _ = self.weigh(latent)
        return -weights / weights[..., [self.price], :]

    def chain(self, gradient: np.ndarray, weights: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        """Turn a gradient by beta into one by eta, both … × columns × draws."""
        turned = gradient * slopes
        if self.wtp:  # every weight grows with lambda
            turned[..., self.price, :] = np.einsum("...kr,...kr->...r", gradient, weights)
        return turned

    def unscale(self, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return per parameter a factor and a shift that undo the division of the columns by `scale`."""
        columns, dimensions = self.cells
        relative = scale[self.price] / scale if self.wtp else 1 / scale
        relative[self.price] = 1 / scale[self.price]
        logarithmic = self.exponential
        factor = np.where(logarithmic, 1.0, relative)[columns]
        shift = np.where(logarithmic, np.log(relative), 0.0)[columns] * (dimensions == 0)
        return factor, shift


def _grow(logarithms: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(np.minimum(logarithms, _LARGEST)))


def plan_tastes(
    coding: Coding, random: Mapping[str, str], *, space: str, correlated: bool, estimates: np.ndarray
) -> Tastes:
    """Read which columns vary between people.

    Parameters
    ----------
    random : name of an attribute (all levels of a category), of a coded column, of the price or of a constant ->
        "normal" or "log-normal".
    estimates : of a conditional logit: they give the signs of log-normal weights. That of the price is below 0.

    Raises
    ------
    ParameterError : a name or a distribution is unknown, nothing is random, or a price in the space of willingness to
        pay is normal.
    """
    check_one_of(space, SPACES, "space")
    names, price = coding.names, coding.price_position
    distributions = _read_distributions(coding, random)
    wtp = space == "wtp"
    if wtp and distributions.get(price) == "normal":
        raise ParameterError(
            f"random gives {coding.price} a normal distribution, but in the space of willingness to pay its weight is "
            f"the scale of the utility and has to be above 0: give 'log-normal', or leave {coding.price} out"
        )
    positions = tuple(sorted(distributions))
    log_normal = np.array([distributions.get(column) == "log-normal" for column in range(len(names))])
    signs = np.where(estimates < 0, -1.0, 1.0)
    signs[price] = -1.0
    if wtp:
        log_normal[price] = False  # its logarithm is treated apart
    rows, dimensions = list(range(len(names))), [0] * len(names)
    for number, column in enumerate(positions, start=1):
        rows += [column] * (number if correlated else 1)
        dimensions += range(1, number + 1) if correlated else [number]
    return Tastes(
        names=names,
        price=price,
        random=positions,
        log_normal=log_normal,
        signs=signs,
        wtp=wtp,
        attracts=bool(estimates[price] >= 0),
        correlated=correlated,
        cells=(np.array(rows), np.array(dimensions)),
    )


def _read_distributions(coding: Coding, random: Mapping[str, str]) -> dict[int, str]:
    if not isinstance(random, Mapping) or not random:
        raise ParameterError(
            "random names nothing that differs between people: give at least one attribute, such as "
            f"{{{(*coding.attributes, coding.price)[0]!r}: 'normal'}}; where tastes are the same, use estimate_choice"
        )
    known = [*coding.attributes, coding.price, *coding.constants]
    found: dict[int, str] = {}
    complaints = []
    for name, distribution in random.items():
        columns = [position for position, owner in enumerate(coding.attribute_of) if owner == name]
        columns = columns or [position for position, column in enumerate(coding.names) if column == name]
        if not columns:
            complaints.append(f"{name!r} is no attribute, price or constant of the model ({', '.join(known)})")
        elif distribution not in DISTRIBUTIONS:
            complaints.append(f"{name!r} is {distribution!r}: give one of {', '.join(map(repr, DISTRIBUTIONS))}")
        found |= dict.fromkeys(columns, distribution)
    if complaints:
        raise ParameterError(f"random: {'; '.join(complaints)}")
    return found
