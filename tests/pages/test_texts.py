"""Every text on the pages is translated: a language that puts brackets around each text leaves no word outside them."""

import gettext
import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common import language
from mnist_core.common.language import LANGUAGES
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import PRESETS
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.data.synthetic import write
from tests.pages.app import draw, ended, open_page
from tests.pages.compressed import has_compressed

NAMES = re.compile("|".join(["MNIST( Studio)?", "Python", "JavaScript", "mnist", "cnn", *LANGUAGES.values(), *PRESETS]))
"""Names are the same in every language."""
SYNTAX = re.compile(r":material/\w+:|:[a-z-]+\[|<style>.*?</style>|<script>.*?</script>|<[^>]*>", re.DOTALL)
SHOWN = ("label", "body", "help", "placeholder", "options", "delta", "text")
"""What elements call the texts that they show."""


class Brackets(gettext.NullTranslations):
    """Puts each text into brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid2}⟧"


@pytest.fixture(autouse=True)
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_catalogue", lambda _code: Brackets())


def shown(app: AppTest) -> Iterator[str]:
    """The texts of all elements of the page, except a card or settings as JSON."""
    for node in app.main:
        if node.type == "json":
            continue
        for field in SHOWN:
            text = getattr(node.proto, field, None) or getattr(node, field, None) or ""
            texts = [text] if isinstance(text, str) else text if field == "options" else []
            yield from (each if isinstance(each, str) else each.content for each in texts)
        if node.type == "arrow_data_frame":
            yield from map(str, node.value.columns)


def untranslated(app: AppTest) -> set[str]:
    assert not app.exception
    found = set()
    for text in shown(app):
        rest, count = SYNTAX.sub("", text), 1
        while count:  # a text may have texts in it
            rest, count = re.subn(r"⟦[^⟦⟧]*⟧", "", rest)
        if re.search(r"[A-Za-z]{2,}", NAMES.sub("", rest)):
            found.add(text)
    return found


def _draw(app: AppTest, _: Workspace) -> None:
    """A quiz after a round; then a picture is wanted."""
    assert untranslated(app.run()) == set()
    draw(app, 3)
    app.run().button(key="label-3").click().run()
    app.toggle(key="quiz.on").set_value(True).run()
    app.session_state["quiz"].predicted_right.update(dict.fromkeys(range(10), True))
    assert untranslated(app.run()) == set()
    app.session_state["source"] = "upload"
    app.run()


def _fine_tune(app: AppTest, workspace: Workspace) -> None:
    """A setting is changed, a drawing deleted, and a fine-tuning has failed."""
    assert untranslated(open_page(app, "fine_tune")) == set()
    random = np.random.default_rng(0)
    DrawingStore(workspace).add([Drawing(d, write(d, random), None, 3, 0.99, "shipped") for d in range(5)])
    ended(workspace, FineTuneConfig(), "failed")
    app.run().number_input(key="fine_tune.allowed_drop").set_value(5.0).run()
    app.checkbox(key="drawing-1").check().run()
    app.button(key="gallery.delete").click().run()


def _train(app: AppTest, workspace: Workspace) -> None:
    ended(workspace, TrainConfig(), "stopped")
    open_page(app, "train")


def _runs(app: AppTest, workspace: Workspace) -> None:
    app.session_state["runs.chosen"] = [ended(workspace, TrainConfig(), "failed").id]
    open_page(app, "runs")


def _evaluate(app: AppTest, workspace: Workspace) -> None:
    DrawingStore(workspace).add([Drawing(d, write(d, np.random.default_rng(d))) for d in range(10)])
    open_page(app, "evaluate").selectbox[2].select_index(1).run()


def _compress(app: AppTest, workspace: Workspace) -> None:
    """Before any compression, and a model of one is kept."""
    assert untranslated(open_page(app, "compress")) == set()
    has_compressed(workspace)
    open_page(app, "compress").button(key="compress.keep").click().run()


def _models(app: AppTest, _: Workspace) -> None:
    open_page(app, "models")


@pytest.mark.parametrize("prepare", [_draw, _fine_tune, _train, _runs, _evaluate, _compress, _models])
def test_no_word_is_outside_the_catalogue(
    app: AppTest, workspace: Workspace, prepare: Callable[[AppTest, Workspace], None]
) -> None:
    prepare(app, workspace)
    assert untranslated(app) == set()
