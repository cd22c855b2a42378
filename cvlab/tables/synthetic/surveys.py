"""What each sample line's survey asks, and in which prices and sets of items.

Price questions, price ladder and bids are all about one product, the reference of the survey, so that every way of
asking can be held against the same worth. Items of best and worst are benefits of the whole product. Money in EUR: per
piece (fitness-trackers), per month (lab-analysers), per pack of messages (salon-software).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cvlab.tables.synthetic.best_worst import BestWorstDesign
from cvlab.tables.synthetic.bids import BidQuestion
from cvlab.tables.synthetic.survey_answers import ChoiceDesign, PriceQuestions


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What is asked.

    Attributes
    ----------
    design : of the choice tasks.
    reference : the product that the price questions are about: weights of its tastes beside `base`.
    ladder_prices : prices of the price ladder.
    questions : how the four price questions are answered.
    bids : which bids are put.
    best_worst : items of which people name the best and the worst.
    """

    design: ChoiceDesign
    reference: Mapping[str, float]
    ladder_prices: tuple[float, ...]
    questions: PriceQuestions
    bids: BidQuestion
    best_worst: BestWorstDesign


FITNESS_TRACKERS = Survey(
    design=ChoiceDesign(
        attributes={
            "gps": (0, 1),
            "heart_alerts": (0, 1),
            "battery_days": (5, 7, 10),
            "strap": ("silicone", "textile", "metal"),
        },
        prices=(79.0, 109.0, 139.0, 169.0, 199.0),
        n_tasks=12,
        price_scale=0.08,
    ),
    reference={"gps": 1.0, "battery_days": 7.0},
    ladder_prices=(79.0, 99.0, 119.0, 139.0, 159.0, 189.0, 219.0),
    questions=PriceQuestions(step=1.0),
    bids=BidQuestion(
        bids=(99.0, 129.0, 159.0, 189.0), downs=(79.0, 99.0, 129.0, 159.0), ups=(129.0, 159.0, 189.0, 219.0)
    ),
    best_worst=BestWorstDesign(
        items={
            "GPS": {"taste gps": 1.0},
            "heart alerts": {"taste heart_alerts": 1.0},
            "longer battery": {"taste battery_days": 5.0},
            "textile strap": {"taste strap=textile": 1.0},
            "metal strap": {"taste strap=metal": 1.0},
            "water resistance": {"need water resistance": 1.0},
            "sleep report": {"need sleep report": 1.0},
            "slim case": {"need slim case": 1.0},
        },
        scale=0.03,
    ),
)

LAB_ANALYSERS = Survey(
    design=ChoiceDesign(
        attributes={
            "response_hours": (4, 8, 24, 48),
            "remote_monitoring": (0, 1),
            "uptime_guarantee": (0, 1),
            "spare_parts": ("no parts", "wear parts", "all parts"),
        },
        prices=(400.0, 650.0, 900.0, 1150.0, 1400.0),
        n_tasks=10,
        price_scale=0.006,
    ),
    reference={"response_hours": 24.0, "remote_monitoring": 1.0, "spare_parts=wear parts": 1.0},
    ladder_prices=(400.0, 550.0, 700.0, 850.0, 1000.0, 1200.0, 1400.0),
    questions=PriceQuestions(
        step=10.0, noise=0.15, cheap=(0.65, 0.92), too_cheap=(0.60, 0.95), too_expensive=(1.06, 1.35)
    ),
    bids=BidQuestion(
        bids=(550.0, 750.0, 950.0, 1200.0), downs=(400.0, 550.0, 750.0, 950.0), ups=(750.0, 950.0, 1200.0, 1500.0)
    ),
    best_worst=BestWorstDesign(
        items={
            "answer within 24 hours": {"taste response_hours": -24.0},  # instead of 48
            "remote monitoring": {"taste remote_monitoring": 1.0},
            "uptime guarantee": {"taste uptime_guarantee": 1.0},
            "wear parts included": {"taste spare_parts=wear parts": 1.0},
            "all parts included": {"taste spare_parts=all parts": 1.0},
            "operator training": {"need operator training": 1.0},
            "reagents stored on site": {"need reagents stored on site": 1.0},
            "loan analyser": {"need loan analyser": 1.0},
        },
        scale=0.008,
    ),
)

SALON_SOFTWARE = Survey(
    design=ChoiceDesign(
        attributes={"messages": (100, 200, 400), "two_way_replies": (0, 1), "channel": ("e-mail", "sms", "whatsapp")},
        prices=(18.0, 27.0, 40.0, 56.0, 72.0),
        n_tasks=10,
        price_scale=0.12,
    ),
    reference={"messages": 200.0, "channel=sms": 1.0},
    ladder_prices=(15.0, 20.0, 27.0, 36.0, 48.0, 64.0, 80.0),
    questions=PriceQuestions(step=1.0, noise=0.05),
    bids=BidQuestion(bids=(12.0, 16.0, 22.0, 30.0, 45.0, 70.0)),
    best_worst=BestWorstDesign(
        items={
            # Extras of one pack a month, then what the software does, per month.
            "200 more messages": {"taste messages": 200.0},
            "two-way replies": {"taste two_way_replies": 1.0},
            "text messages": {"taste channel=sms": 1.0},
            "WhatsApp": {"taste channel=whatsapp": 1.0},
            "online booking": {"booking": 1.0},
            "staff calendars": {"staff calendars": 1.0},
            "stock and payroll": {"stock and payroll": 1.0},
            "card terminal": {"terminal": 1.0},
        },
        scale=0.05,
    ),
)
