"""A registered model: its files, what is wrong with them, and what to do about it."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mnist_core.common.language import Text, _, advice, sentences
from mnist_core.models import model_files
from mnist_core.models.card import Card

FILES = ("model.keras", "model.onnx")
"""A model's files. The second is missing if it could not be made."""


def where_models_are_listed() -> Text:
    """That, in a sentence."""
    return advice(
        app=_("The Models page lists the models."),
        command_line=_("To list the models, run: mnist-studio models list"),
    )


@dataclass(frozen=True)
class Model:
    """A registered model."""

    id: str
    name: str
    note: str
    card: Card
    folder: Path

    DRAWINGS: ClassVar[str] = "learned.jsonl"

    @property
    def title(self) -> Text:
        """Its name and kind: the shipped model is called like the program."""
        return _("{name} ({kind})", name=self.name, kind=self.card.kind_text)

    @property
    def keras(self) -> Path:
        return self.folder / "model.keras"

    @property
    def onnx(self) -> Path:
        return self.folder / "model.onnx"

    @property
    def without_onnx(self) -> Text:
        """Why a digit model cannot predict, and what to do, if its ONNX file is missing or damaged; else ""."""
        if not self.card.usable or not (fault := model_files.fault(self.onnx)):
            return Text("")
        if self.without_keras and not self.card.predicts_only:  # the ONNX file is made from the Keras file
            return self.without_keras
        if self.onnx.exists():
            return self.damaged(self.onnx, fault)
        return _(
            "The model {name} ({id}) has no ONNX file, so it cannot predict or be fine-tuned. {advice}",
            name=self.name,
            id=self.id,
            advice=advice(
                app=_("Make the file on the Models page."),
                command_line=_("To make the file: mnist-studio models make-onnx {id}", id=self.id),
            ),
        )

    @property
    def without_keras(self) -> Text:
        """Why it cannot be trained on, and what to do, if its Keras file is missing or damaged; else ""."""
        if self.card.predicts_only:
            return _(
                "The model {name} ({id}) was imported from an ONNX file. It can predict, but it cannot be fine-tuned.",
                name=self.name,
                id=self.id,
            )
        fault = model_files.fault(self.keras)
        return self.damaged(self.keras, fault) if fault else Text("")

    @property
    def problems(self) -> list[Text]:
        """What is wrong with its files, each in a sentence."""
        keras = Text("") if self.card.predicts_only else self.without_keras
        return [*filter(None, dict.fromkeys((keras, self.without_onnx)))]

    def damaged(self, path: Path, fault: Text | None = None) -> Text:
        """That one of its files is damaged, and what to do about it.

        Args:
            fault: a sentence that says more than that.
        """
        fault = fault if fault is not None else _("{file} is damaged.", file=path.name)
        if path == self.onnx and not self.card.predicts_only:
            return _(
                "The model {name} ({id}) is damaged. {fault} {advice}",
                name=self.name,
                id=self.id,
                fault=fault,
                advice=advice(
                    app=_("Use another model, or make the file again on the Models page."),
                    command_line=_(
                        "Use another model, or make the file again: mnist-studio models make-onnx {id}", id=self.id
                    ),
                ),
            )
        return _(
            "The model {name} ({id}) is damaged. {fault} Import it or train it again, or use another model. {advice}",
            name=self.name,
            id=self.id,
            fault=fault,
            advice=where_models_are_listed(),
        )

    @property
    def drawings(self) -> Path:
        """The drawings of its fine-tuning, including earlier ones (JSON lines).

        The file is missing if the model was not fine-tuned or an earlier version kept it; then its run has them.
        """
        return self.folder / self.DRAWINGS

    @property
    def no_digit_model(self) -> Text:
        """That an imported network takes or gives something else than a digit model does; else ""."""
        if self.card.usable or self.card.shapes is None:
            return Text("")
        return _(
            "It takes {input} and gives {output}. A digit model takes images of 28×28 pixels and gives 10 numbers, so "
            "this one can be kept and exported, but it cannot predict or be fine-tuned.",
            input=str(self.card.shapes.input_shape).replace("None", "N"),
            output=str(self.card.shapes.output_shape).replace("None", "N"),
        )

    @property
    def reads_badly(self) -> Text:
        """That an imported network predicts too few digits correctly, and what to do; else ""."""
        if self.card.inputs is None or not self.card.inputs.is_bad:
            return Text("")
        if self.card.inputs.best_of_all:
            return sentences(
                [
                    self.card.inputs.text,
                    _(
                        "All forms of input were tried, and this is the best. The network itself predicts badly, or "
                        "its outputs or its rows and columns are in another order."
                    ),
                    advice(
                        app=_("Train it further, or import another model."),
                        command_line=_(
                            "To activate it all the same: mnist-studio models activate {id} --anyway", id=self.id
                        ),
                    ),
                ]
            )
        return sentences(
            [
                self.card.inputs.text,
                advice(
                    app=_("Import it again and choose the form of its input."),
                    command_line=_(
                        "Import it again and choose the form of its input, with --input-scale and --inverted. To "
                        "activate it all the same: mnist-studio models activate {id} --anyway",
                        id=self.id,
                    ),
                ),
            ]
        )

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in (self.keras, self.onnx) if path.exists())


@dataclass(frozen=True)
class Unreadable:
    """A model whose card cannot be read. It is shown as unreadable and can be deleted."""

    id: str
    name: str
    problem: Text
    folder: Path
