"""How far a load is: what the child reports, and what its parent makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from loaders.progress import Course, Phases
from loaders.protocol import Progress
from loaders.reading import lines
from tests.loaders.loading import Loading, loading_in

LEADS = "lead_id,created_at,channel,email,phone,country\n"
ROWS = 400


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


@pytest.fixture
def half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is asked once in each statement, when half of it is done."""

    @contextmanager
    def following(self: Draft, on_share: Callable[[float], None]) -> Iterator[None]:
        yield
        on_share(0.5)

    monkeypatch.setattr(Draft, "following", following)


def leads(rows: int = ROWS, *, first: int = 0) -> str:
    return LEADS + "".join(
        f"L{number},2026-01-01,Email,a{number}@example.com,+49 30 {1000000 + number},Germany\n"
        for number in range(first, first + rows)
    )


def shares(events: list[Progress]) -> list[float]:
    return [event.share for event in events if event.share is not None]


def test_half_way_through_a_statement_half_of_the_rows_are_told(
    loading: Loading, half_done: None
) -> None:
    loading.load("leads.csv", leads())
    halves = [event for event in loading.phases if event.rows is not None]
    assert [(event.phase, event.rows, event.of) for event in halves] == [
        ("reading", ROWS // 2, ROWS),
        ("checking", ROWS // 2, ROWS),
    ]
    assert "standardising email" in [event.phase for event in loading.phases]


def test_rows_that_go_straight_into_their_table_are_followed_too(
    loading: Loading, half_done: None
) -> None:
    days = (f"EUR,2026-{month:02}-{day:02},1.1\n" for month in range(1, 13) for day in (1, 9))
    loading.load("rates.csv", "currency,rate_on,rate\n" + "".join(days))
    reported = [(event.phase, event.rows, event.of) for event in loading.phases]
    assert reported == [("opening", None, None), ("checking", None, 24), ("checking", 12, 24)]


def test_the_share_of_a_file_never_falls_whichever_way_it_goes(
    loading: Loading, half_done: None
) -> None:
    for name, first in (("new.csv", 0), ("merged.csv", ROWS // 2)):
        loading.phases.clear()
        loading.load(name, leads(first=first))
        reported = shares(loading.phases)
        assert reported == sorted(reported)
        assert len(reported) == len(loading.phases)
        assert reported[0] == 0
        assert 0.5 < reported[-1] < 1
    assert loading.phases[-1].phase == "writing person"


def test_a_file_is_followed_while_it_is_looked_through(
    loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_CHUNK_BYTES", 4096)
    loading.load("leads.csv", leads())
    opening = [event for event in loading.phases if event.phase == "opening"]
    assert len(opening) > 1
    assert 0 < shares(opening)[-1] < 0.5


def test_a_small_file_is_read_in_one_piece_and_not_followed(loading: Loading) -> None:
    loading.load("leads.csv", leads(3))
    assert [event.phase for event in loading.phases].count("opening") == 1


def test_deriving_says_what_is_at_work(loading: Loading, half_done: None) -> None:
    reported: list[tuple[str, float]] = []
    rebuild(loading.draft, Definitions.load(), on_share=lambda *event: reported.append(event))
    differences = ["stage_difference", "opportunity_difference"]
    tables = [
        "touch_left_out",
        "touch",
        "contact",
        "path_step",
        "deal_lead",
        *differences,
        "lead_stage_entry",
        "journey",
        "deal",
        "pipeline_change",
        "lead_notice",
        "lead_quality",
        "lead_move",
        "working_day",
        "dispatch",
        "follow_up",
        "planned_action",
        "content_use",
        "content_asset",
        "spend_report",
        "superseded_spend",
        "spend",
        "load_tie",
    ]
    who_is_who = ["companies", "people", "leads and their people", "visitors"]
    assert list(dict.fromkeys(what for what, _ in reported)) == [*who_is_who, *tables]
    known = [share for what, share in reported if what in who_is_who]
    assert known[0] == 0
    assert known == sorted(set(known)), "each is reported once, and none goes back"
    assert len(known) > 2 * len(who_is_who)
    halves = [table for table in tables for _ in range(2)]
    following = [event for event in reported if event[0] not in who_is_who]
    assert [table for table, _ in following] == halves
    assert [share for _, share in following] == [
        pytest.approx(0.4 + 0.6 * number / len(halves)) for number in range(len(halves))
    ]
    assert known[-1] < following[0][1]


def test_a_phase_is_told_of_a_few_times_a_second_and_never_backwards() -> None:
    clock, reported = Clock(), list[Progress]()
    phases = Phases("a.csv", reported.append, clock)
    phases.expect(1000, ["checking"])
    phases.begin("checking")
    for seconds, share in ((0.0, 0.1), (0.1, 0.2), (0.3, 0.3), (1.0, 0.2), (1.5, 0.305), (2, 1.0)):
        clock.now = 100 + seconds
        phases.advance(share)
    assert [event.rows for event in reported] == [None, 100, 300, 1000]
    assert reported[-1].share == 1


def test_a_phase_that_was_not_expected_goes_on_from_where_the_work_is() -> None:
    reported = list[Progress]()
    phases = Phases("a.csv", reported.append)
    for phase in ("opening", "checking", "writing lead", "writing person"):
        phases.begin(phase)
    assert shares(reported) == sorted(shares(reported))


def test_rows_rate_and_time_left_follow_the_clock() -> None:
    clock = Clock()
    course = Course({"a.csv": 1000}, clock)
    assert course.standing().pace == ()
    course.note(Progress(file_name="a.csv", phase="opening", share=0.0))
    clock.now += 4
    assert course.standing().seconds_left is None, "nothing is known yet"
    course.note(Progress(file_name="a.csv", phase="checking", of=800, share=0.2))
    clock.now += 2
    course.note(Progress(file_name="a.csv", phase="checking", rows=400, of=800, share=0.4))
    standing = course.standing()
    assert standing.share == pytest.approx(0.75 * 0.4)
    assert standing.rows_per_second == pytest.approx(200)
    assert standing.seconds_left == pytest.approx(0.7 / (0.3 / 6))
    assert standing.pace == ("400 of 800 rows", "200 rows/s", "about 14 s left")


def test_time_left_goes_by_the_pace_of_the_last_seconds() -> None:
    clock = Clock()
    course = Course({}, clock)
    course.note(Progress(file_name="", phase="deriving touch", share=0.0))
    clock.now += 1
    course.note(Progress(file_name="", phase="deriving journey", share=0.5))
    fast = course.standing().seconds_left
    for _ in range(20):
        clock.now += 1
        course.note(Progress(file_name="", phase="deriving journey", share=0.5))
    assert fast is not None
    assert fast < 2
    assert course.standing().seconds_left is None, "nothing has moved for ten seconds"


def test_the_bar_never_goes_back_over_several_files() -> None:
    course = Course({"a.csv": 3000, "b.csv": 0, "c.csv": 1000}, Clock())
    reported = []
    for name in ("a.csv", "b.csv", "c.csv"):
        for phase, share in (("opening", 0.0), ("checking", 0.9), ("checking", 0.3)):
            course.note(Progress(file_name=name, phase=phase, share=share))
            reported.append(course.standing().share)
    for phase, done in (("deriving", None), ("deriving touch", 0.0), ("deriving spend", 0.9)):
        course.note(Progress(file_name="", phase=phase, share=done))
        reported.append(course.standing().share)
    course.note(Progress(file_name="", phase="publishing"))
    reported.append(course.standing().share)
    assert reported == sorted(reported)
    assert reported[0] == 0
    assert reported[1] == pytest.approx(0.75 * 0.75 * 0.9, rel=0.01)
    assert reported[-1] == pytest.approx(0.95)
