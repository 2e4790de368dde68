"""Several digits beside each other are read as a number; one digit as ever."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from mnist_core.data import outliers, synthetic
from mnist_core.data.numbers import put_together
from mnist_core.drawing.strokes import Strokes, rasterize
from mnist_core.models import stroke_groups
from mnist_core.models.number_reader import Number, read_bitmap, read_number, read_numbers
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped
from tests.strategies import drawn_strokes

PREDICTOR = Predictor(shipped().onnx, digit_threshold=shipped().card.digit_threshold)
PEN_STROKES = Path(__file__).parents[3] / "shared" / "data" / "pen-strokes.jsonl.gz"


def write(number: str, rng: np.random.Generator, *, delayed: float = 0.0) -> Strokes:
    return put_together([synthetic.write(int(digit), rng) for digit in number], rng, delayed=delayed).strokes


def moved(strokes: Strokes, right: float, down: float = 0) -> Strokes:
    return [[(x + right, y + down) for x, y in stroke] for stroke in strokes]


@settings(max_examples=40, deadline=None)
@given(drawn_strokes)
def test_any_strokes_are_read(strokes: Strokes) -> None:
    """Each stroke is in one digit at most, the boxes are those of the strokes, and one digit is as predicted."""
    found = read_number(PREDICTOR, strokes)
    places = [each for digit in found.digits for each in digit.strokes]
    assert len(places) == len(set(places))
    assert set(places) <= set(range(len(strokes)))
    assert len(found.text) == len(found.digits)
    for digit in found.digits:
        points = np.concatenate([strokes[each] for each in digit.strokes])
        assert digit.box == (*points.min(axis=0), *points.max(axis=0))
    if len(found.digits) == 1:
        whole = rasterize(strokes)
        assert (found.digits[0].image == whole).all()
        assert found.digits[0].prediction == PREDICTOR.predict(whole, strokes)
        assert [*found.digits[0].strokes] == [each for each, stroke in enumerate(strokes) if stroke]


@pytest.mark.parametrize("delayed", [0.0, 1.0])
def test_written_numbers_are_read(delayed: float) -> None:
    """Also when bars and roofs come late."""
    rng = np.random.default_rng(4)
    numbers = ["".join(map(str, rng.integers(0, 10, rng.integers(2, 9)))) for _ in range(40)]
    found = read_numbers(PREDICTOR, [write(number, rng, delayed=delayed) for number in numbers])
    assert sum(one.text == number for one, number in zip(found, numbers, strict=True)) >= 34
    assert sum(len(one.digits) == len(number) for one, number in zip(found, numbers, strict=True)) >= 36


def test_one_digit_is_never_split() -> None:
    """Neither a barred 7 nor a 5 whose roof hangs apart."""
    rng = np.random.default_rng(5)
    found = read_numbers(PREDICTOR, [synthetic.write(number % 10, rng) for number in range(300)])
    assert [len(each.digits) for each in found].count(1) >= 298


def test_a_letter_is_not_a_digit() -> None:
    """The digits beside it are read all the same."""
    rng = np.random.default_rng(6)
    drawn = [
        *synthetic.write(2, rng),
        *moved(outliers.KINDS["letter-A"](rng), 110),
        *moved(synthetic.write(6, rng), 220),
    ]
    found = read_number(PREDICTOR, drawn)
    assert found.text == "2?6"
    assert (found.verdict, found.recognised) == ("not a digit", False)


def test_letters_alone_are_no_number() -> None:
    """Of any two, one at least is not a digit."""
    rng = np.random.default_rng(7)
    pairs = [
        [*outliers.KINDS[f"letter-{a}"](rng), *moved(outliers.KINDS[f"letter-{b}"](rng), 120)]
        for a, b in ("AK", "HM", "RX")
    ]
    assert not any(each.recognised for each in read_numbers(PREDICTOR, pairs))


def test_specks_are_ignored() -> None:
    """One inside a digit belongs to it, one beside it to none; neither changes the number."""
    drawn = [*write("42", np.random.default_rng(8)), [(-1.5, 0.5)]]
    plain = read_number(PREDICTOR, drawn[:-1])
    found = read_number(PREDICTOR, drawn)
    assert found.text == plain.text == "42"
    assert [each.strokes for each in found.digits] == [each.strokes for each in plain.digits]
    left, top, right, bottom = plain.digits[1].box
    inside = read_number(PREDICTOR, [*drawn[:-1], [((left + right) / 2, (top + bottom) / 2)]])
    assert inside.digits[1].strokes == (*plain.digits[1].strokes, len(drawn) - 1)


def test_nothing_is_no_number() -> None:
    """No strokes, empty strokes, a blank image."""
    for nothing in (read_number(PREDICTOR, []), read_number(PREDICTOR, [[]]), read_bitmap(PREDICTOR, rasterize([]))):
        assert nothing == Number(())
        assert (nothing.text, nothing.verdict) == ("", "nothing drawn")
    assert read_numbers(PREDICTOR, []) == []


def test_too_many_strokes_are_not_divided() -> None:
    drawn = [[(float(x), 0.0), (float(x), 9.0)] for x in range(stroke_groups.MOST_STROKES + 1)]
    assert len(read_number(PREDICTOR, drawn).digits) == 1
    assert len(read_number(PREDICTOR, moved(drawn[::8], 0)).digits) > 1


def test_a_bitmap_is_one_digit() -> None:
    """With the box of its ink."""
    image = rasterize(synthetic.write(8, np.random.default_rng(2)))
    (digit,) = read_bitmap(PREDICTOR, image).digits
    left, top, right, bottom = map(int, digit.box)
    assert image[top:bottom, left:right].sum() == image.sum()
    assert digit.prediction == PREDICTOR.predict(image)


def test_a_model_without_a_digit_score_reads_too() -> None:
    """Its energy and threshold stand for the eleventh outcome."""

    class Plain(Predictor):
        def outputs(self, images):  # type: ignore[no-untyped-def]
            found = super().outputs(images)
            return type(found)(found.logits)

    rng = np.random.default_rng(9)
    drawn = [write(number, rng) for number in ("2026", "73", "815")]
    for threshold in (None, 3.0):
        plain = Plain(shipped().onnx, digit_threshold=threshold)
        assert [each.text for each in read_numbers(plain, drawn)] == ["2026", "73", "815"]


@pytest.mark.skipif(not PEN_STROKES.exists(), reason="the pen strokes are not there")
def test_real_numbers_are_read() -> None:
    """Of 60 numbers of people whom the shipped model does not know at least 52; a digit alone is one digit."""
    writers: dict[int, list[tuple[int, Strokes]]] = {}
    with gzip.open(PEN_STROKES) as file:
        for line in [*file][::5]:
            record = json.loads(line)
            writers.setdefault(record["writer"], []).append((record["digit"], record["strokes"]))
    rng = np.random.default_rng(10)
    drawings, numbers = [], []
    for pool in [*writers.values()] * 2:
        some = [pool[each] for each in rng.integers(0, len(pool), rng.integers(2, 11))]
        drawings.append(put_together([strokes for _, strokes in some], rng).strokes)
        numbers.append("".join(str(digit) for digit, _ in some))
    found = read_numbers(PREDICTOR, drawings)
    assert sum(one.text == number for one, number in zip(found, numbers, strict=True)) >= 52
    alone = read_numbers(PREDICTOR, [strokes for pool in writers.values() for _, strokes in pool[:10]])
    assert all(len(each.digits) == 1 for each in alone)
