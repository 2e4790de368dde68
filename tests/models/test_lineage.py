"""All models as trees."""

from dataclasses import replace

from mnist_core.models.lineage import trees
from mnist_core.models.model import Model
from mnist_core.models.registry import shipped


def model(name: str, base: str | None = None) -> Model:
    return replace(shipped(), id=name, name=name, card=shipped().card.model_copy(update={"base": base}))


def test_each_model_is_below_its_base() -> None:
    """The largest tree comes first; a deleted model appears if a model that is there was made from it."""
    root, child, grandchild = model("root"), model("child", "root"), model("grandchild", "child")
    lonely, leaf = model("lonely"), model("leaf", "lonely")
    found = trees([grandchild, lonely, root], [leaf, child])
    assert [[each.name for each in tree] for tree in found] == [["root", "child", "grandchild"], ["lonely"]]
    assert found[0].children[0].model is child


def test_a_base_that_is_nowhere_begins_no_tree() -> None:
    """Its child is a root."""
    assert [tree.model.name for tree in trees([model("child", "elsewhere")])] == ["child"]
