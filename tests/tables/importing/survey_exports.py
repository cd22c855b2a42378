"""Exports as survey tools write them, with answers whose meaning is known."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

PEOPLE = 120
AGREEMENT = ("strongly disagree", "disagree", "rather disagree", "neither", "rather agree", "agree", "strongly agree")
INTENTS = ("certainly not", "probably not", "perhaps", "probably", "certainly")
STATEMENTS = ("It saves me time.", "It is worth its price.", "I enjoy using it.")
PRICES = (9.5, 12.0, 15.0)
GRID = "How far do you agree with these statements?"
CHECK = "To show that you read this, please choose “rather agree” here."

Columns = Mapping[str, tuple[str, Sequence[object]]]


def answer(seed: int = 5) -> dict[str, Sequence[object]]:
    """Answers of `PEOPLE` persons by what they mean."""
    random = np.random.default_rng(seed)
    centre = random.uniform(20, 60, PEOPLE)
    worth = random.uniform(8, 17, PEOPLE)
    answers: dict[str, Sequence[object]] = {
        "id": [f"P{number:03d}" for number in range(PEOPLE)],
        "seconds": random.integers(200, 900, PEOPLE).tolist(),
        "region": random.choice(["North", "South"], PEOPLE).tolist(),
        "check": random.choice(["rather agree"] * 9 + ["agree", "neither"], PEOPLE).tolist(),
        "task 1": random.choice(["Option A", "Option B", "None of these"], PEOPLE).tolist(),
        "task 2": random.choice(["Option A", "Option B", "None of these"], PEOPLE).tolist(),
        "buy cheap": random.choice(INTENTS, PEOPLE).tolist(),
        "buy expensive": random.choice(INTENTS, PEOPLE).tolist(),
        "comment": [f"comment number {number}" for number in range(PEOPLE)],
    }
    for name, factor in (("too cheap", 0.4), ("cheap", 0.7), ("expensive", 1.2), ("too expensive", 1.7)):
        answers[name] = (centre * factor).round(2).tolist()
    for price in PRICES:
        answers[f"at {price}"] = np.where(worth >= price, "Yes", "No").tolist()
    for statement in STATEMENTS:
        answers[statement] = random.choice(AGREEMENT, PEOPLE).tolist()
    return answers


def qualtrics_columns(answers: Mapping[str, Sequence[object]]) -> Columns:
    """The columns of a Qualtrics export: name -> question and answers."""
    same = [""] * PEOPLE
    columns: dict[str, tuple[str, Sequence[object]]] = {
        "StartDate": ("Start Date", [f"2026-03-{1 + number % 28:02d} 10:00:00" for number in range(PEOPLE)]),
        "EndDate": ("End Date", [f"2026-03-{1 + number % 28:02d} 10:09:00" for number in range(PEOPLE)]),
        "Status": ("Response Type", ["IP Address"] * PEOPLE),
        "IPAddress": ("IP Address", ["192.0.2.1"] * PEOPLE),
        "Progress": ("Progress", ["100"] * PEOPLE),
        "Duration (in seconds)": ("Duration (in seconds)", answers["seconds"]),
        "Finished": ("Finished", ["True"] * PEOPLE),
        "ResponseId": ("Response ID", answers["id"]),
        "RecipientEmail": ("Recipient Email", same),
        "ExternalReference": ("External Data Reference", same),
    }
    columns |= {
        f"Q1_{number}": (f"{GRID} - {statement}", answers[statement])
        for number, statement in enumerate(STATEMENTS, start=1)
    }
    columns["Q2"] = (CHECK, answers["check"])
    columns["Q3_1"] = ("At which price would you doubt its quality?", answers["too cheap"])
    columns["Q3_2"] = ("At which price would it be a bargain?", answers["cheap"])
    columns["Q3_3"] = ("At which price would it get expensive, though you would consider it?", answers["expensive"])
    columns["Q3_4"] = ("At which price would it be too expensive to consider?", answers["too expensive"])
    columns["Q4"] = ("Would you buy at the price you called a bargain?", answers["buy cheap"])
    columns["Q5"] = ("Would you buy at the price you called expensive?", answers["buy expensive"])
    columns |= {f"Q6_{n}": (f"Would you buy it? - €{price}", answers[f"at {price}"]) for n, price in enumerate(PRICES)}
    for task in (1, 2):
        for place, letter in enumerate("AB"):
            columns[f"C{task}_{letter}_price"] = ("", [str(10 * task + place)] * PEOPLE)
            columns[f"C{task}_{letter}_colour"] = ("", [("red", "blue")[place]] * PEOPLE)
        columns[f"C{task}"] = ("Which of these would you buy?", answers[f"task {task}"])
    columns["Q20"] = ("Which region do you live in?", answers["region"])
    columns["Q21"] = ("Is there anything else?", answers["comment"])
    return columns


def write_qualtrics(path: Path, columns: Columns) -> Path:
    """Write the three header rows and the answers."""
    rows = zip(*(values for _, values in columns.values()), strict=True)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerow(question or name for name, (question, _) in columns.items())
        writer.writerow(f'{{"ImportId":"QID{number}"}}' for number in range(len(columns)))
        writer.writerows(rows)
    return path


def write_surveymonkey(path: Path, answers: Mapping[str, Sequence[object]], *, dates: Sequence[str]) -> Path:
    """Write the two header rows and the answers of a SurveyMonkey export with decimal commas."""
    columns: list[tuple[str, str, Sequence[object]]] = [
        ("Respondent ID", "", answers["id"]),
        ("Start Date", "", dates),
        ("Email Address", "", [""] * PEOPLE),
    ]
    which = "Which price in EUR is"
    named = (("so low that you doubt the quality", "too cheap"), ("a bargain", "cheap"),
             ("expensive", "expensive"), ("too expensive to consider", "too expensive"))  # fmt: skip
    for number, (option, name) in enumerate(named):
        written = [str(value).replace(".", ",") for value in answers[name]]
        columns.append((which if not number else "", option, written))
    for number, price in enumerate(PRICES):
        question = "Would you buy it for" if not number else ""
        columns.append((question, f"EUR {price}", answers[f"at {price}"]))
    columns.append(("In which region do you live?", "Response", answers["region"]))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(question for question, _, _ in columns)
        writer.writerow(option for _, option, _ in columns)
        writer.writerows(zip(*(values for _, _, values in columns), strict=True))
    return path
