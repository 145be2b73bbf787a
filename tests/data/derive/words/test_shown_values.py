"""One value of a segment, however files spell it; what was written stays, and is listed."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from random import Random

from data.definitions import Definitions
from data.schema.tables import DERIVED
from tests.metrics.facts import (
    TERMS,
    DraftWarehouse,
    Facts,
    Row,
    account,
    given,
    lead,
    opportunity,
    order,
    path_touches,
    spend,
    tagged,
    touch,
)

MAY = datetime(2026, 5, 1)

CHANNELS = (
    "LinkedIn", "LinkedIn", "linkedin", "LINKEDIN ", "Linkedin", "ＬｉｎｋｅｄＩｎ",
    "LinkedIn\u200b",
    "Trade Show", "trade\u00a0show", "TRADE  SHOW", "Trade Show", "Trade Show ",
    "微信", "微信 ", "WeChat", "ＷｅＣｈａｔ", "wechat", "WeChat",
    "Straßenfest", "Strassenfest", "STRASSENFEST", "Strassenfest",
    "ﾊﾞﾅｰ", "バナー", "バナー", "İndirim", "indirim", "indirim",
    "unassigned", None,
)  # fmt: skip

SHOWN = {
    "LinkedIn": 7, "Trade Show": 5, "微信": 2, "WeChat": 4, "Strassenfest": 4, "バナー": 3,
    "indirim": 3, "Unassigned": 2,
}  # fmt: skip


def with_rules(*rules: Row, **more: object) -> Definitions:
    return Definitions.model_validate(
        TERMS.model_dump() | {"channel": [*TERMS.model_dump()["channel"], *rules]} | more
    )


def leads(*channels: str | None) -> tuple[Row, ...]:
    return tuple(lead(f"L{place}", MAY, channel=each) for place, each in enumerate(channels))


def channels(draft: DraftWarehouse) -> Counter[str]:
    return Counter(row["channel"] for row in draft.table("journey"))


def decided(draft: DraftWarehouse) -> dict[str, tuple[str, str]]:
    return {row["written"]: (row["shown"], row["decided_by"]) for row in draft.table("shown_value")}


def test_a_channel_is_one_however_it_is_spelt(draft: DraftWarehouse) -> None:
    draft.hold(Facts(lead=leads(*CHANNELS)))
    assert channels(draft) == SHOWN
    assert {row["channel"] for row in draft.table("lead")} == set(CHANNELS)


def test_neither_the_order_of_rows_nor_their_ids_change_what_is_shown(
    draft: DraftWarehouse,
) -> None:
    for seed in range(3):
        draft.hold(Facts(lead=leads(*Random(seed).sample(CHANNELS, len(CHANNELS)))))
        assert channels(draft) == SHOWN


def test_what_was_written_is_listed_with_its_rows_and_its_column(draft: DraftWarehouse) -> None:
    draft.hold(Facts(lead=leads("Fair", "Fair", "FAIR", "fair", "fair\u00a0", "Webinar")))
    DERIVED["shown_value"].validate(draft.frame("shown_value"), lazy=True)
    listed = {
        (row["written"], row["shown"], row["decided_by"], row["rows"], row["stands_in"])
        for row in draft.table("shown_value")
    }
    assert listed == {
        ("FAIR", "Fair", "frequency", 1, "lead.channel"),
        ("fair", "Fair", "frequency", 1, "lead.channel"),
        ("fair\u00a0", "Fair", "frequency", 1, "lead.channel"),
    }


def test_a_channel_rule_without_a_medium_names_recorded_sources(draft: DraftWarehouse) -> None:
    rule = {"name": "LinkedIn Marketing", "source": ["linkedin", "LinkedIn Ads", "li"]}
    later = {"name": "Social", "source": ["LI", "xing"]}
    written = ("LinkedIn", "LINKEDIN ADS", "Li", "ｌｉ", "Xing", "linkedin marketing", "Webinar")
    draft.hold(Facts(lead=leads(*written)), with_rules(rule, later))
    assert channels(draft) == {"LinkedIn Marketing": 5, "Social": 1, "Webinar": 1}
    assert decided(draft) == {
        "LinkedIn": ("LinkedIn Marketing", "channel_rule"),
        "LINKEDIN ADS": ("LinkedIn Marketing", "channel_rule"),
        "Li": ("LinkedIn Marketing", "channel_rule"),
        "ｌｉ": ("LinkedIn Marketing", "channel_rule"),
        "Xing": ("Social", "channel_rule"),
        "linkedin marketing": ("LinkedIn Marketing", "definitions"),
    }


def test_a_rule_that_asks_for_a_medium_says_nothing_of_a_recorded_channel(
    draft: DraftWarehouse,
) -> None:
    draft.hold(Facts(lead=leads("Google", "google", "Google", "email", "baidu")))
    assert channels(draft) == {"Google": 3, "Email": 1, "baidu": 1}


def test_a_channel_stays_that_another_rule_has_as_a_source(draft: DraftWarehouse) -> None:
    draft.hold(
        Facts(lead=leads("Email", "EMAIL", "outbound sales")),
        with_rules({"name": "Newsletter", "source": ["email", "outbound sales"]}),
    )
    assert channels(draft) == {"Email": 2, "Outbound Sales": 1}


def test_spend_touches_and_leads_of_one_channel_meet(draft: DraftWarehouse) -> None:
    draft.hold(
        Facts(
            campaign=(
                {"campaign_id": "C1", "name": "Spring  Fair", "channel": "TRADE SHOW"},
                {"campaign_id": "C2", "name": "spring fair", "channel": "trade show"},
                {"campaign_id": "C3", "name": "Spring Fair", "channel": "Trade Show"},
            ),
            campaign_spend=tuple(
                spend(each, date(2026, 5, 1), "10") for each in ("C1", "C2", "C3")
            ),
            lead=(
                lead("L1", MAY, channel="Trade Show", person_id="p"),
                lead("L2", MAY, campaign_id="C1"),
            ),
            interaction=(touch("I1", MAY, "p", channel="Trade  show", campaign_id="C2"),),
            path_touch=path_touches("P1", "trade show", "Webinar"),
        )
    )
    for table in ("journey", "spend", "touch"):
        assert {row["channel"] for row in draft.table(table)} == {"Trade Show"}, table
    assert {row["campaign"] for row in draft.table("spend")} == {"Spring Fair"}
    assert draft.table("touch")[0]["campaign"] == "Spring Fair"
    assert {row["channel"] for row in draft.table("path_step")} == {"Trade Show", "Webinar"}


def test_owners_products_regions_and_tags_are_one_too(draft: DraftWarehouse) -> None:
    draft.hold(
        Facts(
            account=(account("A", "Acme", region="ＥＭＥＡ", owner="ANA  LIMA"),),
            lead=(
                lead("L1", MAY, owner="Ana Lima", product="ポンプ", region="EMEA", tier="Hot"),
                lead("L2", MAY, owner="ana lima ", product="ﾎﾟﾝﾌﾟ", account_id="A", tier="HOT "),
                lead("L3", MAY, owner="Ana Lima", product="ポンプ", region="emea", tier="Hot"),
            ),
            opportunity=(
                opportunity("O1", MAY, account_id="A", owner="ana lima", product="ポンプ "),
            ),
            assignment=(given("L1", MAY, "direct", owner="ANA LIMA"),),
            account_order=(order("B1", "A", date(2026, 1, 1), product="ﾎﾟﾝﾌﾟ"),),
            tag=(tagged("lead", "L1", "key account"), tagged("lead", "L2", "Key Account"),
                 tagged("lead", "L3", "Key  Account")),
        )
    )  # fmt: skip
    for name, shown in {
        "owner": "Ana Lima", "product": "ポンプ", "region": "EMEA", "tier": "Hot",
        "tags": "Key Account",
    }.items():  # fmt: skip
        if name != "tags":
            assert {row[name] for row in draft.table("journey")} == {shown}
    assert Counter(row["tags"] for row in draft.table("journey"))["Key Account · VIP"] == 0
    assert all("Key Account" in row["tags"] for row in draft.table("journey"))
    (deal,) = draft.table("deal")
    assert (deal["owner"], deal["product"], deal["region"]) == ("Ana Lima", "ポンプ", "EMEA")
    given_to = {row["seller"] for row in draft.table("dispatch")} - {None}
    assert given_to == {"Ana Lima"}
    assert {row["account_id"] for row in draft.table("account")} == {"A"}


def test_an_industry_without_a_standard_word_has_one_spelling(draft: DraftWarehouse) -> None:
    draft.hold(
        Facts(
            account=(
                account("A", "Acme", industry="Zeppelins"),
                account("B", "Bolt", industry="ZEPPELINS"),
                account("C", "Cog", industry="Zeppelins"),
                account("D", "Dyn", industry="汽车"),
            ),
            lead=tuple(lead(f"L{each}", MAY, account_id=each) for each in "ABCD"),
        )
    )
    found = Counter(row["industry"] for row in draft.table("journey"))
    assert found == {"Zeppelins": 3, "Automotive": 1}
