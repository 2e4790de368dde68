"""Feedback from outside ends in the review queue; what nobody asked to keep is not kept."""

import numpy as np

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.models.predictor import Prediction
from mnist_core.models.registry import SHIPPED
from mnist_core.service.limits import Limits
from mnist_core.service.recent import Recent
from mnist_core.service.served import Batch, Served
from tests.service.client import STROKES, serving

DRAWING = {"strokes": STROKES}


def test_feedback_waits_for_a_person(workspace: Workspace) -> None:
    """With the strokes as they were sent, the prediction, and the digit that the client said; it comes first."""
    queue = ReviewQueue(workspace)
    with serving(workspace) as client:
        found = client.post("/v1/predict", DRAWING).json
        assert client.post("/v1/feedback", {"id": found["id"], "digit": 7}).json == {
            "id": found["id"], "digit": 7, "right": False, "waits": True,
        }  # fmt: skip
        image = synthetic.generate(1, seed=1)[0][0]
        other = client.post("/v1/predict", {"image": image.tolist()}).json
        assert client.post("/v1/feedback", {"id": other["id"], "digit": other["digit"]}).json["right"]
        client.post("/v1/feedback", {"id": other["id"], "digit": 4})  # on second thought
        first, second = queue.next(8)
    assert first.sha256 == Drawing(None, [[(float(x), float(y)) for x, y in stroke] for stroke in STROKES]).sha256
    assert (first.label, first.prediction, first.model_id) == (7, 1, SHIPPED)
    assert (second.label, second.prediction) == (4, other["digit"])
    np.testing.assert_array_equal(second.image, image)
    assert first.id is not None
    queue.label(first.id, 7)
    assert [each.label for each in DrawingStore(workspace).all()] == [7]


def test_a_collected_drawing_does_not_wait_again(workspace: Workspace) -> None:
    DrawingStore(workspace).add([Drawing(1, [[(float(x), float(y)) for x, y in stroke] for stroke in STROKES])])
    with serving(workspace) as client:
        found = client.post("/v1/predict", DRAWING).json
        assert not client.post("/v1/feedback", {"id": found["id"], "digit": 1}).json["waits"]
    assert ReviewQueue(workspace).count() == 0


def test_a_digit_of_a_number_gets_feedback(workspace: Workspace) -> None:
    """Of its own strokes only."""
    ones = {"strokes": [[[0, 0], [0, 50]], [[40, 0], [40, 50]]]}
    with serving(workspace) as client:
        _, second = client.post("/v1/number", ones).json["digits"]
        client.post("/v1/feedback", {"id": second["id"], "digit": 1})
    (waiting,) = ReviewQueue(workspace).next(8)
    assert [[tuple(point) for point in stroke] for stroke in waiting.strokes or []] == [[(40.0, 0.0), (40.0, 50.0)]]


def test_nothing_is_kept_unless_asked(workspace: Workspace) -> None:
    """Not even after the end; with --keep-inputs, what was drawn waits, and an empty drawing does not."""
    for keep in (False, True):
        with serving(workspace, keep_inputs=keep) as client:
            client.post("/v1/predict", [DRAWING, {"image": [[0] * 28] * 28}])
        assert ReviewQueue(workspace).count() == keep


def test_old_predictions_are_forgotten(workspace: Workspace) -> None:
    with serving(workspace, limits=Limits(remembered=2)) as client:
        ids = [client.post("/v1/predict", DRAWING).json["id"] for _ in range(3)]
        statuses = [client.post("/v1/feedback", {"id": each, "digit": 1}).status for each in ids]
    assert statuses == [404, 200, 200]


def test_the_memory_for_feedback_is_bounded() -> None:
    """Also by the size of the inputs: a drawing may have many points."""
    recent = Recent(most=1000, most_bytes=10_000)
    for number in range(100):
        strokes = [[(float(x), float(number)) for x in range(50)]]
        prediction = Prediction("sure", 1, 0.9, (0.9, 0.1), 5.0)
        drawing = Drawing(None, strokes=strokes)
        recent.add(Served(str(number), "active", "m", "Model", drawing, strokes, prediction, 0.001, Batch(1, 0.001)))
    assert len(recent) == 12
    found = recent.get("99")
    assert found is not None
    assert found.drawing.strokes == [[(float(x), 99.0) for x in range(50)]]
    assert found.drawing.margin == 0.9 - 0.1
