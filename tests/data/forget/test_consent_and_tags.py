"""A mapping that makes references by itself brings no consent and no tag of the forgotten back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.privacy.keys import VARIABLE, Keys
from data.references import erased_lead
from tests.data.forget.planted import ANN, HASHER, KEY
from tests.loaders.loading import Loading, loading_in, own_mapping

TAG = """\
word = "word"
[[table]]
into = "tag"
subject_kind = "%s"
subject_id = "%s"
tag = "{word}"
"""

CONSENT = """\
word = "word"
[[table]]
into = "consent_event"
person_id = "%s"
channel = "Email"
purpose = "{word}"
changed_at = "2026-01-01"
state = "granted"
"""

LEAD_WITH_TAG = """\
word = "word"
[[table]]
into = "lead"
lead_id = "{id}"
[[table]]
into = "tag"
subject_kind = "lead"
subject_id = "{id}"
tag = "{word}"
"""


@pytest.fixture
def loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loading]:
    """A store that knows whom it forgot: Ann, her record of a CRM and her lead."""
    monkeypatch.setenv(VARIABLE, KEY)
    with loading_in(tmp_path) as loading:
        salt = Keys.of(tmp_path).record_salt
        loading.draft.execute(
            "INSERT INTO erased_person (email_key) VALUES (?)", (HASHER.digest(ANN),)
        )
        for record in ("crm:77", erased_lead("L1")):
            digest = hashlib.sha256(f"{salt}{record}".encode()).hexdigest()
            loading.draft.execute("INSERT INTO erased_record VALUES (?)", (digest,))
        yield loading


@pytest.mark.parametrize(
    ("mapping", "theirs"),
    [
        (TAG % ("lead", "{id}"), "L1"),
        (TAG % ("lead", "L{id}"), "1"),
        (TAG % ("person", "crm:{id}"), "77"),
        (TAG % ("person", "{id}"), ANN),
        (CONSENT % "crm:{id}", "77"),
        (CONSENT % "{id}", ANN),
        (LEAD_WITH_TAG, "L1"),
    ],
)
def test_their_rows_are_left_out(loading: Loading, mapping: str, theirs: str) -> None:
    loading.mappings = own_mapping(loading.folder, mapping)
    outcome = loading.load("own.csv", f"id,word\n{theirs},grows roses\n9,ok\n")
    of_people = mapping is not LEAD_WITH_TAG
    assert outcome.rows_skipped == of_people
    assert (outcome.rows_kept, outcome.rows_rejected) == (1 if of_people else 2, 0)
    tables = ("tag", "consent_event")
    assert sum(len(loading.rows(table)) for table in tables) == 1
    assert "roses" not in str(loading.everything())


def test_of_a_company_that_is_spelled_like_the_lead_the_tag_stays(loading: Loading) -> None:
    loading.mappings = own_mapping(loading.folder, TAG % ("account", "{id}"))
    assert loading.load("own.csv", "id,word\nL1,VIP\n").rows_kept == 1
    assert loading.rows("tag", "subject_id", "tag") == [("L1", "VIP")]
