"""``neuralnav predict``: how an engine answers a load."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from neuralnav.cli.documents import lines_of, parse_object
from neuralnav.cli.engine_options import given
from neuralnav.cli.output import print_json
from neuralnav.errors import NeuralNavError
from neuralnav.models.prediction import PredictionAnswer, PredictionRequest
from neuralnav.services.prediction import PredictionService, shipped_predictions
from neuralnav.services.prediction_inputs import read_inputs


def run(options: dict[str, str | None], file: str | None, *, measured: bool, as_json: bool) -> int:
    """Predict for ``options``, or for each line of ``file``, where ``options`` hold unless a line says otherwise.

    1 when the engine does not fit, or a line of the file has that answer or an error.
    """
    fields, service = given(options), _predictions(measured=measured)
    if file is not None:
        return _each_line(service, fields, file, measured=measured)
    answer = service.predict(read_inputs(PredictionRequest, fields), measured=measured)
    if as_json:
        print_json(_document(answer))
    else:
        from neuralnav.cli.performance_tables import print_prediction

        print_prediction(answer, sys.stdout)
    return 0 if answer.fits else 1


def _predictions(*, measured: bool) -> PredictionService:
    """Over the database's models and measurements; without measurements over what ships, which needs no database."""
    if not measured:
        return shipped_predictions()
    from neuralnav.services.benchmarks import stored_predictions
    from neuralnav.settings import get_settings

    return asyncio.run(stored_predictions(get_settings()))


def _each_line(service: PredictionService, fields: dict[str, Any], file: str, *, measured: bool) -> int:
    code = 0
    for number, line in lines_of(file):
        try:
            document = fields | parse_object(line, f"line {number}")
            answer = service.predict(read_inputs(PredictionRequest, document), measured=measured)
            print_json(_document(answer))
            code = code if answer.fits else 1
        except NeuralNavError as error:
            code = 1
            print_json(error.as_problem())
    return code


def _document(answer: PredictionAnswer) -> dict[str, Any]:
    return answer.model_dump(mode="json")
