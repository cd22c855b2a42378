"""The codebook in product_line.yaml: what a person wrote wins and stays, only what is missing is added."""

from __future__ import annotations

import pytest
import yaml

from cvlab.errors import DataError
from cvlab.tables.importing.codebook import put_codebook
from cvlab.tables.setting_values import CodebookEntry

ENTRIES = {
    "customers": {
        "mood": CodebookEntry(question="How are you?", labels={"1": "Bad", "5": "Good"}),
        "age": CodebookEntry(question="Age?"),
    },
    "rungs": {"price": CodebookEntry(labels={"9": "nine"})},
}
ADDED_MOOD = {"question": "How are you?", "labels": {"1": "Bad", "5": "Good"}}


def test_a_wording_a_label_and_the_remarks_of_a_person_stay():
    text = """name: Demo
codebook:   # asked in spring
  # the short form
  customers:
    mood:
      question: How do you feel today?   # reworded by Ann
      labels: {1: Awful}   # as on the card
    # asked of visitors only
    visits: {question: How often}
  # the end of the codebook

# money
currency: EUR
"""
    once = put_codebook(text, ENTRIES)
    added = [line for line in once.splitlines() if line not in text.splitlines()]
    assert added == [
        '      labels: {1: Awful, "5": Good}   # as on the card',
        '    age: {question: "Age?"}',
        "  rungs:",
        '    price: {labels: {"9": nine}}',
    ]
    kept = [line for line in text.splitlines() if "Awful" not in line]
    assert [line for line in once.splitlines() if line in kept] == kept
    assert yaml.safe_load(once)["codebook"]["customers"]["mood"]["question"] == "How do you feel today?"
    assert put_codebook(once, ENTRIES) == once


@pytest.mark.parametrize(
    "written",
    [
        "codebook:\n",
        "codebook: ~  # later\ncurrency: EUR\n",
        "codebook: {}",
        "codebook: {customers: {mood: }, rungs: {}}\n",
        "codebook:\n  customers:\n  rungs: ~ # none\ncurrency: EUR\n",
        "codebook:\r\n    customers:\r\n        mood:   # open\r\n# end\r\ncurrency: EUR\r\n",
        "codebook:\n  customers:\n    visits:\n      question: |\n        How\n        often?\n\ncurrency: EUR\n",
        "codebook:\n  customers: {\n    visits: {question: How},  # theirs\n    }\n# currency\ncurrency: EUR",
        "# codebook: {}\n# more\ncurrency: EUR\n",
    ],
)
def test_what_is_missing_is_added_however_the_block_is_written(written):
    once = put_codebook(written, ENTRIES)
    book = yaml.safe_load(once)["codebook"]
    assert book["customers"]["mood"] == ADDED_MOOD
    assert book["customers"]["age"] == {"question": "Age?"}
    assert book["rungs"]["price"] == {"labels": {"9": "nine"}}
    assert {line.partition("#")[2] for line in written.splitlines()} <= {
        line.partition("#")[2] for line in once.splitlines()
    }
    assert ("currency" in yaml.safe_load(once)) == ("currency: EUR" in written)
    assert put_codebook(once, ENTRIES) == once


def test_a_block_that_lacks_nothing_stays_byte_for_byte():
    text = "codebook: {rungs: {price: {labels: {9: 'neun' }}}}   # ours"
    assert put_codebook(text, {"rungs": ENTRIES["rungs"]}) == text
    assert put_codebook(text, {}) == text


def test_a_codebook_that_cannot_be_added_to_is_refused_and_not_rewritten():
    text = "codebook:\n  customers: &same\n    mood: {question: Q}\n  rungs: *same\n"
    with pytest.raises(DataError, match=r"cannot be added to `codebook:` as it is written. Remedy: write"):
        put_codebook(text, {"rungs": ENTRIES["rungs"]})
    merged = "codebook: {customers: {mood: &m {question: Q}, age: {<<: *m}}}\n"
    with pytest.raises(DataError, match="cannot be added"):
        put_codebook(merged, ENTRIES)
