"""Loaded paths: who earns their credit by the models that need no times."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl
import streamlit as st

from data.terms.glossary import defined
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.loaded_paths.credit import path_credit_of
from metrics.attribution.loaded_paths.question import PathQuestion
from metrics.attribution.loaded_paths.totals import loaded_paths
from metrics.attribution.models import DRIVEN_LABELS, SELF_REPORTED_NEED, own_rules
from metrics.attribution.question import CREDITED, Worth
from metrics.wording import formats
from pages.charts.credit import MOST_ROWS, dumbbells
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure_all
from pages.controls.problems import explained
from pages.controls.tables import note_cut, show_chart, show_table
from pages.display.text import escape
from pages.review.credit.models import shares_of

_WORTHS = {"Number": Worth.COUNT, "Value": Worth.AMOUNT}
_BY = {each.label.capitalize(): each for each in CREDITED}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What the section is asked, and the two models that stand side by side."""

    question: PathQuestion
    model: str
    other: str
    labels: dict[str, str]


def show_loaded_paths() -> None:
    """The section, where paths are loaded; nothing where there are none."""
    loaded = measure_all(loaded_paths)
    if loaded.is_empty():
        return
    with st.container(border=True), explained():
        st.header("Loaded paths", anchor=False)
        chosen = _choose(loaded)
        question = chosen.question
        _say_what_it_is(loaded.filter(source_system=question.source_system))
        credit = measure_all(path_credit_of, question, definitions().base_currency)
        if not credit["credit"].sum():
            st.info(
                "None of these paths has a conversion with a value: nobody earns credit. Ask for "
                "their number, or load paths with conversions.",
                icon=":material/info:",
            )
        else:
            _show_credit(credit, chosen)
        _name_the_unanswered(question)


def _choose(loaded: pl.DataFrame) -> _Chosen:
    systems = loaded["source_system"].to_list()
    rules = own_rules(definitions().attribution.model)
    with st.container(horizontal=True, gap="medium"):
        system = systems[0]
        if len(systems) > 1:
            system = choose_one("Paths of", systems, key="paths_of", width=150)
        known = loaded.filter(source_system=system)["value_amount"].item() is not None
        worths = list(_WORTHS) if known else ["Number"]
        worth = _WORTHS[choose_one("Credit in", worths, key="paths_in", width=130)]
        by = _BY[choose_one("Shared by", _BY, key="paths_by", width=150)]
        question = PathQuestion(system, worth, by, own_rules=rules)
        labels = {rule.name: rule.label for rule in question.rules} | DRIVEN_LABELS
        names = {label: name for name, label in labels.items()}
        places = {name: place for place, name in enumerate(names.values())}
        model, other = (
            names[choose_one(title, names, key=key, index=places[usual], width=200)]
            for title, key, usual in (
                ("By the model", "paths_model", "linear"),
                ("Compared with", "paths_other", "last"),
            )
        )
    return _Chosen(question, model, other, labels)


def _say_what_it_is(loaded: pl.DataFrame) -> None:
    row = loaded.row(0, named=True)
    nulls = f", and {_plain(row['nulls'])} journeys that did not convert" if row["nulls"] else ""
    st.markdown(
        f"{formats.counted(row['paths'], 'path', 'paths')} of {escape(row['source_system'])} stand "
        f"for **{_plain(row['conversions'])} conversions**{nulls}. They were loaded in order and "
        "with weights, without times and of nobody in particular."
    )
    if row["touches_without_path"]:
        lost = formats.counted(row["touches_without_path"], "touch belongs", "touches belong")
        st.warning(
            f"{lost} to journeys of which no row says what came of them: they earn nothing. Load "
            "their conversions, 0 where there were none.",
            icon=":material/warning:",
        )
    st.caption(
        "Period and filters do not bear on them. Their conversions may be among the deals as well, "
        "so that the two are never added up. Credit is not causation: it says which touches were "
        "there, not what they added."
    )


def _show_credit(credit: pl.DataFrame, chosen: _Chosen) -> None:
    names = chosen.labels[chosen.model], chosen.labels[chosen.other]
    by = chosen.question.by.label
    shares = shares_of(credit, chosen.model, chosen.other)
    alt = f"Share of the credit of loaded paths of each {by} by {names[0]} and by {names[1]}"
    show_chart(dumbbells(shares.head(MOST_ROWS), *names), key="path_marks", alt=alt)
    if len(shares) > MOST_ROWS:
        note_cut(MOST_ROWS, len(shares), first="largest")
    rows = credit.filter(model=chosen.model)
    left = Decimal(rows.filter(segment=UNATTRIBUTED)["credit"].sum())
    whole = Decimal(rows["credit"].sum())
    is_money = chosen.question.worth is Worth.AMOUNT
    currency = f" {escape(definitions().base_currency)}" if is_money else ""
    st.caption(
        f":material/check: Attributed {_plain(whole - left)} + unattributed {_plain(left)} = "
        f"{_plain(whole)}{currency}, as the file says."
    )
    columns = {
        "segment": text(by.capitalize(), pinned=True),
        "label": text("Model"),
        "credit": number(
            "Credit", meaning=defined("Credit", "The downloads have all six decimals.")
        ),
        "share": percent("Share"),
        "conversions": number("Conversions touched"),
        "nulls": number("Not converted"),
        "paths": number("Paths"),
        "is_told": tick(
            "Enough to tell",
            meaning="A model that learns from journeys needs 20 conversions touched. There are no "
            "bounds: whose journeys they were is not loaded.",
        ),
    }
    shown = credit.filter(pl.col("model").is_in([chosen.model, chosen.other]))
    show_table(
        shown.with_columns(label=pl.col("model").replace_strict(chosen.labels)).select(*columns),
        alt=f"Credit of loaded paths of each {by}",
        stem=file_stem(f"path_credit_{chosen.question.source_system}_{chosen.question.worth}"),
        columns=columns,
        everything=lambda: credit,
    )


def _name_the_unanswered(question: PathQuestion) -> None:
    needs = question.not_answered | {"Self-reported": SELF_REPORTED_NEED}
    listed = "; ".join(f"{label}: {need}" for label, need in needs.items())
    st.caption(escape(f"Not answered by paths without times. {listed}."))


def _plain(amount: Decimal) -> str:
    """A weight with all of its decimals that are not 0, as people read it."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    decimals = decimals.rstrip("0")
    return escape(f"{whole}.{decimals}" if decimals else whole)
