"""What a chart says of itself."""

import numpy as np
import plotly.graph_objects as go

from mnist_core.evaluation.chart_text import MOST_TRACES, text_of, told


def test_a_figure_without_a_text_of_its_own_tells_its_axes_and_ranges() -> None:
    figure = go.Figure().add_scatter(x=[1, 2, 3], y=np.array([0.5, 0.1, 0.2]), name="Measured")
    figure.update_xaxes(title="Drawings").update_yaxes(title="Errors", tickformat=".0%")
    assert text_of(figure) == "Errors by Drawings. Measured: 50.0% at first, 20.0% at last, between 10.0% and 50.0%."


def test_few_bars_are_told_one_by_one() -> None:
    figure = go.Figure().add_bar(x=["0", "1"], y=[12, 3]).update_xaxes(title="Digit")
    assert text_of(figure) == "Digit. 0: 12, 1: 3."


def test_values_that_are_no_numbers_and_many_traces_are_told_briefly() -> None:
    figure = go.Figure()
    for _ in range(MOST_TRACES + 2):
        figure.add_scatter(x=[1], y=["a"])
    assert text_of(figure) == "… and 2 more."
    assert text_of(go.Figure(go.Heatmap(z=[[1]]))) == "Chart"


def test_a_figure_says_what_it_was_told() -> None:
    assert text_of(told(go.Figure().add_bar(x=[1], y=[2]), "All correct.")) == "All correct."
