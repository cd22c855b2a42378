"""What is planted of worth in money and of rivals, held against the tables that are drawn from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvlab.analyses.value_ladder import measure_value_model
from cvlab.tables.synthetic import LINES, lab_worth, make_line, make_truth, salon_worth
from cvlab.tables.synthetic.value_tables import Schedule

LINES_WITH_RIVALS = ("fitness-trackers", "salon-software")


def _truths(slug: str, prefix: str) -> dict[str, float]:
    return {
        truth["key"].removeprefix(prefix): truth["value"]
        for truth in make_truth(slug)["truths"]
        if truth["key"].startswith(prefix)
    }


def test_schedules_of_which_the_answer_is_known() -> None:
    paid = Schedule(cost=np.array([30.0, 5.0, 5.0, 5.0]), benefit=np.array([0.0, 20.0, 25.0, 25.0]))
    assert paid.break_even == 1.75
    measured = paid.measure(0.0)
    assert measured["net_present_value"] == 25
    assert measured["cost_of_ownership"] == 45
    assert measured["return_on_cost"] == pytest.approx(25 / 45)
    yearly = Schedule(cost=np.array([100.0, *[0.0] * 12]), benefit=np.array([*[0.0] * 12, 110.0]))
    assert yearly.measure(0.10)["net_present_value"] == pytest.approx(0)


def test_throughput_is_sixty_percent_and_halves_at_slow_sites() -> None:
    sizes = {driver.driver: abs(driver.expected) for driver in lab_worth.DRIVERS}
    assert sizes["throughput"] / sum(sizes.values()) == pytest.approx(lab_worth.THROUGHPUT_SHARE)
    expected, slow = (lab_worth.schedule_of(group).benefit[1:] for group in ("expected", "slow"))
    assert slow / expected == pytest.approx(1 - 0.5 * lab_worth.THROUGHPUT_SHARE)


def test_sites_differ_by_chance_around_what_is_planted() -> None:
    line = LINES["lab-analysers"]
    people = line.draw_large(5, 2_000)
    table = line.drawers["cost_benefit"](people, np.random.default_rng(1))
    table["benefit"] = table[["benefit_low", "benefit_mode", "benefit_high"]].mean(axis=1)
    later = table[table["month"] > 0].groupby("customer_id", sort=False)
    relative = later["benefit"].mean() / (lab_worth.BENEFIT * people.set_index("customer_id")["size"])
    slow = people.set_index("customer_id")["slow"]
    assert relative[~slow].mean() == pytest.approx(1.0, abs=0.015)
    assert relative[slow].mean() == pytest.approx(0.7, abs=0.015)
    assert relative[~slow].std() == pytest.approx(lab_worth.SITE_SPREAD, rel=0.1)
    assert (later.size() == lab_worth.HORIZON_MONTHS).all()


def test_shares_of_salons_by_size(salons: pd.DataFrame) -> None:
    shares = salon_worth.group_shares(mean_log_chairs=float(np.log(4)), spread=0.6)
    assert sum(shares.values()) == pytest.approx(1)
    chairs = salons["chairs"]
    found = [(chairs <= 2).mean(), chairs.between(3, 5).mean(), (chairs > 5).mean()]
    assert list(shares.values()) == pytest.approx(found, abs=0.01)


@pytest.mark.parametrize("slug", LINES_WITH_RIVALS)
def test_leads_over_rivals_lie_in_their_intervals(slug: str) -> None:
    tables, key = make_line(slug), "value_ladder.value_model."
    model = measure_value_model(tables["propositions"], tables["rivals"], level=0.999)
    leads, margins = _truths(slug, f"{key}lead."), _truths(slug, f"{key}margin.")
    assert len(leads) == len(model.table)
    for row in model.table.itertuples():
        name = f"{row.proposition}.{row.group}"
        assert row.lead_low < leads[name] < row.lead_high
        assert row.margin == pytest.approx(margins[name])
    best = model.decisions.loc[model.decisions["lead"].idxmax(), "proposition"]
    assert best == _truths(slug, key)["best"]
    assert model.headline.low <= _truths(slug, key)["first_share"] <= model.headline.high


def test_phones_say_nothing_about_who_leads() -> None:
    leads = _truths("fitness-trackers", "value_ladder.value_model.lead.")
    android = {name.removesuffix(".android"): lead for name, lead in leads.items() if name.endswith(".android")}
    ios = {name.removesuffix(".ios"): lead for name, lead in leads.items() if name.endswith(".ios")}
    assert android == ios
