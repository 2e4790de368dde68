"""The version is the same wherever it stands."""

import re

import mnist_core
from tests.conftest import ROOT


def test_the_citation_and_the_changelog_name_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (version,) = re.findall(r"^version: (.+)$", citation, re.MULTILINE)
    (released,) = re.findall(r'^date-released: "(.+)"$', citation, re.MULTILINE)
    assert version == mnist_core.__version__
    assert f"\n## {version} ({released})\n" in changelog
