"""The command line in Chinese, as a process whose environment asks for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_core.common import processes
from mnist_core.common.language import Text, speaking
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs

ASKS = {"LANGUAGE": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8", "PYTHONUTF8": "1", "COLUMNS": "100"}


def said(workspace: Path, *words: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    command = [sys.executable, "-m", "mnist_core", *words]
    environment = processes.environment(MNIST_STUDIO_HOME=str(workspace), **ASKS)
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout, done.stderr


def test_help_is_chinese_as_a_whole(tmp_path: Path) -> None:
    """Typer's own words, too."""
    status, out, _ = said(tmp_path, "models", "--help")
    assert status == 0
    for words in ("用法:", "选项:", "命令:", "显示此帮助并退出。", "恢复已删除的模型。"):
        assert words in out
    for words in ("Usage", "Options", "Commands", "Show this"):
        assert words not in out


@pytest.mark.parametrize(
    ("words", "says"),
    {
        ("train", "--nope"): "没有选项 --nope",
        ("models", "delet"): "'delete'？",
        ("train", "--epochs", "x"): "必须是整数",
        (
            "train",
            "--schedule",
            "foo",
        ): "“--schedule”必须是 'constant'、'cosine'、'one-cycle'、'exponential'、'step' 之一，",
        ("evaluate", "--model"): "需要一个值",
        ("models", "activate", "nobody"): "nobody",
    }.items(),
)
def test_an_error_is_chinese(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    status, out, err = said(tmp_path, *words)
    assert (status, out) == (2, "")
    assert err.startswith("错误：")
    assert says in err


def test_predictions_are_shown_in_chinese_and_told_to_programs_in_none(tmp_path: Path) -> None:
    strokes = tmp_path / "one.jsonl"
    strokes.write_text('{"strokes": [[[5, 1], [5, 9]]]}\n')
    _, out, _ = said(tmp_path / "w", "predict", str(strokes))
    assert "MNIST Studio 的预测" in out
    status, out, _ = said(tmp_path / "w", "predict", str(strokes), "--json")
    assert status == 0
    assert json.loads(out)["verdict"] in ("sure", "not sure", "not a digit")


def test_runs_are_listed_in_chinese(tmp_path: Path) -> None:
    """Their names are stored in no language."""
    workspace = Workspace.open(tmp_path / "w")
    with speaking("zh_CN"):
        Jobs(workspace).submit("train", TrainConfig(architecture="mlp"))
    Jobs(workspace).submit("fine_tune", FineTuneConfig())
    _, out, _ = said(workspace.root, "runs", "list")
    assert "mlp network" in out
    assert "手绘" in out
    assert "drawings" not in out


def test_a_failure_is_told_to_programs_in_english(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w")
    job = Jobs(workspace).submit("train", TrainConfig(), by=Process.of(os.getpid()))
    Jobs(workspace).set_state(job.id, "failed", Text("The trainer ended unexpectedly."))
    _, out, _ = said(workspace.root, "runs", "list")
    assert "失败" in out
    _, out, _ = said(workspace.root, "runs", "list", "--json")
    assert json.loads(out)["runs"][0]["message"] == "The trainer ended unexpectedly."
