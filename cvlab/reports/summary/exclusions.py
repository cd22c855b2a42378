"""Exclusions: which of the proposed actions cannot be done together, and which of them stays?

    touches     what an action sets the price of: the priced product, the components of the bundle, the rungs
    excluded    what touches a product that an action before it in rank prices already; a note names it

A rung and a component with names that are merely alike, such as “Move” and “Move app, one year”, may be one product or
two: both actions then stay, and a note says that each price must be set once. What is held excludes nothing, for a
price may be held until the test of another has told.
Assumes that what is not declared under `touches` prices nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cvlab.reports.summary.candidates import HOLD, Candidate

_Products = Mapping[str, tuple[str, ...]]


def keep_first(found: Sequence[Candidate], products: _Products) -> tuple[list[Candidate], list[str]]:
    """Keep of actions that price the same product the first in rank; say in notes what was left out for it.

    Parameters
    ----------
    found : the actions in their order.
    products : subject of `touches` -> names of the products that it stands for in this line.
    """
    kept: list[Candidate] = []
    notes: list[str] = []
    for one in found:
        shared = {place: find_shared(first, one, products) for place, first in enumerate(kept)}
        rival = next((place for place, name in shared.items() if name and kept[place].what != HOLD), None)
        if rival is not None:
            notes.append(
                f"“{one.action}” is left out: it goes only instead of “{kept[rival].action}”, as both set the price of "
                f"{shared[rival]}."
            )
            continue
        for place, first in enumerate(kept):
            notes += _say_together(first, one, shared[place], products)
        kept.append(one)
    return kept, notes


def _say_together(first: Candidate, second: Candidate, shared: str, products: _Products) -> list[str]:
    """Say of two actions that both stay why they cannot simply be done together, if so."""
    both = f"“{first.action}” and “{second.action}”"
    if second.what == HOLD:
        return []
    if shared:
        return [f"{both} both set the price of {shared}: hold it until the other has been tested."]
    if first.what != HOLD and (alike := find_alike(first, second, products)):
        return [f"{both} cannot both be done as they stand if {alike} are one product: set its price once."]
    return []


def find_shared(first: Candidate, second: Candidate, products: _Products) -> str:
    """Return the name of a product that both actions set the price of; nothing where there is none."""
    for subject in first.rule.touches:
        if subject in second.rule.touches:
            return f"the {subject}" if len(named := products.get(subject, ())) != 1 else named[0]
    others = set(_list_products(second, products))
    return next((name for name in _list_products(first, products) if name in others), "")


def find_alike(first: Candidate, second: Candidate, products: _Products) -> str:
    """Return two names that may stand for one product which both actions price; nothing where there are none."""
    for name in _list_products(first, products):
        for other in _list_products(second, products):
            if is_alike(name, other):
                return f"“{name}” and “{other}”"
    return ""


def is_alike(first: str, second: str) -> bool:
    """Tell whether two names may stand for one product: every word of the one stands in the other.

    Examples
    --------
    >>> is_alike("Move", "Move app, one year"), is_alike("Solo", "online booking")
    (True, False)
    """
    one, other = (set(re.findall(r"\w+", name.casefold())) for name in (first, second))
    return bool(one and other) and (one <= other or other <= one)


def _list_products(one: Candidate, products: _Products) -> list[str]:
    return [name for subject in one.rule.touches for name in products.get(subject, ())]
