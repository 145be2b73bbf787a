"""What happened, in words fit to be shown: one expression over the rows of a timeline."""

from __future__ import annotations

import polars as pl

from metrics.journeys.happening import Happening

_STAGES = {
    "lead": "lead created",
    "mql": "became an MQL",
    "sql": "became an SQL",
    "opportunity": "became an opportunity",
    "won": "won",
    "lost": "lost",
    "disqualified": "disqualified",
    "recycled": "recycled",
}

_WAS = {
    "lead": "was a lead",
    "mql": "was an MQL",
    "sql": "was an SQL",
    "opportunity": "was an opportunity",
    **{stage: f"was {stage}" for stage in ("won", "lost", "disqualified", "recycled")},
}

_EVIDENCE = {
    "email": "the same e-mail",
    "phone": "the same phone",
    "id": "one record reported as both",
    "name_company": "the same name and company",
    "domain": "the same domain",
    "name_key": "the same name",
    "email_domain": "its people's e-mail domain",
    "linkage": "a close name",
}

_LEFT_OUT = {"own_staff": "own staff", "machine": "a machine's pace"}

_FIELDS = {"expected_close_on": "expected close date"}


def in_words(time_zone: str) -> pl.Expr:
    """The sentence of each row, by its `kind`, from the other columns of `happenings`.

    Amounts that change are in the deal's own currency, as the export wrote them. Days within a
    sentence are those of the time zone.

    >>> row = {**dict.fromkeys(_TEXTS), "kind": "stage", "name": "lost", "reason": "price"}
    >>> pl.DataFrame([row], schema_overrides=_TEXTS).select(in_words("UTC")).item()
    'Lost: price'
    """
    deal = pl.concat_str(pl.lit("deal "), pl.col("opportunity_id"))
    stage = pl.col("name").replace(_STAGES)
    action = pl.col("name").str.replace_all("_", " ", literal=True)
    left_out = pl.col("reason").replace(_LEFT_OUT)
    field = pl.col("name").replace(_FIELDS)
    record = pl.concat_str(pl.lit("record "), pl.col("name"))
    by = _after(", by ", pl.col("actor"))
    reason = _after(": ", pl.col("reason"))
    route = pl.col("name")
    evidence = pl.concat_str(
        pl.lit(", by "), pl.col("reason").replace(_EVIDENCE),
        pl.lit(" ("), (100 * pl.col("confidence")).round(0).cast(pl.Int64).cast(pl.String),
        pl.lit("% sure)"),
    )  # fmt: skip
    changed = pl.concat_str(
        deal, pl.lit(": "), field, pl.lit(" from "), pl.col("old").fill_null("nothing"),
        pl.lit(" to "), pl.col("new").fill_null("nothing"),
    )  # fmt: skip
    until = _day(pl.col("until_at"), time_zone)
    whose = pl.when(pl.col("opportunity_id").is_not_null()).then(
        pl.concat_str(deal, pl.lit(" "))
    ).otherwise(pl.lit(""))  # fmt: skip
    taken_back = (
        pl.when(pl.col("old") == "corrected")
        .then(
            pl.concat_str(
                whose, stage, _after(", as told until ", until),
                pl.lit(": another day is given now"),
            )
        )
        .otherwise(
            pl.concat_str(
                whose, pl.col("name").replace(_WAS), _after(" until ", until),
                pl.lit(", taken back"), reason, by,
            )
        )
    )  # fmt: skip
    sentences = {
        Happening.TOUCH: action,
        Happening.OUTBOUND: pl.concat_str(action, pl.lit(", done to them")),
        Happening.OTHER: pl.concat_str(action, pl.lit(", earns no credit")),
        Happening.LEFT_OUT: pl.concat_str(action, pl.lit(", left out: "), left_out),
        Happening.STAGE: pl.concat_str(stage, reason, by),
        Happening.ASSIGNED: pl.concat_str(
            pl.lit("given"), _after(" to ", pl.col("actor")), pl.lit(", by route "), route
        ),
        Happening.ACCEPTED: pl.concat_str(pl.lit("accepted"), by, pl.lit(", by route "), route),
        Happening.REJECTED: pl.concat_str(
            pl.lit("rejected"), by, pl.lit(", by route "), route, reason
        ),
        Happening.DEAL_OPENED: pl.concat_str(deal, pl.lit(" opened")),
        Happening.DEAL_JOINED: pl.concat_str(
            pl.lit("lead "),
            pl.col("lead_id"),
            pl.lit(" joined "),
            deal,
            pl.lit(", which was already open"),
        ),
        Happening.DEAL_STAGE: pl.concat_str(deal, pl.lit(" "), stage, reason, by),
        Happening.DEAL_CHANGED: changed,
        Happening.DEAL_WON: pl.concat_str(deal, pl.lit(" won")),
        Happening.DEAL_LOST: pl.concat_str(deal, pl.lit(" lost"), reason),
        Happening.PERSON_MERGED: pl.concat_str(record, pl.lit(" is this person"), evidence),
        Happening.ACCOUNT_MERGED: pl.concat_str(record, pl.lit(" is this company"), evidence),
        Happening.TAKEN_BACK: taken_back,
        Happening.RECORD_GONE: ended_in_words(time_zone),
    }
    said = pl.lit(None, pl.String)
    for kind, sentence in sentences.items():
        said = pl.when(pl.col("kind") == kind.value).then(sentence).otherwise(said)
    return _capital(said)


def ended_in_words(time_zone: str) -> pl.Expr:
    """The sentence about each record that is gone, from the columns that `ENDED` names.

    >>> from datetime import datetime
    >>> row = {"name": "deal D1", "old": "merged", "new": "deal D2", "reason": None}
    >>> row |= {"until_at": datetime(2026, 1, 28)}
    >>> pl.DataFrame([row], schema_overrides=_TEXTS).select(ended_in_words("UTC")).item()
    'Deal D1 was there until 28 Jan 2026, then merged into deal D2'
    """
    ended = (
        pl.when(pl.col("old") == "merged")
        .then(
            pl.concat_str(
                pl.lit("merged into "),
                pl.col("new").fill_null("another"),
                pl.when(pl.col("reason") == "gone")
                .then(pl.lit(", which is gone as well"))
                .otherwise(pl.lit("")),
            )
        )
        .when(pl.col("old") == "vanished")
        .then(pl.lit("missing from a full export"))
        .otherwise(pl.col("old"))
    )
    until = _day(pl.col("until_at"), time_zone)
    there = pl.concat_str(pl.lit(" was there until "), until, pl.lit(", then "))
    return _capital(pl.concat_str(pl.col("name"), there.fill_null(" was "), ended))


_TEXTS = {
    **dict.fromkeys(
        ("lead_id", "opportunity_id", "name", "old", "new", "reason", "actor"), pl.String
    ),
    "confidence": pl.Float64,
    "until_at": pl.Datetime("us"),
}


def _day(moment: pl.Expr, time_zone: str) -> pl.Expr:
    """The day of a moment in UTC as it is in the time zone, such as 4 Mar 2026."""
    there = moment.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone)
    return there.dt.strftime("%-d %b %Y")


def _capital(said: pl.Expr) -> pl.Expr:
    """A sentence that begins with a capital letter."""
    return pl.concat_str(said.str.slice(0, 1).str.to_uppercase(), said.str.slice(1))


def _after(before: str, value: pl.Expr) -> pl.Expr:
    """The value with a text before it, or nothing."""
    return pl.concat_str(pl.lit(before), value).fill_null("")
