"""In which settings some configs differ."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mnist_core.common.language import Text
from mnist_core.config.fields import Config

MISSING = "–"


@dataclass(frozen=True)
class Difference:
    """A setting with different values."""

    label: Text
    values: tuple[str, ...]
    """One for each config, as pages show it; "–" where a config has no such setting."""

    @property
    def usual(self) -> str:
        """The value that most configs have; of equally frequent ones, the first."""
        return Counter(self.values).most_common(1)[0][0]


def differences(
    configs: Sequence[tuple[type[Config], Mapping[str, Any]] | None], *, without: Sequence[str]
) -> list[Difference]:
    """The settings in which they differ, in the order of the form.

    Args:
        configs: the class and the values of each; None for one that cannot be read.
        without: names of settings that are left out.
    """
    known = [each for each in configs if each is not None]
    labels = {name: kind.label(name) for kind, values in known for name in values if name not in without}
    texts = [
        {name: each[0].value_text(name, value) for name, value in each[1].items()} if each is not None else {}
        for each in configs
    ]
    found = (Difference(label, tuple(text.get(name, MISSING) for text in texts)) for name, label in labels.items())
    return [each for each in found if len(set(each.values)) > 1]
