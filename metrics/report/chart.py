"""The report's two pictures as SVG: revenue against the plan, and where the quarter lands.

A picture knows no page: its text has the font of where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from xml.sax.saxutils import escape

from metrics.report.content import PlannedMonth, PlanSoFar, QuarterLanding, ReportContent, WonMonth
from metrics.wording import formats

WIDTH = 380
HEIGHT = 176
LANDING_HEIGHT = 104

ACTUAL = "#0072b2"
PROJECTED = "#9fcae5"
PLAN = "#0d141b"
QUIET = "#56626e"
LINE = "#d3dbe3"

_Height = Callable[[float], float]

_SIZE = 10.5
_WIDEST = 32.0
_TOP, _BOTTOM, _LEFT, _RIGHT = 22.0, 30.0, 4.0, 4.0


def revenue_chart(content: ReportContent) -> str:
    """Won revenue month by month; the months of the plan have its mark and where they may end.

    A month that is not over is hollow and dashed. A month to come is only there with its plan.
    """
    won = {month.month_on: month for month in content.won_months}
    plan = _in_money(content.plan)
    months = sorted({*won, *plan})
    highest = max(
        (
            float(value)
            for value in (
                *(month.won for month in won.values()),
                *(month.target for month in plan.values()),
                *(month.projected_high for month in plan.values()),
            )
            if value is not None
        ),
        default=0.0,
    )
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(months))

    def height(value: float) -> float:
        room = HEIGHT - _TOP - _BOTTOM
        return HEIGHT - _BOTTOM - (room * value / highest if highest else 0.0)

    base = HEIGHT - _BOTTOM
    parts = [_line(_LEFT, base, WIDTH - _RIGHT, base, LINE)]
    for place, month in enumerate(months):
        middle = _LEFT + (place + 0.5) * step
        parts += _month(won.get(month), plan.get(month), middle, step, height)
        parts += _month_name(month, middle, is_first=place == 0)
    parts += _legend(bool(plan))
    best = max(won.values(), key=lambda each: each.won or 0, default=None)
    if best is not None and best.won:
        middle = _LEFT + (months.index(best.month_on) + 0.5) * step
        top = height(float(best.won)) - 4
        parts.append(_text(middle, top, formats.money(float(best.won), content.currency)))
    return _svg(WIDTH, HEIGHT, "Won revenue by month, and the plan", parts)


def _in_money(plan: PlanSoFar | None) -> dict[date, PlannedMonth]:
    if plan is None or not plan.is_money:
        return {}
    return {month.month_on: month for month in plan.months}


def _month(
    won: WonMonth | None,
    planned: PlannedMonth | None,
    middle: float,
    step: float,
    height: _Height,
) -> Iterable[str]:
    wide = min(0.62 * step, _WIDEST)
    if won is not None and won.won:
        top = height(float(won.won))
        look = (
            f'fill="{ACTUAL}"'
            if won.days_seen == won.days
            else f'fill="#ffffff" stroke="{ACTUAL}" stroke-dasharray="3 2"'
        )
        yield (
            f'<rect x="{middle - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}"'
            f' height="{HEIGHT - _BOTTOM - top:.1f}" {look}/>'
        )
    if planned is None:
        return
    low, high = planned.projected_low, planned.projected_high
    if low is not None and high is not None and high > low:
        top, bottom = height(high), height(low)
        yield (
            f'<rect x="{middle - wide / 5:.1f}" y="{top:.1f}" width="{0.4 * wide:.1f}"'
            f' height="{bottom - top:.1f}" fill="{PROJECTED}" opacity="0.8"/>'
        )
    at = height(planned.target)
    yield _line(middle - 0.72 * wide, at, middle + 0.72 * wide, at, PLAN, width=2)


def _month_name(month: date, middle: float, *, is_first: bool) -> Iterable[str]:
    yield _text(middle, HEIGHT - 17, f"{month:%b}", colour=QUIET)
    if is_first or month.month == 1:
        yield _text(middle, HEIGHT - 5, f"{month:%Y}", colour=QUIET)


def _legend(has_plan: bool) -> Iterable[str]:
    yield f'<rect x="{_LEFT}" y="4" width="9" height="9" fill="{ACTUAL}"/>'
    yield _text(17, 12, "won", anchor="start", colour=QUIET)
    yield (
        f'<rect x="46.5" y="4.5" width="8" height="8" fill="#ffffff" stroke="{ACTUAL}"'
        ' stroke-dasharray="3 2"/>'
    )
    yield _text(59, 12, "not over", anchor="start", colour=QUIET)
    if has_plan:
        yield _line(112, 8.5, 126, 8.5, PLAN, width=2)
        yield _text(130, 12, "plan", anchor="start", colour=QUIET)
        yield f'<rect x="160" y="4" width="6" height="9" fill="{PROJECTED}"/>'
        yield _text(170, 12, "may end at, in 8 of 10 cases", anchor="start", colour=QUIET)


def landing_chart(found: QuarterLanding, currency: str) -> str:
    """Where the quarter lands: what is won, the range of 8 in 10 cases, the middle, the plan."""
    highest = max(found.high, found.target or 0.0, found.won_so_far) * 1.08 or 1.0

    def at(value: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * value / highest

    def amount(value: float) -> str:
        return formats.money(value, currency) if found.is_money else formats.count(value)

    top, thick = 40.0, 22.0
    parts = [
        _line(_LEFT, top + thick / 2, WIDTH - _RIGHT, top + thick / 2, LINE),
        f'<rect x="{at(found.low):.1f}" y="{top}" width="{at(found.high) - at(found.low):.1f}"'
        f' height="{thick}" fill="{PROJECTED}"/>',
        f'<rect x="{_LEFT}" y="{top + 5}" width="{at(found.won_so_far) - _LEFT:.1f}"'
        f' height="{thick - 10}" fill="{ACTUAL}"/>',
        _line(at(found.middle), top - 2, at(found.middle), top + thick + 2, ACTUAL, width=2),
    ]
    below = top + thick + 14
    labels = {amount(each): at(each) for each in (found.low, found.middle, found.high)}
    parts += _spread([(place, text) for text, place in labels.items()], below)
    won = f"won {amount(found.won_so_far)}"
    parts.append(_text(_LEFT, below + 16, won, anchor="start", colour=ACTUAL))
    if found.target is not None:
        place = at(found.target)
        parts.append(_line(place, top - 10, place, top + thick + 6, PLAN, width=2))
        anchor = "end" if place > WIDTH * 0.7 else "start" if place < WIDTH * 0.3 else "middle"
        parts.append(_text(place, top - 14, f"plan {amount(found.target)}", anchor=anchor))
    return _svg(WIDTH, LANDING_HEIGHT, f"Where {found.quarter.name} lands", parts)


def _spread(labels: list[tuple[float, str]], y: float) -> Iterable[str]:
    """Labels at their places, moved apart where they would overlap."""
    widths = [6.0 * len(text) + 6 for _, text in labels]
    places = [place for place, _ in labels]
    for index in range(1, len(places)):
        least = places[index - 1] + (widths[index - 1] + widths[index]) / 2
        places[index] = max(places[index], least)
    over = places[-1] + widths[-1] / 2 - WIDTH
    for index in range(len(places) - 1, -1, -1):
        limit = WIDTH - widths[index] / 2
        if index < len(places) - 1:
            limit = places[index + 1] - (widths[index] + widths[index + 1]) / 2
        places[index] = min(places[index], limit) if over > 0 else places[index]
    for place, (_, text) in zip(places, labels, strict=True):
        yield _text(place, y, text)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
        f' stroke-width="{width}"/>'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "middle", colour: str = PLAN) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{_SIZE}"'
        f' fill="{colour}">{escape(text)}</text>'
    )


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )
