"""What the page knows and how it is put together; what it does is tried in a browser elsewhere."""

import json
import math
import random
import re
import weakref

import pytest

import tinygrad_rnn as tg
from tests.graph.networks import both_ways, linear_rnn, network
from tinygrad_rnn import nn
from tinygrad_rnn.graph import flow
from tinygrad_rnn.graph.page import data as page_data
from tinygrad_rnn.graph.page import report
from tinygrad_rnn.graph.page.cell_plan import plan_steps
from tinygrad_rnn.graph.page.data import MOST_STEPS, MOST_UNITS
from tinygrad_rnn.graph.page.packing import LETTERS, pack
from tinygrad_rnn.graph.page.page import MOST_SNAPSHOTS
from tinygrad_rnn.graph.views.layers import arrange

PACKED = 0.012  # a hundredth of a decade, half of it to either side


def lstm(steps=4, hidden=3):
    return network(nn.LSTMCell(2, hidden, random.Random(0)), steps)


def known(page):
    """The data of a page, as a browser reads it."""
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.html)[1]
    return json.loads(text)


def norms(packed):
    """The inverse of `pack` for a single row."""
    (row,) = rows_in(packed)
    return row


def rows_in(packed):
    """The inverse of `pack`: what the letters say, read one after the other."""
    signs = {".": None, "0": 0.0, "^": math.inf, "?": math.nan}
    rows = []
    for text in packed.split(" "):
        row, hundredths = [], 0
        for letter in text:
            if letter in "+-":
                hundredths += 81 if letter == "+" else -81
            elif letter in signs:
                row.append(signs[letter])
            else:
                hundredths += LETTERS.index(letter) - 40
                row.append(10 ** (hundredths / 100))
        rows.append(row[::-1])
    return rows


def moment(page, snapshot=0):
    """What the first network of a page is at one snapshot."""
    return known(page)["networks"][0]["snapshots"][snapshot]


# Numbers ---------------------------------------------------------------------------------------


def test_packed_norms_come_back_within_a_hundredth_of_a_decade():
    expected = [1.0, 0.001, 3.7e5, 1e-300, 1e300, 1.0, 0.5]
    assert norms(pack([expected])) == pytest.approx(expected, rel=PACKED)
    assert rows_in(pack([[0.5], [], [3.0, 4.0]])) == [
        [pytest.approx(0.5, rel=PACKED)], [], pytest.approx([3.0, 4.0], rel=PACKED)]


def test_every_step_between_two_norms_can_be_written():
    for hundredths in (*range(-500, 501), 30_000, -30_000):
        row = [10.0 ** (hundredths / 100), 1.0]
        assert norms(pack([row])) == pytest.approx(row, rel=1e-9)


def test_a_row_is_written_from_its_end_as_steps_of_hundredths():
    """1 is a step of 0, the middle one of 81 letters; 0.5 one of -30; 0.1 one of -81 and -19."""
    assert LETTERS[40] == "S"
    assert pack([[0.1, 1.0]]) == f"S-{LETTERS[40 - 19]}"
    assert pack([[0.5, None, 1.0]]) == f"S.{LETTERS[40 - 30]}"


def test_neighbours_within_a_factor_of_two_take_one_character_each():
    assert len(pack([[2.0 ** -k for k in range(64)][::-1]])) == 64


def test_no_letter_has_to_be_escaped():
    assert len(set(LETTERS)) == len(LETTERS) == 81
    assert not set(LETTERS) & set("\"\\<>&'+-.0^? ")
    assert json.dumps(LETTERS) == f'"{LETTERS}"'


def test_nothing_zero_nan_and_infinity_are_told_apart():
    nothing, zero, infinite, nan = norms(pack([[None, 0.0, math.inf, math.nan]]))
    assert nothing is None
    assert zero == 0.0
    assert infinite == math.inf
    assert math.isnan(nan)


def test_every_loss_has_a_row_of_norms_that_ends_with_its_step():
    """h_t = w·h_{t-1}: loss τ reaches step t with w to the power of τ - t."""
    *each, total = rows_in(moment(report(*linear_rnn(0.1, 3)))["rows"]["states"])
    assert each == [[1.0], pytest.approx([0.1, 1.0]), pytest.approx([0.01, 0.1, 1.0])]
    assert total == pytest.approx([1.11, 1.1, 1.0], rel=PACKED)


def test_of_one_step_the_share_is_the_whole_gradient_of_the_weights():
    losses, states = lstm(steps=1)
    followed = flow(losses, states)
    detail = known(report(losses, states))["networks"][0]["snapshots"][0]["details"]["0"]
    weights = [n.id for n in followed.graph.nodes if (n.name or "")[:1] in ("W", "b")]
    expected = math.hypot(*(followed.nodes[i] for i in weights))
    assert norms(detail["shares"]) == [pytest.approx(expected, rel=PACKED)]


def test_what_is_carried_is_only_written_where_it_differs_from_what_the_state_received():
    *each, total = rows_in(moment(report(*linear_rnn(0.1, 3)))["rows"]["ahead"])
    assert each == [[], [], []]
    assert total == pytest.approx([0.11, 0.1], rel=PACKED)


def test_the_parts_of_a_state_are_taken_together():
    losses, states = lstm()
    followed = flow(losses, states)
    rows = rows_in(moment(report(losses, states))["rows"]["states"])
    expected = [math.hypot(*pair) for pair in zip(followed.norms("h"), followed.norms("c"))]
    assert rows[3] == pytest.approx(expected, rel=PACKED)


def row_of(page, i):
    """states, ahead, behind, back; the unit and the factor; of the loss in row i, or of the sum."""
    rows, i = moment(page)["rows"], -1 if i == "sum" else i
    packed = [rows_in(rows[name]) for name in ("states", "ahead", "behind", "back")]
    of_loss = [found[i] if found[i:] else [] for found in packed]
    return [*of_loss, norms(rows["units"])[i], rows["factors"][i]]


@pytest.mark.parametrize("loss", [0, 2, 5, "sum"])
def test_what_a_flow_says_is_what_the_page_says_in_either_direction(loss):
    losses = both_ways(6)
    followed = flow(losses, loss=loss)
    backward = followed.norms("back.h")
    states, _, _, back, unit, factor = row_of(report(losses), loss)
    assert states == pytest.approx(
        [math.hypot(*(v or 0.0 for v in pair)) for pair in zip(followed.norms(), backward)],
        rel=PACKED,
    )
    assert back == pytest.approx(followed.by_lag()[::-1], rel=PACKED)
    assert unit == pytest.approx(followed.unit(), rel=PACKED)
    assert factor == "nan" if loss == 0 else factor == pytest.approx(followed.factor(), rel=1e-3)


def test_of_both_directions_the_page_knows_what_was_carried_ahead_and_behind():
    """The gradient of the loss at 2 goes to 1 and 0 through h, to 3, 4 and 5 through back.h."""
    losses = both_ways(6)
    followed = flow(losses, loss=2)
    _, ahead, behind, *_ = row_of(report(losses), 2)
    assert known(report(losses))["networks"][0]["backward"] == [1]
    h, back = followed.norms("h"), followed.norms("back.h")
    assert ahead == [*(pytest.approx(v, rel=PACKED) for v in h[:2]), None, None, None]
    assert behind == [None, None, *(pytest.approx(v, rel=PACKED) for v in back[3:])]


def test_the_unit_is_the_largest_norm_among_the_parts_at_lag_0():
    losses, states = lstm()
    followed = flow(losses, states)
    *_, unit, factor = row_of(report(losses, states), 3)
    assert unit == pytest.approx(max(followed.norms("h")[3], followed.norms("c")[3]), rel=PACKED)
    assert factor == pytest.approx(followed.factor(), rel=1e-3)


def test_a_loss_that_does_not_reach_the_first_part_has_no_factor():
    h, c = tg.Tensor(0.5) * 1.0, tg.Tensor(0.7) * 1.0
    page = report([h * 1.0, c * 3.0], [{"h": h, "c": c}])
    states, _, _, back, unit, factor = row_of(page, 1)
    assert (states, back, factor) == ([pytest.approx(3.0, rel=PACKED)], [None], "nan")
    assert unit == pytest.approx(3.0, rel=PACKED)


def test_lags_count_from_the_last_state_even_where_that_is_not_on_the_page():
    losses, states = linear_rnn(0.9, MOST_STEPS + 3)
    _, _, _, back, *_ = row_of(report(losses, states, loss=0), "sum")
    expected = flow(losses, states, "sum").by_lag()[3:]
    assert back == [pytest.approx(norm, rel=PACKED) for norm in expected[::-1]] + [None] * 3


def test_units_and_shares_are_those_of_the_flow():
    losses, states = lstm()
    followed = flow(losses, states)
    detail = moment(report(losses, states))["details"]["3"]
    steps = [followed.gradients[s["h"]].tolist()[0] for s in followed.graph.states]
    expected = [[abs(g) for g in unit] for unit in zip(*steps)]
    assert rows_in(detail["units"]) == [pytest.approx(unit, rel=PACKED) for unit in expected]
    weights = [n.id for n in followed.graph.nodes if n.op is None and n.step == "shared"]
    shares = zip(*(followed.share_norms(i) for i in weights))
    assert norms(detail["shares"]) == pytest.approx([math.hypot(*s) for s in shares], rel=PACKED)


def test_why_says_what_each_kind_of_op_took_at_each_step_back():
    page = known(report(*linear_rnn(0.1, 3)))
    why = page["networks"][0]["snapshots"][0]["details"]["2"]["why"]
    recurrent = page["kinds"].index("recurrent weight")
    assert rows_in(why["bars"])[recurrent] == pytest.approx([0.1, 0.1])


def test_of_a_gradient_that_is_not_finite_the_page_says_so_instead_of_why():
    page = known(report(*linear_rnn(1e200, 4)))
    why = page["networks"][0]["snapshots"][0]["details"]["3"]["why"]
    assert why["bars"] == ""
    assert "inf" in why["words"]


def test_why_begins_at_the_loss_and_goes_back():
    losses, states = network(nn.RNNCell(2, 3, random.Random(0)), 4)
    page = known(report(losses, states))
    why = page["networks"][0]["snapshots"][0]["details"]["3"]["why"]
    bars = why["bars"]
    assert why["words"] == str(flow(losses, states).why())
    by_step = flow(losses, states).why().by_step
    expected = [[10 ** by_step[t][kind] for t in (1, 2, 3)] for kind in page["kinds"]]
    assert rows_in(bars) == [pytest.approx(row, rel=PACKED) for row in expected]


def test_singular_values_are_said_of_the_loss_that_is_followed():
    details = known(report(*lstm(), loss=2))["networks"][0]["snapshots"][0]["details"]
    said = [key for key, found in details.items() if "singular value" in found["why"]["words"]]
    assert said == ["2"]


def test_why_goes_back_to_the_right_where_the_first_part_runs_backward():
    rng = random.Random(0)
    xs = [tg.Tensor([[rng.gauss(0, 1), rng.gauss(0, 1)]]) for _ in range(4)]
    back = nn.unroll(nn.RNNCell(2, 2, rng), xs[::-1])
    losses, states = [tg.sum(h) for h in back.outputs[::-1]], back.states[::-1]
    net = known(report(losses, states, loss=1))["networks"][0]
    why = net["snapshots"][0]["details"]["1"]["why"]
    found = flow(losses, states, loss=1).why(1, 3)
    assert why["words"] == str(found)
    expected = zip(*(found.by_step[t].values() for t in (2, 1)))  # the loss last
    assert rows_in(why["bars"]) == [
        pytest.approx([10**e for e in row], rel=PACKED) for row in expected]


# Ops of a step ---------------------------------------------------------------------------------


def test_a_cell_opens_to_its_ops_named_by_their_gates():
    losses, states = lstm()
    plan, slots = list(plan_steps(flow(losses, states).graph, [2]))[0]
    assert {"σ f", "σ i", "tanh g", "σ o", "c = +", "h = ×", "x", "h[t−1]", "L"} <= {*plan.labels}
    assert len(slots) == 1 + max(line.slot for line in plan.lines)


def test_the_slots_of_a_step_hold_the_norms_of_its_nodes_and_edges():
    """h' = w·h: 0.1 arrives at w·h of step 1, and 0.01 goes on to the state before."""
    losses, states = linear_rnn(0.1, 3)
    followed = flow(losses, states)
    plan, slots = list(plan_steps(followed.graph, [1]))[0]
    shown = {label: slot.norm(followed) for label, slot in zip(plan.labels, slots)}
    assert shown == {"h[t−1]": pytest.approx(0.01), "h = × w": pytest.approx(0.1), "L": None}


def test_lines_that_leave_one_node_have_each_their_own_norm():
    followed = flow(*lstm())
    plan, slots = list(plan_steps(followed.graph, [2]))[0]
    concat = plan.labels.index("concat")
    shown = [slots[line.slot].norm(followed) for line in plan.lines if line.tail == concat]
    edges = zip(followed.graph.edges, followed.edges)
    node = slots[concat].ids[0]
    assert shown == [norm for edge, norm in edges if edge.tail == node]
    assert len(set(shown)) == 4


def test_l_stands_for_every_loss_of_its_step():
    """dL/dL = 1 for each of them; for the sum, the most that comes to one: 1 + 7 to the first."""
    h = tg.Tensor(2.0) * 1.0
    first = h * 3.0
    losses, states = [first, h * 5.0, first * 7.0], [{"h": h}]
    for loss, expected in ((0, 1.0), (1, 1.0), (2, 1.0), ("sum", 8.0)):
        followed = flow(losses, states, loss)
        plan, slots = list(plan_steps(followed.graph, [0]))[0]
        assert slots[plan.labels.index("L")].norm(followed) == expected


def test_a_line_shares_the_norm_of_its_tail_where_that_goes_nowhere_else():
    """h[t−1] enters w·h alone: one norm; it enters h·h twice: a norm each."""
    losses, states = linear_rnn(0.5, 3)
    plan, _ = list(plan_steps(flow(losses, states).graph, [1]))[0]
    before, product = plan.labels.index("h[t−1]"), plan.labels.index("h = × w")
    assert [line.slot for line in plan.lines if line.tail == before] == [before]
    assert [line.slot for line in plan.lines if line.tail == product][0] != product  # y, h[t+1]

    h, states = tg.Tensor(0.5) * 1.0, []
    for _ in range(3):
        h = h * h
        states.append(h)
    followed = flow([h * 1.0], states)
    plan, slots = list(plan_steps(followed.graph, [1]))[0]
    found = [line for line in plan.lines if plan.labels[line.tail] == "h[t−1]"]
    assert len({line.slot for line in found}) == 2
    assert all(line.slot != line.tail for line in found)
    half = followed.norms()[0] / 2
    assert [slots[line.slot].norm(followed) for line in found] == pytest.approx([half, half])


def test_a_node_inside_a_step_with_one_way_out_has_one_norm():
    plan, _ = list(plan_steps(flow(*lstm()).graph, [2]))[0]
    gate, concat = plan.labels.index("σ f"), plan.labels.index("concat")
    assert [line.slot for line in plan.lines if line.tail == gate] == [gate]
    assert concat not in [line.slot for line in plan.lines if line.tail == concat]
    cell = plan.labels.index("c = +")  # it goes on to the next step, too
    assert cell not in [line.slot for line in plan.lines if line.tail == cell]


def test_a_state_that_comes_from_the_right_is_called_so():
    followed = flow(both_ways(6), loss=2)
    plan, slots = list(plan_steps(followed.graph, [3]))[0]
    back = plan.labels.index("back.h[t+1]")
    assert slots[back].norm(followed) == pytest.approx(followed.norms("back.h")[4])
    assert slots[plan.labels.index("h[t−1]")].norm(followed) is None


def test_gates_are_called_by_their_letters_and_weights_without_their_module():
    losses, states = network(nn.GRUCell(2, 3, random.Random(0)), 3)
    plan, _ = list(plan_steps(flow(losses, states).graph, [1]))[0]
    assert {"σ r", "σ z", "tanh n"} <= {*plan.labels}
    w, h, states = tg.Tensor([[0.5]], name="cell.W_hf"), tg.Tensor([[1.0]]), []
    for _ in range(3):
        h = tg.sigmoid(h @ w) * 0.5
        states.append(h)
    plan, _ = list(plan_steps(flow([tg.sum(h)], states).graph, [1]))[0]
    assert "@ W_hf" in plan.labels


def test_a_page_knows_how_many_slots_each_step_has():
    losses, states = lstm()
    net = known(report(losses[-1], states))["networks"][0]
    counts = [len(slots) for _, slots in plan_steps(flow(losses[-1], states).graph, range(4))]
    assert [net["plans"][kind]["slots"] for kind in net["plan_of"]] == counts


@pytest.mark.parametrize("loss", [1, 3, "sum"])
def test_the_norms_of_the_ops_are_those_of_their_slots_a_row_for_the_steps_of_a_plan(loss):
    losses, states = lstm(steps=5)
    followed = flow(losses, states, loss)
    net = known(report(losses, states))["networks"][0]
    rows = rows_in(net["snapshots"][0]["details"][str(loss)]["ops"])
    first = [sum(plan["slots"] for plan in net["plans"][:k]) for k in range(len(net["plans"]))]
    reached = 5 if loss == "sum" else loss + 1
    met = dict.fromkeys(net["plan_of"], 0)
    for t, (_, slots) in enumerate(list(plan_steps(followed.graph, range(reached)))):
        kind = net["plan_of"][t]
        found = [rows[first[kind] + k][met[kind]] for k in range(len(slots))]
        assert found == [
            None if (norm := slot.norm(followed)) is None else pytest.approx(norm, rel=PACKED)
            for slot in slots]
        met[kind] += 1
    assert sum(map(len, rows)) == sum(net["plans"][k]["slots"] for k in net["plan_of"][:reached])


def test_steps_of_one_kind_share_their_plan():
    net = known(report(*network(nn.GRUCell(2, 3, random.Random(0)), 8)))["networks"][0]
    assert net["plan_of"][1:-1] == [net["plan_of"][1]] * 6
    assert len(net["plans"]) <= 3


def test_an_edge_goes_to_the_right_and_nodes_of_a_layer_lie_apart():
    places, bends = arrange(6, ((0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 5), (4, 5)))
    assert all(places[a][0] < places[b][0] for a, b in ((0, 1), (1, 4), (4, 5), (3, 5)))
    rows = sorted(row for layer, row in places if layer == 1)
    assert all(below - above >= 0.99 for above, below in zip(rows, rows[1:]))
    assert [layer for layer, _ in bends[5]] == [2]


# The page --------------------------------------------------------------------------------------


def test_the_same_data_make_the_same_bytes():
    assert report(*lstm()).html == report(*lstm()).html


def test_networks_snapshots_and_tokens_are_on_the_page():
    moments = ((step, {"A": linear_rnn(w, 2), "B": linear_rnn(w / 2, 2)})
               for step, w in ((0, 0.1), (50, 0.9)))
    page = report(snapshots=moments, title="Two", tokens=["a", " "])
    data = known(page)
    assert data["training"] == [0, 50]
    assert data["title"] == "Two"
    assert [net["name"] for net in data["networks"]] == ["A", "B"]
    assert data["networks"][0]["tokens"] == ["a", "·"]
    last = rows_in(data["networks"][1]["snapshots"][1]["rows"]["states"])[1]
    assert last == pytest.approx([0.45, 1.0], rel=PACKED)
    assert repr(page) == "<Page of A, B: 2 snapshots>"


def test_of_many_snapshots_an_even_choice_is_kept_with_the_first_and_the_last():
    page = known(report(snapshots=((k, linear_rnn(0.5, 1)) for k in range(58))))
    assert page["training"] == [*range(0, 57, 4), 57]
    assert len(page["training"]) <= MOST_SNAPSHOTS


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (20, range(20)),
        (21, range(0, 21, 2)),
        (39, range(0, 39, 2)),
        (40, [*range(0, 37, 2), 39]),
    ],
)
def test_no_more_than_twenty_snapshots_are_kept_and_twenty_are(given, kept):
    page = known(report(snapshots=((k, linear_rnn(0.5, 1)) for k in range(given))))
    assert page["training"] == [*kept]


def test_the_values_of_a_state_are_known_as_mean_and_standard_deviation():
    """h = -2 then ±3, c = 0.5: deviations, means, means below zero, a row each; for every part."""
    h = [tg.Tensor([[-2.0, -2.0]]) * 1.0, tg.Tensor([[3.0, -3.0]]) * 1.0]
    c = [tg.Tensor([[0.5, 0.5]]) * 1.0, tg.Tensor([[0.5, 0.5]]) * 1.0]
    states = [{"h": a, "c": b} for a, b in zip(h, c)]
    loss = tg.sum(h[0]) + tg.sum(h[1]) + tg.sum(c[0]) + tg.sum(c[1])
    found = rows_in(moment(report(loss, states))["held"])
    close = [pytest.approx(x, rel=PACKED) for x in (2.0, 3.0, 0.5)]
    assert found == [[0.0, close[1]], [0.0, 0.0], [close[0], 0.0],
                     [0.0, 0.0], [close[2], close[2]], [0.0, 0.0]]


def test_a_norm_in_a_row_takes_little_more_than_one_character():
    rows = moment(report(*lstm(steps=24)))["rows"]
    count = sum(len(row) for row in rows_in(rows["states"]))
    assert count == 24 * 25 // 2 + 24
    assert len(rows["states"]) < 1.3 * count


def test_a_snapshot_is_freed_before_the_next_one_is_made():
    alive = []

    def moments():
        for step in range(3):
            losses, states = linear_rnn(0.5, 2)
            assert not any(ref() for ref in alive)
            alive.append(weakref.ref(losses[-1]))
            yield step, (losses, states)
            del losses, states

    assert known(report(snapshots=moments()))["training"] == [0, 1, 2]


def test_of_a_long_sequence_the_steps_up_to_the_loss_are_shown():
    losses, states = linear_rnn(0.9, 100)
    net = known(report(losses, states, loss=70))["networks"][0]
    assert (net["first"], net["length"], net["total"]) == (70 - MOST_STEPS + 1, MOST_STEPS, 100)
    assert net["losses"][-1] == [70, 70]
    assert known(report(losses, states, loss=5))["networks"][0]["first"] == 0


def test_of_many_losses_the_last_are_shown_and_the_one_that_is_followed():
    h = tg.Tensor(2.0) * 1.0
    losses = [h * float(k + 1) for k in range(MOST_STEPS + 6)]
    shown = known(report(losses, [{"h": h}], loss=2))["networks"][0]["losses"]
    assert [k for k, _ in shown] == [2, *range(6, MOST_STEPS + 6)]


def test_networks_of_different_lengths_have_each_their_own_loss():
    found = {"short": linear_rnn(0.5, 5), "long": linear_rnn(0.5, 10)}
    nets = known(report(found, loss=-2))["networks"]
    assert [net["followed"] for net in nets] == ["3", "8"]
    nets = known(report(found, loss="sum"))["networks"]
    assert [net["followed"] for net in nets] == ["sum", "sum"]


def test_a_flow_makes_the_page_of_its_losses_and_follows_its_own():
    pair = lstm()
    followed = flow(*pair, loss=1)
    assert report(followed).html == report(*pair, loss=1).html
    nets = known(report({"a": followed, "b": flow(*pair, loss="sum"), "c": pair}))["networks"]
    assert [net["followed"] for net in nets] == ["1", "sum", "3"]


def test_of_many_units_the_first_are_shown():
    net = known(report(*network(nn.RNNCell(2, 50, random.Random(0)), 2)))["networks"][0]
    assert (net["hidden"], net["units"]) == (50, MOST_UNITS)
    units = net["snapshots"][0]["details"]["1"]["units"]
    assert [len(unit) for unit in rows_in(units)] == [2] * MOST_UNITS


def test_details_are_dropped_until_a_network_keeps_to_its_budget(monkeypatch):
    whole = known(report(*lstm()))["networks"][0]
    assert whole["detailed"] == ["0", "1", "2", "3", "sum"]
    assert len(json.dumps(whole["snapshots"])) <= page_data.BUDGET
    for budget, kept in ((len(json.dumps(whole["snapshots"])) - 1, ["3", "sum"]), (1, ["3"])):
        monkeypatch.setattr(page_data, "BUDGET", budget)
        net = known(report(*lstm()))["networks"][0]
        assert net["detailed"] == list(net["snapshots"][0]["details"]) == kept


def test_the_page_asks_nothing_of_the_network():
    page = report(*lstm()).html
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href|action)=["'](?!data:)""", page)
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page)


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{script}}",
    "a\u2028b\u2029c\x00\ud800",
    "\u202eright to left",
    "이름 \U0001f600",
    "x" * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text):
    page = report({text: linear_rnn(0.5, 2)}, title=text, tokens=[text, text])
    assert page.html.count("<script") == report({"": linear_rnn(0.5, 2)}).html.count("<script")
    assert "<img" not in page.html
    assert not set(page.html) & set("\u2028\u2029\x00\u202e")
    page.html.encode()
    assert len(known(page)["networks"][0]["name"]) <= 40


def test_norms_that_are_not_finite_are_no_trouble_to_json():
    w = tg.Tensor(1e200, name="w")
    states = [w, w * w, w * w * w]
    data = known(report([states[-1] - states[-1]], states[1:]))
    assert data["networks"][0]["snapshots"][0]["values"] == ["nan"]


def test_the_sum_of_a_single_loss_is_that_loss(monkeypatch):
    monkeypatch.setattr(page_data, "BUDGET", 1)
    losses, states = linear_rnn(0.5, 2)
    net = known(report(losses[-1], states, loss="sum"))["networks"][0]
    assert net["detailed"] == ["0"]
    assert len(rows_in(net["snapshots"][0]["rows"]["states"])) == 1


def test_one_step_makes_a_page():
    net = known(report(*linear_rnn(0.5, 1)))["networks"][0]
    assert rows_in(net["snapshots"][0]["rows"]["states"]) == [[1.0]]


def test_a_step_whose_state_no_loss_uses_stays_empty():
    losses, states = linear_rnn(0.5, 4)
    net = known(report(losses[:2], states))["networks"][0]
    assert net["length"] == 4
    rows = rows_in(net["snapshots"][0]["rows"]["states"])
    assert rows[1] == pytest.approx([0.5, 1.0], rel=PACKED)


def test_a_loss_that_uses_no_state_makes_a_page_too():
    losses, states = linear_rnn(0.5, 2)
    alone = tg.Tensor(1.0) * 2.0
    net = known(report([*losses, alone], states))["networks"][0]
    assert net["losses"][-1] == [2, None]
    assert [len(row) for row in rows_in(net["snapshots"][0]["rows"]["states"])] == [1, 2, 0, 2]


def test_a_page_is_saved_whole_and_only_as_html(tmp_path):
    page = report(*linear_rnn(0.5, 2))
    path = page.save(tmp_path / "flow.html")
    assert path.read_text(encoding="utf-8") == page.html
    with pytest.raises(ValueError, match=r"saved as \.html, got 'flow\.svg'"):
        page.save(tmp_path / "flow.svg")
    assert [file.name for file in tmp_path.iterdir()] == ["flow.html"]


def test_a_notebook_shows_the_page_in_a_frame_of_its_own():
    shown = report(*linear_rnn(0.5, 2))._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert "<script" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either losses or snapshots"),
        ({"losses": tg.Tensor(1.0) * 2.0}, "no loss depends on a state"),
        ({"losses": {}}, "at least one"),
        ({"losses": {"A": tg.Tensor(1.0) * 2.0}}, "no loss of the network 'A' depends"),
        ({"losses": [tg.Tensor(1.0) * 1.0], "states": []}, "no loss depends on a state"),
        ({"snapshots": []}, "at least one snapshot"),
        ({"snapshots": [(0, linear_rnn(0.5, 2)), (7, linear_rnn(0.5, 3))]}, "step 7 are not"),
        ({"losses": linear_rnn(0.5, 2), "normalise": "lag1"}, "lag0"),
        ({"losses": linear_rnn(0.5, 2), "loss": 9}, "index of the 2 losses, got 9"),
        ({"losses": {"A": linear_rnn(0.5, 2)}, "states": []}, "several networks are"),
    ],
)
def test_what_cannot_be_shown_is_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        report(**arguments)
