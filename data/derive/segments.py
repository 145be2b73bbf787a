"""SQL steps that several derived tables share: a lead's segments and resolved references."""

from __future__ import annotations

from collections.abc import Iterable

from data.definitions import Definitions
from data.derive.rules import JOINED_TAGS, first_fitting, tagged_by_rule
from data.named_tables import CAMPAIGNS, CONTENTS, named_steps
from data.schema.contract import UNASSIGNED, columns
from data.schema.derived import Segmented
from data.spelling import Spelt
from data.sql import Step

SEGMENTS = tuple(columns(Segmented))
"""The columns by which everything derived can be sliced."""

BY_RULE = ("own_segment", "tags")
"""Those that rest on the others."""

RECORDED = tuple(name for name in SEGMENTS if name not in BY_RULE)
"""Those that records fill."""


SPELT = tuple(name for name in RECORDED if name not in ("relationship", "industry", "grade"))
"""Those of these that files may spell in several ways and that have no words of their own."""

COMPANY_SEGMENTS = ("country", "region", "city", "industry", "size_band", "relationship")
"""Those that a company's record fills."""


def lead_people_steps() -> tuple[Step, ...]:
    """Steps `aliases`, one row per reference to a person, and `lead_people`, one row per lead.

    They give the person that a reference means, and the person and company of a lead, as
    `data.identity.resolve` found them.
    """
    return (
        Step("aliases", "SELECT reference, person_id FROM person_identity"),
        Step(
            "lead_people",
            """
            SELECT lead.lead_id, lead.created_at, lead_identity.person_id, lead_identity.account_id
            FROM lead
            JOIN lead_identity ON lead_identity.lead_id = lead.lead_id
            """,
        ),
    )


def reference_steps() -> tuple[Step, ...]:
    """Steps that say what references mean, and what is known of companies.

    `aliases` and `lead_people` are those of `lead_people_steps`. `companies` maps an account id, or
    the name of an account, to the account that stands for the company. `people` gives a person's
    company. `campaigns` and `contents` have one row per reference, by id or by name. Where records
    of a company differ, the most complete record is believed, and of equals the one with the first
    account id. Industries are in standard words.
    """
    # arg_min passes over nulls: what the fullest record leaves out is the next one's to say.
    believed = ", ".join(f"arg_min({name}, place) AS {name}" for name in COMPANY_SEGMENTS)
    filled = " + ".join(
        f"CASE WHEN account.{name} IS NULL THEN 0 ELSE 1 END" for name in COMPANY_SEGMENTS
    )
    recorded = ", ".join(f"account.{name}" for name in COMPANY_SEGMENTS)
    standard = ", ".join(
        "coalesce(industry_name.standard, believed.industry) AS industry"
        if name == "industry"
        else f"believed.{name}"
        for name in COMPANY_SEGMENTS
    )
    return (
        *named_steps(CAMPAIGNS),
        *named_steps(CONTENTS),
        *lead_people_steps(),
        Step("companies", "SELECT reference, account_id FROM account_identity WHERE applied"),
        Step(
            "company_facts",
            f"""
            SELECT believed.account_id, {standard}
            FROM (SELECT account_id, {believed} FROM (
                SELECT
                    companies.account_id,
                    row_number() OVER (
                        PARTITION BY companies.account_id
                        ORDER BY {filled} DESC, account.account_id
                    ) AS place,
                    {recorded}
                FROM account
                JOIN companies ON companies.reference = account.account_id
            ) AS records GROUP BY account_id) AS believed
            LEFT JOIN industry_name ON industry_name.industry = believed.industry
            """,
        ),
        Step("people", "SELECT person_id, account_id FROM person_account"),
    )


def role_steps(definitions: Definitions) -> tuple[Step, ...]:
    """Step `person_roles`: seniority, department and persona of each person.

    The first rule of the definitions that fits says the persona, else the person's record, else the
    job title, which says seniority and department too where no file does.
    """
    return (
        Step(
            "recorded_roles",
            """
            SELECT person.person_id, person.job_title, person.city, person.region,
                coalesce(person.seniority, title_role.seniority) AS seniority,
                coalesce(person.department, title_role.department) AS department,
                coalesce(person.persona, title_role.persona) AS persona
            FROM person_fact AS person
            LEFT JOIN title_role ON title_role.job_title = person.job_title
            """,
        ),
        Step(
            "person_roles",
            f"""
            SELECT person_id, city, region, seniority, department,
                {first_fitting(definitions.persona, "recorded_roles", "persona")} AS persona
            FROM recorded_roles
            """,
        ),
    )


def segment_steps(definitions: Definitions) -> tuple[Step, ...]:
    """Steps to `segments`: one row per lead with the value of each segment, in one spelling.

    After `reference_steps` and `role_steps`, which are among them. `hand_tags` are the tags that
    files gave and that hold on the day of the newest export, with whom they were given to.
    """
    spelt = [Spelt(name, f"written_segments.{name}") for name in SPELT]
    shown = ",\n".join(f"{each.shown} AS {each.segment}" for each in spelt)
    return (
        *reference_steps(),
        *role_steps(definitions),
        Step(
            "written_segments",
            f"""
            SELECT
                lead.lead_id,
                lead.created_at,
                lead_identity.person_id,
                lead_identity.account_id,
                coalesce(lead.channel, campaign.channel, '{UNASSIGNED}') AS channel,
                coalesce(campaign.name, lead.campaign_id, '{UNASSIGNED}') AS campaign,
                coalesce(content.title, lead.content_id, '{UNASSIGNED}') AS content,
                coalesce(lead.product, '{UNASSIGNED}') AS product,
                coalesce(campaign.tool, '{UNASSIGNED}') AS tool,
                coalesce(lead.owner, '{UNASSIGNED}') AS owner,
                coalesce(lead.region, company_facts.region, person.region, '{UNASSIGNED}')
                    AS region,
                coalesce(company_facts.country, '{UNASSIGNED}') AS country,
                coalesce(company_facts.city, person.city, '{UNASSIGNED}') AS city,
                coalesce(company_facts.industry, '{UNASSIGNED}') AS industry,
                coalesce(company_facts.size_band, '{UNASSIGNED}') AS size_band,
                coalesce(company_facts.relationship, '{UNASSIGNED}') AS relationship,
                coalesce(person.seniority, '{UNASSIGNED}') AS seniority,
                coalesce(person.department, '{UNASSIGNED}') AS department,
                coalesce(person.persona, '{UNASSIGNED}') AS persona,
                coalesce(lead.tier, '{UNASSIGNED}') AS tier,
                coalesce(lead.grade, '{UNASSIGNED}') AS grade
            FROM lead
            JOIN lead_identity ON lead_identity.lead_id = lead.lead_id
            LEFT JOIN person_roles AS person ON person.person_id = lead_identity.person_id
            LEFT JOIN company_facts ON company_facts.account_id = lead_identity.account_id
            LEFT JOIN campaigns AS campaign ON campaign.reference = lead.campaign_id
            LEFT JOIN contents AS content ON content.reference = lead.content_id
            """,
        ),
        Step(
            "recorded_segments",
            f"""
            SELECT written_segments.lead_id, written_segments.created_at,
                written_segments.person_id, written_segments.account_id,
                {shown},
                written_segments.industry, written_segments.relationship, written_segments.grade
            FROM written_segments
            {_joins(spelt)}
            """,
        ),
        *_tags_of_leads(definitions),
        Step(
            "segments",
            f"""
            SELECT recorded_segments.*,
                {first_fitting(definitions.segment, "recorded_segments", f"'{UNASSIGNED}'")}
                    AS own_segment,
                coalesce(tags_of_leads.tags, '{UNASSIGNED}') AS tags
            FROM recorded_segments
            LEFT JOIN tags_of_leads ON tags_of_leads.lead_id = recorded_segments.lead_id
            """,
        ),
    )


def _joins(spelt: Iterable[Spelt]) -> str:
    return "\n".join(each.join for each in spelt)


def _tags_of_leads(definitions: Definitions) -> tuple[Step, ...]:
    """Steps to `tags_of_leads`: the tags of each lead that has any, its person or company."""
    by_rule = tagged_by_rule(definitions.tag, "recorded_segments", "lead_id")
    spelt = Spelt("tags", "tag.tag")
    return (
        Step(
            "hand_tags",
            f"""
            SELECT tag.subject_kind, {spelt.shown} AS tag,
                coalesce(person_identity.person_id, companies.account_id, tag.subject_id)
                    AS subject_id
            FROM tag
            CROSS JOIN (SELECT CAST(max(as_of) AS DATE) AS last_on FROM load) AS known
            LEFT JOIN person_identity
                ON tag.subject_kind = 'person' AND person_identity.reference = tag.subject_id
            LEFT JOIN companies
                ON tag.subject_kind = 'account' AND companies.reference = tag.subject_id
            {spelt.join}
            WHERE coalesce(tag.starts_on <= known.last_on, TRUE)
                AND coalesce(tag.ends_on >= known.last_on, TRUE)
            """,
        ),
        Step(
            "tagged_leads",
            f"""
            SELECT recorded_segments.lead_id, hand_tags.tag
            FROM recorded_segments
            JOIN hand_tags ON hand_tags.subject_id = recorded_segments.lead_id
            WHERE hand_tags.subject_kind = 'lead'
            UNION SELECT recorded_segments.lead_id, hand_tags.tag
            FROM recorded_segments
            JOIN hand_tags ON hand_tags.subject_id = recorded_segments.person_id
            WHERE hand_tags.subject_kind = 'person'
            UNION SELECT recorded_segments.lead_id, hand_tags.tag
            FROM recorded_segments
            JOIN hand_tags ON hand_tags.subject_id = recorded_segments.account_id
            WHERE hand_tags.subject_kind = 'account'
            {by_rule}
            """,
        ),
        Step(
            "tags_of_leads",
            f"SELECT lead_id, {JOINED_TAGS} AS tags FROM tagged_leads GROUP BY lead_id",
        ),
    )
