"""How a network from elsewhere wants its images, as a person says it and as it is told."""

import numpy as np
import pytest

from mnist_core.common.errors import InputError
from mnist_core.models.input_form import FORMS, SCALES, InputForm, Inputs, Wanted


@pytest.mark.parametrize(
    ("form", "black", "white"),
    [
        (InputForm("x/255"), 0, 1),
        (InputForm("x"), 0, 255),
        (InputForm("x/255-0.5"), -0.5, 0.5),
        (InputForm("x/127.5-1"), -1, 1),
        (InputForm("standardised"), -0.4242, 2.8215),
        (InputForm("x/255", inverted=True), 1, 0),
        (InputForm("x/127.5-1", inverted=True), 1, -1),
    ],
)
def test_background_and_ink_become_these_values(form: InputForm, black: float, white: float) -> None:
    """0 is background, 255 is ink."""
    found = np.array([0, 255]) * form.factor + form.offset
    np.testing.assert_allclose(found, [black, white], atol=1e-3)


def test_what_a_person_says_leaves_the_rest_to_the_program() -> None:
    """A scale, a background, both or neither."""
    assert Wanted.of("", None).forms == [*FORMS]
    assert Wanted.of("x", None).forms == [InputForm("x"), InputForm("x", inverted=True)]
    assert Wanted.of("", True).forms == [InputForm(scale, inverted=True) for scale in SCALES]
    assert Wanted.of("standardised", False).forms == [InputForm("standardised")]
    with pytest.raises(InputError, match=r"There is no input scale 'x/256'\. Allowed: x/255, x, x/255-0\.5"):
        Wanted.of("x/256", None)


def test_what_was_found_is_a_sentence() -> None:
    """With the figure, the images and the form."""
    found = Inputs(scale="x/255-0.5", inverted=False, right=960, count=1000, digits="mnist")
    assert found.text == "It predicts 96.0% of 1,000 MNIST training images correctly with inputs x/255 − 0.5."
    assert not found.is_bad
    assert Inputs(scale="x/255", inverted=False, right=250, count=1000, digits="mnist").is_bad
    assert not Inputs(scale="x/255", inverted=False, right=210, count=300, digits="synthetic").is_bad
