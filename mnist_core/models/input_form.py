"""How a network from elsewhere wants its images: the scale of the values, and whether digits are dark on light."""

from dataclasses import dataclass
from typing import Literal, get_args

from mnist_core.common.errors import InputError
from mnist_core.common.language import Text, _, listed
from mnist_core.common.records import Part

Scale = Literal["x/255", "x", "x/255-0.5", "x/127.5-1", "standardised"]
SCALES: dict[Scale, tuple[float, float]] = {
    "x/255": (1 / 255, 0.0),
    "x": (1.0, 0.0),
    "x/255-0.5": (1 / 255, -0.5),
    "x/127.5-1": (1 / 127.5, -1.0),
    "standardised": (1 / (255 * 0.3081), -0.1307 / 0.3081),
}
"""Code → factor and offset for a value x of 0 to 255. The last is (x/255 − 0.1307)/0.3081, as in PyTorch's examples."""
BAD = {"mnist": 0.8, "synthetic": 0.6}
"""A model that predicts a smaller share of these digits correctly gets its images in the wrong form, or is bad itself.

Synthetic digits are harder: they have styles that MNIST lacks.
"""


def formula(scale: Scale) -> str:
    """How a scale is shown."""
    return "(x/255 − 0.1307)/0.3081" if scale == "standardised" else scale.replace("-", " − ")


@dataclass(frozen=True)
class InputForm:
    """A scale, and whether the network learned dark digits on a light background."""

    scale: Scale
    inverted: bool = False

    @property
    def factor(self) -> float:
        """x → factor · x + offset, for values x of 0 (background) to 255 (ink)."""
        return -SCALES[self.scale][0] if self.inverted else SCALES[self.scale][0]

    @property
    def offset(self) -> float:
        factor, offset = SCALES[self.scale]
        return offset + 255 * factor if self.inverted else offset


FORMS = tuple(InputForm(scale, inverted) for inverted in (False, True) for scale in SCALES)
"""All that are tried, the most usual first."""


@dataclass(frozen=True)
class Wanted:
    """What a person says about a network's images; None where the program finds it out."""

    scale: Scale | None = None
    inverted: bool | None = None

    @property
    def forms(self) -> list[InputForm]:
        """The forms that agree with it."""
        return [
            form
            for form in FORMS
            if self.scale in (None, form.scale) and (self.inverted is None or self.inverted == form.inverted)
        ]

    @classmethod
    def of(cls, scale: str, inverted: bool | None) -> "Wanted":
        """From what a person has entered; for an empty scale, the program finds it out.

        Raises:
            InputError: there is no such scale.
        """
        found = next((each for each in get_args(Scale) if each == scale), None)
        if scale and found is None:
            raise InputError(
                _("There is no input scale {scale!r}. Allowed: {allowed}.", scale=scale[:50], allowed=listed(SCALES))
            )
        return cls(found, inverted)


class Inputs(Part):
    """How an imported network gets its images, and how many digits it predicts correctly so."""

    scale: Scale
    inverted: bool
    right: int
    count: int
    digits: Literal["mnist", "synthetic"]
    """The images that it was tried on: MNIST's training images, or synthetic ones."""
    best_of_all: bool = False
    """Whether all forms were tried, so that no other is better."""

    @property
    def accuracy(self) -> float:
        return self.right / self.count

    @property
    def is_bad(self) -> bool:
        """Whether so few digits are predicted correctly that something is wrong."""
        return self.accuracy < BAD[self.digits]

    @property
    def form_text(self) -> Text:
        """The form of the images, for a person."""
        scale = formula(self.scale)
        if self.inverted:
            return _("inputs {scale}, dark digits on a light background", scale=scale)
        return _("inputs {scale}", scale=scale)

    @property
    def text(self) -> Text:
        """What was found, in a sentence."""
        values = {"share": self.accuracy, "count": self.count, "form": self.form_text}
        if self.digits == "mnist":
            return _("It predicts {share:.1%} of {count:,} MNIST training images correctly with {form}.", **values)
        return _("It predicts {share:.1%} of {count:,} synthetic digits correctly with {form}.", **values)
