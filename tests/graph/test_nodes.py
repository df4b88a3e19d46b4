"""A Graph as JSON: out, in again, and what is refused."""

import json
import random

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import nn
from tinygrad_rnn.graph import Graph, flow, trace


def lstm():
    outputs, states = nn.unroll(nn.LSTMCell(2, 3, random.Random(0)), tg.arrays.ones((3, 1, 2)))
    return [tg.sum(h[:, ::2]) for h in outputs], states


def test_what_is_written_is_read_again():
    graph = trace(*lstm())
    assert Graph.from_json(graph.to_json()) == graph


def test_a_flow_is_a_graph_with_norms():
    followed = flow(*lstm())
    data = json.loads(tg.graph.plain_json.dumps(followed.to_dict()))
    assert Graph.from_json(json.dumps(data)) == followed.graph
    assert data["flow"]["edges"] == list(followed.edges)


def test_numbers_that_are_not_finite_are_strings_that_come_back():
    x = tg.Tensor(2.0, name="x")
    graph = trace(tg.clip(x * float("inf"), float("-inf"), 1.0))
    text = graph.to_json()
    json.loads(text, parse_constant=pytest.fail)
    assert '"inf"' in text
    assert Graph.from_json(text) == graph


@pytest.mark.parametrize("name", ["\ud800", "a\x00b", "한국어 😀", '"\\', "</script>"])
def test_every_name_survives_a_file(name, tmp_path):
    graph = trace(tg.Tensor(2.0, name=name) * 3.0)
    (tmp_path / "graph.json").write_text(graph.to_json(), encoding="utf-8")
    read = Graph.from_json((tmp_path / "graph.json").read_bytes())
    assert read == graph


def test_the_same_graph_has_the_same_json_on_every_run():
    assert trace(*lstm()).to_json() == trace(*lstm()).to_json()


GOOD = {"schema": "tinygrad_rnn/graph", "version": 1, "nodes": [], "edges": [], "losses": []}
NODE = {"op": None, "attrs": {}, "shape": [], "name": None, "step": 0, "constants": {}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "no graph of this package"),
        (GOOD, "KeyError: 'states'"),
        (GOOD | {"version": 2}, "version 1, got 'tinygrad_rnn/graph', version 2"),
        (GOOD | {"states": [], "edges": [[0, 1, 0]]}, r"got Edge\(tail=0, head=1, position=0\)"),
        (GOOD | {"states": [], "nodes": [NODE | {"id": 3}]}, "a node's id is its position"),
        (GOOD | {"states": [{"h": 4}]}, "a node's id is its position"),
        (GOOD | {"states": [], "nodes": [NODE | {"id": 0, "colour": 1}]}, "colour"),
    ],
)
def test_what_is_no_graph_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        Graph.from_json(json.dumps(data))


def test_what_is_no_json_is_refused():
    with pytest.raises(ValueError, match="JSONDecodeError"):
        Graph.from_json("{")
