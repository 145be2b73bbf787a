"""Standard words for what was written, and the record of what was read as what."""

from __future__ import annotations

from data.engine.draft import Draft
from data.sql import Query, Step
from data.standardise.titles import industries, roles

_STANDARDISED = """
SELECT 'person.job_title' AS "column", made.becomes, made.original, made.standard,
    count(*) AS "rows"
FROM person JOIN (
    SELECT job_title AS original, 'seniority' AS becomes, seniority AS standard FROM title_role
    UNION ALL SELECT job_title, 'department', department FROM title_role
    UNION ALL SELECT job_title, 'persona', persona FROM title_role
) AS made ON made.original = person.job_title
WHERE made.standard IS NOT NULL
GROUP BY made.becomes, made.original, made.standard
UNION ALL
SELECT 'account.industry', 'industry', account.industry, industry_name.standard, count(*)
FROM account JOIN industry_name USING (industry)
WHERE industry_name.standard <> account.industry
GROUP BY account.industry, industry_name.standard
"""


def standardise(draft: Draft) -> None:
    """Rebuild `standardised_value`, and make `title_role` and `industry_name` readable.

    Every distinct job title and industry is looked at once. The canonical rows keep what was
    written; only derived tables carry the standard words.
    """
    titles = draft.query(
        "SELECT DISTINCT job_title FROM person WHERE job_title IS NOT NULL ORDER BY job_title"
    )
    written = draft.query(
        "SELECT industry, count(*) FROM account WHERE industry IS NOT NULL"
        " GROUP BY industry ORDER BY industry"
    )
    draft.attach("title_role", roles(titles["job_title"]))
    draft.attach("industry_name", industries(dict(written.iter_rows())))
    draft.execute("DELETE FROM standardised_value")
    draft.insert("standardised_value", Query(Step("standardised_values", _STANDARDISED)))
