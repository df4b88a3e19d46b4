"""The plot of a sweep: its lines are the numbers that were measured."""

import math

import pytest

from tinygrad_rnn.lab import Setup, Survival, plot_sweep

pytest.importorskip("matplotlib").use("Agg")


def rows(cell, field, values, logs):
    return [
        Survival(Setup(cell)._replace(**{field: value}), found)
        for value, found in zip(values, logs, strict=True)
    ]


def lines(ax):
    """label -> (x, y) of the lines that the legend names."""
    named = {line.get_label(): line for line in ax.get_lines()}
    return {
        label: (list(line.get_xdata()), list(line.get_ydata()))
        for label, line in named.items()
        if not label.startswith("_")
    }


def test_a_line_is_the_means_and_a_thin_one_the_closed_form():
    found = rows("lstm", "length", [11, 101], [(-1.0, -3.0), (-8.0, -10.0)])
    ax = plot_sweep(found, "length")
    drawn = lines(ax)
    assert drawn["LSTM"] == ([11, 101], [-2.0, -9.0])
    closed = [row.setup.closed_form() for row in found]
    assert drawn["LSTM: σ(b_f)^(T-1)"] == ([11, 101], closed)
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (min(band), max(band)) == pytest.approx((-9 - math.sqrt(2), -2 + math.sqrt(2)))
    assert ax.get_xlabel() == "length"


def test_every_cell_has_its_own_line_in_whatever_order_the_rows_come():
    one, other = ([(-1.0, -3.0), (-2.0, -4.0)], [(-5.0, -7.0), (-6.0, -8.0)])
    found = rows("rnn", "scale", [1.0, 2.0], one) + rows("gru", "scale", [1.0, 2.0], other)
    drawn = lines(plot_sweep([found[0], found[2], found[1], found[3]], "scale"))
    assert drawn["RNN"][1] == [-2.0, -3.0]
    assert drawn["GRU"][1] == [-6.0, -7.0]


def test_what_has_no_mean_is_a_gap():
    found = rows("rnn", "scale", [0.0, 1.0], [(-math.inf, -math.inf), (-2.0, -4.0)])
    drawn = lines(plot_sweep(found, "scale"))
    assert math.isnan(drawn["RNN"][1][0])
    assert drawn["RNN"][1][1] == -3.0


def test_initialisations_are_points_with_bars_and_no_line():
    found = rows("gru", "init", ["uniform", "chrono"], [(-1.0, -3.0), (-2.0, -4.0)])
    ax = plot_sweep(found, "init")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["uniform", "chrono"]
    assert all(line.get_linestyle() == "None" for line in ax.get_lines()[1:])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["GRU"]


def test_it_draws_on_the_axes_that_are_given():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plot_sweep(rows("gru", "scale", [1.0], [(-1.0, -3.0)]), "scale", ax) is ax


def test_nothing_cannot_be_plotted():
    with pytest.raises(ValueError, match="expected what `sweep` yields, got nothing"):
        plot_sweep([], "length")
