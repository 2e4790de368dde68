"""Other people's data on the command line: shown, converted, refused."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_core.cli.app import app
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.drawing import png_files
from mnist_core.jobs.queue import Jobs

X, Y = synthetic.generate(60, seed=3)


def run(workspace: Workspace, *arguments: str) -> None:
    """A command, in this process."""
    app([*arguments, "--workspace", str(workspace.root)], standalone_mode=False)


@pytest.fixture
def turned(tmp_path: Path) -> Path:
    """A table of turned digits, as EMNIST's are."""
    path = tmp_path / "emnist.csv"
    np.savetxt(path, np.column_stack([Y, X.transpose(0, 2, 1).reshape(60, 784)]), fmt="%d", delimiter=",")
    return path


def test_a_dry_run_shows_the_data_and_trains_nothing(
    turned: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words and as JSON; `evaluate` has the same."""
    for command in ("train", "evaluate"):
        run(workspace, command, "--dataset", str(turned), "--dry-run")
        said = capsys.readouterr().out
        assert "emnist: 60 images" in said
        assert "Table: the label is in column 1." in said
        assert "These images look turned" in said
    run(workspace, "train", "--dataset", str(turned), "--dry-run", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["count"], found["undivided"], found["looks_turned"]) == (60, True, True)
    assert found["train"] == np.subtract(np.bincount(Y), 1).tolist()
    assert Jobs(workspace).page(limit=5) == []


@pytest.mark.parametrize("how", [["--dry-run"], []])
def test_too_few_images_are_refused_at_once(how: list[str], tmp_path: Path, workspace: Workspace) -> None:
    """Before anything heavy is done."""
    np.savez(path := tmp_path / "few.npz", x_train=X[:2], y_train=[1, 2], x_test=X, y_test=Y)
    with pytest.raises(InputError, match="no digit has two"):
        run(workspace, "train", "--dataset", str(path), *how)
    assert Jobs(workspace).page(limit=5) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("train", "--resume", "1", "--dry-run"), "Leave out --resume or --dry-run"),
        (("evaluate", "--dataset", "drawings", "--dry-run"), "drawings contains drawings"),
    ],
)
def test_a_dry_run_that_would_do_something_is_refused(
    arguments: tuple[str, ...], says: str, workspace: Workspace
) -> None:
    """A resumed run has its data; drawings have no preview."""
    with pytest.raises(InputError, match=says):
        run(workspace, *arguments)


def test_turned_images_need_a_word(turned: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether to turn them; until then nothing is trained or measured."""
    for command in ("train", "lr-find", "evaluate"):
        with pytest.raises(InputError, match="--turn-images to turn them, or --no-turn-images"):
            run(workspace, command, "--dataset", str(turned))
    assert Jobs(workspace).page(limit=5) == []
    shares = []
    for word in ("--turn-images", "--no-turn-images"):
        run(workspace, "evaluate", "--dataset", str(turned), word, "--json")
        report = json.loads(capsys.readouterr().out)
        assert report["count"] == 60
        shares.append(report["accuracy"])
    assert shares[0] > 0.9 > shares[1]


@pytest.fixture
def counters(tmp_path: Path) -> Path:
    """A zip of pictures whose names have digits, one of them damaged."""
    path = tmp_path / "counters.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1, 4):
            buffer = io.BytesIO()
            Image.fromarray(X[number]).save(buffer, "PNG")
            archive.writestr(f"digit{number}.png", buffer.getvalue())
        archive.writestr("digit4.png", b"no picture")
    return path


def test_names_are_labels_only_if_a_person_says_so(
    counters: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise the pictures wait in the review queue; a dry run changes nothing."""
    run(workspace, "drawings", "import", str(counters), "--dry-run")
    said = capsys.readouterr().out
    assert "3 pictures without a label have a digit in their names" in said
    assert "1 picture is damaged and was left out: digit4.png." in said
    assert ReviewQueue(workspace).count() == 0
    run(workspace, "drawings", "import", str(counters), "--json")
    report = json.loads(capsys.readouterr().out)
    assert (report["imported"], report["unlabelled"], report["damaged"]) == (0, 3, ["digit4.png"])
    run(workspace, "drawings", "import", str(counters), "--dry-run", "--labels-from-names")
    wrong = sum(int(Y[number]) != number for number in range(1, 4))
    assert f"The model predicts another digit for {wrong} of 3: look at the pictures." in capsys.readouterr().out
    run(workspace, "drawings", "import", str(counters), "--labels-from-names")
    assert DrawingStore(workspace).counts()[:5] == [0, 1, 1, 1, 0]
    assert ReviewQueue(workspace).count() == 0


def test_a_name_without_a_single_digit_is_no_label(
    tmp_path: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the command says so."""
    Image.fromarray(X[0]).save(tmp_path / "img0012.png")
    run(workspace, "drawings", "import", str(tmp_path / "img0012.png"), "--dry-run", "--labels-from-names")
    assert "because the first number in its name is not a single digit" in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize("number", [[], ["--number"]])
def test_predict_names_damaged_pictures(
    counters: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str], number: list[str]
) -> None:
    """And predicts the others, each with its name."""
    run(workspace, "predict", str(counters), "--json", *number)
    said = capsys.readouterr()
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [row["picture"] for row in rows] == [f"digit{number}.png" for number in (1, 2, 3)]
    assert [row["index"] for row in rows] == [0, 1, 2]
    assert "digit4.png" in said.err
    run(workspace, "predict", str(counters), *number)
    assert "digit3.png" in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize("number", [[], ["--number"]])
def test_numbers_in_a_zip_are_read(
    tmp_path: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str], number: list[str]
) -> None:
    """Like a picture that is a file of its own."""
    images, labels = synthetic.generate(10, seed=9)
    two = png_files.png(255 - np.hstack([images[0], images[1]]), scale=12)
    (tmp_path / "two.png").write_bytes(two)
    with zipfile.ZipFile(tmp_path / "numbers.zip", "w") as archive:
        archive.writestr("scans/two.png", two)
    rows = []
    for name in ("two.png", "numbers.zip"):
        run(workspace, "predict", str(tmp_path / name), "--json", *number)
        rows.append(json.loads(capsys.readouterr().out))
    places = [row.pop("file") and row.pop("picture", None) for row in rows]
    assert places == [None, "scans/two.png"]
    assert rows[0] == rows[1]
    assert rows[0]["number"] == f"{labels[0]}{labels[1]}" if number else rows[0]["verdict"] == "several"


def test_a_zip_of_damaged_pictures_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("1.png", b"no picture")
    with pytest.raises(InputError, match="is damaged"):
        run(workspace, "predict", str(tmp_path / "all.zip"))
