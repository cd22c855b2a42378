"""What columns of exports are usually called, in English and German, and which of them survey tools add themselves.

folded name   small letters without accents, words parted by blanks: ResponseId -> response id
known name    a folded name that means one column of one table
technical     columns about the filling in, not about the person; some of them would tell who somebody is
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from cvlab.tables.schema import TABLES

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNIT = re.compile(r"\b(?:in )?(?:eur|usd|gbp|chf|euro|euros|dollar|dollars)\b")
_LETTERS = str.maketrans({"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})

# (table, column) -> folded names. The column's own name is known as well, and need not be here.
SYNONYMS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("respondents", "respondent_id"): (
        "response id", "respondent", "participant id", "participant", "responder id", "person id", "case id", "case",
        "id", "record id", "teilnehmer", "teilnehmer id", "befragter", "befragten id", "fragebogen nr", "lfdn",
        "customer id", "customer no", "customer number", "kundennummer", "kunden id", "kunden nr",
    ),
    ("respondents", "seconds"): (
        "duration in seconds", "duration", "duration seconds", "time spent seconds", "time spent in seconds",
        "total time", "interview time",
        "dauer", "dauer in sekunden", "bearbeitungszeit", "bearbeitungsdauer in sekunden", "interview length",
    ),
    ("respondents", "started_on"): (
        "start date", "started", "started at", "start time", "date started", "startdatum", "beginn", "begonnen am",
    ),
    ("respondents", "finished_on"): (
        "end date", "finished", "finished at", "end time", "date submitted", "date completed", "completed at",
        "enddatum", "ende", "beendet am", "abgeschlossen am",
    ),
    ("respondents", "weight"): ("weighting", "survey weight", "gewicht", "gewichtung"),
    ("respondents", "attention_passed"): ("attention check", "attention", "aufmerksamkeitstest", "kontrollfrage"),
    ("price_sensitivity", "too_cheap"): ("vw too cheap", "psm too cheap", "zu billig", "zu guenstig"),
    ("price_sensitivity", "cheap"): ("bargain", "inexpensive", "vw cheap", "psm cheap", "good value", "guenstig",
                                     "billig"),
    ("price_sensitivity", "expensive"): ("vw expensive", "psm expensive", "getting expensive", "teuer"),
    ("price_sensitivity", "too_expensive"): ("vw too expensive", "psm too expensive", "zu teuer"),
    ("price_sensitivity", "buy_cheap"): ("intent cheap", "buy at cheap", "intent at cheap"),
    ("price_sensitivity", "buy_expensive"): ("intent expensive", "buy at expensive", "intent at expensive"),
    ("contingent_valuation", "bid"): ("first bid", "bid 1", "bid1", "gebot", "startgebot"),
    ("contingent_valuation", "answer"): ("first answer", "bid answer", "answer 1", "would pay bid", "would pay"),
    ("contingent_valuation", "bid_up"): ("upper bid", "higher bid", "bid high", "bid higher"),
    ("contingent_valuation", "bid_down"): ("lower bid", "bid low", "bid lower"),
    ("contingent_valuation", "second_answer"): ("answer 2", "bid answer 2", "second bid answer"),
    ("customers", "customer_id"): ("customer", "customer number", "customer no", "client", "client id", "cust id",
                                   "kundennummer", "kunden nr", "kunden id", "kundennr", "kunde"),
    ("customers", "start_date"): ("customer since", "since", "start", "joined", "joined on", "sign up date",
                                  "signup date", "created", "kunde seit", "startdatum", "beginn"),
    ("customers", "end_date"): ("end", "left", "left on", "churn date", "cancelled on", "cancellation date",
                                "enddatum", "ende", "gekuendigt am", "kuendigung"),
    ("customers", "end_reason"): ("churn reason", "reason", "reason for leaving", "why they left", "kuendigungsgrund",
                                  "grund"),
    ("customers", "acquisition_channel"): ("channel", "source", "acquired through", "sold by", "kanal", "vertriebsweg"),
    ("customers", "account_id"): ("account", "firm", "company", "firma", "konto"),
    ("transactions", "date"): ("order date", "purchase date", "invoice date", "datum", "bestelldatum",
                               "rechnungsdatum", "kaufdatum"),
    ("transactions", "sku"): ("article", "product", "item", "article number", "artikel", "artikelnummer", "produkt"),
    ("transactions", "quantity"): ("qty", "units", "amount ordered", "menge", "anzahl", "stueck"),
    ("transactions", "price_paid"): ("price", "unit price", "price per unit", "net price", "preis", "stueckpreis",
                                     "einzelpreis", "bezahlter preis"),
    ("transactions", "list_price"): ("catalogue price", "gross price", "listenpreis"),
    ("transactions", "unit_cost"): ("cost", "cost per unit", "cogs", "kosten", "stueckkosten", "einstandspreis"),
    ("contracts", "rung"): ("plan", "contract", "tier", "package", "tarif", "paket", "stufe", "contract type"),
    ("contracts", "start"): ("start date", "contract start", "from", "vertragsbeginn", "beginn", "von"),
    ("contracts", "end"): ("end date", "contract end", "until", "to", "vertragsende", "ende", "bis"),
    ("contracts", "renewed"): ("renewal", "verlaengert", "at the end"),
    ("contracts", "price_per_month"): ("monthly price", "price month", "per month", "monthly fee", "fee per month",
                                       "monatspreis", "preis pro monat", "monatlicher preis"),
    ("contracts", "cost_to_serve_per_month"): ("cost to serve", "monthly cost", "cost per month", "service cost",
                                               "kosten pro monat", "betreuungskosten"),
    ("rungs", "rung"): ("plan", "contract", "tier", "package", "offer", "tarif", "paket", "stufe"),
    ("rungs", "price"): ("list price", "price per month", "preis", "monatspreis"),
    ("rungs", "unit_cost"): ("cost", "our cost", "cost per unit", "cost per month", "kosten", "stueckkosten"),
    ("rung_features", "rung"): ("plan", "contract", "tier", "package", "offer", "tarif", "paket", "stufe"),
    ("rung_features", "feature"): ("service", "part", "merkmal", "leistung"),
    ("rung_features", "level"): ("how much", "extent", "auspraegung", "umfang"),
    ("rung_features", "cost"): ("our cost", "cost per month", "kosten"),
    ("choice_tasks", "task"): ("choice task", "choice set", "question", "aufgabe", "screen"),
    ("choice_tasks", "alternative"): ("option", "concept", "alt", "profile", "karte"),
    ("choice_tasks", "chosen"): ("choice", "selected", "gewaehlt", "auswahl"),
    ("price_ladder", "would_buy"): ("buys", "would purchase", "purchase", "kauft", "wuerde kaufen"),
    ("reservation_prices", "component"): ("product", "part", "komponente"),
    ("reservation_prices", "amount"): ("willingness to pay", "wtp", "maximum price", "zahlungsbereitschaft"),
    ("value_survey", "item"): ("statement", "aussage"),
    ("value_survey", "score"): ("answer", "rating", "agreement", "bewertung", "zustimmung"),
    ("value_survey", "reversed"): ("reverse", "reverse coded", "umgepolt"),
}  # fmt: skip

# Patterns over a folded question; the first that is found decides.
ASKED: tuple[tuple[str, str, str], ...] = (
    ("price_sensitivity", "buy_cheap", r"would you buy.*(?:bargain|cheap)|likely.*(?:bargain|cheap)"),
    ("price_sensitivity", "buy_expensive", r"would you buy.*expensive|likely.*expensive"),
    ("price_sensitivity", "too_expensive", r"too expensive|so expensive|never consider|zu teuer"),
    ("price_sensitivity", "too_cheap",
     r"too cheap|so (?:low|cheap|inexpensive)|doubt\w* (?:the|its|about)|quality (?:would|could|can)|"
     r"zu (?:billig|guenstig)"),
    ("price_sensitivity", "cheap", r"bargain|good value|great buy|good deal|inexpensive|guenstig|schnaeppchen"),
    ("price_sensitivity", "expensive", r"expensive|high (?:side|but)|teuer"),
)  # fmt: skip

_VERSION = "it says which version of the survey the person got; no table takes it"
_PRIVATE = "it could tell who somebody is, and no table takes it"
_TOOL = "the survey tool writes it; it says nothing about the person's answers"
TECHNICAL: Mapping[str, str] = {
    **dict.fromkeys(
        ("ip address", "recipient email", "recipient first name", "recipient last name", "location latitude",
         "location longitude", "email address", "email", "e mail", "first name", "last name", "full name", "name",
         "vorname", "nachname", "phone number", "telephone", "telefon", "address", "adresse", "street", "strasse",
         "ip adresse", "date of birth", "geburtsdatum"),
        _PRIVATE,
    ),
    **dict.fromkeys(
        ("status", "progress", "recorded date", "distribution channel", "user language", "response set",
         "collector id", "custom data 1", "response type", "q recaptcha score", "q relevant id duplicate",
         "q relevant id duplicate score", "q relevant id fraud score", "q duplicate respondent",
         "q ballot box stuffing", "user agent", "browser", "operating system", "resolution", "device identifier",
         "q language", "q total duration"),
        _TOOL,
    ),
    **dict.fromkeys(("version", "survey version", "block", "quota", "fragebogenversion"), _VERSION),
}  # fmt: skip
# What people are asked about themselves: pattern over the folded question -> name of the characteristic.
CHARACTERISTICS: Mapping[str, str] = {
    r"how old|\bage\b|wie alt|\balter\b": "age",
    r"\bincome\b|\bearn\b|einkommen": "income",
    r"\bregion\b|where do you live|part of the country|wo wohnen|bundesland": "region",
    r"\bgender\b|\bsex\b|geschlecht": "gender",
    r"education|degree|bildung|schulabschluss": "education",
    r"household|haushalt": "household_size",
    r"how many (?:people work|employees)|mitarbeiter": "employees",
}
EXTERNAL_IDS = ("external reference", "external data reference", "custom data 1")


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """Return a text in small letters without accents and marks, its words parted by blanks.

    Examples
    --------
    >>> fold("ResponseId"), fold("Duration (in seconds)"), fold("IPAddress"), fold("Zu günstig?")
    ('response id', 'duration in seconds', 'ip address', 'zu guenstig')
    """
    spread = _HUMP.sub(" ", text.translate(_LETTERS))
    plain = unicodedata.normalize("NFKD", spread).casefold()
    letters = "".join(letter if letter.isalnum() else "" if unicodedata.combining(letter) else " " for letter in plain)
    return " ".join(letters.split())


@lru_cache(maxsize=1 << 10)
def known_names(table: str, column: str) -> tuple[str, ...]:
    """Return the folded names by which a column of a table is known, its own first.

    Examples
    --------
    >>> known_names("contracts", "rung")[:3]
    ('rung', 'plan', 'contract')
    """
    shared = SYNONYMS.get(("customers", column), ()) if column == "customer_id" else ()
    shared += SYNONYMS.get(("respondents", column), ()) if column in ("respondent_id", "weight") else ()
    return tuple(dict.fromkeys((fold(column), *SYNONYMS.get((table, column), ()), *shared)))


def find_known(name: str, table: str) -> str | None:
    """Return the column of a table that goes by this name, if there is one.

    Examples
    --------
    >>> find_known("Kunde seit", "customers"), find_known("colour", "customers")
    ('start_date', None)
    """
    folded = fold(name)
    return _names_of(table).get(_without_unit(folded) or folded)


@lru_cache
def _names_of(table: str) -> dict[str, str]:
    """Return every name that a column of a table goes by; its own name counts more than the usual ones of others."""
    declared = TABLES[table].column_names
    names = {fold(column): column for column in reversed(declared)}
    for column in declared:
        for known in known_names(table, column):
            names.setdefault(known, column)
    return names


@lru_cache(maxsize=1 << 14)
def _without_unit(folded: str) -> str:
    return _UNIT.sub("", folded).strip()


def find_asked(question: str) -> tuple[str, str] | None:
    """Return the table and column that a question is about, where its wording says so.

    Examples
    --------
    >>> find_asked("At which price would it be too expensive to consider?")
    ('price_sensitivity', 'too_expensive')
    """
    folded = fold(question)
    return next(((table, column) for table, column, pattern in ASKED if re.search(pattern, folded)), None)
