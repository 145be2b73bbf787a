"""What is said where content is not loaded, or nothing was done with it."""

from __future__ import annotations

from datetime import datetime

from metrics.content.loaded import content_missing
from tests.metrics.facts import DraftWarehouse, Facts, touch


def test_what_is_missing_is_named(draft: DraftWarehouse) -> None:
    assert (content_missing(draft.hold(Facts())) or "").startswith("No content is loaded. Load ")
    listed = Facts(content=({"content_id": "a"}, {"content_id": "b"}))
    said = content_missing(draft.hold(listed)) or ""
    assert said.startswith("A list of 2 assets is loaded, and nothing that anybody did with one.")
    # What people do with an asset is enough: a list of them says more, and is not needed.
    used = Facts(interaction=(touch("I", datetime(2026, 1, 5), "p", content_id="c"),))
    assert content_missing(draft.hold(used)) is None
