"""Other people's files on the pages: seen before they are used."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets, own, synthetic
from tests.pages.app import button, open_page, texts

X, Y = synthetic.generate(60, seed=3)


def table(images: "np.typing.NDArray[np.uint8]") -> bytes:
    text = io.StringIO()
    np.savetxt(text, np.column_stack([Y, images.reshape(60, 784)]), fmt="%d", delimiter=",")
    return text.getvalue().encode()


def uploader(page: AppTest, label: str) -> "AppTest":
    return next(each for each in page.file_uploader if each.label.startswith(label))  # type: ignore[no-any-return]


def test_a_turned_table_is_seen_turned_and_used(app: AppTest, workspace: Workspace) -> None:
    """The preview says what was found; the button makes it the data set of the training, once and for all."""
    page = open_page(app, "train")
    uploader(page, "Files with labelled digits").set_value([("emnist.csv", table(X.transpose(0, 2, 1)), "")]).run()
    assert not page.exception
    said = texts(page)
    assert "**emnist**: 60 images (50 for training, 10 for testing)" in said
    assert "These images look turned" in said
    assert "Table: the label is in column 1." in said
    assert own.saved(workspace) == [], "nothing is used yet"
    button(page, "Use these").click().run()
    (path,) = own.saved(workspace)
    assert page.session_state["train.dataset"] == str(path)
    images, labels = datasets.load(str(path), workspace).all
    assert {x.tobytes() for x in images} == {x.tobytes() for x in X}
    assert sorted(labels) == sorted(Y)
    assert not button(page, "Train").disabled
    assert "These images look turned" not in texts(page)


def test_a_refused_upload_says_why(app: AppTest) -> None:
    """As a sentence in its place."""
    page = open_page(app, "train")
    uploader(page, "Files with labelled digits").set_value([("a.csv", b"1,2,3\n", "")]).run()
    (error,) = page.error
    assert "3 columns" in error.value
    assert not page.exception


def test_the_newest_upload_counts(app: AppTest) -> None:
    """The uploader adds files to those that are there; what is left out is named."""
    page = open_page(app, "train")
    given = [("first.csv", table(X), "")]
    for name, content in (("second.zip", zipped_folders()), ("third.csv", table(X[:, ::-1, ::-1]))):
        given.append((name, content, ""))
        uploader(page, "Files with labelled digits").set_value(given).run()
        assert not page.exception
        assert f"**{name.rpartition('.')[0]}**: 60 images" in texts(page)
        others = ", ".join(each for each, _content, _type in given[:-1])
        assert f"Only the newest data set is used: {name}. Left out: {others}." in texts(page).replace("\\", "")


def test_labels_that_do_not_fit_need_a_yes(app: AppTest) -> None:
    """With a warning instead of a tick."""
    page = open_page(app, "train")
    uploader(page, "Files with labelled digits").set_value([("mirrored.csv", table(X[:, :, ::-1]), "")]).run()
    assert "The shipped model predicts only" in texts(page)
    assert ":material/check: The shipped model" not in texts(page)
    assert button(page, "Use these").disabled
    next(each for each in page.toggle if each.label == "Use them all the same").set_value(True).run()
    assert not button(page, "Use these").disabled


def zipped_folders() -> bytes:
    """Pictures in folders named after their digits."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, (image, label) in enumerate(zip(X, Y, strict=True)):
            picture = io.BytesIO()
            Image.fromarray(image).save(picture, "PNG")
            archive.writestr(f"{label}/{number}.png", picture.getvalue())
    return buffer.getvalue()


def test_other_images_are_evaluated_on(app: AppTest, workspace: Workspace) -> None:
    """All of them, if nothing says which are for testing."""
    page = open_page(app, "evaluate")
    uploader(page, "Files with labelled digits").set_value([("mine.csv", table(X), "")]).run()
    button(page, "Use these").click().run()
    assert not page.exception
    assert page.session_state["evaluate.source"] == str(own.saved(workspace)[0])
    assert "of 60 misclassified" in texts(page)


def pictures() -> bytes:
    """Pictures whose names have digits, and a damaged one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(1, 4):
            picture = io.BytesIO()
            Image.fromarray(X[number]).save(picture, "PNG")
            archive.writestr(f"digit{number}.png", picture.getvalue())
        archive.writestr("digit4.png", b"no picture")
    return buffer.getvalue()


def test_a_yes_is_for_one_file(app: AppTest) -> None:
    """The next file is asked about again."""
    page = open_page(app, "fine_tune")

    def toggle() -> "AppTest":
        return next(each for each in page.toggle if each.label == "Take the labels from the names")  # type: ignore[return-value]

    uploader(page, "Strokes").set_value([("a.zip", pictures(), "")]).run()
    toggle().set_value(True).run()
    uploader(page, "Strokes").set_value([("b.zip", pictures(), "")]).run()
    assert not toggle().value


@pytest.mark.parametrize("yes", [False, True])
def test_names_are_labels_only_after_a_yes(yes: bool, app: AppTest, workspace: Workspace) -> None:
    """Otherwise the drawings wait in the review queue."""
    page = open_page(app, "fine_tune")
    uploader(page, "Strokes").set_value([("counters.zip", pictures(), "")]).run()
    assert "3 pictures without a label have a digit in their names. Are these the labels?" in texts(page)
    assert "1 picture is damaged and was left out: digit4.png." in texts(page)
    if yes:
        next(each for each in page.toggle if each.label == "Take the labels from the names").set_value(True).run()
    wrong = sum(int(Y[number]) != number for number in range(1, 4))
    assert (f"The model predicts another digit for {wrong} of 3: look at the pictures." in texts(page)) == yes
    button(page, "Import 3 drawings").click().run()
    assert not page.exception
    assert sum(DrawingStore(workspace).counts()) == (3 if yes else 0)
    assert ReviewQueue(workspace).count() == (0 if yes else 3)
