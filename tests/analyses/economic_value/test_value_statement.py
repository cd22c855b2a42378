"""The value statement: what is chosen, what is said, and whose names are shown."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from cvlab.analyses.economic_value import ValueStatement, measure_economic_value, measure_value_statement
from cvlab.errors import DataError, ParameterError


def make_drivers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "driver": ["throughput", "reagents", "training", "repairs", "throughput", "reagents"],
            "ours": [600.0, 300.0, 150.0, -60.0, 320.0, 250.0],
            "reference": 0.0,
            "low": [400.0, 200, 50, -90, 250, 240],
            "high": [800.0, 400, 250, -30, 390, 260],
            "evidence": ["time study", "trial at Beta Clinic", None, None, "time study at St. Mary's", "invoices"],
            "account": [None, None, None, None, "St. Mary's", "Beta Clinic"],
        }
    )


def state(account: str = "St. Mary's", **arguments: Any) -> ValueStatement:
    return measure_value_statement(make_drivers(), account, **{"reference_price": 790.0, **arguments})


def texts_of(statement: ValueStatement) -> str:
    parts = [str(statement.headline), *statement.notes, *statement.page["text"], statement.account]
    parts += [str(value) for value in statement.table.to_numpy().ravel()]
    if statement.worth is not None:
        worth = statement.worth
        parts += [str(value) for value in (*worth.table.to_numpy().ravel(), worth.headline, worth.notes, worth.tornado)]
    return "\n".join(parts)


def test_the_accounts_own_rows_come_first() -> None:
    table = state().table.set_index("driver")
    assert table.loc["throughput", ["amount", "source"]].tolist() == [320.0, "the account's own"]
    assert table.loc["reagents", ["amount", "source"]].tolist() == [300.0, "typical customer"]


def test_what_can_be_shown_is_claimed_and_what_speaks_against_us_is_never_left_out() -> None:
    statement = state()
    assert statement.table.set_index("driver")["choice"].to_dict() == {
        "throughput": "claimed",
        "reagents": "claimed",
        "repairs": "speaks against the offer",
        "training": "left out: no evidence",
    }
    assert statement.headline.value == pytest.approx(790 + 320 + 300 - 60)
    assert statement.table["share"].sum() == pytest.approx((320 + 300 - 60) / (320 + 300 + 60))
    fewer = state(most_drivers=1)
    assert fewer.table.set_index("driver").loc["reagents", "choice"] == "left out: smaller than the others"
    assert fewer.headline.value == pytest.approx(790 + 320 - 60)


def test_the_sum_is_the_economic_value_of_the_chosen_drivers() -> None:
    statement = state(price=1000.0)
    chosen = make_drivers().iloc[[1, 3, 4]].drop(columns="account")
    direct = measure_economic_value(chosen, reference_price=790.0, price=1000.0)
    assert statement.worth is not None
    columns = ["step", "amount", "low", "high", "running_total"]
    pd.testing.assert_frame_equal(statement.worth.table[columns], direct.table[columns])
    assert (statement.headline.low, statement.headline.high) == (direct.headline.low, direct.headline.high)


def test_the_page_has_the_four_steps_in_order() -> None:
    page = state(price=1000.0).page
    assert list(dict.fromkeys(page["step"])) == ["discover", "select", "quantify", "share"]
    text = "\n".join(page["text"])
    assert "4 drivers are known for this account: 1 of its own, 3 of the typical customer." in text
    assert "3 are stated: throughput, reagents, repairs." in text
    assert "Left out: training (no evidence)." in text
    assert "throughput: €320.00 (" in text
    assert "What it gives up: repairs." in text
    assert "At a price of €1,000 it keeps €350.00 (" in text
    dear = "\n".join(state(price=2000.0).page["text"])
    assert "At a price of €2,000 it pays €650.00 more than can be shown." in dear


def test_names_are_shown_only_inside_the_house() -> None:
    shared, internal = texts_of(state()), texts_of(state(audience="internal"))
    assert "St. Mary's" in internal
    assert "Beta Clinic" in internal
    for name in ("Mary", "Beta"):
        assert name not in shared
    assert "time study at this account" in shared
    assert "trial at another account" in shared
    assert (state().account, state(audience="internal").account) == ("this account", "St. Mary's")


def test_an_error_names_no_account_outside_the_house() -> None:
    with pytest.raises(ParameterError) as shared:
        state("Gamma")
    assert "'Gamma' is not in value_drivers: 2 others are in the column account" in str(shared.value)
    with pytest.raises(ParameterError, match=r"Beta Clinic, St\. Mary's"):
        state("Gamma", audience="internal")


def test_a_name_within_a_driver_is_hidden_too() -> None:
    table = make_drivers().assign(driver=["a", "b", "c", "d", "hours saved at ST. MARY'S", "e"])
    statement = measure_value_statement(table, "St. Mary's", reference_price=790.0)
    assert "hours saved at this account" in statement.table["driver"].tolist()
    assert "MARY" not in texts_of(statement)
    twice = make_drivers().assign(driver=["at St. Mary's", "b", "c", "d", "at this account", "e"])
    with pytest.raises(DataError, match="two drivers differ only by the name of an account"):
        measure_value_statement(twice, "St. Mary's", reference_price=790.0)


def test_nothing_to_claim_is_said() -> None:
    table = make_drivers().iloc[[2, 4]].assign(evidence=None)
    statement = measure_value_statement(table, "St. Mary's", reference_price=790.0)
    assert str(statement.headline) == (
        "Not enough data for a value statement for this account: of 2 drivers none has evidence, at least 1 is needed."
    )
    assert statement.worth is None
    assert "None is stated." in statement.page["text"].tolist()


def test_groups_apply_where_there_are_any() -> None:
    table = make_drivers().assign(group=["fast", None, None, None, None, None])
    with pytest.raises(ParameterError, match="group is missing: value_drivers has rows for fast"):
        measure_value_statement(table, "Beta Clinic", reference_price=790.0)
    with pytest.raises(ParameterError, match="group is 'slow': the groups are fast"):
        measure_value_statement(table, "Beta Clinic", reference_price=790.0, group="slow")
    fast = measure_value_statement(table, "Beta Clinic", reference_price=790.0, group="fast").table.set_index("driver")
    assert fast["amount"].to_dict() == {"throughput": 600.0, "reagents": 250.0, "repairs": -60.0, "training": 150.0}
    own_group = table.assign(group=["fast", None, None, None, None, "fast"])
    assert len(measure_value_statement(own_group, "Beta Clinic", reference_price=790.0).table) == 4
    with pytest.raises(ParameterError, match="group is 'fast': value_drivers names no group"):
        state(group="fast")


def test_tables_and_arguments_are_checked() -> None:
    with pytest.raises(DataError, match="value_drivers names no account"):
        measure_value_statement(make_drivers().head(4).drop(columns="account"), "Beta Clinic", reference_price=790.0)
    for arguments, message in (
        ({"reference_price": None}, "reference_price is missing"),
        ({"most_drivers": 0}, "most_drivers is 0"),
        ({"audience": "all"}, "audience is 'all': give one of 'shared', 'internal'"),
        ({"level": 2}, "level is 2"),
    ):
        with pytest.raises(ParameterError, match=message):
            state(**arguments)
