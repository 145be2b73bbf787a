"""Mail: how far mailings get, from what was sent to the lead that came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step, kept_step
from metrics.rates import ratio, wilson
from metrics.reach.asked import asked_steps, everywhere, listed, named, of_people
from metrics.scope import Scope

STEPS = ("sent", "delivered", "opened", "clicked", "form", "lead")


class MailStep(pa.DataFrameModel):
    """One row per step, in order: sent, delivered, opened, clicked, form, lead.

    `mails` are people by campaign: one mailing to one person. `people` are counted once.
    `rate_previous` is mails ÷ those of the step before, `rate_first` ÷ those sent, with bounds of
    95%; null of none. `is_logged`: there is any action of this step, or what it is read from;
    where it is not, the step's 0 is not known to be one, and `mails` is null.
    """

    step: str = pa.Field(isin=STEPS)
    mails: int = pa.Field(ge=0, nullable=True)
    people: int = pa.Field(ge=0, nullable=True)
    rate_previous: float = pa.Field(ge=0, le=1, nullable=True)
    rate_first: float = pa.Field(ge=0, le=1, nullable=True)
    rate_first_low: float = pa.Field(ge=0, le=1, nullable=True)
    rate_first_high: float = pa.Field(ge=0, le=1, nullable=True)
    is_logged: bool

    class Config:
        """Exactly these columns, one row per step."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["step"]


def mail_funnel(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[MailStep]:
    """How many mails were delivered, opened and clicked, and brought a form and a lead?

    A mail is one campaign at one person, whose first action on record is within the period; mails
    of no named campaign are one per person. A later step counts as all before it: who clicked has
    opened, and was sent to, also where no other action says so. Delivered is also what was sent and
    did not come back. A form is of a person who clicked, on the day of the first click or within
    the days for a response; a lead is one that came in from the day of that form on, within as
    many.

    Programs that look at mails before people do open and click too: openings are a ceiling.

    Source: Wilson (1927) for the bounds.
    """
    asked = asked_steps(scope, definitions, {})
    row = warehouse.query(Query(_known_step(scope, definitions), *asked, *_counts(scope))).row(
        0, named=True
    )
    logged = {step: bool(row[f"{step}_logged"]) for step in ("opened", "clicked", "form")}
    logged |= {"sent": True, "delivered": True, "lead": logged["form"]}
    rows = pl.DataFrame(
        [
            (
                step,
                row[step] if logged[step] else None,
                row[f"{step}_people"] if logged[step] else None,
                logged[step],
            )
            for step in STEPS
        ],
        schema={
            "step": pl.String,
            "mails": pl.Int64,
            "people": pl.Int64,
            "is_logged": pl.Boolean,
        },
        orient="row",
    )
    sent = pl.col("mails").first()
    low, high = wilson(pl.col("mails"), sent)
    rows = rows.with_columns(
        rate_previous=ratio(pl.col("mails"), pl.col("mails").shift()),
        rate_first=ratio(pl.col("mails"), sent),
        rate_first_low=low,
        rate_first_high=high,
    )
    return MailStep.validate(rows.select(list(MailStep.to_schema().columns)), lazy=True)


def _flag(step: str) -> str:
    return f"max(CASE WHEN {step}_list.name IS NULL THEN 0 ELSE 1 END) AS {step}"


def _known_step(scope: Scope, definitions: Definitions) -> Step:
    """Step `known_mails`, kept: what followed each mail of the period, whoever is asked about.

    One row per person and campaign, and one of nobody that says which steps are logged at all.
    """
    mail = definitions.reach.mail
    kinds = ("sent", "delivered", "bounced", "opened", "clicked")
    lists = {kind: named(getattr(mail, kind)) for kind in kinds} | {"form": named(("form_submit",))}
    known = Query(
        *asked_steps(everywhere(scope), definitions, lists),
        *_mail_steps(kinds),
        *_followed_steps(int(definitions.reach.response_days)),
    )
    return kept_step("known_mails", known)


def _mail_steps(kinds: Sequence[str]) -> tuple[Step, ...]:
    """Steps to `mails`: one row per person and campaign with what happened to the mail."""
    joins = "\n".join(
        f"LEFT JOIN {listed(each)} ON {each}_list.name = interaction.action" for each in kinds
    )
    any_of = " OR ".join(f"{each}_list.name IS NOT NULL" for each in kinds)
    return (
        Step(
            "mail_actions",
            f"""
            SELECT coalesce(person_identity.person_id, interaction.person_id) AS person_id,
                interaction.campaign_id, min(interaction.occurred_at) AS first_at,
                min(CASE WHEN clicked_list.name IS NOT NULL THEN interaction.occurred_at END)
                    AS clicked_at,
                {", ".join(_flag(each) for each in kinds)}
            FROM interaction
            {joins}
            LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
            CROSS JOIN bounds
            WHERE interaction.person_id IS NOT NULL AND interaction.occurred_at < bounds.seen_at
                AND ({any_of})
            GROUP BY coalesce(person_identity.person_id, interaction.person_id),
                interaction.campaign_id
            """,
        ),
        Step(
            "mails",
            """
            SELECT mail_actions.person_id, mail_actions.campaign_id, mail_actions.clicked_at,
                CAST(mail_actions.clicked_at AS DATE) AS clicked_on, clicked,
                greatest(opened, clicked) AS opened,
                greatest(opened, clicked, delivered, sent * (1 - bounced)) AS delivered
            FROM mail_actions
            CROSS JOIN bounds
            WHERE mail_actions.first_at >= bounds.start_at AND mail_actions.first_at < bounds.end_at
            """,
        ),
    )


def _followed_steps(days: int) -> tuple[Step, ...]:
    """Steps to what followed each mail, and whether steps are logged at all."""
    return (
        Step(
            "forms",
            f"""
            SELECT touch.person_id, touch.occurred_at, CAST(touch.occurred_at AS DATE) AS form_on
            FROM touch
            JOIN {listed("form")} ON form_list.name = touch.action
            CROSS JOIN bounds
            WHERE touch.person_id IS NOT NULL AND touch.occurred_at < bounds.seen_at
            """,
        ),
        Step(
            "mail_forms",
            f"""
            SELECT mails.person_id, mails.campaign_id, min(forms.form_on) AS form_on
            FROM mails
            JOIN forms ON forms.person_id = mails.person_id
                AND forms.occurred_at >= mails.clicked_at
                AND date_diff('day', mails.clicked_on, forms.form_on) <= {days}
            GROUP BY mails.person_id, mails.campaign_id
            """,
        ),
        Step(
            "mail_leads",
            f"""
            SELECT DISTINCT mail_forms.person_id, mail_forms.campaign_id
            FROM mail_forms
            JOIN journey ON journey.person_id = mail_forms.person_id AND journey.episode = 1
            CROSS JOIN bounds
            WHERE journey.lead_on >= mail_forms.form_on AND journey.lead_at < bounds.seen_at
                AND date_diff('day', mail_forms.form_on, journey.lead_on) <= {days}
            """,
        ),
        Step(
            "followed",
            """
            SELECT mails.person_id, mails.delivered, mails.opened, mails.clicked,
                CASE WHEN mail_forms.person_id IS NULL THEN 0 ELSE 1 END AS form,
                CASE WHEN mail_leads.person_id IS NULL THEN 0 ELSE 1 END AS lead
            FROM mails
            LEFT JOIN mail_forms ON mail_forms.person_id = mails.person_id
                AND mail_forms.campaign_id IS NOT DISTINCT FROM mails.campaign_id
            LEFT JOIN mail_leads ON mail_leads.person_id = mails.person_id
                AND mail_leads.campaign_id IS NOT DISTINCT FROM mails.campaign_id
            """,
        ),
        Step(
            "logged",
            """
            SELECT coalesce(max(opened + clicked), 0) AS opened_logged,
                coalesce(max(clicked), 0) AS clicked_logged
            FROM mail_actions
            """,
        ),
        Step(
            "known",
            """
            SELECT followed.*, 0 AS opened_logged, 0 AS clicked_logged, 0 AS form_logged
            FROM followed
            UNION ALL
            SELECT CAST(NULL AS VARCHAR), 0, 0, 0, 0, 0, opened_logged, clicked_logged,
                clicked_logged * (SELECT least(count(*), 1) FROM forms)
            FROM logged
            """,
        ),
    )


def _counts(scope: Scope) -> tuple[Step, ...]:
    """Steps to one row: mails and people of each step, and whether steps are logged at all."""
    counts = ", ".join(
        f"CAST(coalesce(sum({each}), 0) AS BIGINT) AS {each},"
        f" count(DISTINCT CASE WHEN {each} = 1 THEN known_mails.person_id END) AS {each}_people"
        for each in STEPS[1:]
    )
    return (
        Step(
            "mail_counts",
            f"""
            SELECT count(*) AS sent, count(DISTINCT known_mails.person_id) AS sent_people, {counts}
            FROM known_mails
            {of_people(scope, "known_mails.person_id")}
            WHERE known_mails.person_id IS NOT NULL
            """,
        ),
        Step(
            "mail_funnel",
            """
            SELECT mail_counts.*, known_mails.opened_logged, known_mails.clicked_logged,
                known_mails.form_logged
            FROM mail_counts
            CROSS JOIN known_mails
            WHERE known_mails.person_id IS NULL
            """,
        ),
    )
