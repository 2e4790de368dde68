"""What a federated model's card tells whoever gets it."""

import pytest

from mnist_core.config.federated import FederateServeConfig

pytest.importorskip("flwr", reason="Flower is not installed: see docs/federated.md")

from mnist_core.engine.federated.register import without_places

HARMLESS = {"name", "model", "device"}
"""Free texts that name no place."""


def test_the_card_names_no_place() -> None:
    """No file, folder or address of the machine that made it: every free text is tried."""
    texts = [name for name, field in FederateServeConfig.model_fields.items() if field.annotation is str]
    places = dict.fromkeys(set(texts) - HARMLESS, "/home/ada/secret")
    assert {"drawings", "collections", "host", "token_file", "certfile", "keyfile"} <= set(places)
    told = without_places(FederateServeConfig(rounds=3, port=9999, **places))
    assert told == FederateServeConfig(rounds=3)
