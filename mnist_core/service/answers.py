"""Predictions → the JSON values of an answer; `schema.py` describes them."""

from typing import Any

from mnist_core.models.number_reader import Number
from mnist_core.service.served import Served
from mnist_core.service.serving import Service


def prediction(served: Served) -> dict[str, Any]:
    found, drawn = served.prediction, served.prediction.verdict != "nothing drawn"
    return {
        "id": served.id,
        "model": served.model_id,
        "model_name": served.model_name,
        "verdict": found.verdict,
        "digit": found.digit if drawn else None,
        "probability": found.probability if drawn else None,
        "probabilities": found.probabilities if drawn else None,
        "score": found.score if drawn else None,
    }


def number(number: Number, served: list[Served], service: Service) -> dict[str, Any]:
    model = service.active.loaded.model
    return {
        "number": number.text,
        "verdict": number.verdict,
        "model": served[0].model_id if served else model.id,
        "model_name": served[0].model_name if served else model.name,
        "digits": [
            {
                "id": each.id,
                "box": [*map(float, digit.box)],
                "verdict": digit.prediction.verdict,
                "digit": digit.prediction.digit,
                "probability": digit.prediction.probability,
            }
            for digit, each in zip(number.digits, served, strict=True)
        ],
    }
