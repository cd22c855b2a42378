"""A small product line that keeps every rule, for tests to break one thing at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = {
    "product_line.yaml": "name: Demo\ncurrency: EUR\n",
    "customers.csv": (
        "customer_id,start_date,end_date,age,region\n"
        "007,2025-01-01,,34,north\n"
        "8,2025-02-01,2025-09-30,51,south\n"
        "9,2025-03-01T08:30:00,,28,north\n"
    ),
    "transactions.csv": (
        "customer_id,date,sku,quantity,price_paid\n007,2025-01-05,=cmd(),2,9.50\n8,2025-02-03,b,1,12\n007,2025-04-01,b,1,12\n"
    ),
    "contracts.csv": (
        "customer_id,rung,start,end,renewed,price_per_month,cost_to_serve_per_month\n"
        "007,basic,2025-01-01,2025-06-30,yes,10,4\n"
        "8,plus,2025-02-01,,,20,6\n"
    ),
    "respondents.csv": (
        "respondent_id,seconds,started_on,finished_on,attention_passed,age\n"
        "007,310,2025-11-03,2025-11-03,yes,34\n8,95,2025-11-04,2025-11-06,no,51\n"
    ),
    "value_survey.csv": (
        "respondent_id,item,dimension,score,reversed\n"
        "007,saves time,functional,6,no\n007,too dear,financial,2,yes\n8,saves time,functional,,no\n"
    ),
    "price_sensitivity.csv": (
        "respondent_id,too_cheap,cheap,expensive,too_expensive,weight\n007,5,8,12,16,1\n8,6,9,14,18,1.5\n"
    ),
    "price_ladder.csv": "respondent_id,price,would_buy\n007,10,YES\n007,12,0\n8,10,True\n",
    "contingent_valuation.csv": (
        "respondent_id,bid,answer,bid_up,bid_down,second_answer\n007,100,yes,130,80,no\n8,130,no,160,100,\n"
    ),
    "choice_tasks.csv": (
        "respondent_id,task,alternative,battery,strap,price,chosen\n"
        "007,1,a,5,steel,100,1\n007,1,b,10,rubber,120,0\n007,1,none,,,,0\n"
        "007,2,a,10,steel,110,0\n007,2,b,5,rubber,90,0\n007,2,none,,,,1\n"
    ),
    "best_worst.csv": (
        "respondent_id,set,item,choice\n"
        "007,1,gps,best\n007,1,strap,worst\n007,1,battery,none\n"
        "007,2,gps,none\n007,2,strap,worst\n007,2,display,best\n"
    ),
    "rungs.csv": "rung,price,unit_cost\nbasic,10,4\nplus,20,6\n",
    "rung_features.csv": "rung,feature,level,cost\nbasic,support,mail,1\nplus,support,phone,2\n",
    "rung_values.csv": "respondent_id,draw,basic,plus\n007,0,9,25\n007,1,11,18\n",
    "reservation_prices.csv": "respondent_id,component,amount\n007,device,100\n007,service,8\n",
    "value_drivers.csv": (
        "driver,ours,reference,volume,unit_value,low,high,evidence,kind,group,account\n"
        "speed,10,6,20,2,100,200,time study,rate,,\n"
        "waste,3,5,,10,,,,cost avoided,small,\n"
        "waste,2,5,,10,20,40,kits returned,cost avoided,small,007\n"
    ),
    "cost_benefit.csv": (
        "group,month,cost,benefit_low,benefit_mode,benefit_high\n"
        "small,0,100,0,0,0\nsmall,1,10,20,60,80\nsmall,2,10,20,60,80\n"
        "large,1,10,-5,0,15\nlarge,2,10,5,20,35\n"
    ),
    "propositions.csv": (
        "proposition,group,ours,cost,revenue,price,low,high\n"
        "quick start,small,8,3,5,10,7,9\nquick start,large,6,4,,20,,\nquiet,large,4,2,1,20,3,5\n"
    ),
    "rivals.csv": (
        "proposition,rival,score,price,group\nquick start,Ax,5,12,\nquick start,Bo,6,,\nquiet,Ax,7,22,large\n"
    ),
}


@pytest.fixture
def write_line(tmp_path: Path) -> Callable[..., Path]:
    """Write the small line with some files changed (text or bytes) or left out (None); give its folder."""

    def write(files: dict[str, str | bytes | None] | None = None, *, folder: str = "line") -> Path:
        target = tmp_path / folder
        target.mkdir()
        for name, content in {**GOOD, **(files or {})}.items():
            if content is not None:
                (target / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    return write


@pytest.fixture
def good() -> dict[str, str]:
    """The files of the small line, by name."""
    return dict(GOOD)
