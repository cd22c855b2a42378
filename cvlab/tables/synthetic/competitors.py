"""What salon-software and fitness-trackers promise, to whom, and against whom; scores are those that are planted.

salon-software     groups by chairs; money per salon and month. What we promise of bookings that never go down and
                   of payroll we keep worse than others: the two causes for which salons leave
fitness-trackers   groups by phone; money per tracker, revenue being what the benefit is worth to people in the
                   mean. Nothing differs between the groups: a phone says nothing about what people want
"""

from __future__ import annotations

from cvlab.tables.synthetic.rival_scores import Competition, Proposition
from cvlab.tables.synthetic.salon_worth import GROUPS

SALONS = Competition(
    groups=GROUPS,
    prices=(33.0, 57.0, 92.0),
    rival_prices={"Bookwise": 45.0, "Chairly": 52.0, "Salonday": 64.0, "Trimmo": 29.0},
    propositions=(
        Proposition(
            name="no empty chairs",
            ours=(7.6, 8.0, 8.2),
            cost=(4.0, 6.0, 9.0),
            revenue=(9.0, 15.0, 24.0),
            rivals={"Bookwise": 6.0, "Chairly": 5.4, "Salonday": 5.0, "Trimmo": 4.2},
        ),
        Proposition(
            name="an hour back at the desk",
            ours=(7.4, 7.4, 7.0),
            cost=(3.0, 5.0, 8.0),
            revenue=(7.0, 12.0, 17.0),
            rivals={"Bookwise": 6.4, "Chairly": 7.2, "Salonday": 5.6, "Trimmo": 5.0},
        ),
        Proposition(
            name="bookings never go down",
            ours=(5.4, 5.4, 5.0),
            cost=(2.0, 4.0, 7.0),
            revenue=(5.0, 10.0, 19.0),
            rivals={"Bookwise": 7.6, "Chairly": 6.6, "Salonday": 6.0, "Trimmo": 7.0},
        ),
        Proposition(
            name="payroll in one go",
            ours=(4.6, 4.2, 3.4),
            cost=(8.0, 9.0, 11.0),
            revenue=(2.0, 9.5, 25.0),
            rivals={"Bookwise": 6.4, "Chairly": 4.0, "Salonday": 7.2, "Trimmo": 3.0},
        ),
    ),
)

TRACKERS = Competition(
    groups=("android", "ios"),
    prices=(129.0, 129.0),
    rival_prices={"Corelife": 109.0, "Nuvo": 99.0, "Veltra": 149.0},
    propositions=(
        Proposition(
            name="run without a phone",
            ours=(8.2, 8.2),
            cost=(14.0, 14.0),
            revenue=(31.0, 31.0),
            rivals={"Corelife": 3.0, "Nuvo": 5.0, "Veltra": 6.4},
        ),
        Proposition(
            name="watches over your heart",
            ours=(4.4, 4.4),
            cost=(18.0, 18.0),
            revenue=(35.0, 35.0),
            rivals={"Corelife": 7.4, "Nuvo": 3.6, "Veltra": 6.2},
        ),
        Proposition(
            name="a week without the charger",
            ours=(7.0, 7.0),
            cost=(6.0, 6.0),
            revenue=(10.0, 10.0),
            rivals={"Corelife": 5.4, "Nuvo": 6.8, "Veltra": 6.2},
        ),
        Proposition(
            name="goes with what you wear",
            ours=(5.6, 5.6),
            cost=(26.0, 26.0),
            revenue=(21.5, 21.5),
            rivals={"Corelife": 5.0, "Nuvo": 7.6, "Veltra": 5.2},
        ),
    ),
)
