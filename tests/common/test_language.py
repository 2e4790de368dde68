"""A text in the language of whoever is served, stored without one."""

import gettext
import json
import pickle
import subprocess
import sys

import pytest
from pydantic import BaseModel

from mnist_core.common import language
from mnist_core.common.errors import StudioError
from mnist_core.common.language import LANGUAGES, Text, _, best, listed, n_, sentences
from tests.conftest import ROOT

CHINESE = {
    "{count} of {limit}": "{limit} 中的 {count}",
    "The disk is full.": "磁盘已满。",
    "It failed. {reason}": "失败。{reason}",
    "{first}, {second}": "{first}、{second}",
    "{first} {second}": "{first}{second}",
}
DRAWINGS = ("{n} drawing", "{n:,} drawings")


class Catalogue(gettext.NullTranslations):
    """Translates the texts of these tests."""

    def gettext(self, message: str) -> str:
        return CHINESE.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return "{n:,} 幅手绘" if (msgid1, msgid2) == DRAWINGS else msgid2


@pytest.fixture(autouse=True)
def catalogues(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catalogues of a few texts; afterwards, whoever has chosen the language before chooses it again."""
    monkeypatch.setattr(language, "_ask", language.of_the_system)
    made = {"en": gettext.NullTranslations(), "zh_CN": Catalogue()}
    monkeypatch.setattr(language, "_catalogue", made.__getitem__)


def in_chinese() -> None:
    language.chosen_by(lambda: "zh_CN")


@pytest.mark.parametrize(
    ("wanted", "code"),
    {
        "zh-CN": "zh_CN", "zh": "zh_CN", "zh_Hans_CN.UTF-8": "zh_CN", "zh-TW": "zh_CN",
        "en-GB": "en", "de_DE.UTF-8": "en", "C.UTF-8": "en", "C": "en", "": "en", "zha": "en",
        "zh:en": "zh_CN", "fr:zh_CN": "zh_CN", "fr:en:zh_CN": "en", "en_US:zh": "en", "fr:de": "en",
        "zh@pinyin": "zh_CN", "zh_CN.UTF-8@pinyin:en": "zh_CN",
        "Chinese (Simplified)_China": "zh_CN", "Chinese (Simplified)_China.936": "zh_CN", "English_Europe": "en",
    }.items(),
)  # fmt: skip
def test_the_best_language(wanted: str, code: str) -> None:
    assert best(wanted) == code


def test_each_language_is_the_best_for_itself() -> None:
    assert [best(code) for code in LANGUAGES] == list(LANGUAGES)


def test_a_text_is_in_the_current_language_with_its_values() -> None:
    assert _("{count} of {limit}", count=3, limit=7) == "3 of 7"
    in_chinese()
    assert _("{count} of {limit}", count=3, limit=7) == "7 中的 3"
    assert _("No translation") == "No translation"
    assert _("") == ""


def test_a_count_chooses_the_form() -> None:
    assert [n_(*DRAWINGS, count) for count in (0, 1, 2000)] == ["0 drawings", "1 drawing", "2,000 drawings"]
    in_chinese()
    assert n_(*DRAWINGS, 1) == "1 幅手绘"


def test_a_stored_text_is_shown_in_another_language() -> None:
    """Through JSON, with texts in texts, with a count, and without values."""
    texts = [
        _("The disk is full."),
        _("It failed. {reason}", reason=_("The disk is full.")),
        _("It failed. {reason}", reason=_("{count} of {limit}", count=1, limit=2)),
        n_(*DRAWINGS, 5),
    ]
    stored = json.dumps([text.stored() for text in texts])
    in_chinese()
    shown = [Text.of(each) for each in json.loads(stored)]
    assert shown == ["磁盘已满。", "失败。磁盘已满。", "失败。2 中的 1", "5 幅手绘"]
    assert [text.stored() for text in shown] == json.loads(stored)


def test_items_and_sentences_are_joined_as_the_language_does_it() -> None:
    """However many they are."""
    stored = [
        listed(["a", "b", "c"]),
        sentences([_("The disk is full."), _("It failed. {reason}", reason="x")]),
        listed(["{a}"]),
        listed([]),
        listed(map(str, range(5000))),
    ]
    assert stored[:4] == ["a, b, c", "The disk is full. It failed. x", "{a}", ""]
    in_chinese()
    assert [Text.of(text.stored()) for text in stored[:4]] == ["a、b、c", "磁盘已满。失败。x", "{a}", ""]
    assert Text.of(stored[4].stored()) == "、".join(map(str, range(5000)))


def test_an_advice_is_shown_for_the_place_where_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if it was made and stored elsewhere."""
    said = sentences([_("The disk is full."), language.advice(app=_("Press Delete."), command_line=_("Run: rm"))])
    assert said == "The disk is full. Run: rm"
    monkeypatch.setattr(language, "_in_app", lambda: True)
    assert Text.of(json.loads(json.dumps(said.stored()))) == said.again() == "The disk is full. Press Delete."


def test_braces_in_a_value_or_in_an_old_sentence_are_shown_as_they_are() -> None:
    assert _("It failed. {reason}", reason="{x}") == "It failed. {x}"
    assert Text.of("A sentence of an older version, with {braces}") == "A sentence of an older version, with {braces}"


@pytest.mark.parametrize(
    "stored",
    [{}, {"text": "a"}, {"text": 3, "values": {}}, {"text": "{x}", "values": {"y": 1}}, {"text": "a", "values": []}, 3],
)
def test_what_is_no_stored_text_is_refused(stored: object) -> None:
    with pytest.raises(ValueError, match="no stored text"):
        Text.of(stored)  # type: ignore[arg-type]


def test_a_model_stores_a_text_without_a_language() -> None:
    class Report(BaseModel):
        reason: Text

    in_chinese()
    written = Report(reason=_("It failed. {reason}", reason=_("The disk is full."))).model_dump_json()
    assert "磁盘" not in written
    language.chosen_by(lambda: "en")
    assert Report.model_validate_json(written).reason == "It failed. The disk is full."
    assert Report.model_validate({"reason": "An older one"}).reason == "An older one"


def test_signals_are_watched_before_large_modules_are_imported() -> None:
    """Which the texts of errors would otherwise do."""
    program = "import sys, mnist_core.common.streams, mnist_core.common.cancelling; sys.exit('pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_an_error_keeps_its_text() -> None:
    in_chinese()
    error = StudioError(_("The disk is full."))
    assert (str(error), error.text.stored()) == ("磁盘已满。", "The disk is full.")
    assert pickle.loads(pickle.dumps(error.text)) == "磁盘已满。"
    assert StudioError("A literal one").text == "A literal one"
