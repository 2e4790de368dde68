"""The check of the prose finds what it is for, and leaves plain sentences alone."""

import pytest

from tests.prose import problems, sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "Besides, the model is exported.",
        "What it is sure of is replayed.",
        "Only then does the trainer start.",
        "The file is checked by the importer in order to protect the app.",
        "Of the drawings that were left out, three are wrong.",
        "It has forgotten next to nothing.",
        "About 99.5 % are right.",
        "It keeps {share:.1f} % of them.",
        "A sentence that goes on and on and on, with one clause after the other, each of which adds a thought to the "
        "one before it, so that nobody knows in the end what it was about.",
    ],
)
def test_it_finds(sentence: str) -> None:
    assert [*problems(sentence)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Fix the fields marked in red to start training.",
        "What to do: import a copy of MNIST.",
        "About 99.5% are right.",
        "Each training has a folder of its own.",
        "The message names the file, the cause and what to do.",
    ],
)
def test_it_leaves_plain_sentences_alone(sentence: str) -> None:
    assert [*problems(sentence)] == []


def test_it_tells_sentences_apart() -> None:
    """Code counts as one word, and a full stop within a number ends nothing."""
    text = "Accuracy is 99.5%. **Run** `train --epochs 3. Now` first! Then look (see\nbelow)."
    assert sentences(text) == ["Accuracy is 99.5%.", "Run X first!", "Then look (see below)."]
