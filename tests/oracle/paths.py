"""The oracle's own map of a process: its nodes by their full names, the ways between them, what a join closes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bpsim.model.flow import End, Inclusive, Parallel, Task
from bpsim.model.process import Process


def ways(node: Any, *, beside: bool = True) -> list[str]:  # noqa: ANN401
    """Name the nodes to which flows lead from a node; without escalations if they are not wanted."""
    timeout, reneges = getattr(node, "timeout", None), getattr(node, "reneges_after", None)
    rules = [timeout, *getattr(node, "on", {}).values(), node.batch.timeout if getattr(node, "batch", None) else None]
    found = [branch.to for branch in node.next]
    found += [rule.next for rule in rules if rule and (beside or not rule.non_interrupting)]
    return found + ([reneges.next] if reneges and reneges.next else [])


@dataclass(eq=False)
class Course:
    """One of the processes of a run: its nodes, the flows into them, and the nodes that its clocks name."""

    number: int
    name: str
    process: Process
    arisen: int = 0
    flow: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Name the nodes and follow the flows."""
        self.prefix = prefix = f"{self.name}/" if self.name else ""
        self.flow = {prefix + key: node for key, node in self.process.flow.items()}
        chases = self.process.cases.client.chases
        if chases and chases.work:
            self.flow[prefix + "chases"] = Task(performer=chases.work.performer, duration=chases.work.duration)
        self.ways = {name: [prefix + to for to in ways(node)] for name, node in self.flow.items()}
        self.into = Counter(to for targets in self.ways.values() for to in targets)
        clocks = self.process.cases.clocks.values()
        marked = {clock.start for clock in clocks} - {"arrival", "need"} | {to for clock in clocks for to in clock.to}
        self.marked = {prefix + node for node in marked - {"end"}}
        self.asks = frozenset(n for n, t in self.flow.items() if isinstance(t, Task) and "client" in t.performer)

    def closed(self, join: str) -> tuple[str, list[frozenset[str]]]:
        """Give the inclusive split that a join closes, and the branches for which each incoming flow stands."""
        sources = [name for name in self.flow for to in self.ways[name] if to == join]
        for split in [name for name, node in self.flow.items() if isinstance(node, Inclusive)]:
            reached = {to: self.reach(to, {split, join}) for to in self.ways[split]}
            flows = [frozenset(to for to in reached if name in reached[to]) for name in sources]
            if split in sources:
                flows[sources.index(split)] = frozenset({join})
            if all(flows) and len(set(flows)) > 1:
                return split, flows
        raise ValueError(join)

    def block(self, split: str) -> tuple[str, set[str]]:
        """Give the join that all branches of a split must pass, the nearest, and the nodes before it with it."""
        plain = {name: [self.prefix + to for to in ways(node, beside=False)] for name, node in self.flow.items()}
        branches, found = [self.prefix + branch.to for branch in self.flow[split].next], dict[str, set[str]]()
        ends = {name for name, node in self.flow.items() if isinstance(node, End) and not node.terminate}
        for join in [n for n, node in self.flow.items() if isinstance(node, Parallel | Inclusive) and self.into[n] > 1]:
            before, todo = {join}, list(branches)
            while todo:
                node = todo.pop()
                if node not in before:
                    before.add(node)
                    todo += plain[node]
            if join in {to for node in before | {split} for to in plain[node]} and not before & {*ends, split}:
                found[join] = before
        nearest = min(found, key=lambda join: len(found[join]))
        return nearest, found[nearest]

    def lineage(self, name: str) -> str:
        """Give the lineage of a node."""
        return self.prefix + (self.flow[name].was or name.removeprefix(self.prefix))

    def reach(self, name: str, without: Iterable[str] = ()) -> set[str]:
        """Give the nodes that can be reached from a node, itself included, without passing some."""
        found, todo = set(), [name]
        while todo:
            node = todo.pop()
            if node not in found and node not in without:
                found.add(node)
                todo += self.ways[node]
        return found
