"""`python -m metrics audit_trail …` and `two_models …`: one deal, or two models, from a shell."""

from __future__ import annotations

import argparse

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from metrics.answered import Answered
from metrics.attribution.comparing.audit_trail import AuditTrail, audit_trail, happened
from metrics.attribution.comparing.disagreement import FIRST_AGAINST_LAST, ModelPair, two_models
from metrics.attribution.comparing.trail_steps import Standing
from metrics.attribution.question import CREDITED, EVENTS, Question, Touched, Worth
from metrics.attribution.usual import settled
from metrics.period import in_words
from metrics.scope import Dimension, Scope, Stage

TRAIL, TWO_MODELS = "audit_trail", "two_models"
NAMES = (TRAIL, TWO_MODELS)
"""What can be asked about single deals and about pairs of models."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options beside those of a scope."""
    parser.add_argument("--id", help="audit_trail: the deal's, or the lead's for mql and sql")
    parser.add_argument(
        "--weights", action="store_true", help="audit_trail: what each model gives each touch"
    )
    parser.add_argument("--first", metavar="MODEL", default=FIRST_AGAINST_LAST.first)
    parser.add_argument("--second", metavar="MODEL", default=FIRST_AGAINST_LAST.second)
    parser.add_argument(
        "--deals", action="store_true", help="two_models: the deals that decide the difference"
    )
    parser.add_argument("--event", choices=[each.value for each in EVENTS], default=Stage.WON.value)
    parser.add_argument(
        "--by", choices=[each.value for each in CREDITED], default=Dimension.CHANNEL.value
    )
    parser.add_argument(
        "--worth", choices=[each.value for each in Worth], default=Worth.AMOUNT.value
    )
    parser.add_argument(
        "--touched", choices=[each.value for each in Touched], default=Touched.ACCOUNT.value
    )
    parser.add_argument("--lookback", type=int, metavar="DAYS", help="default: as in the data")
    parser.add_argument("--half-life", type=float, metavar="DAYS", help="default: as in the data")


def answer(warehouse: Warehouse, scope: Scope, options: argparse.Namespace) -> Answered:
    """The trail of a deal, or what two models disagree about. Raises what these raise."""
    asked = Question(
        scope,
        event=Stage(options.event),
        worth=Worth(options.worth),
        touched=Touched(options.touched),
        lookback_days=options.lookback,
        by=Dimension(options.by),
    )
    question, half_life_days = settled(warehouse, asked, Definitions.load().attribution)
    if options.half_life is not None:
        half_life_days = options.half_life
    if options.name == TRAIL:
        if options.id is None:
            raise MetricError("of which deal? Name it with --id")
        found = audit_trail(warehouse, question, options.id, half_life_days)
        table = found.weights if options.weights else found.touches
        return Answered((_in_words(found, question),), table)
    pair = ModelPair(options.first, options.second)
    compared = two_models(warehouse, question, half_life_days, pair)
    said = f"{pair.second} minus {pair.first}, of {question.event.plural} in the period."
    return Answered((said,), compared.deals if options.deals else compared.segments)


def _in_words(trail: AuditTrail, question: Question) -> str:
    """What is audited, in one sentence."""
    conversion, all_touches = trail.conversion, len(trail.touches)
    counted = len(trail.touches.filter(standing=Standing.COUNTED.value))
    worth = "an unknown amount" if conversion.worth is None else f"{conversion.worth:,}"
    whose = conversion.account or "an unknown account"
    return (
        f"{conversion.subject_id} of {whose} {happened(question.event)} on"
        f" {in_words(conversion.converted_on)}, worth {worth}. Of {all_touches} things that its"
        f" people did, {counted} count."
    )
