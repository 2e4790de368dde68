"""What the service takes and returns, for its OpenAPI description."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mnist_core.models.predictor import Verdict

Digit = Annotated[int, Field(ge=0, le=9, strict=True)]
Role = Literal["active", "canary", "shadow"]
STROKES = [[[30, 10], [28, 60], [31, 110]]]
"""A one."""
ID = "5f0c2b9d1a7e4c83"


class Prediction(BaseModel):
    """A prediction. `digit`, `probability`, `probabilities` and `score` are null if nothing is drawn."""

    id: Annotated[str, Field(examples=[ID], description="Names the prediction in feedback.")]
    model: Annotated[str, Field(examples=["shipped"], description="The id of the model that predicted.")]
    model_name: Annotated[str, Field(examples=["MNIST Studio"])]
    verdict: Annotated[Verdict, Field(examples=["sure"], description="How far to trust the prediction.")]
    digit: Annotated[int | None, Field(ge=0, le=9, examples=[1])]
    probability: Annotated[float | None, Field(examples=[0.9987])]
    probabilities: Annotated[list[float] | None, Field(description="One for each digit from 0 to 9.")]
    score: Annotated[float | None, Field(description="The higher, the more the drawing looks like a digit.")]


class NumberDigit(BaseModel):
    """One digit of a number."""

    id: Annotated[str, Field(examples=[ID], description="Names the prediction in feedback.")]
    box: Annotated[
        list[float],
        Field(examples=[[28, 10, 31, 110]], description="Left, top, right, bottom, in the drawing's unit or pixels."),
    ]
    verdict: Verdict
    digit: Annotated[int, Field(ge=0, le=9)]
    probability: float


class Number(BaseModel):
    """Several digits beside each other, from left to right."""

    number: Annotated[str, Field(examples=["2026"], description="With ? for what is not a digit.")]
    verdict: Annotated[Verdict, Field(description="The worst of the digits' verdicts.")]
    model: str
    model_name: str
    digits: list[NumberDigit]


class Feedback(BaseModel):
    """The right digit of an earlier prediction."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=64, examples=[ID], description="The prediction's id.")]
    digit: Annotated[Digit, Field(examples=[7], description="The digit that was drawn.")]


class FeedbackTaken(BaseModel):
    """What became of a feedback."""

    id: str
    digit: int
    right: Annotated[bool, Field(description="Whether the prediction was this digit.")]
    waits: Annotated[bool, Field(description="Whether the drawing waits in the review queue.")]


class Model(BaseModel):
    """A model of the workspace."""

    id: Annotated[str, Field(examples=["shipped"])]
    name: Annotated[str, Field(examples=["MNIST Studio"])]
    kind: Annotated[str, Field(examples=["shipped"])]
    architecture: Annotated[str, Field(examples=["deep"])]
    parameters: int
    test_accuracy: float | None
    digit_threshold: Annotated[float | None, Field(description="Below this score, a drawing is not a digit.")]
    created: str
    roles: Annotated[list[Role], Field(description="What it does in this service.")]


class Health(BaseModel):
    """Whether the service can answer."""

    status: Literal["ok", "closing"]
    problem: Annotated[str, Field(description="Why the registry's active model is not the one that predicts.")] = ""


class Problem(BaseModel):
    """What is wrong with a request (RFC 9457)."""

    type: str = "about:blank"
    title: Annotated[str, Field(examples=["Unprocessable Content"])]
    status: Annotated[int, Field(examples=[422])]
    detail: Annotated[str, Field(examples=["A bitmap must be 28 rows of 28 values from 0 to 255."])]
    request_id: Annotated[str, Field(examples=["c0ffee1234567890"])]
    pointer: Annotated[str | None, Field(examples=["/3/image"], description="The place in the body.")] = None


DRAWING: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {
        "strokes": {
            "description": "Pen paths: points [x, y], x right, y down, in any unit.",
            "type": "array",
            "items": {
                "type": "array",
                "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            },
        },
        "image": {
            "description": "28 rows of 28 values: 0 background, 255 ink.",
            "type": "array",
            "minItems": 28,
            "maxItems": 28,
            "items": {
                "type": "array",
                "minItems": 28,
                "maxItems": 28,
                "items": {"type": "number", "minimum": 0, "maximum": 255},
            },
        },
    },
}


def body(most: int) -> dict[str, Any]:
    """The body of `/v1/predict` and `/v1/number`, which their functions check themselves.

    Args:
        most: drawings of a list.
    """
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [DRAWING, {"type": "array", "items": DRAWING, "maxItems": most}]},
                    "examples": {
                        "strokes": {"summary": "The strokes of one digit", "value": {"strokes": STROKES}},
                        "list": {"summary": "Several drawings", "value": [{"strokes": STROKES}, {"strokes": STROKES}]},
                    },
                },
                "image/png": {"schema": {"type": "string", "format": "binary"}},
                "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    }


KEY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
"""How a client sends its API key: in one of two ways."""
