"""What is written to be read again: formats, converters, and whatever else a file may hold."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.common.errors import UnreadableError
from mnist_core.common.records import Record
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.engine.training.position import CheckpointHeader
from mnist_core.evaluation.reports import LearningRateReport, TrainReport
from mnist_core.jobs.run_config import RunConfig
from mnist_core.models.card import Card, Figures, FineTuningData
from mnist_core.models.learned import Learned
from tests.reports import fine_tune_report

SAMPLES: list[Record] = [
    Card(
        name="Zoë “8”\n", kind="fine-tuned", architecture="cnn", parameters=9, created="2026-11-26T20:00:00+00:00",
        config=FineTuneConfig(steps=7), figures=Figures(alpha=0.4), base="shipped",
        fine_tuning_data=FineTuningData(learned=3, left_out=1, replayed="mnist"),
    ),
    CheckpointHeader(step=3, elapsed_s=1.5, accuracies=[0.5], losses=[math.inf], errors=[0.1], warnings=["slow"]),
    fine_tune_report(label_issues=[{"index": 0, "label": 4, "digit": 9}]),
    Learned(learned=frozenset({"a", "b"}), left_out=frozenset({"c"})),
    LearningRateReport(suggested_learning_rate=0.01, device="cpu", total_seconds=1.0),
    RunConfig(kind="train", config=TrainConfig(name="mine", epochs=7).model_dump()),
    TrainReport(
        model="m", model_id="m", test_accuracy=0.9, validation_accuracy=0.8, onnx_difference=1e-5, best_epoch=1,
        epochs=2, fit_seconds=1.0, device="cpu", warnings=["slow"], seed=3, total_seconds=2.0, stopped=True,
    ),
]  # fmt: skip
RECORDS: list[type[Record]] = [type(each) for each in SAMPLES]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("record", RECORDS)
def test_every_record_has_a_converter_from_each_older_format(record: type[Record]) -> None:
    """And is frozen, and refuses fields that it does not know."""
    assert set(record.CONVERTERS) == set(range(1, record.FORMAT))
    assert record.model_config["frozen"] is True
    assert record.model_config["extra"] == "forbid"


@pytest.mark.parametrize("record", RECORDS)
@given(content=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_a_file_holds_is_a_record_or_unreadable(record: type[Record], content: bytes) -> None:
    """One kind of error, so that whoever shows many records can go on with the next."""
    try:
        found = record.parse(content, "the file")
    except UnreadableError:
        return
    assert record.parse(found.text(), "the same") == found


@pytest.mark.parametrize("record", SAMPLES, ids=lambda record: type(record).__name__)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    """Every field, whatever text is in it."""
    assert type(record).parse(record.text(), "the file") == record
    assert type(record).of(record.values(), "the file") == record


@pytest.mark.parametrize("record", RECORDS)
@given(data=st.data(), number=st.sampled_from([1, 2, 3, "2", None, 10**30]))
def test_odd_values_in_the_fields_of_any_format_are_unreadable(
    record: type[Record], data: st.DataObject, number: Any
) -> None:
    """Converters get whatever the file holds, too."""
    names = [*record.model_fields, "data", "figures", "parent", "best_epoch", "best_score", "suspects", "kind"]
    values = data.draw(st.dictionaries(st.sampled_from(names), JSON, max_size=8))
    with suppress(UnreadableError):
        record.of({"format": number, **values}, "the file")


def test_the_message_names_what_is_wrong() -> None:
    """The format that is too new, or the fields."""
    with pytest.raises(UnreadableError, match=f"it has format 99; this version reads 1 to {Card.FORMAT}"):
        Card.of({"format": 99}, "it")
    with pytest.raises(UnreadableError, match="Missing, unknown or invalid fields: kind, config, more"):
        RunConfig.of({"format": 2, "more": 1}, "it")
