"""A product line in which every name of a person, every trait of a few and every text is planted to be found again.

Persons get long names that nothing else can be taken for; groups of one to nine people get traits of their own; and
every text of every table, and of the yaml file, begins with something that acts where it is not kept from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

PERSON, FEW_MARK, ELSEWHERE = "Zebedee", "Planted", "evil.example"
PERSON_COLUMNS = ("customer_id", "respondent_id", "account_id", "account")
N_CUSTOMERS, N_RESPONDENTS = 300, 120
# Traits that only so many people have, and where each stands: in a characteristic (by its place), or in a column.
FEW = (
    ("PlantedtraitA", 0, 1),
    ("PlantedtraitB", 0, 4),
    ("PlantedtraitC", 1, 9),
    ("PlantedchannelD", "acquisition_channel", 3),
    ("PlantedendingE", "end_reason", 2),
)
FOLDER = "planted-place-Zw4Kp7"
ACTING = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '=HYPERLINK("http://evil.example/3")',
    "[go](javascript:alert(4))",
    "![see](http://evil.example/5.png)",
    "{{7*7}} ${7*7} {value} {0}",
    "\"><svg onload=alert(7)>'",
    "\u202ereversed\u202c",
    "$x^$ \\frac{1}",
    "<a href=javascript:alert(10)>go</a>",
    "+cmd|' /C calc'!A0",
    "https://evil.example/12",
    "**bold** `code` <b>thick",
)
TEXTS = ("end_reason", "sku", "rung", "feature", "level", "item", "component", "proposition", "rival", "driver",
         "evidence", "group", "channel", "acquisition_channel")  # fmt: skip
DECLARED = ("customer_id", "account_id", "start_date", "end_date", "end_reason", "acquisition_channel")


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A product line on disk, how many persons it names, and every text of it that may act."""

    folder: Path
    persons: frozenset[str]
    texts: frozenset[str]


def plant_line(sample: Path, root: Path) -> Planted:
    """Copy a part of a sample line, for readers of any house, with all in it that must not be found or must not act."""
    folder = root / FOLDER / "line"
    folder.mkdir(parents=True)
    act = Acting()
    tables = {path.stem: pd.read_csv(path, dtype="str", keep_default_na=False) for path in sorted(sample.glob("*.csv"))}
    respondents = list(dict.fromkeys(tables["choice_tasks"]["respondent_id"]))[:N_RESPONDENTS]
    others = [name for name in tables["customers"]["customer_id"] if name not in set(respondents)]
    kept = {*respondents, *others[: N_CUSTOMERS - N_RESPONDENTS]}
    traits = find_traits(tables["customers"])
    for name, table in tables.items():
        for column in [column for column in PERSON_COLUMNS if column in table]:
            if column in ("customer_id", "respondent_id"):
                table = table[table[column].isin(kept)].reset_index(drop=True)
            table[column] = [name_person(person) for person in table[column]]
        if name == "customers":
            table = plant_few(table, traits)
        if name == "transactions":
            table.loc[:2, "sku"] = "PlantedskuF"
        if name == "rung_values":
            table = table.rename(columns={rung: act(rung) for rung in tables["rungs"]["rung"]})
        for column in [column for column in (*TEXTS, *traits) if column in table]:
            table[column] = [act(text) for text in table[column]]
        table.to_csv(folder / f"{name}.csv", index=False)
    settings = yaml.safe_load((sample / "product_line.yaml").read_text(encoding="utf-8"))
    for key in [key for key in ("name", "period", "reference_product", "priced_product") if key in settings]:
        settings[key] = act(str(settings[key]), printable=True)
    for key in [key for key in ("component_costs", "component_prices") if key in settings]:
        settings[key] = {act(component, printable=True): amount for component, amount in settings[key].items()}
    settings["audience"] = "shared"
    settings["brand"] = {"footer": act("Footer of the line", printable=True)}
    written = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    (folder / "product_line.yaml").write_text(written, encoding="utf-8")
    return Planted(folder=folder, persons=frozenset(map(name_person, kept)), texts=frozenset(act.known.values()))


class Acting:
    """Puts something that acts before each text, the same before the same text."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def __call__(self, text: str, *, printable: bool = False) -> str:
        """Return the text with something before it; settings take only what can be printed, and lead elsewhere."""
        if text and text not in self.known:
            ways = [f"{way} {ACTING[-2]}" for way in ACTING if way.isprintable()] if printable else ACTING
            self.known[text] = f"{ways[len(self.known) % len(ways)]} {text}"
        return self.known.get(text, text)


def name_person(name: str) -> str:
    """Return a name that nothing else in a report can be taken for; none for an empty one."""
    return f"Qx{''.join(name.split())}{PERSON}{sum(name.encode()) * 7919 % 99991:05d}Vw" if name else ""


def find_traits(customers: pd.DataFrame) -> list[str]:
    """Return the characteristics that are words."""
    free = [column for column in customers.columns if column not in DECLARED]
    return [column for column in free if customers[column].str.contains("[a-z]{2}").any()]


def plant_few(customers: pd.DataFrame, traits: list[str]) -> pd.DataFrame:
    """Give single customers, and groups of up to nine, traits that nobody else has."""
    place = 0
    for value, where, count in FEW:
        column = traits[where] if isinstance(where, int) else where
        if column not in customers:
            continue
        rows = customers.index[customers["end_date"] != ""] if column == "end_reason" else customers.index[place:]
        customers.loc[rows[:count], column] = value
        place += count
    return customers
