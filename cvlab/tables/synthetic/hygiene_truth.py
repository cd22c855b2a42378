"""What is true about the survey of a sample line: who answers how often, who is careless, what everybody thinks.

response        called + (1 - called) · factor of the level · mean factor of the other characteristics   [share]
mean score      of all customers, and of those who answer: what weights must mend                        [1 to 7]
careless        how many were planted; who they are is in `careless` of truth.json
"""

from __future__ import annotations

from cvlab.tables.synthetic.answering import name_careless
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.records import COMPUTED, PLANTED, Record, record


def list_hygiene_truths(line: SampleLine, *, seed: int) -> list[Record]:
    """Return the truths about who answers, how carefully, and what careful people say about value."""
    answering, battery = line.questionnaire.answering, line.questionnaire.battery
    called = line.n_surveyed / line.n_customers
    truths = [
        record(f"survey.response.{name}.{level}", rate, "share", "respondents", COMPUTED, "of the customers with it")
        for name in answering.response
        for level, rate in answering.rates(name, called=called).items()
    ]
    shares = {level: share for level, (share, _) in answering.response[battery.by].items()}
    rates = answering.rates(battery.by, called=called)
    answered = sum(shares[level] * rates[level] for level in shares)
    reached = {level: shares[level] * rates[level] / answered for level in shares}
    truths.append(record("survey.response", answered, "share", "respondents", COMPUTED, "of all customers"))
    for key, people, note in (
        ("mean_score", shares, "careful customers, reversed statements turned"),
        ("mean_score_unweighted", reached, f"careful people who answer: too many of some {battery.by}"),
    ):
        truths += [
            record(f"survey.{key}.{dimension}", score, "number", "value_survey", COMPUTED, note)
            for dimension, score in battery.mean_scores(people).items()
        ]
    truths += [
        record(f"survey.careless.{rule}", len(ids), "count", "value_survey" if rule in _IN_ANSWERS else "respondents",
               PLANTED, "exact in the sample")
        for rule, ids in list_careless(line, seed=seed).items()
        if ids
    ]  # fmt: skip
    return truths


_IN_ANSWERS = ("straight liners", "duplicates")


def list_careless(line: SampleLine, *, seed: int) -> dict[str, list[str]]:
    """Return rule -> ids of the respondents it should find."""
    return name_careless(line.draw_sample(seed))
