"""All models as trees: which was made from which."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mnist_core.models.model import Model


@dataclass(frozen=True)
class Branch:
    """A model, and what was made from it, oldest first."""

    model: Model
    children: tuple["Branch", ...]

    def __iter__(self) -> Iterator[Model]:
        yield self.model
        for child in self.children:
            yield from child


def trees(models: Sequence[Model], deleted: Sequence[Model] = ()) -> list[Branch]:
    """The models by what they were made from. The largest tree comes first.

    Args:
        models: newest first.
        deleted: those of them that others need appear as well.
    """
    known = {model.id: model for model in [*models, *deleted]}
    made: dict[str, list[Model]] = defaultdict(list)
    for model in reversed([*models, *deleted]):
        made[_origin(model, known)].append(model)
    there = {model.id for model in models}

    def grown(model: Model) -> Branch | None:
        children = tuple(branch for child in made[model.id] if (branch := grown(child)) is not None)
        return Branch(model, children) if children or model.id in there else None

    found = [branch for root in made[""] if (branch := grown(root)) is not None]
    return sorted(found, key=lambda branch: -len([*branch]))


def _origin(model: Model, known: dict[str, Model]) -> str:
    """The id of its base, or of the model that provided its first weights; "" if neither is known."""
    card = model.card
    return next((each for each in (card.base, card.initial_weights) if each in known and each is not None), "")
