"""The steps of the sampler: derivatives against differences, and exactness of every move against known posteriors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cvlab.analyses.willingness_to_pay.choosing.fit import Differences
from cvlab.analyses.willingness_to_pay.choosing.individual_likelihood import (
    Form,
    Panel,
    arrange_panel,
    measure_information,
    measure_likelihood,
    measure_slopes,
    to_coefficients,
)
from cvlab.analyses.willingness_to_pay.choosing.individual_people import (
    condition_people,
    look_at,
    measure_surrogate,
    move_people,
)
from cvlab.analyses.willingness_to_pay.choosing.individual_population import (
    Frame,
    Population,
    draw_population,
    find_frame,
    leap,
    make_prior,
    measure_metric,
    slope_choices,
    slope_prior,
    unflatten,
    weigh_prior,
    whiten_metric,
)

FORMS: tuple[Form, ...] = ("free", "negative", "money")
COLUMNS = 3


def make_differences(n: int = 6, *, seed: int = 0) -> Differences:
    """Tasks of two to four alternatives, two to five of them per person."""
    random = np.random.default_rng(seed)
    people = np.repeat(np.arange(n), random.integers(2, 6, n))
    sizes = random.integers(1, 4, len(people))
    starts = np.cumsum(sizes) - sizes
    rows = random.normal(size=(int(sizes.sum()), COLUMNS))
    return Differences(
        rows=rows, starts=starts, respondents=people, weights=np.ones(len(people)), scale=np.ones(COLUMNS)
    )


def make_panel(form: Form, n: int = 6) -> Panel:
    return arrange_panel(make_differences(n), n_people=n, form=form, price=2)


def make_population(chains: int, *, seed: int = 1) -> Population:
    flat = np.random.default_rng(seed).normal(0, 0.3, (chains, COLUMNS * (COLUMNS + 3) // 2))
    return unflatten(flat, COLUMNS)


@pytest.mark.parametrize("form", FORMS)
def test_likelihood_is_the_logit_of_every_task(form: Form) -> None:
    differences, panel = make_differences(), make_panel(form)
    tastes = np.random.default_rng(2).normal(size=(COLUMNS, 6, 2))
    found = measure_likelihood(panel, tastes)
    ends = np.append(differences.starts[1:], len(differences.rows))
    expected = np.zeros((6, 2))
    for chain in range(2):
        coefficients = to_coefficients(tastes[:, :, chain], form, 2)
        for person, start, end in zip(differences.respondents, differences.starts, ends, strict=True):
            odds = np.exp(differences.rows[start:end] @ coefficients[:, person])
            expected[person, chain] -= np.log(1 + odds.sum())
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_slopes_are_differences_of_the_likelihood(form: Form) -> None:
    panel = make_panel(form)
    tastes = np.random.default_rng(3).normal(size=(COLUMNS, 6, 2))
    value, slopes, _ = measure_slopes(panel, tastes)
    assert value == pytest.approx(measure_likelihood(panel, tastes), rel=1e-12)
    for column in range(COLUMNS):
        step = np.zeros_like(tastes)
        step[column] = 1e-5
        ahead, behind = (measure_likelihood(panel, tastes + sign * step) for sign in (1, -1))
        assert slopes[column] == pytest.approx((ahead - behind) / 2e-5, abs=1e-7)


def test_information_is_minus_the_second_derivative() -> None:
    panel = make_panel("free")
    tastes = np.random.default_rng(4).normal(size=(COLUMNS, 6, 1))
    _, _, probabilities = measure_slopes(panel, tastes)
    information = measure_information(panel, probabilities[:, :, 0], tastes[:, :, 0])
    for column in range(COLUMNS):
        step = np.zeros_like(tastes)
        step[column] = 1e-5
        ahead, behind = (measure_slopes(panel, tastes + sign * step)[1] for sign in (1, -1))
        difference = (behind - ahead)[:, :, 0] / 2e-5
        np.testing.assert_allclose(information[:, :, column].T, difference, atol=1e-6)


@pytest.mark.parametrize("form", ["negative", "money"])
def test_information_follows_the_tastes(form: Form) -> None:
    panel, free = make_panel(form), make_panel("free")
    tastes = np.random.default_rng(5).normal(size=(COLUMNS, 6, 1))
    coefficients = to_coefficients(tastes, form, 2)
    plain = measure_information(free, measure_slopes(free, coefficients)[2][:, :, 0], coefficients[:, :, 0])
    found = measure_information(panel, measure_slopes(panel, tastes)[2][:, :, 0], tastes[:, :, 0])
    for person in range(6):
        jacobian = np.empty((COLUMNS, COLUMNS))
        for column in range(COLUMNS):
            step = np.zeros((COLUMNS, 1, 1))
            step[column] = 1e-6
            here = tastes[:, [person]]
            ahead, behind = (to_coefficients(here + sign * step, form, 2)[:, 0, 0] for sign in (1, -1))
            jacobian[:, column] = (ahead - behind) / 2e-6
        assert found[person] == pytest.approx(jacobian.T @ plain[person] @ jacobian, abs=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_utilities_beyond_all_measure_give_finite_numbers(form: Form) -> None:
    panel = make_panel(form)
    tastes = np.full((COLUMNS, 6, 1), 900.0)
    value, slopes, _ = measure_slopes(panel, tastes)
    assert np.isfinite(value).all()
    assert np.isfinite(slopes).all()


def test_prior_is_the_textbook_density_with_the_change_to_flat_numbers() -> None:
    prior = make_prior(np.array([10.0, 10, 2.5]), np.array([0.5, 0.5, 0.25]))
    random = np.random.default_rng(6)
    flats = random.normal(0, 0.4, (4, 9))
    found = weigh_prior(prior, unflatten(flats, COLUMNS))
    expected = []
    for flat in flats:
        population = unflatten(flat[None], COLUMNS)
        sigma = population.covariance[0]
        lower = np.tril_indices(COLUMNS)
        jacobian = np.empty((6, 6))  # of the lower triangle of sigma by the flat numbers
        for position in range(6):
            step = np.zeros(9)
            step[COLUMNS + position] = 1e-6
            ahead, behind = (unflatten((flat + sign * step)[None], COLUMNS).covariance[0] for sign in (1, -1))
            jacobian[:, position] = (ahead - behind)[lower] / 2e-6
        expected.append(
            stats.invwishart.logpdf(sigma, COLUMNS + 3, prior.scale)
            + stats.norm.logpdf(flat[:COLUMNS], 0, [10, 10, 2.5]).sum()
            + np.linalg.slogdet(jacobian)[1]
        )
    assert np.diff(found) == pytest.approx(np.diff(expected), abs=1e-5)


def test_slopes_of_the_population_are_differences() -> None:
    panel = make_panel("money", 5)
    prior = make_prior(np.full(3, 3.0), np.array([0.5, 0.4, 0.25]))
    frame = Frame(
        forward=np.array([[1.0, 0.5, 0], [0.2, 1, 0], [0, 0.3, 1]]),
        backward=np.linalg.inv(np.array([[1.0, 0.5, 0], [0.2, 1, 0], [0, 0.3, 1]])),
    )
    turned = prior.turn(frame)
    places = np.random.default_rng(7).normal(size=(2, COLUMNS, 5))

    def density(flat: np.ndarray) -> np.ndarray:
        population = unflatten(flat, COLUMNS)
        tastes = np.einsum("kl,lnc->knc", frame.backward, population.carry(places))
        return np.asarray(measure_likelihood(panel, tastes).sum(axis=0) + weigh_prior(turned, population))

    flat = np.random.default_rng(8).normal(0, 0.3, (2, 9))
    population = unflatten(flat, COLUMNS)
    people = look_at(panel, np.einsum("kl,lnc->knc", frame.backward, population.carry(places)))
    by_taste = frame.backward.T @ people.slopes.transpose(2, 0, 1)
    found = slope_prior(turned, population) + slope_choices(by_taste, places, population)
    for position in range(9):
        step = np.zeros_like(flat)
        step[:, position] = 1e-5
        difference = (density(flat + step) - density(flat - step)) / 2e-5
        assert found[:, position] == pytest.approx(difference, abs=1e-5)


def test_frame_is_round_and_puts_what_is_known_first() -> None:
    population = make_population(2)
    curvature = np.random.default_rng(9).normal(size=(30, COLUMNS, 5))
    curvature = curvature @ curvature.transpose(0, 2, 1) * np.array([0.1, 5, 1])[:, None] * np.array([0.1, 5, 1])
    frame = find_frame(population, curvature)
    assert frame.forward @ frame.backward == pytest.approx(np.eye(COLUMNS), abs=1e-12)
    assert frame.forward @ population.covariance.mean(axis=0) @ frame.forward.T == pytest.approx(np.eye(3), abs=1e-10)
    known = np.diag(frame.backward.T @ curvature.mean(axis=0) @ frame.backward)
    assert (np.diff(known) < 0).all()
    back = population.turn(frame.forward, frame.backward).turn(frame.backward, frame.forward)
    assert back.covariance == pytest.approx(population.covariance)
    assert back.means == pytest.approx(population.means)
    assert back.precision == pytest.approx(population.precision)


def grid_moments(panel: Panel, mean: float, variance: float) -> tuple[float, float]:
    """Mean and variance of one person's taste for the first column, the only one that matters, on a fine grid."""
    grid = np.linspace(mean - 9 * variance**0.5, mean + 9 * variance**0.5, 4001)
    tastes = np.zeros((1, 1, len(grid)))
    tastes[0, 0] = grid
    log_density = measure_likelihood(panel, tastes)[0] - 0.5 * (grid - mean) ** 2 / variance
    weights = np.exp(log_density - log_density.max())
    weights /= weights.sum()
    middle = float(weights @ grid)
    return middle, float(weights @ (grid - middle) ** 2)


@pytest.mark.parametrize("off", [0.0, 1.5])
def test_people_are_drawn_from_their_posterior_whatever_the_surrogate(off: float) -> None:
    """One taste, so that the posterior can be integrated; a bad surrogate costs draws, not truth."""
    rows = np.array([[1.5], [-0.5], [2.0], [0.7], [1.0]])
    differences = Differences(
        rows=rows, starts=np.arange(5), respondents=np.zeros(5, dtype=int), weights=np.ones(5), scale=np.ones(1)
    )
    panel = arrange_panel(differences, n_people=1, form="free", price=0)
    chains, random = 500, np.random.default_rng(10)
    means, precision = np.full((chains, 1), 0.5), np.full((chains, 1, 1), 0.25)
    people = look_at(panel, random.normal(0.5, 2, (1, 1, chains)))
    surrogate = measure_surrogate(panel, np.full((1, 1, 2), off))
    conditional = condition_people(surrogate, means, precision)
    kept = []
    for sweep in range(120):
        people, _ = move_people(random, panel, surrogate, conditional, people)
        if sweep >= 20:
            kept.append(people.tastes.ravel())
    draws = np.stack(kept)
    middle, variance = grid_moments(panel, 0.5, 4.0)
    by_chain = draws.mean(axis=0)
    assert draws.mean() == pytest.approx(middle, abs=5 * by_chain.std() / chains**0.5)
    spread = ((draws - middle) ** 2).mean(axis=0)
    assert spread.mean() == pytest.approx(variance, abs=5 * spread.std() / chains**0.5)


def test_population_given_people_is_the_textbook_posterior() -> None:
    chains, n = 4000, 12
    random = np.random.default_rng(11)
    prior = make_prior(np.full(2, 100.0), np.full(2, 0.5))
    tastes = np.repeat(random.normal(size=(2, n, 1)), chains, axis=2)
    population = Population(
        means=np.zeros((chains, 2)),
        root=np.tile(np.eye(2), (chains, 1, 1)),
        precision=np.tile(np.eye(2), (chains, 1, 1)),
    )
    for _ in range(8):
        population = draw_population(random, prior, population, tastes)
    people = tastes[:, :, 0].T
    apart = people - people.mean(axis=0)
    # With the mean integrated out (its prior is flat here) one degree of freedom goes.
    expected = (prior.scale + apart.T @ apart) / (2 + 3 + n - 1 - 2 - 1)
    assert population.covariance.mean(axis=0) == pytest.approx(expected, rel=0.06, abs=0.02)
    assert population.means.mean(axis=0) == pytest.approx(people.mean(axis=0), abs=0.02)
    assert population.precision @ population.covariance == pytest.approx(np.tile(np.eye(2), (chains, 1, 1)), abs=1e-7)


def test_leaps_leave_the_prior_as_it_is_where_nothing_was_chosen() -> None:
    """Without choices the leaps, people and centred draws together must give back the prior."""
    n, chains = 3, 3000
    differences = Differences(
        rows=np.zeros((n, 1)) + 1e-9,
        starts=np.arange(n),
        respondents=np.arange(n),
        weights=np.ones(n),
        scale=np.ones(1),
    )
    panel = arrange_panel(differences, n_people=n, form="free", price=0)
    prior = make_prior(np.array([2.0]), np.array([0.5]))
    random = np.random.default_rng(12)
    root = np.sqrt(stats.invwishart.rvs(4, prior.scale, size=chains, random_state=random)).reshape(-1, 1, 1)
    population = Population(means=random.normal(0, 2, (chains, 1)), root=root, precision=root**-2.0)
    people = look_at(panel, population.carry(random.normal(size=(chains, 1, n))))
    frame = Frame(forward=np.array([[2.0]]), backward=np.array([[0.5]]))
    metric = measure_metric(prior, population, people.tastes, np.zeros((n, 1, 1)), frame)
    for _ in range(10):
        population, people, acceptance = leap(
            random, panel, prior, population, people, frame, whiten_metric(metric), 0.5
        )
        assert 0.3 < acceptance <= 1
    assert stats.kstest(population.means[:, 0] / 2, "norm").pvalue > 1e-3
    variances = population.covariance[:, 0, 0]
    assert stats.kstest(variances, stats.invgamma(2, scale=prior.scale[0, 0] / 2).cdf).pvalue > 1e-3
    scores = population.place(people.tastes).ravel()
    assert stats.kstest(scores, "norm").pvalue > 1e-3
