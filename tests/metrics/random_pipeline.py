"""Random deals with their changes: told from the beginning, told in part, or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from tests.metrics.facts import Facts, Row, deal_change, opportunity, rate

FIRST = datetime(2024, 1, 3, 9)
DAYS = 700
STAGES = ("Qualification", "Proposal", "报价", "Negotiation")


def random_pipeline(seed: int, deals: int = 60, *, is_whole: bool = False) -> Facts:
    """Deals in two currencies over about two years, some still open at the end.

    With `is_whole` every change of every deal is told, and all are in the base currency.
    """
    random = Random(seed)
    found: list[Row] = []
    changes: list[Row] = []
    for number in range(deals):
        deal, moves = _deal(random, f"P{number}", is_whole=is_whole)
        found.append(deal)
        changes += moves
    days = (FIRST.date() + timedelta(days=day) for day in range(0, DAYS + 200, 20))
    rates = tuple(rate("EUR", day, f"{random.uniform(1.0, 1.2):.6f}") for day in days)
    return Facts(
        opportunity=tuple(found),
        opportunity_change=tuple(changes),
        exchange_rate=rates,
        as_of=FIRST + timedelta(days=DAYS),
    )


def _deal(random: Random, name: str, *, is_whole: bool) -> tuple[Row, list[Row]]:
    opened = FIRST + timedelta(days=random.randrange(DAYS - 30), hours=random.randrange(24))
    days = random.choice((5, 30, 90, 200))
    closed = opened + timedelta(days=days)
    is_closed = closed < FIRST + timedelta(days=DAYS) and random.random() < 0.8
    values = {
        "stage": list(STAGES[: random.randint(1, 4)]),
        "probability": [f"{random.uniform(0, 1):.2f}" for _ in range(random.randint(1, 3))],
        "amount": [f"{random.randrange(1, 900)}.50" for _ in range(random.randint(1, 2))],
        "expected_close_on": [
            str((opened + timedelta(days=random.randrange(1, 300))).date())
            for _ in range(random.randint(1, 3))
        ],
    }
    if is_closed:
        outcome = random.choice(("won", "lost"))
        values["stage"].append(f"Closed {outcome}")
        values["probability"].append("1.0" if outcome == "won" else "0.0")
        if random.random() < 0.7:
            values["expected_close_on"].append(str(closed.date()))
    moves: list[Row] = []
    for field, steps in values.items():
        way = "whole" if is_whole else random.choice(("whole", "whole", "later", "none"))
        if way != "none":
            moves += _moves(random, name, field, steps, opened, days, is_whole=way == "whole")
    has_amount = is_whole or random.random() < 0.9
    deal = opportunity(
        name,
        opened,
        original_amount=Decimal(values["amount"][-1]) if has_amount else None,
        currency="USD" if is_whole else random.choice(("USD", "EUR")),
        stage=values["stage"][-1],
        probability=float(values["probability"][-1]) if random.random() < 0.9 else None,
        expected_close_on=datetime.fromisoformat(values["expected_close_on"][-1]).date(),
        outcome=outcome if is_closed else "open",
        closed_at=closed if is_closed else None,
    )
    return deal, moves


def _moves(
    random: Random,
    name: str,
    field: str,
    steps: list[str],
    opened: datetime,
    days: int,
    *,
    is_whole: bool,
) -> list[Row]:
    """From each value to the next, the first from nothing where the whole life is told."""
    hours = sorted(random.sample(range(1, 24 * days), len(steps)))
    moments = [opened, *(opened + timedelta(hours=each) for each in hours[1:])]
    if field == "stage" and random.random() < 0.3:
        # Sometimes the stage is entered long after the deal was closed.
        moments[-1] += timedelta(days=90)
    pairs = list(zip([None, *steps], steps, moments, strict=False))
    return [
        deal_change(name, moment, field, old=old, new=new)
        for old, new, moment in pairs[0 if is_whole else 1 :]
    ]
