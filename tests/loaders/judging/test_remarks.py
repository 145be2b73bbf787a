"""What is to be known of how a file was read is kept with its load, and goes with it."""

from __future__ import annotations

from pathlib import Path

from data.schema.bookkeeping import RemarkKind
from loaders.judging.remarks import note_remark, remarks
from loaders.outcome import Remark
from tests.loaders.loading import loading_in

RATES = "currency,rate_on,rate\nUSD,2026-03-01,0.92\n"


def said(sentence: str, rows: int = 0) -> Remark:
    return Remark(kind=RemarkKind.IDS, column="Id", rows=rows, sentence=sentence)


def test_remarks_are_kept_once_with_their_load_and_go_with_it(tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        load_id = loading.load("rates.csv", RATES).load_id
        assert load_id is not None
        for remark in (said("few", 2), said("many", 9), said("few", 2)):
            note_remark(loading.draft, load_id, remark)
        assert remarks(loading.draft, load_id) == (said("many", 9), said("few", 2))
        loading.undo(load_id)
        assert loading.rows("load_remark") == []


def test_a_remark_shows_no_address(tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        for _ in range(2):
            note_remark(loading.draft, "l1", said("as in ann@acme.com"))
        assert loading.rows("load_remark", "sentence") == [("as in ‹e-mail›",)]
