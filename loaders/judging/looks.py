"""How the values of a file's columns look, by what those that are not plain have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data.engine.draft import Draft
from data.sql import Query, Step, literal
from loaders.forms.dates import SERIALS, is_serial, look_of, serial_time
from loaders.judging.first_rows import FIRST_ROWS
from loaders.language.column import Kind
from loaders.language.opening import Opened
from loaders.language.values import understood
from loaders.outcome import Said
from loaders.transform.cells import cell_text
from loaders.transform.parsing import is_usual_time

TIMES = (Kind.TIMESTAMP, Kind.DATE)

_LOOKS_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Look:
    """Values of one column that look alike: how many, and some of them with the first line."""

    rows: int
    line: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looks:
    """How the values of one column look that are not plain, of so many values in all.

    `dotted` is how many of the plain ones are numbers with a dot before their decimals.
    """

    unusual: tuple[Look, ...]
    of: int
    dotted: int

    @property
    def rows(self) -> int:
        """Rows with any of them."""
        return sum(look.rows for look in self.unusual)

    @property
    def texts(self) -> list[str]:
        """Examples of all looks."""
        return [text for look in self.unusual for text in look.examples]

    def first_line(self, text: str) -> int:
        """The first line with a value that looks like a text."""
        return min(look.line for look in self.unusual if text in look.examples)

    def rows_like(self, texts: list[str]) -> int:
        """Rows with dates that look like one of the texts."""
        looks = {look_of(text) for text in texts}
        return sum(look.rows for look in self.unusual if look_of(look.examples[0]) in looks)


def looks(draft: Draft, opened: Opened, names: list[str], *, of_all: bool) -> dict[str, Looks]:
    """How the values of columns look, of the first rows or all in one pass: those not plain.

    Plain are dates in the usual form, and numbers without a mark that could mean two things.
    """
    texts = ", ".join(
        f"{cell_text(opened.mapping.columns[name], opened.headers[name], test_placeholders=True)}"
        f" AS c_{name}"
        for name in names
    )
    relation = f"({opened.source.relation})" if of_all else FIRST_ROWS
    cells = f"SELECT line, {texts} FROM {relation} AS source"
    draft.build("judged_cells", Query(Step("judged_cells", cells)))
    counts = ", ".join(
        f"count(c_{name}), count_if({_is_plain(f'c_{name}')} AND contains(c_{name}, '.'))"
        for name in names
    )
    counted = draft.query(f"SELECT {counts} FROM judged_cells").row(0)
    every = [
        Step(f"looks_{place}", _looks_of(name, understood(opened.mapping, name).kind in TIMES))
        for place, name in enumerate(names)
    ]
    union = " UNION ALL ".join(f"SELECT * FROM {each.name}" for each in every)
    rows = draft.query(Query(*every, Step("looks", union))).rows()
    draft.execute("DROP TABLE judged_cells")
    unusual: dict[str, list[Look]] = {}
    for name, count, line, *examples in rows:
        known = tuple(dict.fromkeys(each for each in examples if each is not None))
        unusual.setdefault(name, []).append(Look(count, line, known))
    return {
        name: Looks(tuple(unusual[name]), of, dotted)
        for name, of, dotted in zip(names, counted[::2], counted[1::2], strict=True)
        if name in unusual
    }


def _looks_of(name: str, dates: bool) -> str:
    """SELECT of the looks of a column's values, with the values that have the greatest numbers."""
    look = "'[0-9]+'" if dates else "'[0-9]'"
    plain = is_usual_time(f"c_{name}") if dates else _is_plain(f"c_{name}")
    greatest = ", ".join(
        f"arg_max(c_{name}, {_number(name, place)}) AS by_number_{place}" for place in (1, 2, 3)
    )
    return (
        f"SELECT {literal(name)} AS name, count(*) AS rows, min(line) AS line, "
        f"arg_min(c_{name}, line) AS first, {greatest} "
        f"FROM judged_cells WHERE c_{name} IS NOT NULL AND NOT {plain} "
        f"GROUP BY regexp_replace(c_{name}, {look}, '0', 'g') "
        f"ORDER BY rows DESC, line LIMIT {_LOOKS_AT_MOST}"
    )


def _number(name: str, place: int) -> str:
    """SQL of the first, second or third number in a text."""
    before = "[^0-9]*[0-9]+" * (place - 1)
    return f"TRY_CAST(regexp_extract(c_{name}, '^{before}[^0-9]*([0-9]+)', 1) AS BIGINT)"


def _is_plain(text: str) -> str:
    """SQL: a number without marks that could be read in two ways."""
    return f"regexp_full_match({text}, '[-+]?[0-9]+([.][0-9]{{1,2}}|[.][0-9]{{4,}})?')"


_A_YEAR = timedelta(days=366)
"""So long after a file was true its days may be: deals have a day on which they will be closed."""


def told_until(draft: Draft, load_id: str) -> datetime:
    """The last day that a file may tell: a year after it was true, or after now on trial."""
    known = draft.query("SELECT as_of FROM load WHERE load_id = ?", (load_id,))
    now = datetime.now(UTC).replace(tzinfo=None)
    return (now if known.is_empty() else known.item()) + _A_YEAR


def numbering_of(
    opened: Opened, unusual: dict[str, Looks], said: Said, until: datetime
) -> str | None:
    """From when the file's numbers of days count: what is said, else what its workbook declares.

    Else from 1900, if one of its days would be later than the file can tell from 1904; None if
    both may be.
    """
    if given := next((each for each in said.dates if each in SERIALS), None):
        return given
    if opened.source.from_1904 is not None:
        return "excel-1904" if opened.source.from_1904 else "excel"
    texts = [text for forms in unusual.values() for text in forms.texts if is_serial(text)]
    days = (serial_time(text, "excel-1904") for text in texts)
    return "excel" if any(day > until for day in days) else None
