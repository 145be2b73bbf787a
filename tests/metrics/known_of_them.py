"""Random rows of what is known of people and accounts: consent, tags, lists, orders, parents."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.metrics import facts
from tests.metrics.facts import Row


def rows(
    seed: int,
    first: datetime,
    accounts: list[Row],
    people: list[Row],
    aliases: list[Row],
    leads: list[Row],
) -> dict[str, Any]:
    """Rows by table, the same for the same seed, from `first` on."""
    references = [row["person_id"] for row in people]
    references += [f"{row['source_system']}:{row['source_record_id']}" for row in aliases]
    return {
        "consent_event": tuple(_consent(Random(f"events {seed}"), first, references)),
        "tag": tuple(_tags(Random(f"tags {seed}"), first, people, accounts, leads)),
        "target_account": tuple(_targets(Random(f"targets {seed}"), accounts)),
        "account_order": tuple(_orders(Random(f"orders {seed}"), first, accounts)),
    }


def give_parents(random: Random, accounts: list[Row]) -> None:
    """Chains, circles, companies that are their own parent, and parents nobody knows."""
    known = [row["account_id"] for row in accounts]
    for row in accounts:
        row["parent_id"] = random.choice(
            (None, None, random.choice(known), row["account_id"], "name:nobody")
        )
    for row, parent in zip(accounts[2:5], known[3:5] + known[2:3], strict=True):
        row["parent_id"] = parent  # three in a circle


def qualify(random: Random, leads: list[Row]) -> None:
    """A score, what was learned, and tiers of which one is no word of the definitions."""
    for row in leads:
        row["tier"] = row["tier"] or random.choice((None, "Nurture", "verify ", "lukewarm"))
        row["score"] = random.choice((None, float(random.randint(0, 40)), 12.5))
        row["budget"] = random.choice((None, "20,000", "tbd", " "))
        row["authority"] = random.choice((None, "Yes"))
        row["need"] = random.choice((None, "Concrete project", "要哪家", "unclear"))
        row["timeline"] = random.choice((None, "0-3 months"))
        row["competitor"] = random.choice((None, None, "Acme"))


def _consent(random: Random, first: datetime, references: list[str]) -> list[Row]:
    """Given and withdrawn again, at one moment too, for one channel or purpose or all of them."""
    found = {}
    for _ in range(len(references)):
        row = facts.consent(
            random.choice(references),
            first + timedelta(days=random.randint(0, 850), hours=random.choice((0, 9, 23))),
            random.choice(("granted", "withdrawn")),
            random.choice(("Email", "WeChat", "all")),
            random.choice(("events", "新品", "all")),
        )
        key = ("person_id", "channel", "purpose", "changed_at")
        found[tuple(row[name] for name in key)] = row
    return list(found.values())


def _tags(
    random: Random,
    first: datetime,
    people: list[Row],
    accounts: list[Row],
    leads: list[Row],
) -> list[Row]:
    """Tags with and without an end or a beginning, some over before they began."""
    found = {}
    for kind, subjects in (("person", people), ("account", accounts), ("lead", leads)):
        for row in random.sample(subjects, len(subjects) // 2):
            since, until = (
                random.choice((None, first.date() + timedelta(days=random.randint(0, 850))))
                for _ in range(2)
            )
            subject, tag = row[f"{kind}_id"], random.choice(("VIP", "展会"))
            found[kind, subject, tag] = facts.tagged(
                kind, subject, tag, starts_on=since, ends_on=until
            )
    return list(found.values())


def _targets(random: Random, accounts: list[Row]) -> list[Row]:
    return [
        facts.target(name, row["account_id"], random.choice(("1", "2", None)))
        for name in ("Pumps", "华东")
        for row in random.sample(accounts, len(accounts) // 3)
    ]


def _orders(random: Random, first: datetime, accounts: list[Row]) -> list[Row]:
    """Orders in several currencies, some without an amount, some long maintained."""
    found = []
    for number in range(len(accounts)):
        day = first.date() + timedelta(days=random.randint(-400, 850))
        amount = random.choice((None, Decimal(random.randint(0, 900_000)) / 100))
        until = random.choice((None, day + timedelta(days=random.randint(0, 800))))
        found.append(
            facts.order(
                f"B{number:03}",
                random.choice(accounts)["account_id"],
                day,
                product=random.choice(("Cloud", "维保", None)),
                original_amount=amount,
                currency=random.choice(("USD", "EUR", "CNY")) if amount is not None else None,
                quantity=random.choice((None, 1.0, 2.5)),
                maintained_until=until,
            )
        )
    return found
