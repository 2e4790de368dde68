"""What a report keeps of a text, and what a program gets of it."""

from mnist_core.common.language import _
from mnist_core.evaluation.reports import FineTuneReport, as_json
from tests.reports import fine_tune_report


def test_a_reports_texts_are_stored_without_a_language() -> None:
    """The file has the source and its values; a program gets strings."""
    report = fine_tune_report(reason=_("{n} of {count} failed.", n=3, count=7), warnings=[_("It is slow.")])
    assert report.values()["reason"] == {"text": "{n} of {count} failed.", "values": {"n": 3, "count": 7}}
    assert FineTuneReport.parse(report.text(), "The report") == report
    assert (as_json(report)["reason"], as_json(report)["warnings"]) == ("3 of 7 failed.", ["It is slow."])


def test_a_report_of_plain_sentences_is_read() -> None:
    """As earlier versions wrote them; they are shown as they are."""
    stored = fine_tune_report().values() | {"format": 2, "reason": "{n} of them failed.", "warnings": ["It is slow."]}
    report = FineTuneReport.of(stored, "The report")
    assert (report.reason, report.warnings) == ("{n} of them failed.", ("It is slow.",))
