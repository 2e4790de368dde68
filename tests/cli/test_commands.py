"""The command line, as a person or a program calls it: real processes."""

import gzip
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.cli.app import main
from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing, images
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.file_formats import to_jsonl
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common import processes
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import offered
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.data import synthetic
from mnist_core.data.numbers import put_together
from mnist_core.drawing import png_files
from mnist_core.drawing.strokes import rasterize
from mnist_core.jobs import candidates
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.learned import Learned
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import SHIPPED, Registry, shipped

SMALL = ("--architecture", "mlp", "--epochs", "2", "--batch-size", "30")


def start(workspace: Workspace, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        processes.command(*arguments),
        env=processes.environment(MNIST_STUDIO_HOME=str(workspace.root), COLUMNS="200"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=workspace.root,
        **more,
    )


def call(workspace: Workspace, *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    with start(workspace, *arguments) as process:
        out, err = process.communicate()
    return process.returncode, out, err


def report(workspace: Workspace, *arguments: str) -> dict[str, Any]:
    """What a command with --json says: one JSON object on standard output, and nothing else there."""
    status, out, err = call(workspace, *arguments, "--json")
    assert status == 0, err
    assert len(out.splitlines()) == 1
    values: dict[str, Any] = json.loads(out)
    return values


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """A file of twelve labelled drawings."""
    random = np.random.default_rng(0)
    path = tmp_path / "drawn.jsonl"
    path.write_bytes(to_jsonl([Drawing(n % 10, synthetic.write(n % 10, random), id=n) for n in range(12)]))
    return path


def copy_shipped(folder: Path) -> None:
    for path in (shipped().keras, shipped().onnx):
        shutil.copy(path, folder)


def write_config(run: Run, **changes: Any) -> None:
    """Change what an interrupted run was asked for."""
    path = run.folder / "config.json"
    stored = json.loads(path.read_text())
    stored["config"].update(changes)
    path.write_text(json.dumps(stored))


# ---- training


def test_train_evaluate_export_import_delete(workspace: Workspace, tiny_npz: Path, tmp_path: Path) -> None:
    """A life: trained, listed, evaluated, activated, exported, deleted."""
    trained = report(workspace, "train", "--dataset", str(tiny_npz), "--name", "my [red]:cat: model", *SMALL)
    assert {"model", "test_accuracy", "epochs", "fit_seconds", "total_seconds"} <= set(trained)
    assert trained["model"] == "my [red]:cat: model"
    assert trained["epochs"] == 2

    listed = report(workspace, "models", "list")["models"]
    assert [model["name"] for model in listed] == [trained["model"], shipped().name]
    assert [model["active"] for model in listed] == [model["loaded"] for model in listed] == [False, True]
    assert "my [red]:cat: model" in call(workspace, "models", "list")[1]

    judged = report(workspace, "evaluate", "--model", trained["model"], "--dataset", str(tiny_npz))
    assert judged["accuracy"] == trained["test_accuracy"] == judged["right"] / judged["count"]
    assert np.array(judged["confusion"]).sum() == sum(judged["support"]) == judged["count"] == 60

    active = report(workspace, "models", "activate", trained["model"])
    assert active["active"] == active["loaded"] == trained["model"]
    report(workspace, "models", "export", trained["model"], str(tmp_path / "out.zip"))
    assert (tmp_path / "out.zip").stat().st_size > 100_000
    assert report(workspace, "models", "delete", trained["model"])["deleted"] == trained["model"]
    assert Registry(workspace).all() == [shipped()]
    assert trained["model_id"] in call(workspace, "models", "list", "--deleted")[1]
    assert report(workspace, "models", "restore", trained["model_id"])["restored"] == trained["model"]
    assert len(Registry(workspace).all()) == 2
    assert report(workspace, "models", "list", "--deleted")["models"] == []
    report(workspace, "models", "delete", trained["model"])
    gone = report(workspace, "models", "delete", "--for-good", "--deleted")
    assert (gone["deleted"], gone["kept"]) == ([trained["model"]], [])
    assert gone["freed_bytes"] > 100_000
    assert list(workspace.models.iterdir()) == []
    assert report(workspace, "models", "delete", "--for-good", "--deleted")["freed_bytes"] == 0


def test_a_model_without_an_onnx_file_says_so_until_it_has_one(workspace: Workspace, drawn: Path) -> None:
    """`models list` and `predict` name the command that makes it."""

    def copy(folder: Path) -> None:
        shutil.copy(shipped().keras, folder)

    model = Registry(workspace).add(shipped().card.model_copy(update={"name": "mine", "kind": "trained"}), copy)
    make = f"models make-onnx {model.id}"
    status, _, err = call(workspace, "predict", str(drawn), "--model", "mine")
    assert (status, make in err) == (2, True)
    assert make in call(workspace, "models", "list")[1]
    assert report(workspace, "models", "make-onnx", "mine")["onnx_difference"] < 1e-3
    assert "predicted by mine" in call(workspace, "predict", str(drawn), "--model", "mine")[1].lower()
    assert make not in call(workspace, "models", "list")[1]


def test_ctrl_c_saves_and_resume_goes_on(workspace: Workspace, tiny_npz: Path) -> None:
    """Interrupted in the middle, the run says how to go on; resumed, it ends as it would have."""
    arguments = ("train", "--dataset", str(tiny_npz), "--architecture", "mlp", "--batch-size", "27", "--epochs")
    with start(workspace, *arguments, "400", start_new_session=True) as process:
        while not list(workspace.runs.glob("*/checkpoints/*.npz")):
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert out == ""
    assert err.strip().startswith("Cancelled. It was saved as run")
    run_id = next(workspace.runs.iterdir()).name
    assert f"To resume it: mnist-studio train --resume {run_id}" in " ".join(err.split())
    (listed,) = report(workspace, "runs", "list")["runs"]
    assert (listed["id"], listed["state"], listed["data"]) == (run_id, "interrupted", str(tiny_npz))
    assert f"train --resume {run_id}" in call(workspace, "runs", "list")[1]
    run = Run.at(workspace, run_id)
    reached = run.records()[-1]["epoch"]
    write_config(run, epochs=math.ceil(reached) + 1)  # enough of it for a test
    resumed = report(workspace, "train", "--resume", run_id)
    steps = [json.loads(line)["step"] for line in (workspace.runs / run_id / "metrics.jsonl").read_text().splitlines()]
    assert steps == sorted(steps)
    assert resumed["epochs"] == steps[-1] / 10


def test_finetune_on_a_file(workspace: Workspace, drawn: Path) -> None:
    """The report has all that was promised; an accepted model that gained something is the active one."""
    tuned = report(
        workspace, "finetune", "--drawings", str(drawn), "--steps", "5", "--batch-size", "8", "--allowed-drop", "50"
    )
    promised = {
        "model", "test_accuracy", "epochs", "fit_seconds", "total_seconds", "drawings_before", "drawings_after",
        "mnist_before", "mnist_after", "accepted",
    }  # fmt: skip
    assert promised <= set(tuned)
    gained = tuned["accepted"] and tuned["drawings_right_after"] > tuned["drawings_right_before"]
    assert tuned["gained"] == tuned["kept"] == gained
    assert gained == (Registry(workspace).active().id == tuned["model_id"] != shipped().id)


@pytest.mark.slow
@pytest.mark.parametrize("keep", [[], ["--keep-anyway"]])
def test_a_fine_tuning_that_gains_nothing_is_kept_only_on_demand(
    keep: list[str], workspace: Workspace, tmp_path: Path
) -> None:
    """Every drawing was predicted correctly before: the model is accepted, and its candidate waits."""
    random = np.random.default_rng(0)
    drawings = [Drawing(n % 10, synthetic.write(n % 10, random), id=n) for n in range(30)]
    predicted = Predictor(shipped().onnx).logits(images(drawings)).argmax(axis=1)
    path = tmp_path / "correct.jsonl"
    path.write_bytes(to_jsonl([each for each, digit in zip(drawings, predicted, strict=True) if each.label == digit]))
    quick = ("--steps", "5", "--batch-size", "8", "--allowed-drop", "50", "--label-issues", "include")
    tuned = report(workspace, "finetune", "--drawings", str(path), *quick, *keep)
    assert (tuned["accepted"], tuned["gained"], tuned["kept"]) == (True, False, bool(keep))
    active = Registry(workspace).active()
    assert (active.id == tuned["model_id"], active != shipped()) == (True, bool(keep))
    run = Run.at(workspace, Jobs(workspace).page(limit=1)[0].id)
    assert candidates.is_pending(run) != bool(keep)


@pytest.mark.slow
def test_people_are_told_the_result(workspace: Workspace, tiny_npz: Path, drawn: Path) -> None:
    """Without --json: the active model, and a command that activates the other one."""
    status, out, _ = call(workspace, "train", "--dataset", str(tiny_npz), "--name", "mine", *SMALL)
    assert status == 0
    mine = Registry(workspace).find("mine")
    assert f"mine is in the registry. {shipped().name} stays the active model." in out
    assert f"mnist-studio models activate {mine.id}\n" in out
    few = ("--steps", "5", "--batch-size", "8", "--allowed-drop", "50", "--workspace", str(workspace.root))
    status, out, _ = call(workspace, "finetune", "--drawings", str(drawn), "--keep-anyway", *few)
    assert status == 0
    assert (active := Registry(workspace).active()) != shipped()
    assert f"{active.name} is the active model now." in out
    assert f"mnist-studio models activate {SHIPPED} --workspace {workspace.root}\n" in out


@pytest.mark.parametrize(("command", "config"), [("train", TrainConfig), ("finetune", FineTuneConfig)])
def test_every_field_is_a_flag(command: str, config: type, workspace: Workspace) -> None:
    """--help names them all."""
    status, out, _ = call(workspace, command, "--help")
    assert status == 0
    for name in config.model_fields:  # type: ignore[attr-defined] # both are Configs
        assert f"--{name.replace('_', '-')}" in out


# ---- predicting


def test_predict_takes_strokes_and_pictures(workspace: Workspace, drawn: Path, tmp_path: Path) -> None:
    """One JSON object a line for each digit, in order, with the label where there is one."""
    image, label = (array[0] for array in synthetic.generate(1, seed=9))
    (tmp_path / "digit.png").write_bytes(png_files.png(image, scale=8))
    (tmp_path / "drawn.jsonl.gz").write_bytes(gzip.compress(drawn.read_bytes()))
    files = [str(tmp_path / "digit.png"), str(tmp_path / "drawn.jsonl.gz")]
    status, out, err = call(workspace, "predict", *files, "--json")
    assert status == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["file"], row["index"]) for row in rows] == [(files[0], 0), *((files[1], n) for n in range(12))]
    assert "label" not in rows[0]
    assert rows[0]["digit"] == int(label)
    assert [row["label"] for row in rows[1:]] == [n % 10 for n in range(12)]
    assert sum(row["digit"] == row["label"] for row in rows[1:]) >= 10
    for row in rows:
        assert row["probability"] == max(row["probabilities"]) == row["probabilities"][row["digit"]]
    status, out, _ = call(workspace, "predict", *files)
    assert status == 0
    assert "of 12 labelled drawings are predicted correctly" in out


@pytest.mark.parametrize("number", [[], ["--number"]])
def test_predict_tells_of_each_file_that_it_cannot_read(workspace: Workspace, drawn: Path, number: list[str]) -> None:
    """The others are predicted, in whatever order they are named; the status tells a script."""
    drawings = len(call(workspace, "predict", str(drawn), "--json")[1].splitlines())
    status, out, err = call(workspace, "predict", *number, "nowhere.png", str(drawn), "studio.db", "--json")
    assert (status, len(out.splitlines())) == (2, drawings)
    assert [line.split()[:2] for line in err.splitlines()] == [["error:", "nowhere.png"], ["error:", "studio.db"]]
    status, out, _ = call(workspace, "predict", *number, "nowhere.png", str(drawn))
    assert status == 2
    assert "predicted by" in out.lower()


def test_predict_says_that_a_picture_shows_several_digits(workspace: Workspace, tmp_path: Path) -> None:
    """Not the digit in the middle."""
    digits = [np.kron(rasterize(synthetic.write(digit, np.random.default_rng(5))), np.ones((6, 6))) for digit in (2, 0)]
    paper = (235 - 0.8 * np.pad(np.concatenate(digits, axis=1), 60)).astype(np.uint8)
    (tmp_path / "20.png").write_bytes(png_files.png(paper))
    status, out, err = call(workspace, "predict", str(tmp_path / "20.png"), "--json")
    assert status == 0, err
    assert json.loads(out)["verdict"] == "several"


def test_predict_reads_numbers(workspace: Workspace, tmp_path: Path) -> None:
    """One JSON object a line with the number and its digits; the table has the same."""
    rng = np.random.default_rng(3)
    strokes = [put_together([synthetic.write(digit, rng) for digit in number], rng).strokes for number in ([4, 2], [7])]
    path = tmp_path / "numbers.jsonl"
    path.write_text("".join(json.dumps({"strokes": each}) + "\n" for each in strokes))
    (tmp_path / "blank.png").write_bytes(png_files.png(np.zeros((28, 28), np.uint8)))
    files = [str(path), str(tmp_path / "blank.png")]
    status, out, err = call(workspace, "predict", "--number", *files, "--json")
    assert status == 0, err
    several, one, none = (json.loads(line) for line in out.splitlines())
    assert (several["file"], several["index"], several["number"]) == (files[0], 0, "42")
    assert [(each["digit"], each["verdict"]) for each in several["digits"]] == [(4, "sure"), (2, "sure")]
    left, right = (each["box"] for each in several["digits"])
    assert left[0] < left[2] < right[2]
    assert left[1] < left[3]
    assert (one["index"], one["number"], len(one["digits"])) == (1, "7", 1)
    assert (none["number"], none["verdict"], none["digits"]) == ("", "nothing drawn", [])
    beside = np.hstack([synthetic.generate(10, seed=9)[0][place] for place in range(3)])
    wanted = "".join(str(digit) for digit in synthetic.generate(10, seed=9)[1][:3])
    (tmp_path / "three.png").write_bytes(png_files.png(255 - beside, scale=12))
    _, out, _ = call(workspace, "predict", "--number", str(tmp_path / "three.png"), "--json")
    three = json.loads(out)
    assert three["number"] == wanted
    assert all(28 * 12 * place <= each["box"][0] < 28 * 12 * (place + 1) for place, each in enumerate(three["digits"]))
    status, out, _ = call(workspace, "predict", "--number", *files)
    assert status == 0
    assert " 42 " in out
    assert "nothing drawn" in out


def test_predict_says_how_far_it_is_to_be_believed(workspace: Workspace, tmp_path: Path) -> None:
    """Of a blank picture nothing is claimed; a field of dots is not a digit, so the table has no probability of it."""
    image, label = (array[0] for array in synthetic.generate(1, seed=9))
    dots = np.zeros((28, 28), np.uint8)
    dots[4:24:4, 4:24:4] = 255
    given = {"blank": np.zeros((28, 28), np.uint8), "digit": image, "dots": dots}
    files = [tmp_path / f"{name}.png" for name in given]
    for path, pixels in zip(files, given.values(), strict=True):
        path.write_bytes(png_files.png(pixels))
    _, out, _ = call(workspace, "predict", *map(str, files), "--json")
    blank, digit, no_digit = (json.loads(line) for line in out.splitlines())
    assert blank["verdict"] == "nothing drawn"
    assert blank["digit"] is blank["probability"] is blank["probabilities"] is None
    assert (digit["verdict"], digit["digit"]) == ("sure", int(label))
    assert no_digit["verdict"] == "not a digit"
    _, out, _ = call(workspace, "predict", *map(str, files))
    rows = out.splitlines()[-4:-1]
    for verdict, row in zip(("nothing drawn", " sure ", "not a digit"), rows, strict=True):
        assert verdict in row
    assert ["%" in row for row in rows] == [False, True, False]


@pytest.mark.slow
def test_evaluate_says_what_was_learned_by_heart(workspace: Workspace, drawn: Path) -> None:
    """In JSON and in words; digits without images have no precision."""
    learned = frozenset(each.sha256 for each in file_formats.read(drawn)[:3])
    card = shipped().card.model_copy(update={"kind": "fine-tuned", "name": "tuned", "base": SHIPPED})
    tuned = Registry(workspace).add(card, copy_shipped, Learned(learned=learned))
    given = ("evaluate", "--model", tuned.id, "--dataset", str(drawn))
    assert report(workspace, *given)["learned"] == 3
    warning = "warning: 3 drawings were part of its fine-tuning, so their predictions prove nothing."
    assert warning in call(workspace, *given)[2]
    assert warning in call(workspace, *given, "--json")[2]
    unseen = report(workspace, "evaluate", "--model", "shipped", "--dataset", str(drawn))
    assert unseen["learned"] == 0
    drawn.write_bytes(to_jsonl(file_formats.read(drawn)[:1]))
    one = report(workspace, "evaluate", "--dataset", str(drawn))
    assert one["precision"][5] is one["recall"][5] is one["f1"][5] is None
    assert one["recall"][0] is not None
    assert "–" in call(workspace, "evaluate", "--dataset", str(drawn))[1]


def test_drawings_in_and_out(workspace: Workspace, drawn: Path, tmp_path: Path) -> None:
    """Imported, counted, exported, evaluated."""
    nameless = {"unlabelled": 0, "queued": 0, "damaged": []}
    assert report(workspace, "drawings", "import", str(drawn)) == {"imported": 12, "skipped": 0, **nameless}
    assert report(workspace, "drawings", "import", str(drawn)) == {"imported": 0, "skipped": 12, **nameless}
    assert report(workspace, "drawings", "list") == {"total": 12, "by_digit": [2, 2, *[1] * 8]}
    report(workspace, "drawings", "export", str(tmp_path / "out.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    wanted = [json.loads(line) for line in drawn.read_text().splitlines()]
    assert [line["strokes"] for line in lines] == [line["strokes"] for line in wanted]
    assert report(workspace, "evaluate", "--dataset", "drawings")["count"] == 12


def test_unlabelled_drawings_go_into_the_review_queue(workspace: Workspace, tmp_path: Path) -> None:
    """Labelled lines go to the collection, the others into the review queue; the message says how many."""
    random = np.random.default_rng(0)
    lines = [json.dumps({"strokes": synthetic.write(d, random), **({"digit": d} if d < 2 else {})}) for d in range(5)]
    (tmp_path / "mixed.jsonl").write_text("\n".join(lines))
    status, out, err = call(workspace, "drawings", "import", str(tmp_path / "mixed.jsonl"))
    assert status == 0, err
    assert "2 drawings added; already there: 0. 3 drawings have no label. 3 are in the review queue" in out
    assert sum(DrawingStore(workspace).counts()) == 2
    assert ReviewQueue(workspace).count() == 3


def test_names_reach_the_terminal_harmlessly(workspace: Workspace, tmp_path: Path) -> None:
    """Names from before that were not checked: in tables, titles and sentences, and as JSON."""
    card = shipped().card.model_copy(
        update={"kind": "trained", "name": "a\x1b[31m\u202eb\x07", "architecture": "\x9bx"}
    )
    model = Registry(workspace).add(card, copy_shipped)
    (tmp_path / "\x1b[2J.png").write_bytes(png_files.png(np.zeros((28, 28), np.uint8)))
    for arguments in (
        ["models", "list"],
        ["predict", "--model", model.id, str(tmp_path / "\x1b[2J.png")],
        ["models", "export", model.id, str(tmp_path / "\x1b.keras")],
        ["models", "export", model.id, str(tmp_path / "\x1b.h5")],
        ["models", "activate", model.id],
        ["models", "list", "--json"],
    ):
        _, out, err = call(workspace, *arguments)
        assert out + err
        assert not set(out + err) & set("\x1b\x07\x9b\u202e")


@pytest.mark.slow
def test_a_blank_name_is_a_generated_one(workspace: Workspace, tiny_npz: Path) -> None:
    """And what acts in a name is not stored."""
    for name, stored in (("  ", "mlp"), (" \x1b[31mred ", "\N{REPLACEMENT CHARACTER}[31mred")):
        trained = report(workspace, "train", "--dataset", str(tiny_npz), *SMALL, "--name", name)
        assert stored in trained["model"]
        assert Registry(workspace).get(trained["model_id"]).name == trained["model"]


# ---- what goes wrong


def test_a_fine_tuning_is_not_resumed(workspace: Workspace) -> None:
    """It cannot go on where it was; the message says what to do."""
    jobs = Jobs(workspace)
    job = jobs.submit("fine_tune", FineTuneConfig(), by=Process.of(os.getpid()))
    jobs.set_state(job.id, "interrupted")
    status, _, err = call(workspace, "train", "--resume", job.id)
    assert status == 2
    assert "is not a training. It cannot be resumed" in err
    assert jobs.get(job.id).state == "interrupted"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "--epochs", "0"], "error: --epochs must be at least 1, not 0."),
        (["train", "--momentum", "2"], "error: --momentum must be less than 1, not 2.0."),
        (["train", "--seed", str(2**31)], "error: --seed must be at most 2147483647, not 2147483648."),
        (
            ["train", "--device", "tpu"],
            "error: --device must be auto, all, cpu, a GPU such as gpu:0 (mps:0 on a Mac), or several such as 0,1, "
            "not 'tpu'.",
        ),
        (["train", "--epochs", "x"], "error: --epochs must be a whole number, not 'x'."),
        (["runs", "list", "--limit", "0"], "error: --limit must be at least 1, not 0."),
        (["train", "--architecture", "vgg"], "--architecture"),
        (["train", "--preset", "shiped"], f"There is no preset 'shiped'. Allowed: {offered()}."),
        (["train", "--dataset", "nowhere.npz"], "Allowed: mnist, digits"),
        (["train", "--dataset", ""], "Allowed: mnist, digits"),
        (["train", "--dataset", "."], "is no data set"),
        (["train", "--dataset", "n" * 300], "Allowed: mnist, digits"),
        (["train", "--dataset", "~nobody-at-all/m.npz"], "Allowed: mnist, digits"),
        (["train", "--start-from", "nobody"], "error: There is no model 'nobody'"),
        (["train", "--devices", "9", "--dataset", "digits"], "This machine has no gpu:9"),
        (["train", "--resume", "nope"], "no run 'nope'"),
        (["train", "--nonsense", "1"], "--nonsense"),
        (["finetune", "--trainable", "x"], "--trainable must be one of 'everything', 'last-half', 'head', not 'x'."),
        (["train", "--dataset", os.devnull], "a device or a pipe"),
        (["evaluate", "--dataset", os.devnull], "a device or a pipe"),
        (["models", "import", os.devnull], "a device or a pipe"),
        (["predict", "nowhere.png"], "does not exist"),
        (["predict", "studio.db"], "Allowed: .png"),
        (["predict"], "files"),
        (["evaluate", "--model", "nope"], "Available: "),
        (["evaluate", "--dataset", "drawings"], "no drawings"),
        (["finetune"], "at least 2 labelled drawings"),
        (["drawings", "import", "nowhere.jsonl"], "does not exist"),
        (["drawings", "export", "no/where.jsonl"], "The folder no is missing"),
        (["drawings", "export", "x.csv"], "exported to .jsonl"),
        (["models", "import", "studio.db"], "is not a model file"),
        (["models", "delete", "shipped", "--for-good"], "cannot be deleted"),
        (["models", "delete"], "Name a model"),
        (["models", "delete", "shipped", "--for-good", "--deleted"], "Name a model"),
        (["models", "delete", "--deleted"], "Name a model"),
        (["models", "export", shipped().name, "no/where.keras"], "The folder no is missing"),
        (["models", "delete", "shipped"], "cannot be deleted"),
        (["export", "--format", "pt"], "There is no format pt. Allowed: html, onnx, litert, saved-model, keras."),
        (["export", "--format", "keras", "--int8"], "has no int8 form. These have one: html, onnx, litert."),
        (["export", "--format", "litert", "x.onnx"], "has the wrong ending. Allowed: .tflite, .zip."),
        (["export", "--format", "saved-model", "runs"], "is a folder that exists"),
        (["export", "--format", "onnx", "no/where.onnx"], "The folder no is missing"),
        (["search"], "nothing to search. Give at least one --range or --choice"),
        (["search", "--range", "learning_rate=1"], "learning_rate needs at least two values"),
        (["search", "--choice", "optimizer=adam,best"], "optimizer must be one of"),
        (["search", "--range", "epochs=1..3", "--trials", "0"], "A search needs a limit."),
        (["search", "--range", "epochs=1..3", "--dataset", "x"], "x"),
        (["search", "--preset", "x"], "There is no preset 'x'"),
        (["models", "list", "--workspace", "studio.db"], "cannot be written to"),
        (["no-such-command"], "no-such-command"),
        (["trainr"], "No such command 'trainr'. Did you mean 'train'?"),  # `trainer` is for the program itself
    ],
)
def test_mistakes_are_one_line_and_status_2(
    arguments: list[str],
    says: str,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What is wrong, what is allowed, what was given; no traceback, nothing on standard output."""
    DrawingStore(workspace).counts()  # so that there is a studio.db
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("MNIST_STUDIO_HOME", str(workspace.root))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "argv", ["mnist-studio", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capfd.readouterr()
    assert ended.value.code == 2, err
    assert out == ""
    if arguments[0] == "train" and "9" not in arguments:  # only training itself finds the devices
        assert Jobs(workspace).page() == []
    message = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(message) == 1
    assert says in message[0]
    assert "Traceback" not in err


def test_a_reader_that_goes_away_is_no_fault(workspace: Workspace, drawn: Path) -> None:
    """`… | head -1` ends without a word."""
    with start(workspace, "predict", *[str(drawn)] * 200, "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (1, "")


def test_two_trainings_at_once_are_refused(workspace: Workspace, tiny_npz: Path) -> None:
    """The second is told who is in the way."""
    from mnist_core.jobs.process import Process
    from mnist_core.jobs.queue import Jobs

    Jobs(workspace).submit("train", TrainConfig(), by=Process.of(os.getpid()))
    status, _, err = call(workspace, "train", "--dataset", str(tiny_npz))
    assert status == 2
    assert "Another run is in progress in this workspace" in err


def test_old_flags_work_with_a_hint_and_their_values_are_checked(workspace: Workspace) -> None:
    """Each hint names the new form; a value that version 0.1 refused is refused."""
    status, _, err = call(workspace, "models", "load", "shipped")
    assert (status, "hint: models load is called models activate now" in err) == (0, True)
    status, _, err = call(workspace, "finetune", "--earlier", "unlern")
    assert status == 2
    assert "--earlier must be one of 'learn again', 'unlearn', not 'unlern'" in err
    status, _, err = call(workspace, "finetune", "--earlier=unlearn", "--doubtful", "learn", "--variation", "9")
    assert status == 2
    assert "--augmentation-strength must be at most 3, not 9.0" in err
    for hint in ("--exclude-earlier", "--label-issues", "--label-issues include", "--augmentation-strength"):
        assert f"is called {hint} now" in err


@pytest.mark.parametrize("words", [("--help",), ("models",), ("train", "--help")])
def test_help_is_shown_as_it_is_laid_out(words: tuple[str, ...]) -> None:
    """A command that lacks what it begins with shows its help, line by line, and is no success."""
    ended = subprocess.run([sys.executable, "-m", "mnist_core", *words], capture_output=True, text=True, check=False)
    said = ended.stdout or ended.stderr
    assert ended.returncode == (0 if "--help" in words else 2)
    assert said.lstrip().startswith("Usage: ")
    assert len(said.splitlines()) > 8
    assert "error:" not in said
