"""Survey exports, the columns that stand alone: who answered, how long it took, four prices, a bid and its answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from cvlab.tables.importing.known_names import CHARACTERISTICS, EXTERNAL_IDS, TECHNICAL, find_asked, find_known, fold
from cvlab.tables.importing.looking import Seen
from cvlab.tables.importing.mapping import ColumnMap
from cvlab.tables.importing.records import KNOWN_NAME, OWN_NAME, fit_column, keep_kind
from cvlab.tables.importing.scales import order_labels
from cvlab.tables.importing.sketch import Sketch, name_column, shorten_question, split_question
from cvlab.tables.schema import TABLES

PRICES = ("too_cheap", "cheap", "expensive", "too_expensive")
INTENTS = ("buy_cheap", "buy_expensive")
BIDS = ("bid", "answer", "bid_up", "bid_down", "second_answer")
_RESPONDENT = ("seconds", "started_on", "finished_on", "attention_passed", "weight")
_BY_WORDING, _BY_VALUES, _CHARACTERISTIC, _OPEN = 0.85, 0.6, 0.6, 0.5
_TOOL_IDS = ("response id", "respondent id", "record id", "case")
_LEAST_ORDERED, _LEAST_RISING, _LEAST_CORRELATION = 0.7, 0.8, 0.2
_MOST_POINTS = 11  # what a scale has; money goes beyond
_INTENT_CODES = 5
_ATTENTION = re.compile(
    r"to show that you|please (?:choose|select|tick|answer|mark)|attention|pay attention|bitte waehlen sie|"
    r"aufmerksam"
)
_OFFERED = re.compile(r"\b(?:price (?:offered|shown|put|asked)|offered price|bid|angebotener preis|gebot)\b")
_CODE = re.compile(r"(?:Q|F|V|VAR|QID|q|v|f)?[ _.]?\d+(?:[_.]\d+)*|.*[?].*")
_OTHER = re.compile(r"^(?:other|others|sonstiges|andere|anderes)\b.*\b(?:specify|angeben|naemlich)\b")
_QUOTED = re.compile(r"[\"'“”„‘’«»](.+?)[\"'“”‘’«»]")


def set_aside(sketch: Sketch) -> None:
    """Leave out what the survey tool adds, what would tell who somebody is, and what is empty."""
    for seen in sketch.open():
        folded = fold(seen.name)
        if folded == "status" and any("preview" in fold(text) or "test" in fold(text) for text in seen.all_texts):
            sketch.asks.append(
                f"column {seen.name!r} marks trial answers: leave them out with `only` in each table, or keep them"
            )
        if folded == "finished" and seen.kind in ("truth", "number"):
            sketch.leave_out(seen, KNOWN_NAME, "the survey tool writes it: whether the person came to the end")
        elif folded in TECHNICAL:
            sketch.leave_out(seen, KNOWN_NAME, TECHNICAL[folded])
        elif seen.kind == "empty" and find_known(seen.name, "respondents") is None:
            sketch.leave_out(seen, KNOWN_NAME, "every row is empty")


def find_person(sketch: Sketch) -> bool:
    """Propose which column names the person; whether there is one."""
    named = [seen for seen in sketch.open() if find_known(seen.name, "respondents") == "respondent_id"]
    unique = [seen for seen in named if seen.is_id()]
    external = [
        seen for name, seen in sketch.columns.items() if fold(name) in EXTERNAL_IDS and name not in sketch.guesses
    ]
    # An id that the sender gave, such as a customer_id, joins with other tables; the tool's own does not.
    own = [seen for seen in (*external, *unique) if seen.is_id() and fold(seen.name) not in _TOOL_IDS]
    exact = [seen for seen in unique if seen.name == "respondent_id"]
    chosen = (exact or own or unique or named)[:1]
    if not chosen:
        unnamed = [seen for seen in sketch.open() if seen.kind in ("text", "number") and seen.is_id()]
        chosen = [seen for seen in unnamed if " " not in seen.name.strip() and _looks_like_ids(seen)][:1]
    rivals = [seen for seen in (*named, *external) if seen not in chosen and seen.kind != "empty"]
    if not chosen:
        sketch.person = ColumnMap(value="", ask="no column names each person once: name one here, as `from:`")
        return False
    seen = chosen[0]
    ask = None
    if rivals:
        listed = " or ".join(repr(each.name) for each in (seen, *rivals))
        ask = f"{listed}: which one is respondent_id? Best the one that customers have; it is {seen.name!r} now"
    elif not seen.is_id():
        ask = f"{seen.name!r} was taken for respondent_id, but some rows share a value or have none: is that right?"
    elif seen not in named and seen not in external:
        ask = f"no column is called an id, but {seen.name!r} has a value of its own in every row: is it respondent_id?"
    sketch.asks += [ask] if ask else []
    sketch.person = ColumnMap(origin=seen.name)
    confidence = 0.5 if ask else KNOWN_NAME if seen in named else _BY_VALUES
    reason = "every row has a value of its own" if seen.is_id() else "its name says so, but it is not unique"
    if exact:
        confidence, reason = (0.5 if ask else OWN_NAME), f"it has this name, and {reason}"
    sketch.claim(seen, "respondents", "respondent_id", confidence, reason)
    for rival in rivals:
        sketch.leave_out(rival, 0.5, f"{seen.name!r} was taken as the id: see the question there")
    return True


def find_respondent_columns(sketch: Sketch) -> None:
    """Propose what respondents declares: duration, dates, the attention check, a weight."""
    columns: dict[str, ColumnMap] = {}
    for name in _RESPONDENT:
        column = TABLES["respondents"].find_column(name)
        found = [seen for seen in sketch.open() if find_known(seen.name, "respondents") == name]
        fitting = [seen for seen in found if fit_column(seen, column, exact=True)[1] >= KNOWN_NAME]
        for seen in (fitting or found)[:1]:
            made, confidence, reason = fit_column(seen, column, exact=fold(seen.name) == fold(name))
            columns[name] = made
            sketch.claim(seen, "respondents", name, confidence, reason)
    if "attention_passed" not in columns:
        columns |= _find_attention_check(sketch)
    if "seconds" not in columns:
        columns = {"seconds": ColumnMap(value=""), **columns}
    sketch.add("respondents", columns)


def _find_attention_check(sketch: Sketch) -> dict[str, ColumnMap]:
    for seen in sketch.open():
        text = f"{seen.name} {seen.question}"
        if not _ATTENTION.search(fold(text)) or seen.kind not in ("truth", "scale", "choice", "number"):
            continue
        wanted = {fold(each) for each in _QUOTED.findall(text)}
        right = tuple(each for each in seen.all_texts if fold(each) in wanted)
        ask = None if right else "which answer is the right one? Give it as `is:`"
        made = ColumnMap(origin=seen.name, equals=right or seen.distinct[:1], ask=ask)
        reason = "its question says which answer to give" if right else "its question speaks of an attention check"
        sketch.claim(seen, "respondents", "attention_passed", _BY_WORDING if right else 0.5, reason)
        return {"attention_passed": made}
    return {}


def find_price_questions(sketch: Sketch) -> None:
    """Propose the four prices of van Westendorp: by names or wording, else by four ordered columns of money."""
    numbers = [seen for seen in sketch.open() if seen.kind == "number"]
    found: dict[str, tuple[Seen, float, str]] = {}
    for seen in numbers:
        known = find_known(seen.name, "price_sensitivity")
        asked = find_asked(seen.question or seen.name)
        if known in PRICES and known not in found:
            exact = fold(seen.name) == fold(known)
            reason = "it has this name" if exact else f"{seen.name!r} is a usual name for it"
            found[known] = (seen, OWN_NAME if exact else KNOWN_NAME, reason)
        elif asked is not None and asked[1] in PRICES and asked[1] not in found:
            found[asked[1]] = (seen, _BY_WORDING, "the wording of its question says so")
    ask = None
    if len(found) < len(PRICES):
        ordered = _find_ordered(numbers)
        if ordered is None:
            return
        reason = "four columns of money in a row, each above the one before for nearly everybody"
        found = {name: (seen, _BY_VALUES, reason) for name, seen in zip(PRICES, ordered, strict=True)}
    elif _share_ordered([found[name][0] for name in PRICES]) < _LEAST_ORDERED:
        ask = "most people's four prices are not in order by these columns: is each where it belongs?"
    columns = {}
    for name in PRICES:
        seen, confidence, reason = found[name]
        columns[name] = ColumnMap(origin=seen.name, missing=seen.missing, ask=ask if name == PRICES[0] else None)
        sketch.claim(seen, "price_sensitivity", name, 0.5 if ask else confidence, reason)
    sketch.add("price_sensitivity", columns | _find_intents(sketch), skip_empty=PRICES)


def _find_intents(sketch: Sketch) -> dict[str, ColumnMap]:
    found: dict[str, Seen] = {}
    for seen in sketch.open():
        name = find_known(seen.name, "price_sensitivity") or (find_asked(seen.question or seen.name) or ("", ""))[1]
        if name in INTENTS and name not in found and seen.kind in ("number", "scale", "choice"):
            found[name] = seen
    # Both have the same labels, and few people would surely buy at the high price: only together they have all.
    answers = [text for seen in found.values() for text in seen.all_texts]
    columns = {}
    for name, seen in found.items():
        labels, ask = ({}, None) if seen.kind == "number" else read_scale(answers, codes=_INTENT_CODES)
        columns[name] = ColumnMap(origin=seen.name, labels=labels, missing=seen.missing, ask=ask)
        reason = "its name or wording says so" + (", and its labels are a scale of five" if labels and not ask else "")
        sketch.claim(seen, "price_sensitivity", name, 0.5 if ask else _BY_WORDING, reason)
    return columns


def read_scale(answers: Iterable[str], *, codes: int | None = None) -> tuple[dict[str, str], str | None]:
    """Return the codes of labels, and a question where they are not certain."""
    distinct = list(dict.fromkeys(answers))
    scale = order_labels(distinct)
    if scale is None:
        listed = {text: str(code) for code, text in enumerate(distinct, start=1)}
        return listed, "which code does each label stand for? They are numbered as they come"
    if not scale.certain or (codes is not None and len(scale.labels) != codes):
        return scale.labels, "does every label have its code? One that nobody chose would shift the others"
    return scale.labels, None


def find_bids(sketch: Sketch) -> None:
    """Propose a bid and its answers: the bid by its name, the answers by their names or as what follows the bid."""
    found: dict[str, Seen] = {}
    for seen in sketch.open():
        name = find_known(seen.name, "contingent_valuation")
        if name in BIDS and name not in found:
            found[name] = seen
        elif "bid" not in found and seen.kind == "number" and _OFFERED.search(seen.asked):
            found["bid"] = seen
    if "bid" not in found:
        return
    places = list(sketch.columns)
    after = [
        seen
        for seen in sketch.open()
        if seen.kind == "truth"
        and places.index(seen.name) > places.index(found["bid"].name)
        and re.search(r"\b(?:buy|pay|price|kaufen|zahlen|preis)\b", seen.asked)
        and seen not in found.values()
    ]
    wanted = ["answer", *(["second_answer"] if {"bid_up", "bid_down"} & set(found) else [])]
    guessed = dict(zip([name for name in wanted if name not in found], after, strict=False))
    if "answer" not in {**found, **guessed}:
        return
    columns = {}
    for name in [each for each in BIDS if each in found or each in guessed]:
        seen = found.get(name) or guessed[name]
        column = TABLES["contingent_valuation"].find_column(name)
        made, confidence, reason = fit_column(seen, column, exact=fold(seen.name) == fold(name))
        if name in guessed:
            confidence, reason = _BY_WORDING, "it asks for a yes or no and stands behind the bid"
        elif find_known(seen.name, "contingent_valuation") is None:
            confidence, reason = _BY_WORDING, "its wording says that it was a price offered"
        columns[name] = made
        sketch.claim(seen, "contingent_valuation", name, confidence, reason)
    sketch.add("contingent_valuation", columns, skip_empty=("bid",))


def describe_rest(sketch: Sketch) -> None:
    """Propose what is left as characteristics of the person; open texts are left out, with their reason."""
    columns: dict[str, ColumnMap] = {}
    taken = set(TABLES["respondents"].column_names)
    for seen in sketch.open():
        if seen.kind in ("text", "empty"):
            reason = "open answers: no table takes them, and they may tell who somebody is"
            sketch.leave_out(seen, _OPEN, reason if seen.kind == "text" else "every row is empty")
            continue
        if _OTHER.search(fold(split_question(seen)[1] or seen.name)) and seen.kind in ("choice", "scale"):
            reason = "what people wrote beside the options: no table takes it, and it may tell who somebody is"
            sketch.leave_out(seen, _OPEN, reason)
            continue
        known = find_known(seen.name, "respondents")
        short = _name_characteristic(seen)
        name = name_column(short if known is None else f"other {short}", taken)
        taken.add(name)
        columns[name] = keep_kind(ColumnMap(origin=seen.name, missing=seen.missing), seen)
        if _is_ticked(seen):
            reason = "one of several options to tick, empty where not ticked or not asked: see `otherwise`"
            sketch.claim(seen, "respondents", name, _OPEN, reason)
            continue
        shown = "numbers" if seen.kind == "number" else "dates" if seen.kind == "date" else "few different answers"
        sketch.claim(seen, "respondents", name, _CHARACTERISTIC, f"{shown}: it may be a characteristic of the person")
    sketch.add("respondents", columns)


def _name_characteristic(seen: Seen) -> str:
    """A name of its own is kept; a code or a question is called by what it asks about."""
    if not _CODE.fullmatch(seen.name) and " " not in seen.name:
        return seen.name
    question, item = split_question(seen)
    if question and item:
        return f"{shorten_question(question)} {item}"
    asked = fold(seen.question or seen.name)
    usual = next((name for pattern, name in CHARACTERISTICS.items() if re.search(pattern, asked)), None)
    return usual or (shorten_question(seen.question or seen.name) if len(asked.split()) > 2 else seen.name)


def _is_ticked(seen: Seen) -> bool:
    """Whether a column is an option of a question with several answers: its own name where it was ticked."""
    item = split_question(seen)[1]
    return bool(item) and seen.distinct == (item,)


def _looks_like_ids(seen: Seen) -> bool:
    return all(len(text) <= 40 and " " not in text for text in seen.distinct[:50]) and (
        seen.kind == "text" or bool((seen.numbers.dropna() % 1 == 0).all())
    )


def _find_ordered(numbers: list[Seen]) -> list[Seen] | None:
    """Four columns beside each other that look like money, go together and rise for nearly everybody."""
    money = [len(seen.distinct) > _MOST_POINTS or max(seen.points, default=0) > _MOST_POINTS for seen in numbers]
    for start in range(len(numbers) - 3):
        four = numbers[start : start + 4]
        if all(money[start : start + 4]):
            order = sorted(four, key=lambda seen: float(seen.numbers.median()))
            if _share_ordered(order) >= _LEAST_RISING and _go_together(order):
                return order
    return None


def _go_together(columns: list[Seen]) -> bool:
    """Whether who names one high price names the others high too."""
    ranks = pd.concat([seen.numbers for seen in columns], axis=1).dropna().rank().to_numpy(dtype=float)
    return len(ranks) > 2 and float(np.corrcoef(ranks, rowvar=False).min()) >= _LEAST_CORRELATION


def _share_ordered(columns: list[Seen]) -> float:
    """The share of people whose prices rise strictly."""
    table = pd.concat([seen.numbers for seen in columns], axis=1).dropna().to_numpy(dtype=float)
    return float((np.diff(table, axis=1) > 0).all(axis=1).mean()) if len(table) else 0.0
