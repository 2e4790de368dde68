"""The page about the command line is the one that `make docs` makes."""

import os
import subprocess
import sys

from tests.conftest import ROOT
from tests.docs.command_line import PAGE, page


def test_the_page_is_up_to_date() -> None:
    """Every command, flag and help text is on it."""
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/command-line.md is stale: run `make docs`"


def test_the_page_is_english_on_every_machine() -> None:
    program = "from tests.docs.command_line import PAGE, page; assert PAGE.read_text(encoding='utf-8') == page()"
    chinese = os.environ | {"LANGUAGE": "zh_CN"}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=chinese, check=True)


def test_it_has_every_command_and_no_hidden_one() -> None:
    text = page()
    for command in ("train", "finetune", "models make-onnx", "bench personal"):
        assert f"\n## {command}\n" in text
    assert "open-model" not in text
    assert "`--include-earlier / --exclude-earlier`" in text
    assert "One of `everything`, `last-half`, `head`. [last-half]" in text
