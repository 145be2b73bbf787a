"""What a file leaves open, so that whoever loads it is asked."""

from __future__ import annotations

from data.errors import SourceError
from loaders.language.opening import Opened
from loaders.outcome import Question


class UnclearError(SourceError):
    """A file that can be read in two ways. Carries what to ask."""

    def __init__(self, opened: Opened, questions: tuple[Question, ...]) -> None:
        super().__init__(_asked(opened, questions))
        self.questions = questions


def _asked(opened: Opened, questions: tuple[Question, ...]) -> str:
    """All questions in one message, with what to say to the command line."""
    name = opened.source.path.name
    each = " ".join(question.sentence(name) for question in questions)
    ways = " or ".join(
        f'{question.option} "{answer}"'
        for question in {each.option: each for each in questions}.values()
        for answer in question.answers
    )
    return (
        f"{each} Nothing in the file says which, so it was not loaded. Say it with {ways}, or in a "
        "mapping of your own."
    )
