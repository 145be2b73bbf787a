"""The terms of the field as pages use them, each defined once: help texts are taken from here."""

from __future__ import annotations

GLOSSARY = {
    # The funnel
    "Lead": "A person of a company who showed interest: one record of the CRM is one lead.",
    "MQL": "Marketing qualified lead: a lead that marketing judges ready for sales.",
    "SQL": "Sales qualified lead: a lead that sales has accepted and will work on.",
    "Opportunity": "A lead with a deal that is being negotiated.",
    "Won": "The deal was closed and the customer buys.",
    "Lost": "The deal was closed without a purchase.",
    "Disqualified": "A lead that was turned down, with its reason.",
    "Recycled": "A lead that was sent back to marketing and may qualify again.",
    "Deal": "A possible purchase, as sales keeps it: with an amount, a stage and a close date.",
    "Account": "A company, with the people and deals that belong to it.",
    "Stage": "How far a lead or deal has come: lead, MQL, SQL, opportunity, won.",
    "Conversion rate": "Of those that reached one stage, the share that reached the next.",
    "Basis": "Cohort: what became of those that entered in the period. Flow: what entered each "
    "stage in the period, whenever it came in. Overview always shows the flow.",
    "Cohort": "Everyone who entered in the period, followed to the last day of the data.",
    "Flow": "All that happened in the period, whenever those it happened to came in.",
    "Unit": "Who is counted: leads, accounts or deals. An account has the earliest dates among its "
    "leads, and the segments of its earliest lead. A deal is opened and won, with or without a "
    "lead.",
    "A stage counts when": "Reached: it or a later stage was entered. Strict: every stage up to it "
    "was entered, in order.",
    "Conversion window": "Only conversions within this many days count. Applies to cohorts.",
    "Compare with": "Each number shows how it changed against this period, seen at the same age.",
    "Young": "Not everyone has had the time that the step usually takes, so the rate may still "
    "rise.",
    "Mature": "Everyone has had the time that the step usually takes, so the rate hardly changes.",
    # How sure
    "Likely range": "The range that holds the true rate in 95 of 100 cases.",
    "More than chance": "So few records would seldom differ this much by luck alone. Where many "
    "are compared, that is taken into account.",
    "Too few to compare": "Fewer than 20 records: any difference may well be luck.",
    "Incidence": "The share that has converted within a number of days, with those still open "
    "counted for as long as they were seen.",
    "Projection": "What the rate will be in the end if those still open fare as older ones did.",
    "P10": "Exceeded in 9 of 10 cases.",
    "Median": "As many cases are above it as below.",
    "P90": "Exceeded in 1 of 10 cases.",
    "CRPS": "How far the whole forecast was from what came: 0 is perfect.",
    "Mean PIT": "0.5 means no bias; below it, forecasts were too high.",
    "Lift": "A rate divided by the rate of everyone: 2 means twice as high.",
    "Driver": "A segment that converts more or less often than others of the same month.",
    "Odds": "The chance that something happens, divided by the chance that it does not.",
    "Placebo": "The same comparison where there can be no effect. Only a difference beyond it may "
    "be one.",
    "Experiment": "A test that left some people or regions out on purpose, to see what is missed.",
    # Money
    "Won revenue": "Amounts of the deals closed as won in the period, in the base currency, "
    "whether or not a lead is known.",
    "Pipeline created": "Amounts of the deals opened in the period, whatever became of them since, "
    "in the base currency.",
    "Pipeline": "Amounts of the deals that are open.",
    "Open and due": "Open deals that are expected to close in these days.",
    "Coverage": "Pipeline that is open and due, divided by what the plan still needs.",
    "Weighted": "Each open deal times the share won of deals that had been in its stage for as "
    "long.",
    "Win rate": "Won ÷ (won + lost), of deals closed in the period.",
    "Won so far": "Deals closed as won in these days.",
    "Slipping": "An open deal whose close date was put off several times, or has passed.",
    "Stale": "An open deal that has not changed for a long time.",
    "Spend": "What campaigns cost on the days of the period, in the base currency.",
    "Cost per opportunity": "Spend ÷ opportunities of the period.",
    "ROMI": "Return on marketing investment: (credited revenue × gross margin − spend) ÷ spend.",
    "Payback": "How long the touches of the period took to earn its spend.",
    "Base currency": "The currency that all amounts are converted to.",
    # Credit
    "Channel": "Where a lead or touch came from, such as Paid Search, Email or Events.",
    "Unassigned": "The value is not known. It is shown, never left out.",
    "Unattributed": "Won without any known touch, so no channel earns it.",
    "Touch": "Something a person did with us, or we with them, that can earn credit.",
    "Credit": "The part of a conversion that a model gives to a touch. It says which touches were "
    "there, not what they caused.",
    "Marketing-sourced share": "Revenue of won deals that were opened after the first marketing "
    "touch of the account or of the main lead's person, divided by all won revenue.",
    "Sourced": "The first marketing touch came before the deal was opened.",
    "Influenced": "Marketing touched the account or its people before the deal was closed.",
    "Accelerated": "Marketing touched the deal while it was open.",
    "Assists per last touch": "Above 1, the channel helps more often than it closes.",
    "Lookback": "How many days before a conversion touches still count.",
    "Half-life": "The days after which a touch counts half.",
    # People and companies
    "Segment": "Those with the same value of a dimension, such as all leads from Germany.",
    "Persona": "The kind of person, by job title or by a rule of the definitions.",
    "Level": "How good a lead is, by its tier or score, as the definitions name it.",
    "Grade": "A, B or C, by need, budget and timeline.",
    "Score": "Points for what is known of a lead and what its person did.",
    "Fake": "A lead that is no real person, by the rules of the definitions.",
    "Effective": "A person whom the rule in force on the day counts as one we want to reach.",
    "Exposed": "People who are known to have met the content in any way.",
    "Active": "People who did something recently: within the days after which one is dormant.",
    "Dormant": "Somebody who has done nothing for a while, but is not lost yet.",
    "Audience": "A saved filter over people and accounts. The sidebar's filters apply as well.",
    "Buying role": "The part somebody plays in a purchase, such as decision maker or user.",
    "Target account": "A company on a list of those we want to win.",
    "Installed base": "What an account has already bought from us.",
    # Follow-up
    "Response": "The first thing sales did about an MQL: an answer, a call, a next stage.",
    "In time": "Sales responded within the deadline.",
    "Late": "Sales responded after the deadline.",
    "No response": "The deadline has passed without any response.",
    "Waiting": "No response yet, and the deadline has not passed.",
    # Plans
    "Plan": "Targets by month and segment, as they were saved or loaded.",
    "Chance": "The share of possible futures in which the target is met.",
    "Lever": "Something that can be changed: volume, share won, time to win, deal size.",
    # Data
    "Mapping": "How a kind of file is read: which column becomes what, and what its words mean.",
    "Rejected row": "A row that could not be loaded. It is kept with its reason.",
    "Restatement": "A number of a closed month that a later load changed.",
    "Score of the data": "The sum of the parts below: each is a share, times its weight. A part "
    "with no data does not count, and the others carry its weight.",
    "Version of the data": "Every load and every undo makes a new one; the last few are kept.",
    "Unpriced amounts": "Deals and days of spend in a currency without a loaded exchange rate.",
}
"""What each term means, in the order in which people read them: a sentence or two, no markup."""


def defined(term: str, more: str = "") -> str:
    """The help text of a term, and `more` that holds where it is shown.

    Raises KeyError for a term that the glossary does not have.

    >>> defined("SQL")
    'Sales qualified lead: a lead that sales has accepted and will work on.'
    """
    return f"{GLOSSARY[term]} {more}".strip()


def is_term(label: str) -> bool:
    """Whether a label is a term of the glossary, in the singular or with an s.

    >>> is_term("MQLs"), is_term("Win rate"), is_term("Rows")
    (True, True, False)
    """
    return label in GLOSSARY or label.removesuffix("s") in GLOSSARY


def terms_with(searched: str) -> list[str]:
    """The terms in whose name or meaning each of the words stands, whatever its case.

    >>> terms_with("revenue sourced")
    ['Marketing-sourced share']
    """
    words = searched.casefold().split()
    return [
        term
        for term, said in GLOSSARY.items()
        if all(word in f"{term} {said}".casefold() for word in words)
    ]
