"""What there is to know of a load beside the others, once tables are derived."""

from __future__ import annotations

from collections.abc import Iterator

from data.engine.draft import Draft
from data.schema.bookkeeping import RemarkKind
from loaders.outcome import Remark


def remarks_beside_others(draft: Draft) -> dict[str, tuple[Remark, ...]]:
    """Remarks by the id of the load that they are about; of most loads there is none."""
    remarks: dict[str, tuple[Remark, ...]] = {}
    for load_id, remark in (*_ties(draft), *_superseded(draft), *_of_two_accounts(draft)):
        remarks[load_id] = (*remarks.get(load_id, ()), remark)
    return remarks


def _ties(draft: Draft) -> Iterator[tuple[str, Remark]]:
    """Loads that contradict another one of the same time: each load of a pair is told so."""
    found = draft.query(
        """
        SELECT newer.load_id AS newer_id, newer.file_name AS newer_name, older.load_id AS older_id,
            older.file_name AS older_name, newer.as_of, load_tie.table_name, load_tie.records
        FROM load_tie
        JOIN load AS newer ON newer.load_id = load_tie.newer_load_id
        JOIN load AS older ON older.load_id = load_tie.older_load_id
        ORDER BY load_tie.records DESC, load_tie.table_name, newer_id, older_id
        """
    )
    for row in found.iter_rows(named=True):
        records = f"{row['records']:,} {'record' if row['records'] == 1 else 'records'}"
        for own, other in (("newer", "older"), ("older", "newer")):
            sentence = (
                f"it and {row[f'{other}_name']} say different things of {records} of "
                f"{row['table_name']}, and both were true at {row['as_of']:%Y-%m-%d %H:%M}. "
                f"{row['newer_name']} is taken for the newer. If it is not, load the file that is "
                "again and say when it was true: --as-of, or Exported on."
            )
            remark = Remark(kind=RemarkKind.SAME_TIME, sentence=sentence, rows=row["records"])
            yield row[f"{own}_id"], remark


def _superseded(draft: Draft) -> Iterator[tuple[str, Remark]]:
    """Ad reports that took the place of older ones, or whose place a newer one has."""
    found = draft.query(
        """
        SELECT newer.load_id AS newer_id, newer.file_name AS newer_name, older.load_id AS older_id,
            older.file_name AS older_name, superseded.*
        FROM superseded_spend AS superseded
        JOIN load AS newer ON newer.load_id = superseded.newer_load_id
        JOIN load AS older ON older.load_id = superseded.older_load_id
        ORDER BY superseded.older_cost_amount DESC, newer_id, older_id
        """
    )
    for row in found.iter_rows(named=True):
        days = f"{row['first_on']} to {row['last_on']}"
        older, newer = (
            f"{row[f'{name}_cost_amount']:,} {row[f'{name}_currency']}" for name in _TWO
        )
        is_named = row["ad_account"] not in (row["older_currency"], row["newer_currency"])
        of = f" of the account {row['ad_account']}" if is_named else ""
        less = row["newer_cost_amount"] < row["older_cost_amount"]
        hint = f". {_OF_SOME_CAMPAIGNS}" if less else "."
        for own, sentence in (
            ("newer", f"its {newer} for {days}{of} replace {older} told by {row['older_name']}"),
            ("older", f"its {older} for {days}{of} do not count: {row['newer_name']} is newer and "
                      f"tells {newer}"),
        ):  # fmt: skip
            yield (
                row[f"{own}_id"],
                Remark(kind=RemarkKind.REPLACED_SPEND, sentence=f"{sentence}{hint}"),
            )


_OF_SOME_CAMPAIGNS = (
    "If one is a report of some campaigns alone, give it an ad_account of its own in its mapping."
)

_TWO = ("older", "newer")


def _of_two_accounts(draft: Draft) -> Iterator[tuple[str, Remark]]:
    """Reports most of whose rows another report tells alike of another account: renamed, likely."""
    (several,) = draft.one(
        """
        SELECT EXISTS (
            SELECT 1 FROM spend_report AS one
            JOIN spend_report AS other ON other.source_system = one.source_system
                AND other.load_id <> one.load_id AND other.ad_account <> one.ad_account
                AND other.covers_from <= one.covers_to AND other.covers_to >= one.covers_from
        )
        """
    )
    if not several:
        return
    found = draft.query(
        """
        WITH told AS (
            SELECT load_id, source_system, replace(ad_account, '-', '') AS account, campaign_id,
                spend_on, spend_until, currency, original_cost_amount, impressions, clicks
            FROM campaign_spend WHERE ad_account IS NOT NULL AND original_cost_amount > 0
            UNION ALL
            SELECT load_id, source_system, replace(ad_account, '-', ''), campaign_id,
                spend_on, spend_until, currency, original_cost_amount, impressions, clicks
            FROM campaign_spend_version
            WHERE ad_account IS NOT NULL AND original_cost_amount > 0
        ), paired AS (
            SELECT DISTINCT one.load_id, other.load_id AS other_id, one.account,
                other.account AS other_account, one.campaign_id, one.spend_on, one.currency,
                one.original_cost_amount, other.original_cost_amount = one.original_cost_amount
                    AND other.currency = one.currency
                    AND other.spend_until IS NOT DISTINCT FROM one.spend_until
                    AND other.impressions IS NOT DISTINCT FROM one.impressions
                    AND other.clicks IS NOT DISTINCT FROM one.clicks AS is_alike
            FROM told AS one
            JOIN told AS other ON other.source_system = one.source_system
                AND other.campaign_id = one.campaign_id AND other.spend_on = one.spend_on
                AND other.load_id <> one.load_id AND other.account <> one.account
        )
        SELECT paired.load_id, paired.account, paired.other_account, load.file_name AS other_name,
            paired.currency, min(spend_on) AS first_on, max(spend_on) AS last_on,
            sum(original_cost_amount) FILTER (is_alike) AS cost_amount
        FROM paired
        JOIN load ON load.load_id = paired.other_id
        GROUP BY paired.load_id, paired.other_id, paired.account, paired.other_account,
            load.file_name, paired.currency
        HAVING 2 * count(*) FILTER (is_alike) > count(*)
        ORDER BY cost_amount DESC, paired.load_id, other_name
        """
    )
    for row in found.iter_rows(named=True):
        sentence = (
            f"{row['cost_amount']:,} {row['currency']} of {row['first_on']} to {row['last_on']} "
            f"count twice: its account {row['account']} spent as much on the same campaigns and "
            f"days as {row['other_name']} tells of {row['other_account']}. If the account was "
            "renamed, undo the load of the older file, or give both one ad_account in a mapping."
        )
        yield row["load_id"], Remark(kind=RemarkKind.SPEND_TWICE, sentence=sentence)
