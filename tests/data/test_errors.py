"""An error says one or several things; a misspelt name is answered with the nearest known one."""

from __future__ import annotations

import pickle
import time

from data.errors import DefinitionError, MappingError, MissingRateError, did_you_mean


def test_an_error_keeps_its_problems_apart_whatever_their_text() -> None:
    error = MappingError("line 1: a; b", "line 2: c")
    assert error.problems == ("line 1: a; b", "line 2: c")
    assert str(error) == "line 1: a; b; line 2: c"


def test_one_sentence_is_one_problem() -> None:
    error = MissingRateError("no rate; load one")
    assert error.problems == ("no rate; load one",)
    assert str(error) == "no rate; load one"


def test_an_error_keeps_its_problems_on_the_way_between_processes() -> None:
    again = pickle.loads(pickle.dumps(DefinitionError("a; b", "c")))
    assert again.problems == ("a; b", "c")
    assert str(again) == "a; b; c"


def test_a_misspelt_name_is_answered_with_the_nearest_one() -> None:
    assert did_you_mean("stgae", ["stage", "status"]) == ' Did you mean "stage"?'
    assert did_you_mean("grade", ["stage", "x"]) == ""
    assert did_you_mean("stage", []) == ""


def test_texts_too_long_for_a_name_are_not_compared() -> None:
    text = "the quick brown fox " * 20_000
    started = time.perf_counter()
    assert did_you_mean(text, ["stage", text]) == ""
    assert did_you_mean("stgae", ["stage", text, *(text[:-1],) * 50]) == ' Did you mean "stage"?'
    assert time.perf_counter() - started < 1


def test_a_name_of_200_characters_is_compared_and_one_more_is_not() -> None:
    assert did_you_mean("a" * 199 + "b", ["a" * 200]) == f' Did you mean "{"a" * 200}"?'
    assert did_you_mean("a" * 200 + "b", ["a" * 200]) == ""
    assert did_you_mean("a" * 200, ["a" * 201]) == ""
