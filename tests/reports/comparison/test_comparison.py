import math

import numpy as np
import pytest
import yaml

from cvlab.errors import ParameterError
from cvlab.reports.comparison.comparison import compare_runs
from cvlab.reports.comparison.verdicts import adjust_p_values

CHANGED = ("changed and matters", "changed, too small")


def row_of(past, then, now, old=None, new=None):
    comparison = compare_runs(
        past.manifest(*([past.record(**then)] if then is not None else []), **(old or {})),
        past.manifest(*([past.record(**now)] if now is not None else []), **(new or {})),
    )
    return comparison.table.iloc[0]


@pytest.mark.parametrize(
    ("now", "verdict", "direction"),
    [
        ({"value": 30.0, "low": 29.0, "high": 31.0}, "changed and matters", "better"),
        ({"value": 10.0, "low": 9.0, "high": 11.0}, "changed and matters", "worse"),
        ({"value": 10.0, "low": 9.0, "high": 11.0, "better": "lower"}, "changed and matters", "better"),
        ({"value": 10.0, "low": 9.0, "high": 11.0, "better": "none"}, "changed and matters", "down"),
        ({"value": 30.0, "low": 29.0, "high": 31.0, "smallest_change": 11.0}, "changed, too small", "better"),
        ({"value": 22.0, "low": 21.9, "high": 22.1, "smallest_change": 2.0}, "changed and matters", "better"),
        ({"value": 21.0, "low": 20.0, "high": 22.0}, "cannot tell", "better"),
        ({}, "same", ""),
        ({"low": None, "high": None}, "cannot tell", ""),
        ({"value": 26.0, "low": 25.0, "high": 27.0, "smallest_change": None}, "changed, too small", "better"),
        ({"value": 30.0, "low": 29.0, "high": 31.0, "unit": "share"}, "cannot tell", ""),
        ({"value": None, "low": None, "high": None}, "gone", ""),
    ],
)
def test_the_verdict_on_one_headline(past, now, verdict, direction):
    then = {"smallest_change": 10.0} if now.get("smallest_change", 1) is None else {}
    row = row_of(past, then, now)
    assert (row["verdict"], row["direction"]) == (verdict, direction)


def test_without_a_declared_change_a_tenth_of_the_number_matters(past):
    bare = {"smallest_change": None}
    assert row_of(past, bare, {**bare, "value": 23.0, "low": 22.9, "high": 23.1})["smallest_change"] == 2.0


def test_money_in_two_currencies_is_never_subtracted(past):
    row = row_of(past, {}, {"value": 30.0}, new={"line": {"currency": "USD"}})
    assert row["verdict"] == "cannot tell"
    assert math.isnan(row["difference"])
    assert row["why"] == "Then in EUR, now in USD: not to be subtracted."
    same_number = row_of(past, {}, {}, new={"line": {"currency": "USD"}})
    assert same_number["verdict"] == "cannot tell"
    share = {"unit": "share", "value": 0.4, "low": 0.3, "high": 0.5}
    assert row_of(past, share, share, new={"line": {"currency": "USD"}})["verdict"] == "same"


def test_money_of_100_people_and_of_all_sales_is_never_subtracted(past):
    asked = {"key": "gain", "words": {"unit": "people per 100 asked", "market": "100 people", "best": "€9.00"}}
    sold = {"key": "gain", "value": 30.0, "words": {"unit": "units", "market": "the sales", "best": "€9.00"}}
    row = row_of(past, asked, sold)
    assert (row["verdict"], row["how"]) == ("cannot tell", "none")
    assert row["why"] == "Then a number of people per 100 asked, now of units: not to be subtracted."
    assert row_of(past, asked, {**asked, "value": 30.0, "low": 29.0, "high": 31.0})["verdict"] == "changed and matters"
    assert row_of(past, {**asked, "words": {}}, {**sold, "low": 29.0, "high": 31.0})["verdict"] == "changed and matters"


def test_the_table_that_a_number_speaks_of_is_named_and_how_many_there_are_is_not(past):
    sixteen = {"table": "customers", "lowest": ", the lowest share of 16 tables"}
    seventeen = {**sixteen, "lowest": ", the lowest share of 17 tables"}
    moved = {"value": 30.0, "low": 29.0, "high": 31.0}
    assert row_of(past, {"words": sixteen}, {**moved, "words": seventeen})["why"] == ""
    other = row_of(past, {"words": sixteen}, {**moved, "words": {**seventeen, "table": "contracts"}})
    assert other["why"] == "It spoke of “customers” then and speaks of “contracts” now."


def test_an_interval_without_an_end_is_not_called_missing(past):
    bounded, moved = {"value": 20.0, "low": 19.0, "high": 21.0}, {"value": 30.0, "low": 29.0, "high": 31.0}
    opened = row_of(past, bounded, {**moved, "high": None})
    assert (opened["verdict"], opened["why"]) == ("cannot tell", "The interval of one of the two is open at one end.")
    missing = row_of(past, bounded, {**moved, "low": None, "high": None})
    assert (missing["verdict"], missing["why"]) == ("cannot tell", "The interval of one of the two is missing.")


def test_exact_numbers_are_judged_by_their_size(past):
    count = {"unit": "count", "value": 5.0, "low": 5.0, "high": 5.0, "smallest_change": 2.0}
    row = row_of(past, count, {**count, "value": 6.0, "low": 6.0, "high": 6.0})
    assert (row["verdict"], row["how"]) == ("changed, too small", "exact")
    assert math.isnan(row["p_value"])
    assert row_of(past, count, {**count, "value": 9.0, "low": 9.0, "high": 9.0})["verdict"] == "changed and matters"


def test_what_is_missing_on_one_side_says_why(past):
    def chapters(**changes):
        return {"chapters": [{"chapter": 6, "status": "done", "question": "", "reason": "", **changes}]}

    assert row_of(past, None, {}, old={"chapters": []})["why"] == "Chapter 6 was no part of that run."
    skipped = row_of(past, {}, None, new=chapters(status="skipped", reason="It needs sales."))
    assert (skipped["verdict"], skipped["why"]) == ("gone", "Chapter 6 is skipped in this run: It needs sales.")
    assert row_of(past, None, {}, old=chapters(status="failed"))["why"] == "Chapter 6 failed in that run."
    assert row_of(past, {}, None)["why"] == "Chapter 6 ran, but does not say it."
    open_now = row_of(past, {}, {"value": None, "low": None, "high": None, "text": "Ask 30 more."})
    assert (open_now["verdict"], open_now["why"]) == ("gone", "Not enough data now. Ask 30 more.")
    nothing = {"value": None, "low": None, "high": None}
    assert row_of(past, nothing, {})["why"] == "Not enough data then."
    assert row_of(past, nothing, nothing)["verdict"] == "cannot tell"


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"value": 23.0, "low": 22.0, "high": 24.0}, "The change itself may be less than the €2.00 that matters."),
        ({"value": 30.0, "low": 29.0, "high": 31.0}, ""),
        (
            {"value": 23.0, "low": 22.0, "high": 24.0, "smallest_change": 4.0},
            "Less than the €4.00 that matters, though it may be more.",
        ),
        ({"value": 20.1, "low": 19.1, "high": 21.1}, "If it changed, then by less than the €2.00 that matters."),
        ({"value": 21.0, "low": 19.0, "high": 23.0}, "Noise alone could move it as far."),
    ],
)
def test_the_reason_says_what_is_known(past, now, said):
    assert row_of(past, {}, now)["why"] == said


def test_what_matters_of_a_share_is_said_in_points_as_its_difference_is(past):
    share = {"unit": "share", "value": 0.5, "low": 0.49, "high": 0.51, "smallest_change": 0.05}
    row = row_of(past, share, {**share, "value": 0.501, "low": 0.491, "high": 0.511})
    assert row["why"] == "If it changed, then by less than the 5.0 pp that matters."


def test_among_many_what_alone_would_count_is_chance(past):
    still = [past.record(key=f"a.{i}", low=19.0 - i / 100) for i in range(20)]
    moved = [{**record, "high": record["high"] + 0.01} for record in still]
    then, now = past.record(key="b"), past.record(key="b", value=23.0, low=21.0, high=25.0)
    assert compare_runs(past.manifest(then), past.manifest(now)).table.loc[0, "verdict"] == "changed and matters"
    among = compare_runs(past.manifest(*still, then), past.manifest(*moved, now)).table.set_index("key").loc["b"]
    assert among["verdict"] == "cannot tell"
    assert among["why"] == "Alone it would count as changed; among 21 headlines tested it may well be chance."


def test_what_else_differs_is_listed_and_told_to_the_chapter(past):
    def chapter(**parameters):
        return [{"chapter": 6, "status": "done", "question": "", "reason": "", "parameters": parameters}]

    old = past.manifest(past.record(words={"rung": "Solo"}), chapters=chapter(seed=0, step=1), cvlab="1")
    new = past.manifest(
        past.record(value=30.0, low=29.0, high=31.0, words={"rung": "Team"}), chapters=chapter(seed=1, step=2), seed=1,
        cvlab="2", data={"customers.csv": "2", "product_line.yaml": "x", "extra.csv": "y"},
    )  # fmt: skip
    old["data"]["product_line.yaml"] = "w"
    comparison = compare_runs(old, new)
    assert comparison.table.loc[0, "why"] == (
        "It spoke of “Solo” then and speaks of “Team” now. The parameter step changed as well: part of the difference "
        "may be theirs."
    )
    assert comparison.circumstances.values.tolist() == [
        [0, "cvlab", "1", "2"],
        [0, "seed", "0", "1"],
        [0, "data customers.csv", "", "other content"],
        [0, "data extra.csv", "–", "there"],
        [0, "data product_line.yaml", "", "other content"],
        [6, "parameter step", "1", "2"],
    ]
    notes = " ".join(comparison.notes)
    assert "The runs also differ in the seed and cvlab itself" in notes
    assert "product_line.yaml is not the same" in notes


def test_the_same_data_are_said_and_a_clock_that_went_back(past):
    old, new = (
        past.manifest(past.record(), started="2026-03-01T00:00:00Z"),
        past.manifest(past.record(value=21.0), seed=1),
    )
    notes = " ".join(compare_runs(old, new).notes)
    assert "Both runs read the same data files, so that the seed moved what has changed, not the customers." in notes
    assert "The run named first started later" in notes
    assert compare_runs(old, old).headline.value == 0
    assert compare_runs({"headlines": []}, {"headlines": []}).headline.answered is False


def test_two_lines_are_not_compared_as_runs(past):
    with pytest.raises(ParameterError, match="two product lines, line and other: compare two runs of one line"):
        compare_runs(past.manifest(), past.manifest(slug="other"))
    with pytest.raises(ParameterError, match="rate is 5: give a share"):
        compare_runs(past.manifest(), past.manifest(), rate=5)


def test_headlines_are_paired_by_label_where_a_key_stands_twice_and_the_summary_is_left_out(past):
    old = past.manifest(past.record(label="Solo", value=1.0), past.record(label="Team", value=2.0))
    new = past.manifest(
        past.record(label="Team", value=2.0), past.record(label="Studio", value=1.0), past.record(chapter=12, key="sum")
    )
    table = compare_runs(old, new).table
    assert dict(zip(table["label"], table["verdict"], strict=True)) == {"Team": "same", "Studio": "new", "Solo": "gone"}
    renamed = compare_runs(past.manifest(past.record(label="a")), past.manifest(past.record(label="b"))).table
    assert renamed["verdict"].tolist() == ["same"]


@pytest.mark.parametrize(
    ("old", "new", "how"),
    [
        ({}, {}, "paired"),
        ({}, {"seed": 1, "chapters": []}, "independent"),
        ({}, {"effort": "full"}, "independent"),
        ({}, {"chapters": [{"chapter": 6, "status": "done", "parameters": {"seed": 1}}]}, "independent"),
        ({"seed": 5, "chapters": [{"chapter": 6, "status": "done", "parameters": {"seed": 0}}]}, {}, "paired"),
        ({"seed": None, "chapters": []}, {"seed": None, "chapters": []}, "independent"),
    ],
)
def test_draws_are_paired_only_with_the_same_seed_and_effort(past, old, new, how):
    random = np.random.default_rng(4)
    draws = [(20 + random.normal(0, 0.5, 200)).tolist() for _ in range(2)]
    then, now = ({"draws": own, "draws_by": "people", "value": 20.0 + i} for i, own in enumerate(draws))
    assert row_of(past, then, now, old, new)["how"] == how
    assert row_of(past, {**then, "draws_by": ""}, now, old, new)["how"] == "independent"


def test_p_values_are_adjusted_as_published(checkout):
    golden = yaml.safe_load((checkout / "tests" / "golden" / "comparison.yaml").read_text(encoding="utf-8"))
    published = golden["false_discovery"]
    adjusted = adjust_p_values([*published["p_values"], math.nan])
    assert math.isnan(adjusted[-1])
    rejected = (adjusted[:-1] <= published["rate"]).tolist()
    assert rejected == [place < published["rejected"] for place in range(len(rejected))]


def simulate(random, past, *, paired, planted, n_numbers=20, n=200, n_draws=400):
    """Ask two samples of a world in which the first `planted` numbers really move; overlapping people keep answers."""
    n_people = 260 if paired else 2 * n
    lasting = random.exponential(1.0, (n_people, n_numbers))
    weights = random.poisson(1.0, (n_draws, n_people)).astype(float)
    samples = (slice(0, n), slice(n_people - n, n_people))
    manifests = []
    for run, people in enumerate(samples):
        answers = lasting[people] + random.normal(0, 0.3, (n, n_numbers))
        answers[:, :planted] += 0.8 * run
        own = weights[:, people] if paired else random.poisson(1.0, (n_draws, n)).astype(float)
        draws = own @ answers / own.sum(axis=1, keepdims=True)
        low, high = np.quantile(draws, [0.025, 0.975], axis=0)
        manifests.append(
            past.manifest(
                *(
                    past.record(
                        key=f"a.{i}", value=answers[:, i].mean(), low=low[i], high=high[i], smallest_change=0.1,
                        draws=draws[:, i].tolist(), draws_by="people" if paired else "",
                    )
                    for i in range(n_numbers)
                )
            )
        )  # fmt: skip
    return compare_runs(*manifests).table


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("runs", [60, pytest.param(600, marks=pytest.mark.slow)])
def test_two_runs_of_the_same_world_rarely_show_a_change(past, paired, runs):
    random = np.random.default_rng(20260602)
    false = 0
    for _ in range(runs):
        table = simulate(random, past, paired=paired, planted=0)
        assert set(table["how"]) == {"paired" if paired else "independent"}
        false += table["verdict"].isin(CHANGED).any()
    # Without a single true change every discovery is false, so that the rate is the chance of any.
    assert false / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("runs", [20, pytest.param(150, marks=pytest.mark.slow)])
def test_a_planted_change_is_found_among_numbers_that_stay(past, paired, runs):
    random = np.random.default_rng(20260603)
    found, false = [], []
    for _ in range(runs):
        changed = simulate(random, past, paired=paired, planted=5)["verdict"].isin(CHANGED).to_numpy()
        found.append(changed[:5].mean())
        false.append(changed[5:].sum() / max(1, changed.sum()))
    assert np.mean(found) >= 0.98
    assert np.mean(false) <= 0.05 + 3 * np.std(false) / math.sqrt(runs)
