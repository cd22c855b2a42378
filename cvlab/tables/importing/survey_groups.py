"""Survey exports, groups of columns that become rows: prices asked one by one, grids of statements, amounts.

price ladder         yes or no (or how likely) at a price that the name or the question holds
value survey         at least three statements answered on one scale
reservation prices   at least two amounts, asked with the same words about different things
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cvlab.tables.importing.known_names import fold
from cvlab.tables.importing.looking import Seen
from cvlab.tables.importing.mapping import CodebookEntry, ColumnMap, Repeat, TableMap
from cvlab.tables.importing.scales import order_labels
from cvlab.tables.importing.sketch import Sketch, split_question
from cvlab.tables.importing.survey_columns import read_scale

DIMENSIONS = ("functional", "financial", "economic", "emotional", "social", "symbolic", "epistemic", "hedonic")
_MONEY = re.compile(
    r"(?:€|\$|£|¥|EUR|USD|GBP|CHF)\s?(\d[\d.,]*\d|\d)|(\d[\d.,]*\d|\d)\s?(?:€|£|\$|EUR|USD|GBP|CHF|[Ee]uros?\b|dollars?\b)"
)
_LAST_NUMBER = re.compile(r"(?:^|[^\d.,])(\d+(?:[.,_]\d{1,2})?)$")
_BUYING = re.compile(r"\b(?:buy|purchase|price|pay|kaufen|kauf|preis|gabor|granger|gg|pl|ladder)\b")
_PAYING = re.compile(r"\b(?:pay|worth|amount|wtp|most|zahlen|zahlungsbereitschaft|euro|price)\b")
_AMOUNT = re.compile(r"(?:wtp|pay|amount|reservation)[ _.-]+(.+)", re.IGNORECASE)
_TASK = re.compile(r"\b(?:choice|choose|task|cbc|dce|conjoint|wahl|aufgabe|best|worst|most|least)\b")
_REVERSED = re.compile(r"(?:^|[ _(])(?:r|rev|reversed|reverse)\)?$", re.IGNORECASE)
_LEAST_PRICES, _LEAST_ITEMS, _LEAST_AMOUNTS = 2, 3, 2
_SURE, _LIKELY, _UNSURE = 0.9, 0.8, 0.5
_LOWEST_POINTS, _MOST_POINTS = 3, 11
_THREE = 3


def find_price_ladder(sketch: Sketch) -> None:
    """Propose yes-or-no columns with a price each, or answers to how likely one would buy."""
    groups: dict[str, dict[str, Seen]] = {}
    for seen in sketch.open():
        binary = seen.kind == "truth" or seen.zero_one
        if not binary and not (seen.kind == "scale" and _BUYING.search(seen.asked)):
            continue
        price, stem = _find_price(seen)
        if price is not None:
            groups.setdefault(f"{seen.kind} {stem}", {}).setdefault(price, seen)
    groups = {stem: group for stem, group in groups.items() if len(group) >= _LEAST_PRICES}
    group = max(groups.values(), key=len, default={})
    if not group or not any(_BUYING.search(seen.asked) or _MONEY.search(_text(seen)) for seen in group.values()):
        return
    first = next(iter(group.values()))
    answers = list(dict.fromkeys(text for seen in group.values() for text in seen.all_texts))
    ask = None
    labels: dict[str, str] = {}
    for seen in group.values():
        labels |= seen.truth_labels()
    if first.kind == "scale":
        scale = order_labels(answers)
        ordered = list(scale.labels) if scale is not None else answers
        # Those above the middle of a scale would buy; which ones count as a yes is a person's choice.
        labels = {text: "yes" if place * 2 >= len(ordered) + 1 else "no" for place, text in enumerate(ordered)}
        ask = "which of these answers count as a yes?"
    prices = sorted(group, key=float)
    repeat = Repeat(
        over={"price": {price: group[price].name for price in prices}},
        columns={"would_buy": ColumnMap(origin="{price}", labels=labels, missing=_missing(group.values()), ask=ask)},
    )
    for price in prices:
        reason = f"yes or no at a price of its own, in {len(group)} columns"
        if ask:
            reason = f"how likely one would buy at a price of its own, in {len(group)} columns"
        sketch.claim(group[price], "price_ladder", "would_buy", _UNSURE if ask else _SURE, reason)
    _add_group(sketch, "price_ladder", [repeat], skip_empty=("would_buy",))


def find_statements(sketch: Sketch) -> None:
    """Propose the largest grid of statements on one scale as the value survey."""
    groups: dict[tuple[str, object], list[Seen]] = {}
    scale_of: dict[str, frozenset[str]] = {}
    for seen in sketch.open():
        if not _is_rated(seen) or _TASK.search(fold(seen.name)):
            continue
        question, item = split_question(seen)
        stem = question if item else re.sub(r"[ _.#-]*\d+$", "", seen.name)
        scale_of[seen.name] = frozenset(seen.distinct)
        groups.setdefault((stem or "", "number" if seen.kind == "number" else "labels"), []).append(seen)
    # Statements that are called by what they are about have no stem: columns beside each other on one scale.
    groups = {key: group for key, group in groups.items() if len(group) >= _LEAST_ITEMS and _one_scale(group)}
    group = max(groups.values(), key=lambda each: (_names_dimension(each), len(each)), default=_beside(sketch))
    if len(group) < _LEAST_ITEMS:
        return
    answers = dict.fromkeys(text for seen in group for text in seen.all_texts)
    scale = order_labels(answers) if group[0].kind != "number" else None
    labels, ask = (scale.labels, None) if scale is not None and scale.certain else ({}, None)
    if group[0].kind != "number" and not labels:
        labels, ask = read_scale(answers)
        labels |= {text: labels.get(text, str(len(labels) + 1)) for text in answers if text not in labels}
        ask = "which code does each label stand for? Some could be missing or out of order"
    score = ColumnMap(origin="{item}", labels=labels, missing=_missing(group), ask=ask)
    parts: dict[tuple[str | None, bool], list[Seen]] = {}
    for seen in group:
        parts.setdefault((_dimension_of(seen), bool(_REVERSED.search(seen.name))), []).append(seen)
    known = all(dimension is not None for dimension, _ in parts)
    if not known:
        parts = {(None, reverse): [s for (_, r), each in parts.items() if r == reverse for s in each]
                 for reverse in dict.fromkeys(reverse for _, reverse in parts)}  # fmt: skip
    asks = "which dimension of value is each statement about, such as functional or emotional? One `repeat` for each"
    repeats = []
    for number, ((dimension, reverse), items) in enumerate(parts.items()):
        named = {"dimension": ColumnMap(value=dimension or "overall", ask=None if known or number else asks)}
        if any(each for _, each in parts):
            named["reversed"] = ColumnMap(value="yes" if reverse else "no")
        over = {"item": _name_items(items)}
        repeats.append(Repeat(over=over, columns={"score": score if not number else _without_ask(score), **named}))
    question = split_question(group[0])[0]
    if question:
        sketch.codebook.setdefault("value_survey", {})["score"] = CodebookEntry(
            question=question, labels={code: label for label, code in labels.items()}
        )
    confidence = _UNSURE if ask else _SURE if known else 0.7
    for seen in group:
        reason = f"{len(group)} columns with one scale" + (f" of {len(labels)} labels" if labels else "")
        sketch.claim(seen, "value_survey", "score", confidence, reason)
    _add_group(sketch, "value_survey", repeats, skip_empty=())


def find_amounts(sketch: Sketch) -> None:
    """Propose amounts asked with the same words about different things as reservation prices."""
    groups: dict[str, dict[str, Seen]] = {}
    for seen in sketch.open():
        question, item = split_question(seen)
        if seen.kind == "number" and item and _PAYING.search(fold(question)):
            groups.setdefault(question, {})[item] = seen
        elif seen.kind == "number" and (found := _AMOUNT.fullmatch(seen.name)):
            groups.setdefault("", {})[found[1].replace("_", " ")] = seen
    group = max(groups.values(), key=len, default={})
    if len(group) < _LEAST_AMOUNTS:
        return
    over = {"component": {item: seen.name for item, seen in group.items()}}
    amount = ColumnMap(origin="{component}", missing=_missing(group.values()))
    for seen in group.values():
        reason = f"an amount, asked with the same words in {len(group)} columns"
        sketch.claim(seen, "reservation_prices", "amount", _LIKELY, reason)
    _add_group(sketch, "reservation_prices", [Repeat(over=over, columns={"amount": amount})], skip_empty=("amount",))


def _add_group(sketch: Sketch, table: str, repeats: Sequence[Repeat], *, skip_empty: tuple[str, ...]) -> None:
    sketch.tables[table] = TableMap(
        source=sketch.source,
        columns={"respondent_id": sketch.person},
        repeat=tuple(repeats),
        skip_empty=skip_empty,
    )


def _without_ask(column: ColumnMap) -> ColumnMap:
    return ColumnMap(origin=column.origin, labels=column.labels, missing=column.missing)


def _missing(columns: Iterable[Seen]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for seen in columns for text in seen.missing))


def _text(seen: Seen) -> str:
    return f"{seen.question} {seen.name}"


def _find_price(seen: Seen) -> tuple[str | None, str]:
    """Return the price in a column's question or name, and what is left of the text without it."""
    for text in (seen.name, seen.question):
        found = _MONEY.search(text)
        if found:
            return _plain_price(found[1] or found[2]), text[: found.start()] + text[found.end() :]
    item = split_question(seen)[1] or seen.name
    last = _LAST_NUMBER.search(item.strip())
    if last and (_BUYING.search(seen.asked.rstrip("0123456789 ")) or _BUYING.search(seen.asked)):
        return _plain_price(last[1].replace("_", ".")), item[: last.start()]
    return None, ""


def _plain_price(text: str) -> str:
    """Write a price with a decimal point; three digits after a mark are thousands, for prices have two decimals."""
    digits = text.rstrip(".,")
    whole, mark, rest = digits.rpartition("," if digits.rfind(",") > digits.rfind(".") else ".")
    if not mark or len(rest) == _THREE:
        return str(int(re.sub(r"[.,]", "", digits)))
    number = float(f"{re.sub(r'[.,]', '', whole) or 0}.{rest}")
    return str(int(number)) if number.is_integer() else str(number)


def _is_rated(seen: Seen) -> bool:
    if seen.kind == "scale":
        return True
    if seen.kind != "number" or len(seen.distinct) > _MOST_POINTS + 1 or len(seen.distinct) < _LOWEST_POINTS:
        return False
    return all(number % 1 == 0 and 0 <= number <= _MOST_POINTS for number in seen.points)


def _one_scale(group: Sequence[Seen]) -> bool:
    """Whether the answers of a group could be of one scale: no column has answers of its own only."""
    if group[0].kind == "number":
        return True
    answers = {text for seen in group for text in seen.distinct}
    return len(answers) <= _MOST_POINTS


def _beside(sketch: Sketch) -> list[Seen]:
    """The longest run of columns beside each other with one scale."""
    best: list[Seen] = []
    run: list[Seen] = []
    places = {name: place for place, name in enumerate(sketch.columns)}
    for seen in sketch.open():
        fits = _is_rated(seen) and not _TASK.search(fold(seen.name))
        follows = bool(run) and places[seen.name] == places[run[-1].name] + 1
        if fits and follows and run[0].kind == seen.kind and _one_scale([*run, seen]):
            run.append(seen)
        else:
            run = [seen] if fits else []
        best = run if len(run) > len(best) else best
    return best


def _name_items(items: Sequence[Seen]) -> Mapping[str, str]:
    named: dict[str, str] = {}
    for seen in items:
        item = split_question(seen)[1] or seen.question or seen.name
        named[item if item not in named else seen.name] = seen.name
    return named


def _dimension_of(seen: Seen) -> str | None:
    words = seen.asked.split()
    return next((dimension for dimension in DIMENSIONS if dimension in words), None)


def _names_dimension(group: Sequence[Seen]) -> bool:
    return all(_dimension_of(seen) is not None for seen in group)
