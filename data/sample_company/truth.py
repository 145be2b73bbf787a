"""What was planted and what came of it: counted while the sample is generated."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from data.sample_company.contacts import count_contacts, count_events, turned_accounts
from data.sample_company.follow_up import count_follow_up
from data.sample_company.journeys import Touches, count_touches
from data.sample_company.planted_truth import planted
from data.sample_company.world.amounts import CURRENCIES, count_put_off
from data.sample_company.world.campaigns import Programme
from data.sample_company.world.channels import (
    CHANNELS,
)
from data.sample_company.world.chunk import INVALID_EMAIL, PLACEHOLDER, Chunk
from data.sample_company.world.customers.base import CustomerBase
from data.sample_company.world.experiments import Experiment, count_arms, experiments
from data.sample_company.world.planted import (
    NEVER,
    STAGES,
)
from data.sample_company.world.selling.work import SalesWork


class Truth:
    """Counts the facts of a sample, chunk by chunk."""

    def __init__(self, programme: Programme, leads: int) -> None:
        self._programme = programme
        self._leads = leads
        shape = (len(CHANNELS), programme.calendar.months, len(STAGES))
        self._reached = np.zeros(shape, dtype=np.int64)
        self._second = np.zeros(len(STAGES), dtype=np.int64)
        self._counts: Counter[str] = Counter()
        self._money: dict[str, Counter[str]] = {}
        self._touches: dict[str, Counter[str]] = {}
        self._arms: dict[str, Counter[str]] = {}
        self._events: dict[str, Counter[str]] = {}
        self._turned: dict[str, list[str]] = {"surging": [], "gone_quiet": []}
        self._spend = pl.DataFrame()

    def count_spend(self, spend: pl.DataFrame) -> None:
        """Note what the campaigns cost: frame of `spend_by_day`."""
        self._spend = spend

    def count_chunk(
        self, chunk: Chunk, touches: Touches, base: CustomerBase, work: SalesWork
    ) -> None:
        """Add the facts of a chunk, its interactions, its customer base and the work of sales."""
        leads = chunk.leads
        channel = leads["channel"].to_numpy()
        month = self._programme.calendar.month_number(leads["created_at"].to_numpy())
        again = leads["requalified_at"].to_numpy() < NEVER
        times = ("created_at", "mql_at", "sql_at", "opportunity_at", "won_at")
        for stage, column in enumerate(times):
            happened = leads[column].to_numpy() < NEVER
            np.add.at(self._reached[:, :, stage], (channel[happened], month[happened]), 1)
            self._second[stage] += int((happened & again).sum())
        buyers_aside = chunk.people.filter(~pl.col("buyer"))
        self._counts.update(
            {
                "accounts_with_leads": chunk.leads["account"].n_unique(),
                "people": leads["person"].n_unique(),
                "duplicate_pairs": int((leads["duplicate_of"] >= 0).sum()),
                "recycled": int((leads["recycled_at"] < int(NEVER)).sum()),
                "requalified": int(again.sum()),
                "disqualified": int((leads["disqualified_at"] < int(NEVER)).sum()),
                "lost": int((leads["lost_at"] < int(NEVER)).sum()),
                "regressed": int((leads["regressed_at"] < int(NEVER)).sum()),
                "skipped_mql": int(leads["skipped_mql"].sum()),
                "skipped_sql": int(leads["skipped_sql"].sum()),
                "skipped_leads": int((leads["skipped_mql"] | leads["skipped_sql"]).sum()),
                "withdrawn_leads": int((leads["withdrawn_at"] < int(NEVER)).sum()),
                "withdrawn_people": int((chunk.people["withdrawn_at"] < int(NEVER)).sum()),
                "do_not_call_people": int(buyers_aside["do_not_call"].sum()),
                "invalid_email_leads": int((leads["flaw"] == INVALID_EMAIL).sum()),
                "placeholder_leads": int((leads["flaw"] == PLACEHOLDER).sum()),
            }
        )
        self._count_deals(leads, chunk.existing_deals)
        for name, counts in count_arms(chunk.programme.calendar, chunk.people, leads).items():
            self._arms.setdefault(name, Counter()).update(counts)
        for name, counts in count_events(chunk, touches).items():
            self._events.setdefault(name, Counter()).update(counts)
        for name, accounts in turned_accounts(chunk, touches).items():
            self._turned[name] += accounts
        facts = count_touches(chunk, touches) | count_contacts(chunk, touches) | base.facts(chunk)
        facts["deals_put_off"] = count_put_off(chunk.programme.calendar, chunk.existing_deals)
        facts |= work.facts(chunk) | count_follow_up(chunk, touches, work)
        for name, counts in facts.items():
            self._touches.setdefault(name, Counter()).update(counts)

    def test_members(self) -> dict[Experiment, int]:
        """People in the test arm of each experiment."""
        calendar = self._programme.calendar
        return {
            each: self._arms[each.experiment_id]["test_members"] for each in experiments(calendar)
        }

    def _count_deals(self, leads: pl.DataFrame, deals: pl.DataFrame) -> None:
        members = leads.filter(pl.col("deal") >= 0)["deal"].value_counts()
        self._counts["shared_deals"] += int((members["count"] > 1).sum())
        with_lead = deals["primary"] >= 0
        closed = deals["closed_at"] < int(NEVER)
        kinds = {"won": closed & deals["won"], "lost": closed & ~deals["won"], "open": ~closed}
        for kind, mask in kinds.items():
            for name, chosen in ((kind, mask), (f"{kind}_without_lead", mask & ~with_lead)):
                rows = deals.filter(chosen)
                money = self._money.setdefault(name, Counter())
                money["deals"] += rows.height
                money["usd_cents"] += int(rows["usd_cents"].sum())
                money["usd_cents_at_creation_rate"] += int(rows["usd_cents_at_creation"].sum())
                for number, currency in enumerate(CURRENCIES):
                    original = rows.filter(pl.col("currency") == number)["amount"].sum()
                    money[currency] += int(original)

    def as_dict(self, rows: dict[str, int]) -> dict[str, object]:
        """The truth as it is written to `truth.json`.

        - `size`: leads, seed, start, until (last day, inclusive), months.
        - `planted`: `rates` overall and `rates_by_channel` by step (share of lead records that
          reach the next stage, ever), `mix` (share of leads by channel), `lag_days` (median and
          sigma of the log-normal days by step, within one episode), `exit_days`, `seasonality`
          (January first), `growth_per_month`, `shares` (of everything else), `slowness` (by channel
          that is not as quick as `lag_days`: by how much each step takes longer),
          `won_at_known_accounts` (share of the won amount of accounts
          that marketing knows), `sales_channels`, and `incremental`: the
          share of its leads that would not have come without the channel, where it is planted;
          `experiments` (by id: by which part more often people became MQLs while they ran of whom
          the channel was not kept); `content`: ids of the `adding` asset, after which people more
          often become MQLs, and of the `praised` one, which adds nothing, and the persona that
          meets no content at a stage (`gap_persona`, `gap_stage`); and what `planted_work` tells of
          levels and sellers.
        - `realised`: what had happened by `until`, and could be seen in the exports:
          `reached` counts lead records that reached each stage or a later one,
          `reached_by_channel` and `reached_by_month` (of creation) the same by part, and
          `second_episodes` those that qualified again, by the stage they reached in all.
          Lead records: `recycled`, `requalified`, `disqualified`, `lost`, `regressed`,
          `skipped_mql` and `skipped_sql` (reached a later stage, the skipped one never recorded),
          `skipped_leads` (either), `withdrawn_leads`, `invalid_email_leads`,
          `placeholder_leads`, `duplicate_pairs` (records that repeat another record's person).
          People: `people` behind all records, `withdrawn_people`, `do_not_call_people`; and
          `accounts_with_leads`, `shared_deals` (deals of several lead records).
          `deals` by outcome (`won`, `lost`, `open`), all and `_without_lead`: number, `usd` (by
          the latest rate on or before the day it was closed, or `until` while open; each deal
          rounded half up to the cent), `usd_at_creation_rate` and `original` amounts.
          `won_by_*`: of the won deals those of accounts whose leads and deals come by marketing,
          by sales and by partners; `won_touched_before`: those whose account a person touched
          through a channel that is not of sales before the deal was opened, and
          `marketing_sourced`, their share of the won amount; `won_untouched`: those of whose
          account nobody is known to have done anything by the day of closing. `refunded`: won deals
          of which part was paid back, and what. `accounts_won_twice`, or more often.
          `own_staff` and `machines`: who they are and how many touches they made.
          `returning_visitors` came before the session in which they said who they are.
          `experiments`: people and MQLs of each arm while it ran, and `incremental`: the MQLs that
          the planted lift is expected to have added in the test arm.
          The customer base: `groups`, `target_accounts` by list and tier, `orders` (`lapsed`:
          not maintained any more, `due` within 180 days; amounts by currency), `tags`,
          `consent_changes` by channel, purpose and state, `do_not_contact`; and `accounts`: the
          ids of those `surging` and `gone_quiet`. Contacts, as `count_contacts` says, and `events`
          by name, as `count_events` does. `engaged_on_website`: events with a time in view.
          What sales does: leads by `levels` now, `levels_of_sqls`, `level_moves` that exports show;
          `assignments` by route and answer, `unrouted` open leads, `next_actions`, `handed_over`
          MQLs, `fakes` by who has them, `customers_without_their_owner`, and `deals_put_off`.
          `spend`: `usd` (each campaign and day rounded half up), by channel, by channel in its
          currency, and by the file that has it.
        - `rows`: data rows per file, without headers, preambles and totals.
        """
        calendar = self._programme.calendar
        labels = [channel.label for channel in CHANNELS]

        def by_stage(counts: np.ndarray) -> dict[str, int]:
            return {stage: int(count) for stage, count in zip(STAGES, counts, strict=True)}

        return {
            "size": {
                "leads": self._leads,
                "seed": self._programme.seed,
                "start": str(calendar.start),
                "until": str(calendar.until),
                "months": calendar.months,
            },
            "planted": planted(self._programme),
            "realised": {
                "reached": by_stage(self._reached.sum(axis=(0, 1))),
                "reached_by_channel": {
                    label: by_stage(self._reached[number].sum(axis=0))
                    for number, label in enumerate(labels)
                },
                "reached_by_month": {
                    f"{first:%Y-%m}": by_stage(self._reached[:, month].sum(axis=0))
                    for month, first in enumerate(calendar.month_starts)
                },
                "second_episodes": by_stage(self._second),
                **dict(self._counts),
                **{name: _facts(counts) for name, counts in self._touches.items()},
                "marketing_sourced": self._sourced(),
                "experiments": {name: _facts(counts) for name, counts in self._arms.items()},
                "events": {name: _facts(counts) for name, counts in self._events.items()},
                "accounts": self._turned,
                "deals": {name: _money(counts) for name, counts in self._money.items()},
                "spend": self._spend_facts(),
            },
            "rows": dict(sorted(rows.items())),
        }

    def _sourced(self) -> float | None:
        """Share of the won amount whose account marketing touched before the deal; None of 0."""
        won = self._money["won"]["usd_cents"]
        touched = self._touches["won_touched_before"]["usd_cents"]
        return round(touched / won, 6) if won else None

    def _spend_facts(self) -> dict[str, object]:
        totals = (
            self._spend.group_by("channel", "currency", maintain_order=True)
            .agg(pl.col("cents").sum(), pl.col("usd_cents").sum())
            .filter(pl.col("cents") > 0)
        )
        by_file: Counter[str] = Counter()
        files = {channel.name: channel.spend_file for channel in CHANNELS}
        for name, _, _, cents in totals.iter_rows():
            by_file[files[name] or ""] += cents
        return {
            "usd": int(totals["usd_cents"].sum()) / 100,
            "usd_by_channel": {name: cents / 100 for name, _, _, cents in totals.iter_rows()},
            "original_by_channel": {
                name: {"currency": currency, "amount": cents / 100}
                for name, currency, cents, _ in totals.iter_rows()
            },
            "usd_by_file": {name: cents / 100 for name, cents in by_file.items()},
        }


def _facts(counts: Counter[str]) -> dict[str, float]:
    parts = ("_cents", "_hundredths")
    return {
        name.removesuffix("_cents").removesuffix("_hundredths"): count / 100
        if name.endswith(parts)
        else count
        for name, count in counts.items()
    }


def _money(counts: Counter[str]) -> dict[str, object]:
    return {
        "deals": counts["deals"],
        "usd": counts["usd_cents"] / 100,
        "usd_at_creation_rate": counts["usd_cents_at_creation_rate"] / 100,
        "original": {currency: counts[currency] for currency in CURRENCIES},
    }
