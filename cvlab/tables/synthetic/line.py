"""What a sample line consists of: its planted truth as a population, and one function per table that draws from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvlab.tables.synthetic.answering import add_answering, draw_respondents
from cvlab.tables.synthetic.best_worst import simulate_best_worst, tabulate_best_worst
from cvlab.tables.synthetic.bids import answer_bids
from cvlab.tables.synthetic.questionnaires import Questionnaire
from cvlab.tables.synthetic.statements import draw_value_survey
from cvlab.tables.synthetic.streams import open_stream
from cvlab.tables.synthetic.survey_answers import (
    answer_price_ladder,
    answer_price_questions,
    simulate_choices,
    tabulate_choices,
)
from cvlab.tables.synthetic.surveys import Survey

Drawer = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]
TASTE = "taste "


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One step of a ladder: name, price and unit cost per month, and what it has (feature -> level, cost)."""

    name: str
    price: float
    unit_cost: float
    features: Mapping[str, tuple[str, float]]


@dataclass(frozen=True, kw_only=True)
class SampleLine:
    """One sample line: how to draw its population, and how to draw each table from that.

    Attributes
    ----------
    slug : name of its folder.
    n_customers, n_surveyed : size of the sample.
    settings : contents of product_line.yaml.
    rungs : the ladder, from lowest to highest.
    survey : what is asked about prices and choices, of `n_surveyed` customers.
    questionnaire : what is asked of everybody, and who answers.
    draw_population : (random, n, n_surveyed) -> one row per customer: `customer_id`, `surveyed` and every latent
        trait, among them `taste base`, `taste <column of the design>` on the scale of the survey, and the columns
        that the items of best and worst are made of.
    rung_values : (population, random or None) -> people × rungs, real money; with a random stream a calibrated
        posterior draw, without one the truth.
    own_tables : table -> function for those tables that are particular to the line.
    components : component -> latent column of its reservation price, for the table reservation_prices.
    bundle_costs, bundle_prices : component -> unit cost and today's price.
    n_draws : posterior draws per person in rung_values.
    about : what the line is and on which scale its money is, for the data dictionary.
    stated_per_real : how far survey answers run above real worth; None where that is no constant.
    clusters : names of the planted clusters, by the number that the latent column `cluster` has; none by default.
    """

    slug: str
    n_customers: int
    n_surveyed: int
    settings: Mapping[str, Any]
    rungs: tuple[Rung, ...]
    survey: Survey
    questionnaire: Questionnaire
    draw_population: Callable[[np.random.Generator, int, int], pd.DataFrame]
    rung_values: Callable[[pd.DataFrame, np.random.Generator | None], np.ndarray]
    own_tables: Mapping[str, Drawer]
    components: Mapping[str, str]
    bundle_costs: Mapping[str, float]
    bundle_prices: Mapping[str, float]
    n_draws: int
    about: str
    stated_per_real: float | None = None
    clusters: tuple[str, ...] = ()

    @property
    def drawers(self) -> Mapping[str, Drawer]:
        """Every table of the line with the function that draws it."""
        return {
            **self.own_tables,
            "respondents": self._draw_respondents,
            "value_survey": self._draw_value_survey,
            "price_sensitivity": self._draw_price_sensitivity,
            "price_ladder": self._draw_price_ladder,
            "contingent_valuation": self._draw_contingent_valuation,
            "choice_tasks": self._draw_choice_tasks,
            "best_worst": self._draw_best_worst,
            "rungs": self._draw_rungs,
            "rung_features": self._draw_rung_features,
            "rung_values": self._draw_rung_values,
            "reservation_prices": self._draw_reservation_prices,
        }

    @property
    def rung_prices(self) -> np.ndarray:
        """Today's prices per month."""
        return np.array([rung.price for rung in self.rungs])

    @property
    def rung_costs(self) -> np.ndarray:
        """Unit costs per month."""
        return np.array([rung.unit_cost for rung in self.rungs])

    def draw_sample(self, seed: int) -> pd.DataFrame:
        """Draw the customers of the sample with their latent traits and who of them answers the survey."""
        people = self.draw_population(open_stream(seed, self.slug, "population"), self.n_customers, self.n_surveyed)
        return add_answering(people, self.questionnaire.answering, open_stream(seed, self.slug, "answering"))

    def draw_large(self, seed: int, n: int) -> pd.DataFrame:
        """Draw a large population, all surveyed, to see what an analysis converges to."""
        return self.draw_population(open_stream(seed, self.slug, "large population"), n, n)

    def tastes(self, population: pd.DataFrame) -> pd.DataFrame:
        """Return the stated value of each column of the choice design, `base` first."""
        columns = ("base", *self.survey.design.columns)
        return pd.DataFrame({column: population[TASTE + column].to_numpy() for column in columns})

    def stated_value(self, population: pd.DataFrame) -> np.ndarray:
        """Return what each person says the product of the price questions is worth."""
        tastes = self.tastes(population)
        parts = [weight * tastes[column].to_numpy() for column, weight in self.survey.reference.items()]
        return np.maximum(tastes["base"].to_numpy() + np.sum(parts, axis=0), self.survey.questions.step)

    def reservation_amounts(self, population: pd.DataFrame) -> np.ndarray:
        """Return people × components: what each would pay, real money, never below 0."""
        amounts: np.ndarray = population[list(self.components.values())].to_numpy(dtype=float).clip(min=0)
        return amounts

    def _draw_respondents(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        return draw_respondents(population, self.questionnaire.answering, random)

    def _draw_value_survey(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        return draw_value_survey(population, self.questionnaire.battery, random)

    def _draw_price_sensitivity(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        asked = population[population["surveyed"]]
        answers = answer_price_questions(self.stated_value(asked), self.survey.questions, random)
        answers.insert(0, "respondent_id", asked["customer_id"].to_numpy())
        return answers

    def _draw_price_ladder(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        asked = population[population["surveyed"]]
        return answer_price_ladder(asked["customer_id"], self.stated_value(asked), self.survey.ladder_prices)

    def _draw_contingent_valuation(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        asked = population[population["surveyed"]]
        return answer_bids(asked["customer_id"], self.stated_value(asked), self.survey.bids, random)

    def _draw_choice_tasks(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        asked = population[population["surveyed"]]
        choices = simulate_choices(self.tastes(asked), self.survey.design, random)
        return tabulate_choices(asked["customer_id"], choices)

    def _draw_best_worst(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        asked, design = population[population["surveyed"]], self.survey.best_worst
        choices = simulate_best_worst(design.utilities(asked), design.n_rounds, random)
        return tabulate_best_worst(asked["customer_id"], choices)

    def _draw_rungs(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        return pd.DataFrame(
            [{"rung": rung.name, "price": rung.price, "unit_cost": rung.unit_cost} for rung in self.rungs]
        )

    def _draw_rung_features(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {"rung": rung.name, "feature": feature, "level": level, "cost": cost}
                for rung in self.rungs
                for feature, (level, cost) in rung.features.items()
            ]
        )

    def _draw_rung_values(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        asked = population[population["surveyed"]]
        names = [rung.name for rung in self.rungs]
        draws = [pd.DataFrame(self.rung_values(asked, random), columns=names) for _ in range(self.n_draws)]
        table = pd.concat(draws, keys=range(1, self.n_draws + 1), names=["draw", "person"]).reset_index()
        table.insert(0, "respondent_id", asked["customer_id"].to_numpy()[table.pop("person").to_numpy()])
        return table.sort_values(["respondent_id", "draw"], kind="stable", ignore_index=True).round(2)

    def _draw_reservation_prices(self, population: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        asked = population[population["surveyed"]]
        return pd.DataFrame(
            {
                "respondent_id": np.repeat(asked["customer_id"].to_numpy(), len(self.components)),
                "component": np.tile(list(self.components), len(asked)),
                "amount": self.reservation_amounts(asked).reshape(-1).round(2),
            }
        )
