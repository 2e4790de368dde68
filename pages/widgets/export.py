"""A model's files for other programs: downloads, and a job that makes all of them and compares them with the model."""

from pathlib import Path
from typing import Any

import streamlit as st

from mnist_core.common.files import scratch_folder
from mnist_core.common.language import _, sentences
from mnist_core.config.schema import ExportConfig
from mnist_core.evaluation.reports import TRIED_IMAGES, ExportedFile, ExportReport
from mnist_core.jobs import exported
from mnist_core.jobs.runs import Run
from mnist_core.models.bundle import bundle
from mnist_core.models.export_formats import FORMATS, ExportFormat, export_model, file_name, formats_of
from mnist_core.models.model import Model
from pages.studio import studio
from pages.widgets.guarded import deferred, guarded_fragment, once
from pages.widgets.passphrase import encrypted, name_of, to_encrypt
from pages.widgets.table import harmless
from pages.widgets.text import escape


def export_section(model: Model) -> None:
    """Show the downloads, what is known of the files, and the button or the state of the job."""
    jobs = exported.jobs_of(studio().jobs, studio().workspace, model.id)
    runs = [Run.at(studio().workspace, job.id) for job in jobs if job.state == "completed"]
    run = runs[0] if runs else None
    report = exported.report_of(run) if run is not None else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{_('Export')}**", width="content")
        as_zip = st.toggle(
            _("In a zip"), key="export.zipped",
            help=_("With the card, the licences of the training data, and a program that predicts with the file."),
        )  # fmt: skip
        passphrase = to_encrypt("export")
    with st.container(horizontal=True, gap="small"):
        for wanted in formats_of(model):
            made = _made(wanted, run, report)
            if made is not None or (wanted.write is not None and not wanted.int8):
                _download(model, wanted, made, passphrase, as_zip=as_zip)
    if report is not None:
        _figures(report)
    if any(job.unfinished for job in jobs):
        guarded_fragment(_under_way, run_every=0.5)(model)
        return
    if jobs and jobs[0].message:
        st.caption(f":material/error: {escape(jobs[0].message)}")
    if (report is None or report.failed) and not model.without_onnx and model.card.usable:
        st.button(
            _("Make and check all files"), icon=":material/fact_check:", key="export.make", on_click=once(_start),
            args=(model,),
            help=_(
                "LiteRT, SavedModel and the files in int8 as well. Each is opened in its own runtime and compared with "
                "the model on 1,000 images."
            ),
        )  # fmt: skip


def _made(wanted: ExportFormat, run: Run | None, report: ExportReport | None) -> Path | None:
    """The path of the file that a job has made; None if it has not."""
    if run is None or report is None:
        return None
    names = [each.file for each in report.files if each.format == wanted.key]
    path = exported.folder_of(run) / names[0] if names else None
    return path if path is not None and path.exists() else None


def _download(model: Model, wanted: ExportFormat, made: Path | None, passphrase: str | None, *, as_zip: bool) -> None:
    """
    Args:
        made: None if the file is made now.
        passphrase: what to encrypt with; "" for nothing, None if it is not known yet.
    """
    zipped = (as_zip or not wanted.suffix) and wanted.runtime != ""
    name = file_name(model, wanted)
    shown = f"{name.replace('.', '-')}.zip" if zipped else name

    def content() -> bytes:
        return encrypted(shown, plain(), passphrase or "")

    def plain() -> bytes:
        with scratch_folder() as folder:
            path = made if made is not None else folder / name
            if made is None:
                export_model(model, path)
            if not zipped:
                return path.read_bytes()
            bundle(model, wanted, path, folder / "bundle.zip")
            return (folder / "bundle.zip").read_bytes()

    st.download_button(
        _("Export {suffix}", suffix=wanted.title), data=deferred(content),
        file_name=name_of(shown, passphrase or ""), disabled=passphrase is None,
        icon=":material/download:", key=f"export.{wanted.key}", help=_(wanted.description),
        on_click="ignore",
    )  # fmt: skip


def _figures(report: ExportReport) -> None:
    st.dataframe(
        harmless([_row(each) for each in report.files]),
        hide_index=True,
        key="export.figures",
        column_config={
            "file": _("File"),
            "for": _("Use"),
            "size": st.column_config.NumberColumn(_("Size"), format="%.2f MB"),
            "accuracy": st.column_config.NumberColumn(_("Accuracy"), format="percent"),
            "agreement": st.column_config.NumberColumn(_("Same digit as the model"), format="percent"),
            "difference": st.column_config.NumberColumn(_("Largest difference of a probability"), format="%.2g"),
            "refused": st.column_config.NumberColumn(_("Non-digits refused"), format="percent"),
            "time": st.column_config.NumberColumn(_("Time for an image, one core"), format="%.3f ms"),
            "runtime": _("Opened by"),
        },
        placeholder="–",
    )
    if report.files:
        first = report.files[0]
        said = [
            _(TRIED_IMAGES[first.images], count=first.count),
            _("The model predicts {accuracy:.2%} of them correctly.", accuracy=first.model_accuracy),
            _("An .html file also tests itself in each browser that opens it."),
        ]
        st.caption(sentences(said))
    for each in report.failed:
        title = FORMATS[each.format].title if each.format in FORMATS else each.format
        st.caption(f":material/error: {escape(title)}: {escape(each.reason)}")


def _row(file: ExportedFile) -> dict[str, Any]:
    known = FORMATS.get(file.format)
    return {
        "file": known.title if known else file.format,
        "for": _(known.description) if known else "",
        "size": file.bytes / 1e6,
        "accuracy": file.accuracy,
        "agreement": file.agreement,
        "difference": file.difference,
        "refused": file.refused,
        "time": file.milliseconds,
        "runtime": file.runtime,
    }


def _start(model: Model) -> None:
    here = studio()
    for job in exported.jobs_of(here.jobs, here.workspace, model.id):  # its files are made again
        if not job.unfinished:
            here.jobs.delete(job.id)
    here.jobs.submit(exported.KIND, ExportConfig(model=model.id))
    here.runner.poke()


def _under_way(model: Model) -> None:
    here = studio()
    waiting = [job for job in exported.jobs_of(here.jobs, here.workspace, model.id) if job.unfinished]
    if not waiting:
        st.rerun()
    if waiting[0].state == "queued":
        st.caption(f":material/hourglass_empty: {_('Queued…')}")
        return
    progress = Run.at(here.workspace, waiting[0].id).progress()
    st.progress(progress.step / max(1, progress.total_steps), text=_("Making and checking the files…"))
