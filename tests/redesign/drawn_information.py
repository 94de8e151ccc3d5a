"""Candidates of the operators on information for the laws of all operators (`test_laws.py`)."""

from collections.abc import Iterator
from typing import Any

from bpsim.model import flow
from bpsim.model.process import Process
from bpsim.redesign.change import Change
from bpsim.redesign.operators import Channel, Source, Trigger

#: The kinds of changes that `candidates` gives.
KINDS = ("source", "ask_first", "shift", "new_channel", "clearer", "known")


def candidates(model: Process, kind: str) -> Iterator[Change]:
    """Give every change of a kind that could be tried on a process."""
    outside = [name for name, task in model.tasks().items() if task.performer[0] in (flow.CLIENT, flow.EXTERNAL)]
    places = [*outside, *model.items]
    if kind == "source":
        yield from (Source(replaces=name, origin="registry", stale=0.1) for name in places)
    elif kind == "ask_first":
        latency = {"value": "2h"}
        yield from (Source(replaces=name, origin="trusted_party", latency=latency, hit=0.7) for name in places)
    elif kind == "shift":
        yield from (Channel(shift={a: {b: 0.3}}) for a in model.channels for b in model.channels if a != b)
    elif kind == "new_channel":
        yield from (Channel(add={"app": {"delay": "1h"}}, shift={name: {"app": 0.4}}) for name in model.channels)
    elif kind == "known":
        yield from (Trigger(kind="register_event", event="birth", vanish=(n,), consent=0.5) for n in model.tasks())
    elif kind == "clearer":
        less = {next(iter(model.channels)): {"multiply": 0.5}}
        yield from (Channel(clarity={"sets": {f"flow.{name}.duration": less}}) for name in model.tasks())


def documented(written: dict[str, Any]) -> dict[str, Any]:
    """Declare what comes with the application, and what each task of the client or a third party brings."""
    nodes, items = {}, {"form": {"from": "client"}, "birth": {"from": "registry"}}
    for name, node in written["flow"].items():
        outside = node.get("performer") in (flow.CLIENT, flow.EXTERNAL)
        items |= {f"paper_{name}": {"from": "client"}} if outside else {}
        nodes[name] = {**node, "produces": f"paper_{name}"} if outside else node
    return {**written, "flow": nodes, "items": items}
