"""What each sample line's survey says about value, who answers it, and how its questions are worded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cvlab.tables.synthetic.answering import Answering
from cvlab.tables.synthetic.statements import LABELS, QUESTION, Battery, Statement

Codebook = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """One survey: who answers, the statements, what the price questions are about, and per what prices are asked."""

    answering: Answering
    battery: Battery
    product: str
    per: str = ""

    @property
    def codebook(self) -> Codebook:
        """Table -> column -> question and labels, as product_line.yaml has them."""
        about, intents = self.product, dict(INTENTS)
        price = f"price {self.per}".rstrip()
        asked = {
            "price_sensitivity": {
                "too_cheap": f"At which {price} would you doubt the quality of {about}?",
                "cheap": f"At which {price} would {about} be a bargain?",
                "expensive": f"At which {price} would {about} get expensive, though you would consider it?",
                "too_expensive": f"At which {price} would {about} be too expensive to consider?",
                "buy_cheap": "Would you buy at the price you called a bargain?",
                "buy_expensive": "Would you buy at the price you called expensive?",
            },
            "price_ladder": {"would_buy": f"Would you buy {about} at this {price}?"},
            "contingent_valuation": {"answer": f"If {about} were offered at this {price}, would you buy it?"},
            "choice_tasks": {"chosen": "Which of these would you buy?"},
            "best_worst": {"choice": "Which of these matters most to you, and which least?"},
        }
        if self.answering.attention_check:
            asked = {"respondents": {"attention_passed": ATTENTION}, **asked}
        book: Codebook = {
            table: {column: {"question": question} for column, question in questions.items()}
            for table, questions in asked.items()
        }
        for column in ("buy_cheap", "buy_expensive"):
            book["price_sensitivity"][column]["labels"] = intents
        book["value_survey"] = {
            "item": {"labels": {name: item.wording for name, item in self.battery.items.items()}},
            "score": {
                "question": QUESTION,
                "labels": {str(code): label for code, label in enumerate(LABELS, start=1)},
            },
        }
        return book


ATTENTION = "To show that you read this, please choose “rather agree” here."
INTENTS: Mapping[str, str] = {
    "1": "certainly not",
    "2": "probably not",
    "3": "perhaps",
    "4": "probably",
    "5": "certainly",
}

FITNESS_TRACKERS = Questionnaire(
    answering=Answering(
        characteristics=("age", "income", "region", "phone"),
        response={
            "phone": {"android": (0.55, 0.10), "ios": (0.45, 0.90)},
            "region": {"North": (0.3, 1.05), "South": (0.3, 1.0), "East": (0.2, 0.9), "West": (0.2, 0.7)},
        },
        median_seconds=780.0,
        days=(date(2025, 9, 29), date(2025, 10, 15)),
    ),
    battery=Battery(
        items={
            "useful every day": Statement(dimension="functional", wording="I use it every day.", shift=0.3),
            "reliable": Statement(dimension="functional", wording="It works whenever I need it."),
            "looked up elsewhere": Statement(
                dimension="functional", wording="I have to look things up elsewhere.", shift=-0.2, reversed=True
            ),
            "worth its price": Statement(
                dimension="financial", wording="It is worth what it costs.", shift=0.2, skipped=0.05
            ),
            "saves money": Statement(dimension="financial", wording="It saves me money.", shift=-0.4, skipped=0.03),
            "pays for unused": Statement(
                dimension="financial", wording="I pay for things I do not use.", reversed=True
            ),
            "good mood": Statement(dimension="emotional", wording="I feel better on days when I wear it."),
            "enjoyed": Statement(dimension="emotional", wording="I enjoy looking at it.", shift=0.3),
            "guilt": Statement(dimension="emotional", wording="It makes me feel guilty.", reversed=True),
            "talked about": Statement(dimension="social", wording="Friends ask me about it."),
            "connects": Statement(dimension="social", wording="It brings me together with people.", shift=-0.3),
            "hidden": Statement(
                dimension="social", wording="I would rather not be seen with it.", shift=0.4, reversed=True
            ),
        },
        centres={"functional": 5.2, "financial": 4.1, "emotional": 4.6, "social": 3.7},
        by="phone",
        effects={"android": {"emotional": -0.5, "social": -0.8}, "ios": {"emotional": 0.5, "social": 0.8}},
    ),
    product="a tracker with GPS and a battery for 7 days",
)

LAB_ANALYSERS = Questionnaire(
    answering=Answering(
        characteristics=("region", "site_type", "samples_per_day"),
        response={
            "site_type": {"hospital": (0.5, 0.20), "private laboratory": (0.35, 0.70), "university": (0.15, 0.60)},
        },
        median_seconds=1100.0,
        days=(date(2026, 3, 2), date(2026, 3, 16)),
        attention_check=False,
    ),
    battery=Battery(
        items={
            "runs as specified": Statement(dimension="functional", wording="The analyser runs as specified."),
            "samples on time": Statement(dimension="functional", wording="Results are ready when they are due."),
            "work around it": Statement(
                dimension="functional", wording="We have to work around the analyser.", reversed=True
            ),
            "pays for itself": Statement(dimension="financial", wording="The analyser pays for itself.", skipped=0.05),
            "cost known ahead": Statement(dimension="financial", wording="We know what it will cost us."),
            "surprise invoices": Statement(
                dimension="financial", wording="Invoices surprise us.", shift=-0.2, reversed=True
            ),
            "calm shifts": Statement(dimension="emotional", wording="Shifts with the analyser are calm."),
            "trusted results": Statement(dimension="emotional", wording="We trust its results.", shift=0.4),
            "worry about downtime": Statement(
                dimension="emotional", wording="We worry that it will stop.", shift=-0.3, reversed=True
            ),
            "respected by doctors": Statement(dimension="social", wording="Doctors respect our results."),
            "peers recommend": Statement(dimension="social", wording="Other laboratories recommend it."),
            "alone with problems": Statement(
                dimension="social", wording="We are alone with our problems.", reversed=True
            ),
        },
        centres={"functional": 4.8, "financial": 4.3, "emotional": 4.5, "social": 4.4},
        by="site_type",
        effects={
            "hospital": {"functional": -0.6, "emotional": -0.4},
            "private laboratory": {"functional": 0.6, "financial": 0.4},
        },
    ),
    product="a contract with an answer within 24 hours, remote monitoring and wear parts",
    per="per month",
)

SALON_SOFTWARE = Questionnaire(
    answering=Answering(
        characteristics=("chairs", "region", "salon_type"),
        response={
            "salon_type": {"hair": (0.5, 0.06), "beauty": (0.25, 0.30), "barber": (0.15, 0.12), "spa": (0.1, 0.70)},
            "region": {"North": (0.25, 1.3), "South": (0.3, 1.0), "East": (0.2, 0.7), "West": (0.25, 0.9)},
        },
        median_seconds=640.0,
        days=(date(2026, 4, 20), date(2026, 5, 11)),
    ),
    battery=Battery(
        items={
            "saves time": Statement(dimension="functional", wording="It saves us time.", shift=0.3),
            "fewer no-shows": Statement(dimension="functional", wording="Fewer clients miss their appointments."),
            "paper beside it": Statement(
                dimension="functional", wording="We still keep a paper calendar.", reversed=True
            ),
            "worth its fee": Statement(
                dimension="financial", wording="It is worth its monthly fee.", shift=0.2, skipped=0.04
            ),
            "brings revenue": Statement(dimension="financial", wording="It brings us revenue.", skipped=0.03),
            "hidden costs": Statement(
                dimension="financial", wording="It costs more than we thought.", shift=-0.2, reversed=True
            ),
            "peace of mind": Statement(dimension="emotional", wording="I sleep better since we have it."),
            "pleasant to use": Statement(dimension="emotional", wording="It is pleasant to use.", shift=0.3),
            "fear of outages": Statement(
                dimension="emotional", wording="I fear that it is down when we need it.", reversed=True
            ),
            "clients praise it": Statement(dimension="social", wording="Clients praise how they can book."),
            "modern salon": Statement(dimension="social", wording="It makes us look modern.", shift=0.4),
            "staff resist": Statement(dimension="social", wording="My staff would rather do without.", reversed=True),
        },
        centres={"functional": 5.0, "financial": 4.4, "emotional": 4.2, "social": 4.3},
        by="salon_type",
        effects={
            "hair": {"functional": -0.4, "social": -0.3},
            "beauty": {"functional": 0.3, "social": 0.3},
            "spa": {"functional": 0.9, "social": 0.9},
        },
    ),
    product="a pack of 200 reminder messages by SMS",
)
