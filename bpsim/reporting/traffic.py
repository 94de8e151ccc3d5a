"""How many of the cases take each flow: what enters a node leaves it, and the flow run says how many enter."""

from collections.abc import Mapping

import numpy as np

from bpsim.model.flow import Call, End, Inclusive, Parallel, Start, Task, side_ways
from bpsim.model.graph import flows
from bpsim.model.process import Process

#: How much a share that is written counts where the visits of nodes leave a flow open.
FAINT = 1e-3


def traffic(process: Process, visits: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """Give the passes per case of every flow of one process; `visits` are the passes of its nodes.

    The flows out of a node make up its visits, and so do the flows into it; at a parallel split each flow alone does,
    and at a join each flow in. Where this leaves something open the written shares decide.
    """
    pairs = [(name, target) for name, targets in flows(process).items() for target in dict.fromkeys(targets)]
    place = {pair: i for i, pair in enumerate(pairs)}
    rows: list[tuple[list[int], float, float]] = []
    for name, node in process.flow.items():
        out = [place[pair] for pair in pairs if pair[0] == name]
        into = [place[pair] for pair in pairs if pair[1] == name]
        seen = visits.get(name, 0.0)
        rows += _out(node, out, seen) + _into(node, into, seen)
        rows += [
            ([place[name, way.to]], _share(way.share.text, way.kind, len(node.next)) * seen, FAINT) for way in node.next
        ]
    matrix, wanted = np.zeros((len(rows), len(pairs))), np.zeros(len(rows))
    for i, (columns, value, weight) in enumerate(rows):
        matrix[i, columns] = weight
        wanted[i] = weight * value
    found = np.linalg.lstsq(matrix, wanted, rcond=None)[0] if pairs else wanted
    return {pair: round(max(float(value), 0.0), 9) for pair, value in zip(pairs, found, strict=True)}


def _out(node: object, out: list[int], seen: float) -> list[tuple[list[int], float, float]]:
    if isinstance(node, End | Inclusive) or not out:
        return []
    if isinstance(node, Parallel):
        return [([each], seen, 1.0) for each in out]
    if isinstance(node, Start):
        return [([out[0]], seen, 1.0)]
    beside = isinstance(node, Task | Call) and len(side_ways(node)) != len(side_ways(node, beside=False))
    return [] if beside else [(out, seen, 1.0)]


def _into(node: object, into: list[int], seen: float) -> list[tuple[list[int], float, float]]:
    if isinstance(node, Start) or not into:
        return []
    joins = isinstance(node, Parallel) and len(into) > 1
    if isinstance(node, Inclusive) and len(into) > 1:
        return []
    return [([each], seen, 1.0) for each in into] if joins else [(into, seen, 1.0)]


def _share(text: str, kind: str, ways: int) -> float:
    try:
        return float(text) if kind == "share" else 1.0 / ways
    except ValueError:
        return 1.0 / ways
