"""No address and no number of a loaded file is in the store, in what is printed or exported."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.__main__ import main
from loaders.history import loads
from tests.data.forget.planted import (
    ADDRESSES,
    ANN,
    FILES,
    NUMBERS,
    TYPED,
    TYPED_FILE,
    Planted,
    cells,
    found,
)

CLEAR = (*ADDRESSES, *NUMBERS)


def test_no_file_of_the_store_has_one(planted: Planted) -> None:
    written = "\n".join(FILES.values()).encode()
    assert set(found(written, CLEAR)) == {*ADDRESSES, "13812345678", *NUMBERS} - {"030 90182000"}
    assert found(planted.bytes(), CLEAR) == []
    for generation in planted.store.generations():
        assert "rejected_row" in {table for table, _, _ in cells(generation.path)}
        values = "\n".join(value for _, _, value in cells(generation.path))
        assert found(values.encode(), CLEAR) == []


def test_nothing_that_is_printed_or_exported_has_one(
    planted: Planted,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(planted.store.path))
    shown = b""
    for load_id in loads(planted.store)["load_id"]:
        export = tmp_path / f"{load_id}.csv"
        assert main(["rejects", load_id]) == 0
        assert main(["rejects", load_id, "--csv", str(export)]) == 0
        shown += export.read_bytes()
    path = planted.folder / "interactions.csv"
    path.write_text(FILES["interactions.csv"] + "i9,,,,,never,page_view\n", encoding="utf-8")
    assert main(["load", str(path)]) == 0
    assert main(["load", str(path), "--progress", "json"]) == 0
    assert main(["recognise", str(path)]) == 0
    typed = planted.folder / TYPED_FILE
    typed.write_text(TYPED, encoding="utf-8")
    assert main(["load", str(typed)]) == 0
    assert main(["load", str(typed), "--progress", "json"]) == 0
    assert main(["recognise", str(typed)]) == 0
    assert main(["load", str(typed), "--as", "generic_person"]) == 1
    assert main(["load", str(typed.with_name(f"no {ANN}.csv"))]) == 1
    assert main(["watch", str(planted.folder), "--once"]) in (0, 1)
    assert main(["history"]) == 0
    output = capfd.readouterr()
    shown += output.out.encode() + output.err.encode()
    assert "•••".encode() in shown
    assert "an e-mail address or a phone number was hidden in 2 values" in output.out
    assert found(shown, CLEAR) == []
    assert found(planted.bytes(), CLEAR) == []
