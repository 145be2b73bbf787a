"""Random canonical rows of many shapes, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from tests.metrics import facts, known_of_them
from tests.metrics.facts import Facts, Row

FIRST = datetime(2023, 11, 1)
DAYS = 850
CHANNELS = ("Webinar", "Email", "Paid Search", "Outbound Sales", "展会", None)
REGIONS = ("华东", "EMEA", "North America", None)
STAGES = ("lead", "mql", "sql", "opportunity", "won")


def random_facts(seed: int, leads: int = 300, *, all_rates: bool = True) -> Facts:
    """Leads that skip, fall back, are recycled, tie, share deals, and lack this or that."""
    random = Random(seed)
    accounts = _accounts(random, max(3, leads // 4))
    people, aliases = _people(random, max(3, leads // 2), accounts)
    _state_consent(Random(f"consent {seed}"), people)
    known_of_them.give_parents(Random(f"parents {seed}"), accounts)
    campaigns = _campaigns(random)
    lead_rows = [_lead(random, index, people, accounts, campaigns) for index in range(leads)]
    known_of_them.qualify(Random(f"quality {seed}"), lead_rows)
    changes = [each for row in lead_rows for each in _path(random, row)]
    deals, parts, deal_changes = _deals(random, lead_rows, accounts, max(2, leads // 5))
    return Facts(
        account=tuple(accounts),
        person=tuple(people),
        person_alias=tuple(aliases),
        campaign=tuple(campaigns),
        campaign_spend=tuple(_spend(random, campaigns)),
        content=(
            {"content_id": "T1", "title": "白皮书", "topic": "Chain", "persona": "Buyer"},
            {"content_id": "T2", "kind": "Video", "topic": "Chain"},
        ),
        interaction=tuple(
            _with_content(Random(f"content {seed}"), _touches(random, people, aliases, leads))
        ),
        lead=tuple(lead_rows),
        stage_change=tuple(_unique(changes + deal_changes)),
        opportunity=tuple(deals),
        opportunity_lead=tuple(parts),
        exchange_rate=tuple(_rates(random, all_rates=all_rates)),
        assignment=tuple(_assignments(Random(f"assignment {seed}"), lead_rows)),
        action=tuple(_actions(Random(f"action {seed}"), lead_rows, accounts)),
        **known_of_them.rows(seed, FIRST, accounts, people, aliases, lead_rows),
        as_of=FIRST + timedelta(days=DAYS),
    )


def _moment(random: Random, since: datetime = FIRST, days: int = DAYS) -> datetime:
    """Often the same moment as another one, often close to midnight."""
    day = since + timedelta(days=random.randint(0, max(0, days)))
    hour = random.choice((0, 0, 9, 15, 16, 22, 23))
    return day.replace(hour=hour, minute=random.choice((0, 30, 59)), second=0)


def _accounts(random: Random, count: int) -> list[Row]:
    rows = []
    for index in range(count):
        name = f"公司 {index // 2}" if index % 5 == 0 else f"Company {index}"
        by_name = index % 4 == 1
        rows.append(
            facts.account(
                f"name:{name.casefold()}" if by_name else f"A{index:03}",
                name if index % 7 else None,
                **_company(random),
            )
        )
    # Records of one company that say different things: one known by its name only.
    same = (("name:twice", "Twice"), ("A900", "TWICE"), ("A901", "twice"), ("A902", "Twice"))
    rows += [facts.account(name, title, **_company(random)) for name, title in same]
    return rows


def _company(random: Random) -> Row:
    return {
        "country": random.choice(("CN", "DE", None)),
        "region": random.choice(REGIONS),
        "city": random.choice(("广州", "Berlin", None)),
        "industry": random.choice(("Software", "制造", None)),
        "size_band": random.choice(("1-50", "51-200", None)),
        "relationship": random.choice(("customer", "prospect", None)),
    }


def _people(random: Random, count: int, accounts: list[Row]) -> tuple[list[Row], list[Row]]:
    people: list[Row] = []
    aliases: list[Row] = []
    for index in range(count):
        person_id = f"p_{index:04}"
        people.append(
            {
                "person_id": person_id,
                "account_id": random.choice(accounts)["account_id"] if index % 6 else None,
                "seniority": random.choice(("Director", "经理", None)),
                "department": random.choice(("IT", None)),
                "persona": random.choice(("Buyer", "User", None)),
            }
        )
        for number in range(random.choice((0, 1, 1, 3))):
            aliases.append(
                {
                    "source_system": random.choice(("crm", "web")),
                    "source_record_id": f"{index}-{number}",
                    "person_id": person_id,
                    "matched_by": "email",
                    "confidence": 1.0,
                }
            )
    return people, aliases


def _state_consent(random: Random, people: list[Row]) -> None:
    """What each person said about being contacted, early enough for contacts after it."""
    for person in people:
        person["consent"] = random.choice(("granted", "withdrawn", "withdrawn", "unknown", None))
        person["consent_at"] = random.choice((None, _moment(random, days=DAYS // 2)))
        for mark in ("do_not_contact", "reachable_by_email", "reachable_by_phone"):
            person[mark] = random.choice((True, False, None))


def _campaigns(random: Random) -> list[Row]:
    return [
        {
            "campaign_id": f"C{index}",
            "name": f"Campaign {index}" if index % 3 else None,
            "channel": random.choice(CHANNELS),
            "product": random.choice(("Cloud", None)),
            "region": REGIONS[index % len(REGIONS)],
            "tool": ("Mailer", "直播平台", None)[index % 3],
        }
        for index in range(6)
    ]


def _reference(random: Random, people: list[Row], aliases: list[Row]) -> str:
    """A person by its own name or by a source record's."""
    if aliases and random.random() < 0.4:
        alias = random.choice(aliases)
        return f"{alias['source_system']}:{alias['source_record_id']}"
    return str(random.choice(people)["person_id"])


def _lead(
    random: Random, index: int, people: list[Row], accounts: list[Row], campaigns: list[Row]
) -> Row:
    person = random.choice(people)
    return facts.lead(
        f"L{index:04}",
        _moment(random, days=DAYS - 60) if index % 23 else None,
        person_id=random.choice((person["person_id"], person["person_id"], None, "crm:unknown")),
        account_id=random.choice(
            (person["account_id"], random.choice(accounts)["account_id"], None)
        ),
        channel=random.choice(CHANNELS),
        campaign_id=random.choice((random.choice(campaigns)["campaign_id"], None, "C-gone")),
        content_id=random.choice(("T1", "T2", "T-gone", None)),
        owner=random.choice(("Ana", "李雷", None)),
        region=random.choice(REGIONS),
        product=random.choice(("Cloud", "On premises", None)),
        tier=random.choice(("high value", None)),
        grade=random.choice(("A", "B", "C", None)),
        stage={2: "lead", 3: "sql", 5: "disqualified", 7: "won", 9: "mql", 11: "opportunity"}.get(
            index % 13
        ),
    )


def _assignments(random: Random, leads: list[Row]) -> list[Row]:
    """Leads given to somebody: some on to others, some before they came in, some in vain."""
    rows = {}
    for row in leads:
        for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
            assigned = (row["created_at"] or FIRST) + timedelta(hours=random.randint(-5, 900))
            answers = {
                name: assigned + timedelta(minutes=random.randint(-30, 90_000))
                for name in ("accepted_at", "rejected_at")
                if random.random() < 0.4
            }
            route = random.choice(("Inside sales", "合作伙伴", "Self-service"))
            rows[row["lead_id"], assigned] = facts.given(row["lead_id"], assigned, route, **answers)
    return list(rows.values())


def _actions(random: Random, leads: list[Row], accounts: list[Row]) -> list[Row]:
    """Next actions on leads and companies: some due at no time, some done before they were due."""
    rows = []
    for number in range(len(leads)):
        kind = random.choice(("lead", "lead", "account"))
        subject = random.choice(leads if kind == "lead" else accounts)[f"{kind}_id"]
        due = random.choice((None, _moment(random).date()))
        done = random.choice((None, _moment(random)))
        rows.append(
            facts.next_action(
                f"T{number:03}",
                subject,
                random.choice(("Call again", "拜访")),
                due,
                subject_kind=kind,
                done_at=done,
                result=random.choice((None, "Meeting agreed")),
                owner=random.choice(("Ana", "李雷", None)),
                reason=random.choice((None, "Budget ", "预算", "not now")),
            )
        )
    return rows


def _path(random: Random, row: Row) -> list[Row]:
    """The stage changes of one lead, in one of many shapes."""
    at = row["created_at"] or _moment(random)
    shape = random.choice(("direct", "direct", "skip", "back", "recycled", "tie", "early", "none"))
    stages = list(STAGES[: random.choice((1, 2, 2, 3, 3, 4, 5))])
    if shape == "none":
        return []
    if shape == "skip":
        stages = stages[:1] + stages[2:]
    if shape == "back" and len(stages) > 2:
        stages = [*stages, stages[1], stages[-1]]
    if shape == "recycled":
        stages = [*stages, "recycled", *random.choice(([], ["lead"], ["mql"], ["mql", "sql"]))]
        if random.random() < 0.2:
            stages += ["recycled", "mql", "sql", "opportunity", "won"]
    if shape == "early":
        at -= timedelta(days=random.randint(1, 40))
    if random.random() < 0.2 and "won" not in stages:
        stages.append(random.choice(("disqualified", "lost")))
    rows = []
    for stage in stages:
        rows.append(
            facts.change("lead", row["lead_id"], stage, at, reason=random.choice(("预算", None)))
        )
        if shape != "tie" or random.random() < 0.5:
            at += timedelta(
                days=random.choice((0, 1, 7, 30, 60, 61, 90, 200)), hours=random.randint(0, 23)
            )
    return rows


def _deals(
    random: Random, leads: list[Row], accounts: list[Row], count: int
) -> tuple[list[Row], list[Row], list[Row]]:
    deals: list[Row] = []
    parts: list[Row] = []
    changes: list[Row] = []
    for index in range(count):
        name = f"O{index:03}"
        opened = _moment(random) if index % 11 else None
        outcome = random.choice(("won", "won", "lost", "open", None))
        closed = None
        if outcome in ("won", "lost"):
            closed = (opened or _moment(random)) + timedelta(
                days=random.choice((0, 0, 20, 45, 120))
            )
        taking_part = random.sample(leads, min(len(leads), random.choice((0, 1, 1, 2, 3))))
        primary = random.choice(taking_part)["lead_id"] if taking_part else None
        recorded = [each for each in taking_part if each["lead_id"] != primary or index % 2]
        amount = Decimal(random.randint(0, 5_000_000)) / 100 if index % 6 else None
        deals.append(
            facts.opportunity(
                name,
                opened,
                account_id=random.choice((random.choice(accounts)["account_id"], None)),
                primary_lead_id="L-gone" if index % 13 == 5 and primary is None else primary,
                original_amount=amount,
                currency=random.choice(("USD", "EUR", "CNY")) if amount is not None else None,
                closed_at=closed,
                outcome=outcome,
                owner=random.choice(("Ana", None)),
                product=random.choice(("Cloud", None)),
            )
        )
        parts += [facts.takes_part(name, each["lead_id"]) for each in recorded]
        if opened is not None and random.random() < 0.5:
            for stage in random.sample(("sql", "opportunity", "won", "lost"), 2):
                moment = opened + timedelta(days=random.randint(0, 30))
                changes.append(facts.change("opportunity", name, stage, moment))
    return deals, parts, changes


def _unique(rows: list[Row]) -> list[Row]:
    keys = ("subject_kind", "subject_id", "stage", "entered_at", "inferred_from")
    return list({tuple(row[key] for key in keys): row for row in rows}.values())


def _spend(random: Random, campaigns: list[Row]) -> list[Row]:
    named = [*(each["campaign_id"] for each in campaigns), "C-unknown"]
    rows = []
    for campaign_id in named:
        days = random.sample(range(DAYS), 20)
        for day in days:
            amount = str(Decimal(random.randint(0, 100_000)) / 100)
            currency = random.choice(("USD", "USD", "EUR"))
            rows.append(
                facts.spend(campaign_id, (FIRST + timedelta(days=day)).date(), amount, currency)
            )
    return rows


def _touches(random: Random, people: list[Row], aliases: list[Row], count: int) -> list[Row]:
    rows = []
    engaged = Random(f"engaged {count}")
    for index in range(count):
        rows.append(
            facts.touch(
                f"I{index:05}",
                _moment(random),
                _reference(random, people, aliases),
                action=random.choice(("form_submit", "email_sent", "ad_click", "call_connected")),
                channel=random.choice(CHANNELS),
                campaign_id=random.choice(("C1", "C2", "C-gone", None)),
                utm_source=random.choice(("Google", "baidu", None)),
                utm_medium=random.choice(("CPC", "email", None)),
                engaged_seconds=engaged.choice((None, 0.0, 12.5, 1800.0)),
            )
        )
    return rows


def _with_content(random: Random, touches: list[Row]) -> list[Row]:
    """Most of them with an asset, by its id or its name."""
    for row in touches:
        row["content_id"] = random.choice(("T1", "name:白皮书", "T2", "T-gone", None))
    return touches


def _rates(random: Random, *, all_rates: bool) -> list[Row]:
    """A rate every few days, near enough to hold; without EUR in its second year on demand."""
    rows = []
    for currency, around in (("EUR", 1.1), ("CNY", 0.14)):
        day = FIRST.date() - timedelta(days=90)
        last = date(2026, 12, 31) if all_rates or currency == "CNY" else date(2024, 6, 30)
        while day <= last:
            value = f"{around * random.uniform(0.9, 1.1):.8f}"
            rows.append(facts.rate(currency, day, value))
            day += timedelta(days=random.choice((1, 1, 2, 28)))
    return rows


def few_states(facts: Facts) -> Facts:
    """The same with a state of every twelfth lead alone, so that few stages are without a day."""
    leads = [
        row if place % 12 == 0 else {**row, "stage": None} for place, row in enumerate(facts.lead)
    ]
    return replace(facts, lead=tuple(leads))
