"""What a change is: one redesign operator with its parameters, where its numbers come from and what it costs."""

import re
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pydantic import Field, model_validator

from bpsim.errors import CODES, ChangeError, Problem, did_you_mean
from bpsim.model import flow
from bpsim.model.process import Evidence, Process
from bpsim.model.written import Frozen, Money

Path = tuple[str | int, ...]
#: What a node may be called.
_NODE = re.compile(r"[a-z][a-z0-9_]*")
#: More names than this are not listed in a hint.
MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with a change: what `Problem` says, but placed inside the change's parameters only.

    `name` is the undefined name that the trouble is about, if it is about one.
    """

    code: str
    path: Path
    what: str
    hint: str = ""
    name: str = ""

    def problem(self, file: str, *before: str | int) -> Problem:
        """Make the problem that a user sees, its path preceded by what leads to the change; the place is unknown."""
        path = ".".join(map(str, (*before, *self.path)))
        return Problem(file, 0, 0, self.code, CODES[self.code][0], path, self.what, self.hint)


class Mistakes(ValueError):  # noqa: N818 - several of the user's mistakes
    """Everything that is wrong with one written value; paths lead from it inwards."""

    def __init__(self, troubles: Sequence[Trouble]) -> None:
        """Keep the troubles in the order of the value."""
        super().__init__("; ".join(trouble.what for trouble in troubles))
        self.troubles = list(troubles)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a change reads and writes, as dotted paths of the process; a path stands for everything below it."""

    reads: frozenset[str]
    writes: frozenset[str]

    def commutes_with(self, other: "Footprint") -> bool:
        """Tell whether the order of two changes cannot matter: neither writes what the other reads or writes."""
        return not (_meet(self.writes, other.reads | other.writes) or _meet(other.writes, self.reads))


def no_such(kind: str, name: str, path: Path, options: Iterable[str]) -> Trouble:
    """Say that a name in a change stands for nothing."""
    known = sorted(options)
    listed = f"There are: {', '.join(known)}." if 0 < len(known) <= MOST_LISTED else ""
    return Trouble("BP603", path, f"there is no {kind} {name}", did_you_mean(name, known) or listed, name)


def no_such_node(process: Process, name: str, path: Path) -> Trouble:
    """Say that a change speaks of a node that there is not."""
    return no_such("node", name, path, process.flow)


def bad_name(process: Process, name: str, path: Path, *, but: Collection[str] = ()) -> list[Trouble]:
    """Say why a new node cannot have a name, if it cannot; names in `but` become free."""
    if name in process.flow and name not in but:
        return [Trouble("BP608", path, f"there is a node {name} already", "Choose another name.")]
    if not _NODE.fullmatch(name) or name in flow.RESERVED:
        hint = "Use lower-case letters, digits and _."
        return [Trouble("BP608", path, f"{name} cannot be the name of a task", hint)]
    return []


def not_by_people(process: Process, name: str, path: Path) -> list[Trouble]:
    """Say that a name is no task done by people, if it is none."""
    node = process.flow.get(name)
    if node is None:
        return [no_such_node(process, name, path)]
    if by_people(process, node):
        return []
    what = f"{name} is {kind_of(process, node)}, not a task done by people"
    return [Trouble("BP605", path, what, "Name a task with a role as its performer.")]


def by_people(process: Process, node: flow.Node) -> bool:
    """Tell whether people (and not machines, the client or nobody) do a node."""
    return isinstance(node, flow.Task) and node.by_people() and process.role(node.performer[0]).kind == "people"


def kind_of(process: Process, node: flow.Node) -> str:
    """Say in words what a node is."""
    if isinstance(node, flow.Task):
        if by_people(process, node):
            return "a task done by people"
        whose = {"client": "the client", "external": "a third party"}
        return f"a task of {whose.get(node.performer[0], 'a system')}"
    kinds = {
        flow.Start: "the start",
        flow.End: "an end",
        flow.Timer: "a timer",
        flow.Call: "a call",
        flow.Send: "a message",
        flow.Receive: "the wait for a message",
    }
    return kinds.get(type(node), "a gateway")


def percent(share: float) -> str:
    """Write a share as people say it."""
    return f"{100 * share:.6g}%"


#: A node (or a path) of a process of several.
_OF_PROCESS = re.compile(r"([a-z][a-z0-9-]*)/[a-z_][\w.]*")


def _process_of(text: str) -> str:
    """Give the process that a name belongs to; empty when it says none."""
    found = _OF_PROCESS.fullmatch(text)
    return found[1] if found else ""


def _texts(value: object) -> Iterator[str]:
    """Give every text of plain data, keys included."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from (str(key), *_texts(entry))
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _texts(entry)
    elif isinstance(value, str):
        yield value


def _without_prefix(value: Any, prefix: str) -> Any:  # noqa: ANN401 - plain data of any shape
    """Take the name of a process away from the names of its nodes."""
    if isinstance(value, dict):
        return {key.removeprefix(prefix): _without_prefix(entry, prefix) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_prefix(entry, prefix) for entry in value]
    return value.removeprefix(prefix) if isinstance(value, str) else value


def _meet(some: Iterable[str], others: Iterable[str]) -> bool:
    return any((a + ".").startswith(b + ".") or (b + ".").startswith(a + ".") for a in some for b in others)


class Costs(Frozen):
    """What it costs to bring about a change or a whole redesign."""

    once: Money = Field(0.0, description="Money spent once.")
    per_year: Money = Field(0.0, description="Money spent every year.")


class Grounds(Evidence):
    """Where the numbers of a change come from."""

    about: str = Field("", description="The parameter that it is about, such as share.")

    @model_validator(mode="before")
    @classmethod
    def _of_a_number(cls, data: Any) -> Any:  # noqa: ANN401 - whatever is given
        return data.model_dump() if isinstance(data, Evidence) and not isinstance(data, cls) else data

    def plain(self) -> Evidence:
        """Give it as the evidence of a number of a process."""
        return Evidence.model_validate(self.model_dump(exclude={"about"}))


class Change(Frozen):
    """A redesign operator: a pure function from a process to a process, with its parameters as fields.

    `id` names the change as a factor that can be switched off.
    """

    operator: ClassVar[str]
    #: The field whose entries are themselves the parameters (paths, ways), if there is one.
    spread: ClassVar[str] = ""
    id: str = Field("", description="The name of the change: R1, R2, ... when it is left out.")
    evidence: Grounds | None = Field(None, description="Where the numbers of this change come from.")
    cost: Costs = Field(Costs(), description="What the change costs: once, and every year.")

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """Show only what is not as usual."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value != field.default:
                yield name, value

    def __str__(self) -> str:
        """Give the plain sentence."""
        return self.describe()

    @abstractmethod
    def describe(self) -> str:
        """Say in one plain sentence what the change does."""

    @abstractmethod
    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""

    @abstractmethod
    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes in this process."""

    @abstractmethod
    def changed(self, process: Process) -> Process:
        """Make the changed process; the preconditions hold."""

    def apply(self, process: Process) -> Process:
        """Make the changed process; ChangeError says which preconditions do not hold."""
        troubles = self.check_in(process)
        if troubles:
            raise ChangeError([trouble.problem(process.process, *self.place()) for trouble in troubles])
        return self.changed_in(process)

    # -- in a run of several processes ------------------------------------------------------------------------------

    def check_in(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change, in the process whose nodes it names as `process/node`."""
        name, change = self._located(process)
        if not name:
            return change.check(process)
        found = change.check(process.of(name))
        spread = self.spread
        return [replace(t, path=(f"{name}/{t.path[0]}", *t.path[1:])) if spread and t.path else t for t in found]

    def changed_in(self, process: Process) -> Process:
        """Make the changed process, in the process whose nodes it names."""
        name, change = self._located(process)
        return process.having(name, change.changed(process.of(name))) if name else change.changed(process)

    def footprint_in(self, process: Process) -> Footprint:
        """Name what the change reads and writes, in the process whose nodes it names."""
        name, change = self._located(process)
        if not name:
            return change.footprint(process)
        found = change.footprint(process.of(name))

        def there(paths: frozenset[str]) -> frozenset[str]:
            own = ("flow", "cases", "channels", "items")
            return frozenset(f"others.{name}.{p}" if p.partition(".")[0] in own else p for p in paths)

        return Footprint(there(found.reads), there(found.writes))

    def _located(self, process: Process) -> tuple[str, "Change"]:
        """Find the process whose nodes the parameters name (empty: the main one), and the change as it is there."""
        written = self.parameters() if process.others else {}
        named = {name for text in _texts(written) for name in (_process_of(text),) if name}
        for name in sorted(named & {*process.others, process.process}):
            common = {key: getattr(self, key) for key in Change.model_fields}
            there = type(self).model_validate({**common, **_without_prefix(written, f"{name}/")})
            return process.key(name), there
        return "", self

    def makes(self) -> tuple[str, ...]:
        """Name the nodes that the change adds to the flow."""
        return ()

    def place(self) -> tuple[str, ...]:
        """Give the dotted path of its parameters: its id (where it has one) and its operator."""
        return (f"changes.{self.id}", self.operator) if self.id else (self.operator,)

    def parameters(self) -> dict[str, Any]:
        """Give the operator's own parameters as plain data; what has its default is left out."""
        common = set(Change.model_fields)
        return self.model_dump(mode="json", by_alias=True, exclude=common, exclude_defaults=True)
