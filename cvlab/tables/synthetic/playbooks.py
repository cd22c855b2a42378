"""What the sample lines say of a year: how often the money of some headlines is earned from one person.

It cannot be read off their tables, and a report guesses nothing; each line therefore has a playbook.yaml of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

_HEAD = """# What this line adds to the rules of the house: how often a year the money of a headline is earned.
# {why}
times_per_year:
"""
_TIMES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "fitness-trackers": (
        "A customer decides about a tracker once a year, and the app is sold by the year.",
        {"value_ladder.bundle_gain": "year", "willingness_to_pay.best_price_gain": "year"},
    ),
    "lab-analysers": (
        "Analyser and service are leased by the month.",
        {"value_ladder.bundle_gain": "month", "willingness_to_pay.best_price_gain": "month"},
    ),
    "salon-software": (
        "Online booking and card terminal are paid by the month.",
        {"value_ladder.bundle_gain": "month"},
    ),
}


def write_playbook(slug: str) -> str:
    """Return the text of a sample line's playbook.yaml.

    Examples
    --------
    >>> print(write_playbook("salon-software").splitlines()[-1])
      value_ladder.bundle_gain: month
    """
    why, times = _TIMES[slug]
    return _HEAD.format(why=why) + "".join(f"  {key}: {often}\n" for key, often in times.items())
