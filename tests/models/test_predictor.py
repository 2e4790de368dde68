"""An exported model → its predictions."""

from pathlib import Path

import numpy as np
import pytest

from mnist_core.common.errors import StudioError
from mnist_core.data import outliers, synthetic
from mnist_core.drawing.strokes import Gray, rasterize
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(shipped().onnx, digit_threshold=shipped().card.digit_threshold)


def test_probabilities_are_probabilities(predictor: Predictor) -> None:
    """(N, 10) float32 between 0 and 1, each row summing to 1, the same in any batch."""
    images, _ = synthetic.generate(30, seed=3)
    probabilities = predictor.probabilities(images)
    assert probabilities.shape == (30, 10)
    assert probabilities.dtype == np.float32
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(predictor.probabilities(images[7:8])[0], probabilities[7], atol=1e-4)


def test_no_images_give_no_rows(predictor: Predictor) -> None:
    """(0, 28, 28) → (0, 10)."""
    assert predictor.logits(np.zeros((0, 28, 28), np.uint8)).shape == (0, 10)


def test_more_images_than_a_batch(predictor: Predictor) -> None:
    """They are predicted in parts and come back in order."""
    images = np.tile(synthetic.generate(50, seed=4)[0], (25, 1, 1))
    logits = predictor.logits(images)
    np.testing.assert_allclose(logits[:50], logits[-50:], atol=1e-3)


def test_many_images_are_predicted_as_one_is(predictor: Predictor) -> None:
    """Verdict and digit of each, in order; no images give no predictions."""
    images = np.stack(
        [*synthetic.generate(5, seed=8)[0], np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)]
    )
    found = predictor.predict_all(images)
    assert [each.verdict for each in found[5:]] == ["nothing drawn", "not a digit"]
    for one, image in zip(found, images, strict=True):
        alone = predictor.predict(image)
        assert (one.verdict, one.digit) == (alone.verdict, alone.digit)
        assert one.probability == pytest.approx(alone.probability, abs=1e-4)
    assert predictor.predict_all(images[:0]) == []


def test_synthetic_digits_are_predicted(predictor: Predictor) -> None:
    """The shipped model predicts nearly all synthetic digits correctly, and is sure of most."""
    images, labels = synthetic.generate(100, seed=5)
    found = [predictor.predict(image) for image in images]
    assert sum(each.digit == label for each, label in zip(found, labels, strict=True)) >= 90
    assert sum(each.verdict == "sure" for each in found) >= 80
    one = found[0]
    assert one.probability == max(one.probabilities)
    assert one.probabilities[one.digit] == one.probability


def test_real_digits_are_hardly_ever_called_strange(predictor: Predictor, real_mnist: Path) -> None:
    """Of 1,000 of MNIST's test images at least 99% are called a digit, and 98% are predicted correctly."""
    with np.load(real_mnist) as file:
        images, labels = file["x_test"][:1000], file["y_test"][:1000]
    found = [predictor.predict(image) for image in images]
    assert sum(each.verdict in ("sure", "not sure") for each in found) >= 990
    assert sum(each.digit == label for each, label in zip(found, labels, strict=True)) >= 980


def test_a_blank_image_is_nothing(predictor: Predictor) -> None:
    """Without ink there is no digit."""
    assert predictor.predict(np.zeros((28, 28), np.uint8)).verdict == "nothing drawn"


FULL = np.full((28, 28), 255, np.uint8)
LINES = rasterize([[(0.0, float(y)), (5.0, float(y))] for y in range(5)])
SCRIBBLE = rasterize([[tuple(point) for point in np.random.default_rng(0).random((100, 2)).tolist()]])


@pytest.mark.parametrize(
    ("image", "score_matters"),
    [(rasterize([[(5.0, 5.0)]]), False), (FULL, False), (LINES, False), (SCRIBBLE, True)],
    ids=["hardly any ink", "nothing but ink", "too many marks", "nothing that the network knows"],
)
def test_what_is_not_a_digit_is_called_so(image: Gray, score_matters: bool, predictor: Predictor) -> None:
    """By its ink, by its marks or by its digit score; and its probabilities are numbers."""
    prediction = predictor.predict(image)
    assert prediction.verdict == "not a digit"
    assert np.isfinite(prediction.probabilities).all()
    without_score = Predictor(shipped().onnx).predict(image)
    assert (without_score.verdict != "not a digit") == score_matters


def test_scribbles_and_letters_are_refused(predictor: Predictor) -> None:
    """Nine of ten non-digits that the program draws, and hardly a digit that it writes."""
    scribbles = predictor.predict_all(outliers.generate(300, seed=11))
    assert sum(each.verdict == "not a digit" for each in scribbles) >= 270
    digits = predictor.predict_all(synthetic.generate(300, seed=11)[0])
    assert sum(each.recognised for each in digits) >= 290


def test_digits_beside_each_other_are_several(predictor: Predictor) -> None:
    """Their strokes tell; the image alone is not a digit."""
    random = np.random.default_rng(5)
    found = []
    for _ in range(20):
        pair = [synthetic.write(int(random.integers(10)), random) for _ in range(2)]
        drawn = [[(x + 130 * place, y) for x, y in stroke] for place, one in enumerate(pair) for stroke in one]
        found.append(predictor.predict(rasterize(drawn), drawn).verdict)
        assert predictor.predict(rasterize(drawn)).verdict != "several"
    assert found.count("several") >= 16


def test_a_scribble_beside_a_scribble_is_not_several(predictor: Predictor) -> None:
    """Nor is one digit, whatever its strokes are."""
    random = np.random.default_rng(5)
    two = [[(x + 130 * place, y) for x, y in stroke] for place in range(2) for stroke in outliers.KINDS["face"](random)]
    assert predictor.predict(rasterize(two), two).verdict == "not a digit"
    for digit in range(10):
        drawn = synthetic.write(digit, random)
        assert predictor.predict(rasterize(drawn), drawn).verdict != "several"


@pytest.mark.parametrize("content", [b"", b"no model", bytes(1000)])
def test_a_damaged_model_is_a_sentence(content: bytes, tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(StudioError, match=r"model\.onnx is damaged"):
        Predictor(path)


def test_a_cut_off_or_missing_model_is_a_sentence(tmp_path: Path) -> None:
    """Half a model, and none."""
    path = tmp_path / "model.onnx"
    with pytest.raises(StudioError, match="damaged"):
        Predictor(path)
    whole = shipped().onnx.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StudioError, match="damaged"):
        Predictor(path)
