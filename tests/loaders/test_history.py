"""Refused rows as a file: complete, and never a formula."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from loaders.history import write_rejected


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_refused_value_is_no_formula_in_the_file(tmp_path: Path, start: str) -> None:
    values = [f"{start}1+1", f"1{start}1", None]
    write_rejected(pl.DataFrame({"line": [2, 3, 4], "value": values}), tmp_path / "out.csv")
    written = pl.read_csv(tmp_path / "out.csv")
    assert written["value"].to_list() == [f"'{start}1+1", f"1{start}1", None]
    assert written["line"].to_list() == [2, 3, 4]
