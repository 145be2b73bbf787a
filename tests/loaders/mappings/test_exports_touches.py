"""What people did, as webinars, events, call lists, mailings and WeChat export it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data.definitions import BUILT_IN, Definitions
from loaders.language.library import read_mappings
from loaders.language.template import Reference, Template
from tests.loaders.loading import Loading
from tests.loaders.mappings.export_files import Row, loaded, person_of, rows_of, stored

ANNA = person_of(email="anna.brandt@norda-chemie.de")

MARCO = person_of(email="marco.rossi@acquafredda.it")

WEI = person_of(email="wei.li@huarun-water.cn")

JO = person_of(email="jo.park@hanseong.example")

JO_BY_PHONE = person_of(phone="+82 2 312 3456", name="Jo Park")

WEI_BY_PHONE = person_of(phone="+86 138 1234 5678", name="李伟")

WEI_UNNAMED = person_of(phone="+86 138 1234 5678")

FANG = person_of(phone="+86 139 8765 4321", name="王芳")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def touches(loading: Loading, system: str, channel: str | None, *, with_id: bool) -> list[Row]:
    """Interactions as they happened; all of them must be of this system and channel.

    Without their id where it is a digest.
    """
    found = stored(loading)["interaction"]
    for row in found:
        assert row.pop("source_system") == system
        assert row.pop("channel", None) == channel
        if not with_id:
            row.pop("interaction_id")
    return sorted(found, key=lambda row: (row["occurred_at"], row["action"]))


def people(loading: Loading) -> list[Row]:
    """People without what is made of their addresses and names."""
    found = stored(loading)["person"]
    made = ("email_key", "phone_key", "name_key", "email_domain", "email_state", "phone_state")
    return [{name: row[name] for name in row if name not in made} for row in found]


def by_id(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str(row["person_id"]))


def stays(prefix: str, *rows: tuple[Any, ...], **alike: str) -> list[Row]:
    """Registrations and stays: person, which of them, when, minutes; and what all have alike."""
    actions = {"attend": "webinar_attended", "register": "webinar_registered"}
    return [
        {
            "interaction_id": f"{prefix}:{person}:{kind}:{when}",
            "person_id": person,
            "occurred_at": at(when),
            "action": actions[kind],
            **({"engaged_seconds": 60.0 * minutes[0]} if minutes else {}),
            **alike,
        }
        for person, kind, when, *minutes in rows
    ]


def test_a_zoom_report_has_its_audience_only(tmp_path: Path) -> None:
    name = "zoom/attendee_89012345678_2026_03_18.csv"
    with loaded(tmp_path, name, mapping="zoom_attendee_report") as loading:
        assert touches(loading, "webinar", "Webinar", with_id=True) == stays(
            "webinar",
            (ANNA, "register", "2026-03-02 08:15:00"),
            (WEI, "register", "2026-03-10 02:40:30"),
            (MARCO, "register", "2026-03-11 22:05:00"),
            (JO, "register", "2026-03-12 00:00:01"),
            (ANNA, "attend", "2026-03-18 15:00:12", 22),
            (WEI, "attend", "2026-03-18 15:02:59", 59),
            (ANNA, "attend", "2026-03-18 15:25:02", 37),
            content_id="name:leak-free plants: live demo",
        )
        assert stored(loading)["content"] == rows_of(
            "content_id title kind",
            ("name:leak-free plants: live demo", "Leak-free plants: live demo", "Webinar"),
        )
        assert people(loading) == by_id(
            rows_of(
                "person_id job_title",
                (ANNA, "Head of Maintenance"),
                (WEI, "设备经理"),
                (MARCO, "Buyer"),
                (JO, None),
            )
        )


def test_webinar_attendance_with_the_webinar_s_id(tmp_path: Path) -> None:
    with loaded(tmp_path, "webinar/attendance.csv", mapping="webinar_attendance") as loading:
        assert touches(loading, "webinar", "Webinar", with_id=True) == stays(
            "webinar:89012345678",
            (ANNA, "register", "2026-03-02 08:15:00"),
            (MARCO, "register", "2026-03-11 22:05:00"),
            (ANNA, "attend", "2026-03-18 15:00:12", 22),
            (ANNA, "attend", "2026-03-18 15:25:02", 37),
            campaign_id="7015g00000A1",
            content_id="CT-7",
        )


def test_badge_scans(tmp_path: Path) -> None:
    with loaded(tmp_path, "event/badge_scans.csv", mapping="event_badge_scans") as loading:
        assert touches(loading, "event", "Event", with_id=False) == rows_of(
            "person_id occurred_at action campaign_id",
            (ANNA, at("2026-06-15 09:12"), "event_attended", "name:achema 2026"),
            (ANNA, at("2026-06-15 14:40"), "booth_visited", "name:achema 2026"),
            (MARCO, at("2026-06-16 11:00"), "session_attended", "name:achema 2026"),
            (JO_BY_PHONE, at("2026-06-16 16:05"), "booth_visited", "name:achema 2026"),
            (None, at("2026-06-17 10:30"), "event_attended", "name:achema 2026"),
        )
        assert people(loading) == by_id(
            rows_of(
                "person_id account_id job_title consent",
                (ANNA, "name:norda chemie", "Head of Maintenance", "granted"),
                (MARCO, "name:acquafredda", "Buyer", None),
                (JO_BY_PHONE, "name:hanseong valves", None, None),
            )
        )
        assert stored(loading)["account"] == rows_of(
            "account_id name name_key",
            ("name:acquafredda", "Acquafredda S.p.A.", "acquafredda"),
            ("name:hanseong valves", "Hanseong Valves", "hanseong valves"),
            ("name:norda chemie", "Norda Chemie GmbH", "norda chemie"),
        )


def test_badge_scans_under_chinese_headers(tmp_path: Path) -> None:
    with loaded(tmp_path, "event/签到记录.csv", mapping="event_badge_scans") as loading:
        fair = "name:2026上海泵阀展"
        assert touches(loading, "event", "Event", with_id=True) == rows_of(
            "interaction_id person_id occurred_at action campaign_id",
            ("scan:S001", WEI_BY_PHONE, at("2026-06-03 09:05"), "event_attended", fair),
            ("scan:S002", WEI_BY_PHONE, at("2026-06-03 14:20"), "booth_visited", fair),
            ("scan:S003", FANG, at("2026-06-04 10:00"), "session_attended", fair),
        )
        assert people(loading) == by_id(
            rows_of(
                "person_id account_id job_title consent",
                (WEI_BY_PHONE, "name:华润水务", "设备经理", "granted"),
                (FANG, "name:江南化工", "采购", None),
            )
        )


def test_calls_and_what_was_learned_in_them(tmp_path: Path) -> None:
    wrong = person_of(phone="+49 40 7654321", name="Jörg Müller")
    rossi = person_of(phone="+39 02 1234 5678", name="Marco Rossi")
    with loaded(tmp_path, "telemarketing/call_list.csv", mapping="telemarketing_list") as loading:
        campaign, lead = "7015g00000A1", "00Q5g0000000001EAA"
        assert touches(loading, "telemarketing", "Telemarketing", with_id=True) == rows_of(
            "interaction_id person_id occurred_at action campaign_id",
            ("call:C-1", ANNA, at("2026-03-16 10:05"), "call_connected", campaign),
            ("call:C-2", rossi, at("2026-03-16 10:20"), "call_no_answer", campaign),
            ("call:C-3", f"salesforce:{lead}", at("2026-03-17"), "callback_requested", campaign),
            ("call:C-4", ANNA, at("2026-03-18 08:00:30"), "call_voicemail", campaign),
            ("call:C-5", wrong, at("2026-03-18 09:00"), "call_wrong_number", None),
        )
        assert people(loading) == by_id(rows_of("person_id", (ANNA,), (rossi,), (wrong,)))
        assert stored(loading)["lead"] == rows_of(
            "lead_id authority need timeline competitor",
            (lead, "Influencer", "None", "no plan", "none"),
        )


def test_calls_under_chinese_headers(tmp_path: Path) -> None:
    name = "telemarketing/通话记录.csv"
    with loaded(tmp_path, name, mapping="telemarketing_list") as loading:
        spring = "name:春季电话邀约"
        assert touches(loading, "telemarketing", "Telemarketing", with_id=True) == rows_of(
            "interaction_id person_id occurred_at action campaign_id",
            ("call:T-1", WEI_BY_PHONE, at("2026-03-16 10:05"), "call_connected", spring),
            ("call:T-2", FANG, at("2026-03-16 10:30"), "call_no_answer", spring),
            ("call:T-3", FANG, at("2026-03-17 09:00"), "callback_requested", spring),
        )


WITHDRAWN = {
    "consent": "withdrawn",
    "consent_at": at("2026-03-05 01:10"),
    "reachable_by_email": False,
}


OPTED_OUT = {
    "person_id": WEI,
    "channel": "Email",
    "purpose": "all",
    "changed_at": at("2026-03-05 01:10"),
    "state": "withdrawn",
}
"""That Wei Li unsubscribed, beside the interaction that it is."""


def test_what_happened_to_mails(tmp_path: Path) -> None:
    with loaded(tmp_path, "email/engagement.csv", mapping="email_engagement") as loading:
        mailing = "7015g00000E1"
        assert touches(loading, "email", "Email", with_id=True) == rows_of(
            "interaction_id person_id occurred_at action campaign_id content_id",
            ("email:E1", ANNA, at("2026-03-04 07:00"), "email_sent", mailing, None),
            ("email:E5", MARCO, at("2026-03-04 07:00"), "email_sent", mailing, None),
            ("email:E7", WEI, at("2026-03-04 07:00"), "email_sent", mailing, None),
            ("email:E2", ANNA, at("2026-03-04 07:00:04"), "email_delivered", mailing, None),
            ("email:E6", MARCO, at("2026-03-04 07:00:09"), "email_bounce", mailing, None),
            ("email:E3", ANNA, at("2026-03-04 07:31:40"), "email_open", mailing, None),
            ("email:E4", ANNA, at("2026-03-04 07:32:02.250"), "email_click", mailing, "CT-7"),
            ("email:E8", WEI, at("2026-03-05 01:10"), "email_unsubscribe", mailing, None),
        )
        assert people(loading) == by_id(
            [{"person_id": ANNA}, {"person_id": MARCO}, {"person_id": WEI} | WITHDRAWN]
        )
        assert stored(loading)["consent_event"] == [OPTED_OUT]


def test_a_mailing_with_a_column_for_each_thing_that_happened(tmp_path: Path) -> None:
    with loaded(tmp_path, "email/recipients.csv", mapping="email_recipients") as loading:
        assert touches(loading, "email", "Email", with_id=True) == [
            {
                "interaction_id": f"email:M12:{person}:{action}",
                "person_id": person,
                "occurred_at": at(f"2026-03-{when}"),
                "action": action,
                "campaign_id": "name:pump letter",
            }
            for when, _, person, action in sorted(
                [
                    ("04 07:00:00", ANNA, ANNA, "email_sent"),
                    ("04 07:00:00", MARCO, MARCO, "email_sent"),
                    ("04 07:00:00", WEI, WEI, "email_sent"),
                    ("04 07:00:04", "", ANNA, "email_delivered"),
                    ("04 07:00:05", "", WEI, "email_delivered"),
                    ("04 07:00:09", "", MARCO, "email_bounce"),
                    ("04 07:31:40", "", ANNA, "email_open"),
                    ("04 07:32:02", "", ANNA, "email_click"),
                    ("05 01:10:00", "", WEI, "email_unsubscribe"),
                ]
            )
        ]
        assert people(loading) == by_id(
            [{"person_id": ANNA}, {"person_id": MARCO}, {"person_id": WEI} | WITHDRAWN]
        )
        assert stored(loading)["consent_event"] == [OPTED_OUT]


def test_what_happened_to_mails_under_chinese_headers(tmp_path: Path) -> None:
    with loaded(tmp_path, "email/邮件互动.csv", mapping="email_engagement") as loading:
        mailing = "7015g00000E2"
        assert touches(loading, "email", "Email", with_id=True) == rows_of(
            "interaction_id person_id occurred_at action campaign_id",
            ("email:Y1", WEI, at("2026-03-04 07:00"), "email_sent", mailing),
            ("email:Y2", WEI, at("2026-03-04 07:00:05"), "email_delivered", mailing),
            ("email:Y5", MARCO, at("2026-03-04 07:01"), "email_bounce", mailing),
            ("email:Y3", WEI, at("2026-03-04 08:15"), "email_open", mailing),
            ("email:Y4", WEI, at("2026-03-04 08:16"), "email_click", mailing),
            ("email:Y6", WEI, at("2026-03-05 01:10"), "email_unsubscribe", mailing),
        )


def test_what_followers_of_a_wechat_account_did(tmp_path: Path) -> None:
    name = "wechat/公众号用户行为.csv"
    with loaded(tmp_path, name, mapping="wechat_activity") as loading:
        known, unknown = "wechat:oAbC1xyz", "wechat:oDeF2uvw"
        guide = "name:无泄漏泵选型指南"
        assert touches(loading, "wechat", "WeChat", with_id=False) == rows_of(
            "person_id visitor_id occurred_at action campaign_id content_id",
            (
                WEI_UNNAMED,
                known,
                at("2026-03-01 01:05"),
                "wechat_follow",
                "name:上海泵阀展",
                None,
            ),
            (WEI_UNNAMED, known, at("2026-03-01 01:07"), "wechat_read", None, guide),
            (WEI_UNNAMED, known, at("2026-03-01 16:30"), "wechat_menu_click", None, None),
            (unknown, unknown, at("2026-03-03 10:00"), "wechat_follow", None, None),
            (unknown, unknown, at("2026-03-03 10:04"), "wechat_share", None, guide),
            (unknown, unknown, at("2026-03-09 00:00"), "wechat_unfollow", None, None),
        )
        assert people(loading) == by_id(
            rows_of("person_id reachable_by_wechat", (WEI_UNNAMED, True), (unknown, False))
        )
        aliases = stored(loading)["person_alias"]
        assert [alias.pop("phone_key", None) is not None for alias in aliases] == [True, False]
        assert aliases == rows_of(
            "source_system source_record_id person_id matched_by confidence",
            ("wechat", "oAbC1xyz", WEI_UNNAMED, "phone", 1.0),
            ("wechat", "oDeF2uvw", unknown, "id", 1.0),
        )


@pytest.mark.parametrize("name", ["content/downloads.csv", "content/下载记录.csv"])
def test_downloads(tmp_path: Path, name: str) -> None:
    expected = {
        "content/downloads.csv": (
            ("D1", ANNA, "2026-03-05 09:12:00", "Paid Search", "21400000001", "CT-7"),
            ("D2", MARCO, "2026-03-06 17:45:10", "Organic Search", None, "CT-8"),
            ("D3", ANNA, "2026-03-07 06:00:00", None, None, "CT-8"),
        ),
        "content/下载记录.csv": (
            ("X1", WEI, "2026-03-05 09:12:00", "微信", "name:春季白皮书", "CT-7"),
            ("X2", WEI, "2026-03-06 10:00:30", "百度", None, "CT-8"),
        ),
    }[name]
    with loaded(tmp_path, name, mapping="content_downloads") as loading:
        assert stored(loading)["interaction"] == rows_of(
            "interaction_id person_id occurred_at action channel campaign_id content_id "
            "source_system",
            *(
                (f"download:{id_}", who, at(when), "content_download", *rest, "content")
                for id_, who, when, *rest in expected
            ),
        )
        assert {row["person_id"] for row in people(loading)} == {who for _, who, *_ in expected}


# Kept as the source wrote them.
UNTRANSLATED = {"page_view", "ad_click", "video_start", "file_download"}


def test_every_action_that_earns_credit_is_one_that_exports_bring() -> None:
    brought: set[str] = set()
    own = [each for each in read_mappings().values() if each.source_system != "generic"]
    for mapping in own:
        for rows in mapping.tables:
            match rows.columns.get("action"):
                case Template(parts=(str(word),)):
                    brought.add(word)
                case Template(parts=(Reference(names=(name,)),)) if name in mapping.values:
                    brought |= set(mapping.values[name].words.values())
    touch = Definitions.load(BUILT_IN).touch
    assert set(touch.actions) <= brought | UNTRANSLATED
    assert set(touch.high_value) <= set(touch.actions)
