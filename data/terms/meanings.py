"""What each term means in words, its subject, its unit, and whether derived tables follow it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """A term in words.

    `only_metrics` says that metrics alone read it: where it changes no table is derived anew.
    """

    subject: str
    words: str
    unit: str = ""
    only_metrics: bool = False


GENERAL, WINDOWS, IDENTITY = "General", "Conversion windows", "Companies that may be one"
TOUCHES, CHANNELS, CREDIT = "Touches", "Channels of visits", "Credit"
CONTENT, EFFECTIVE, COST = "Content", "Who is effective", "What a lead costs to serve"
REACH, ACTIVITY, NAMES = "Reach", "Activity", "Names for people and leads"
PIPELINE = "Pipeline"
QUALITY = "Lead quality"
FOLLOW_UP = "Follow-up"
ALERTS = "Alerts"

_STEP = "A step into this stage has usually been made by then; a cohort is mature from then on."

MEANINGS = {
    "base_currency": Meaning(
        GENERAL,
        "Every amount is converted to it. Amounts in files that name no currency are in it.",
    ),
    "currency": Meaning(
        GENERAL, "Amounts of files of a source system that name no currency are in it."
    ),
    "time_zone": Meaning(
        GENERAL, "Days and months are cut in it. Times in files without a zone are in it."
    ),
    "rate_valid_days": Meaning(
        GENERAL, "An exchange rate holds so long when no newer one is loaded.", "days"
    ),
    "gross_margin": Meaning(
        GENERAL, "Share of revenue left after the cost of delivery. Unset: no ROMI.", "", True
    ),
    "windows.mql": Meaning(WINDOWS, f"From lead to MQL. {_STEP}", "days", True),
    "windows.sql": Meaning(WINDOWS, f"From MQL to SQL. {_STEP}", "days", True),
    "windows.opportunity": Meaning(WINDOWS, f"From SQL to opportunity. {_STEP}", "days", True),
    "windows.won": Meaning(WINDOWS, f"From opportunity to won. {_STEP}", "days", True),
    "identity.apply_from": Meaning(
        IDENTITY, "Two records that are one company with this chance are taken for one."
    ),
    "identity.propose_from": Meaning(
        IDENTITY, "From this chance on Data health asks whether they are one."
    ),
    "touch.actions": Meaning(TOUCHES, "What a person did that can earn credit."),
    "touch.high_value": Meaning(TOUCHES, "Those of them that are of high value."),
    "touch.outbound": Meaning(
        TOUCHES,
        "By what a person was contacted: after consent was withdrawn it is a breach.",
    ),
    "touch.ignored": Meaning(TOUCHES, "Known actions that mean nothing and count nowhere."),
    "touch.own_domains": Meaning(TOUCHES, "Who has a mailbox there is our own and earns nothing."),
    "touch.most_a_day": Meaning(
        TOUCHES, "More of one visitor or person on one day are those of a machine.", "touches"
    ),
    "touch.sales_channels": Meaning(TOUCHES, "Touches by them are the work of sales."),
    "channel": Meaning(
        CHANNELS, "How a visit without a channel gets one: the first rule that fits wins."
    ),
    "attribution.lookback_days": Meaning(
        CREDIT, "Touches count from so long before a conversion on. Unset: as usual.", "days", True
    ),
    "attribution.half_life_days": Meaning(
        CREDIT, "By time decay, a touch so much earlier counts half. Unset: as usual.", "days", True
    ),
    "attribution.model": Meaning(CREDIT, "Models of your own beside the usual ones.", "", True),
    "attribution.self_reported": Meaning(
        CREDIT, "The channel of what people answer when asked how they heard of us.", "", True
    ),
    "attribution.own_brand": Meaning(
        CREDIT, "Our names: who searches for them was looking for us anyway.", "", True
    ),
    "content.read": Meaning(CONTENT, "Actions that say that an asset was looked at."),
    "content.downloaded": Meaning(CONTENT, "Actions that say that an asset was downloaded."),
    "content.good_from": Meaning(
        CONTENT, "An asset is good when more than this share of the exposed take it.", "", True
    ),
    "content.exposure_bands": Meaning(
        CONTENT, "Assets are compared with those met by as many people.", "people", True
    ),
    "content.dormant_days": Meaning(CONTENT, "Who did nothing for so long was dormant.", "days"),
    "effective": Meaning(
        EFFECTIVE, "Every list of the rule in force on the day must hold the person's value."
    ),
    "reach.way": Meaning(
        REACH, "By what people are contacted, the address it needs and its actions."
    ),
    "reach.responses": Meaning(REACH, "Actions that answer a contact."),
    "reach.response_days": Meaning(
        REACH, "So long after a contact what a person did answers it.", "days", True
    ),
    "reach.contact_cap": Meaning(
        REACH, "More of one person within 30 days are too many.", "contacts", True
    ),
    "reach.collision_days": Meaning(
        REACH, "Two campaigns at one person within so long collide.", "days", True
    ),
    "reach.promotion_purposes": Meaning(
        REACH, "Who withdraws one of these purposes gets no promotion.", "", True
    ),
    "reach.bad_email": Meaning(REACH, "States of a mailbox that nobody reads.", "", True),
    "reach.wrong_number": Meaning(REACH, "After it a phone is known to be bad.", "", True),
    "reach.right_number": Meaning(REACH, "After it a phone is known to be good.", "", True),
    "reach.mail.sent": Meaning(REACH, "A mailing was sent.", "", True),
    "reach.mail.delivered": Meaning(REACH, "It arrived.", "", True),
    "reach.mail.bounced": Meaning(REACH, "It came back."),
    "reach.mail.opened": Meaning(REACH, "It was opened.", "", True),
    "reach.mail.clicked": Meaning(REACH, "It was clicked, which is an opening too.", "", True),
    "activity.recent_days": Meaning(
        ACTIVITY, "What was done in them is compared with those before.", "days", True
    ),
    "activity.usual_days": Meaning(
        ACTIVITY, "Those before, that it is compared with.", "days", True
    ),
    "activity.lost_days": Meaning(ACTIVITY, "Who did nothing for so long is lost.", "days", True),
    "activity.fewest_actions": Meaning(
        ACTIVITY, "Of fewer neither a surge nor a silence is claimed.", "actions", True
    ),
    "deals.leads_by": Meaning(
        PIPELINE,
        "By what deals find leads that they do not name: a person's name that their company has"
        " once (name), the one person of their company who could have led to them (account).",
    ),
    "pipeline.stale_days": Meaning(
        PIPELINE, "An open deal of which nothing changed for so long is stale.", "days", True
    ),
    "pipeline.slips": Meaning(
        PIPELINE, "An open deal put off so often is slipping.", "times", True
    ),
    "quality.level": Meaning(
        QUALITY, "Levels of leads, best first: how each is treated, and the tiers that mean it."
    ),
    "quality.grade": Meaning(
        QUALITY, "A, B or C by need, budget and horizon, where no file says: the first that fits."
    ),
    "quality.need_layer": Meaning(
        QUALITY, "What is still to be decided, by words in the need: the first that fits."
    ),
    "quality.relationship.competitor": Meaning(QUALITY, "Words for a competitor's customer."),
    "quality.relationship.other_product": Meaning(
        QUALITY, "Words for a customer of another product of ours."
    ),
    "quality.relationship.customer": Meaning(QUALITY, "Words for a customer."),
    "quality.relationship.new": Meaning(QUALITY, "Words for a company that is no customer yet."),
    "quality.engagement_days": Meaning(
        QUALITY, "What a person did so long before the lead came in is its engagement.", "days"
    ),
    "quality.fake.words": Meaning(
        QUALITY, "A lead is a fake where one stands in its status or the reason it left for."
    ),
    "quality.fake.email_states": Meaning(
        QUALITY, "It is one by a mailbox in one of these states, where its person has no good one."
    ),
    "quality.fake.email_domains": Meaning(
        QUALITY, "It is one by a mailbox at one of these domains, likewise."
    ),
    "quality.scoring": Meaning(
        QUALITY, "Points for what is known of a lead when it comes in, from a day on."
    ),
    "follow_up.deadline_days": Meaning(
        FOLLOW_UP, "Sales must respond to an MQL within so long.", "working days"
    ),
    "follow_up.week": Meaning(FOLLOW_UP, "The days on which sales work."),
    "follow_up.opens": Meaning(FOLLOW_UP, "From then on working time counts."),
    "follow_up.closes": Meaning(FOLLOW_UP, "Until then working time counts."),
    "follow_up.holidays": Meaning(
        FOLLOW_UP, "The country whose public holidays are free. Unset: none are."
    ),
    "follow_up.responses": Meaning(FOLLOW_UP, "Actions with the person that are a response."),
    "follow_up.answers": Meaning(
        FOLLOW_UP, "What else is one: a word on the assignment, an action done, a stage, an exit."
    ),
    "follow_up.calendar": Meaning(
        FOLLOW_UP, "Countries or regions of leads that work by other hours, days or holidays."
    ),
    "follow_up.reason": Meaning(
        FOLLOW_UP, "What sales say of a lead, in their spellings, and what follows from it."
    ),
    "follow_up.team": Meaning(FOLLOW_UP, "Who works together in sales, as files name them."),
    "persona": Meaning(NAMES, "Who is which persona: the first rule that fits a person wins."),
    "segment": Meaning(NAMES, "Which leads are in which segment: the first rule that fits wins."),
    "tag": Meaning(NAMES, "Which leads have which tag: every rule that fits gives one."),
    "route_costs": Meaning(
        COST, "By the route that a lead is given to, in the base currency.", "", True
    ),
    "alerts.rule": Meaning(
        ALERTS,
        "What is checked after each load, and told when it holds. None: no alerts.",
        "",
        True,
    ),
    "alerts.quiet_from": Meaning(ALERTS, "From then on alerts wait. Unset: never.", "", True),
    "alerts.quiet_until": Meaning(ALERTS, "Then those that waited are sent.", "", True),
    "alerts.address": Meaning(ALERTS, "Where the cockpit is, for the links in messages.", "", True),
}
"""Every term by its key in the file, in the order in which people read them."""

TITLES = {
    "base_currency": "Base currency", "currency": "Currency of a source",
    "time_zone": "Time zone", "rate_valid_days": "How long an exchange rate holds",
    "gross_margin": "Gross margin",
    "windows.mql": "From lead to MQL", "windows.sql": "From MQL to SQL",
    "windows.opportunity": "From SQL to opportunity", "windows.won": "From opportunity to won",
    "identity.apply_from": "Taken for one company from",
    "identity.propose_from": "Asked about from",
    "touch.actions": "Actions that earn credit", "touch.high_value": "Actions of high value",
    "touch.outbound": "Contacts by us", "touch.ignored": "Actions that count nowhere",
    "touch.own_domains": "Our own mail domains", "touch.most_a_day": "Most actions a day",
    "touch.sales_channels": "Channels of sales", "channel": "Channel rules",
    "attribution.lookback_days": "How far back touches count",
    "attribution.half_life_days": "Half-life of a touch", "attribution.model": "Models of your own",
    "attribution.self_reported": "What people answer", "attribution.own_brand": "Our own names",
    "content.read": "Actions of reading", "content.downloaded": "Actions of downloading",
    "content.good_from": "A good asset from", "content.exposure_bands": "Bands of exposure",
    "content.dormant_days": "Dormant after", "effective": "Who is effective",
    "reach.way": "Ways to reach people", "reach.responses": "Actions that are a response",
    "reach.response_days": "Time to respond", "reach.contact_cap": "Most contacts in 30 days",
    "reach.collision_days": "Campaigns collide within",
    "reach.promotion_purposes": "Purposes of promotion", "reach.bad_email": "Bad mailboxes",
    "reach.wrong_number": "Wrong number", "reach.right_number": "Right number",
    "reach.mail.sent": "Mail sent", "reach.mail.delivered": "Mail delivered",
    "reach.mail.bounced": "Mail bounced", "reach.mail.opened": "Mail opened",
    "reach.mail.clicked": "Mail clicked",
    "activity.recent_days": "Recent days", "activity.usual_days": "Days to compare with",
    "activity.lost_days": "Lost after", "activity.fewest_actions": "Fewest actions",
    "deals.leads_by": "How deals find their leads", "pipeline.stale_days": "Stale after",
    "pipeline.slips": "Slipping after",
    "quality.level": "Levels of leads", "quality.grade": "Grades", "quality.need_layer": "Needs",
    "quality.relationship.competitor": "Customer of a competitor",
    "quality.relationship.other_product": "Customer of another product",
    "quality.relationship.customer": "Customer", "quality.relationship.new": "New company",
    "quality.engagement_days": "Engagement before the lead", "quality.fake.words": "Words of fakes",
    "quality.fake.email_states": "Mailboxes of fakes",
    "quality.fake.email_domains": "Mail domains of fakes", "quality.scoring": "Scoring",
    "follow_up.deadline_days": "Deadline of sales", "follow_up.week": "Working days",
    "follow_up.opens": "Work begins at", "follow_up.closes": "Work ends at",
    "follow_up.holidays": "Public holidays", "follow_up.responses": "Actions that are a response",
    "follow_up.answers": "What else is a response",
    "follow_up.calendar": "Other working hours", "follow_up.reason": "What sales say of a lead",
    "follow_up.team": "Teams of sales",
    "persona": "Personas", "segment": "Segments of your own", "tag": "Tags",
    "route_costs": "Cost of a route", "alerts.rule": "Alerts", "alerts.quiet_from": "Quiet from",
    "alerts.quiet_until": "Quiet until", "alerts.address": "Address of the cockpit",
}  # fmt: skip
"""What people call each term, by its key in the file."""
