"""The operator that changes numbers where they stand: a duration, a share, a head count, by its path in the file."""

import re
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import Field, ValidationError, model_validator

from bpsim.errors import Mistake, did_you_mean
from bpsim.model.demand import SHARE_TOLERANCE as TOLERANCE
from bpsim.model.demand import Categories, channel_shares
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.model.shorthand import node_path
from bpsim.model.written import delay_draw, number_draw
from bpsim.redesign import edits, scaling
from bpsim.redesign.change import Change, Footprint, Mistakes, Trouble
from bpsim.values.distributions import Bernoulli, parse_number
from bpsim.values.durations import parse_duration

WAYS = ("multiply", "add")
_NUMBER = re.compile(r"[+-]?[\d.]+%?")
_GAMMA = re.compile(r"gamma\(cv=(.+)\)")

Leaf = tuple[Any, Any]


class ByPath(Change):
    """Changes settings where they stand, by their paths in the file."""

    spread: ClassVar[str] = "values"
    #: What to write when nothing is written.
    example: ClassVar[str]
    values: dict[str, Any] = Field(description="The new value of each path.")

    @model_validator(mode="before")
    @classmethod
    def _paths(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        if not isinstance(data, dict):
            return data
        beside = {key: value for key, value in data.items() if key in Change.model_fields}
        paths = {key: value for key, value in data.items() if key not in beside}
        paths = paths["values"] if paths.keys() == {"values"} and isinstance(paths["values"], dict) else paths
        troubles = [trouble for path, value in paths.items() for trouble in cls.wrong(path, value)]
        if not paths:
            troubles.append(Trouble("BP612", (), f"nothing to {cls.operator}", f"Write a path: {cls.example}."))
        if troubles:
            raise Mistakes(troubles)
        return beside | {"values": paths}

    @classmethod
    @abstractmethod
    def wrong(cls, path: str, value: object) -> list[Trouble]:
        """Find what is wrong with the value that is written for a path."""

    @staticmethod
    @abstractmethod
    def one(process: Process, path: str, value: object) -> Process:
        """Change one setting of a process; Mistake says why it cannot be."""

    def parameters(self) -> dict[str, Any]:
        """Give the paths and their values as plain data."""
        return dict(self.values)

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        after, troubles = self._all(process)
        if not troubles and after.digest() == process.digest():
            what = f"{listed(self.values)} {'has' if len(self.values) == 1 else 'have'} this value already"
            troubles.append(Trouble("BP611", (), what, "Leave the change out."))
        return troubles or _sums(after, self.values)

    def _all(self, process: Process) -> tuple[Process, list[Trouble]]:
        troubles: list[Trouble] = []
        for path, value in self.values.items():
            try:
                process = self.one(process, path, value)
            except Mistake as mistake:
                name = path.split(".")[1] if mistake.code == "BP640" and path.startswith("flow.") else ""
                gone = name if name and name not in process.flow else ""
                troubles.append(Trouble(mistake.code, (path,), mistake.what, mistake.hint, gone))
        return process, troubles

    def footprint(self, process: Process) -> Footprint:  # noqa: ARG002 - the same in every process
        """Name what the change reads and writes."""
        return Footprint(
            frozenset(), frozenset("transfers" if path.startswith("transfers.") else path for path in self.values)
        )

    def changed(self, process: Process) -> Process:
        """Make the changed process; what was said of the old values is no longer said."""
        after, _ = self._all(process)
        return edits.saying(after, self.values, self.evidence and self.evidence.plain())


class Tune(ByPath):
    """Change numbers by their paths: `flow.review.duration: 20min`, or `{multiply: 0.8}`, or `{add: 10min}`."""

    operator: ClassVar[str] = "tune"
    example: ClassVar[str] = "flow.review.duration: 20min"
    values: dict[str, Any] = Field(description="The new value of each path, or {multiply:} or {add:}.")

    def describe(self) -> str:
        """Say what the change does."""
        return listed([_said(path, value) for path, value in self.values.items()])

    @classmethod
    def wrong(cls, path: str, value: object) -> list[Trouble]:
        """Find what is wrong with the value that is written for a path."""
        return _not_a_value(path, value)

    @staticmethod
    def one(process: Process, path: str, value: object) -> Process:
        """Change one number of a process."""
        plain = process.as_written()
        for container, key in leaves(plain, path, whole=not isinstance(value, dict)):
            put(container, key, _new(container[key], value, path))
        return read_again(plain)


def _not_a_value(path: str, value: object) -> list[Trouble]:
    """Find what is wrong with the value that is written for a path."""
    hint = "Write a number, a duration or a distribution; {multiply: 0.8}; or {add: 10min}."
    if isinstance(value, dict):
        if len(value) != 1 or next(iter(value)) not in WAYS:
            return [Trouble("BP612", (path,), f"not one of {listed(WAYS, 'or')}", hint)]
        way, by = next(iter(value.items()))
        if not isinstance(by, str | int | float) or isinstance(by, bool):
            return [Trouble("BP104", (path, way), "not a number", hint)]
        try:
            factor = parse_number(by) if way == "multiply" else 0.0
        except Mistake as mistake:
            return [Trouble(mistake.code, (path, way), mistake.what, mistake.hint)]
        return [Trouble("BP502", (path, way), f"{factor:g} is negative", "Write zero or more.")] if factor < 0 else []
    scalar = isinstance(value, str | int | float) and not isinstance(value, bool)
    return [] if scalar else [Trouble("BP104", (path,), "not a number", hint)]


def _said(path: str, value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, dict):
        return f"{path} becomes {value}"
    way, by = next(iter(value.items()))
    return f"{path} is multiplied by {by}" if way == "multiply" else f"{path} changes by {by}"


def put(container: Any, key: Any, value: object) -> None:  # noqa: ANN401 - a place in plain data
    """Let a value stand at a place; people who were as their role said follow it, and overtime the cost."""
    old, container[key] = container[key], value
    if not isinstance(container, dict) or not {"staff", "people", "groups"} <= container.keys():
        return
    for person in (*container["people"].values(), *container["groups"]):
        if key in person and person[key] == old:
            person[key] = value
    if key == "cost" and container["overtime_cost"] == old:
        container["overtime_cost"] = value


def read_again(plain: dict[str, Any]) -> Process:
    """Make the process of plain data; Mistake says what is wrong with it."""
    try:
        return Process.model_validate(plain)
    except ValidationError as error:
        raise _mistake(error) from None


def _mistake(error: ValidationError) -> Mistake:
    first = error.errors()[0]
    cause = first.get("ctx", {}).get("error")
    return cause if isinstance(cause, Mistake) else Mistake("BP104", first["msg"])


# -- finding the place -------------------------------------------------------------------------------------------------


def leaves(plain: dict[str, Any], path: str, *, whole: bool) -> list[Leaf]:
    """Give the places of the numbers that a path means: all of a duration's when it is chosen by an attribute."""
    *steps, last = node_path(plain["flow"], path).split(".")
    here: Any = plain
    for number, step in enumerate(steps):
        container, key = _step(here, step, path, number)
        here = container[key]
    container, key = _step(here, last, path, len(steps))
    value = container[key]
    if isinstance(value, dict) and {"value", "choice", "factor"} <= value.keys():
        if value["choice"] is None:
            return [(value, "value")]
        if not whole:
            options = value["choice"]["of"]
            return [(options, name) for name in options if options[name] != "never"] or [(options, next(iter(options)))]
        container[key] = {"value": "0", "factor": value["factor"]}
        return [(container[key], "value")]
    if isinstance(value, dict) and value.keys() == {"by", "of"} and not whole:
        return [(value["of"], name) for name in value["of"]]
    if isinstance(value, dict) and value.keys() == {"by", "of"}:
        container[key] = 0
    if isinstance(value, dict) and value.keys() == {"delay", "calendar"}:
        return [(value, "delay")]
    return [(container, key)]


def _step(here: Any, step: str, path: str, number: int) -> Leaf:  # noqa: ANN401
    """Go one step down; a flow goes by its target, a pair of departments stands beside the other transfers."""
    if isinstance(here, list) and step.isdigit() and int(step) < len(here):
        return here, int(step)
    if isinstance(here, list):
        return _flow(here, step, path)
    if isinstance(here, dict):
        if step in here:
            return here, step
        inside = next((here[k] for k in ("pairs", "choice") if isinstance(here.get(k), dict) and step in here[k]), None)
        if inside is not None:
            return inside, step
    before = ".".join(path.split(".")[:number])
    known = [*here, *here.get("pairs", {})] if isinstance(here, dict) else []
    where = f"there is no {step} in {before}" if before else f"there is no {step}"
    raise Mistake("BP640", where, did_you_mean(step, map(str, known)))


def _flow(branches: list[Any], target: str, path: str) -> Leaf:
    found = [branch for branch in branches if isinstance(branch, dict) and branch.get("to") == target]
    if not found:
        options = [str(branch["to"]) for branch in branches if isinstance(branch, dict) and "to" in branch]
        raise Mistake("BP640", f"no flow leads to {target} there", did_you_mean(target, options))
    if len(found) > 1:
        raise Mistake("BP640", f"{len(found)} flows lead to {target}", "A path must mean one of them.")
    if found[0]["kind"] != "share":
        raise Mistake("BP641", f"{path} has no share of its own", "Change the shares of the other flows.")
    return found[0], "share"


# -- making the new number ---------------------------------------------------------------------------------------------


def _new(old: object, value: object, path: str) -> object:
    """Give what stands at a place after the change."""
    kind, meant = understood(old)
    if kind == "nothing":
        raise Mistake("BP640", f"nothing is set at {path}", "Only what is there can be tuned.")
    if kind == "other":
        raise Mistake("BP641", f"{path} is not a number", "Only numbers, durations and distributions can be tuned.")
    if not isinstance(value, dict):
        return value
    way, by = next(iter(value.items()))
    if kind == "never":
        raise Mistake("BP641", f"{path} is never", "Write the new value.")
    if kind == "number" and meant == 0 and way == "add" and not _NUMBER.fullmatch(str(by)):
        kind, meant = "delay", delay_draw("0")
    if kind in _FORMS:
        number = meant * parse_number(by) if way == "multiply" else meant + parse_number(by)
        return _FORMS[kind].format(number) if _FORMS[kind] else _whole(number)
    if way == "multiply":
        return multiplied(meant, parse_number(by))
    return _added(kind, meant, by)


#: How a number is written again, by what it is.
_FORMS = {
    "number": "",
    "money": "{!r}/h",
    "rate": "{!r} per year",
    "spread": "gamma(cv={!r})",
    "odds": "bernoulli({!r})",
}


def _whole(number: float) -> float | int:
    return int(number) if number == int(number) else number


def understood_at(process: Process, path: str) -> list[tuple[str, Any]]:
    """Say what stands at a path: of every number that tuning it would change. Mistake when it leads nowhere."""
    return [understood(container[key]) for container, key in leaves(process.as_written(), path, whole=False)]


def understood(old: object) -> tuple[str, Any]:
    """Say what is written (number, money, spread, odds, delay, draw, never, nothing, other), and the value."""
    if old is None or old == "never":
        return ("never" if old else "nothing"), old
    if isinstance(old, int | float) and not isinstance(old, bool):
        return "number", float(old)
    return _meant_by(old) if isinstance(old, str) else ("other", old)


def _meant_by(old: str) -> tuple[str, Any]:
    if match := _GAMMA.fullmatch(old):
        return "spread", parse_number(match[1])
    if old.endswith("/h"):
        return "money", parse_number(old.removesuffix("/h"))
    if old.endswith(" per year"):
        return "rate", parse_number(old.removesuffix(" per year"))
    for kind, read in (("number", parse_number), ("delay", delay_draw), ("draw", number_draw)):
        try:
            found = read(old)
        except Mistake:
            continue
        return ("odds", found.p) if isinstance(found, Bernoulli) else (kind, found)
    return "other", old


def multiplied(value: Any, factor: float) -> str:  # noqa: ANN401 - a distribution or working days
    """Write a delay or what is drawn so many times as long."""
    return str(scaling.times(value, factor))


def _added(kind: str, value: Any, by: str | float) -> str:  # noqa: ANN401
    if kind == "draw":
        return f"({value}) + {parse_number(by)!r}"
    text = str(by).strip()
    more = -parse_duration(text[1:]) if text.startswith("-") else parse_duration(text)
    return str(scaling.plus(value, more))


def _sums(process: Process, paths: Iterable[str]) -> list[Trouble]:
    """Find shares among those changed that no longer sum to 1."""
    troubles = []
    seen = set()
    for path in paths:
        channel = path.startswith("channels.") and (path.endswith(".share") or ".share." in path)
        group = "channels" if channel else path.removesuffix(".share").rpartition(".")[0]
        sums = [(sum(shares), rest) for shares, rest in _shares(process, group) if shares]
        total = next((s for s, rest in sums if s > 1 + TOLERANCE or (not rest and s < 1 - TOLERANCE)), None)
        if group not in seen and total is not None:
            what = f"the shares of {group} sum to {total:.6g} after the change"
            troubles.append(Trouble("BP642", (path,), what, "Change the others with it, in the same entry."))
        seen.add(group)
    return troubles


def _shares(process: Process, group: str) -> list[tuple[list[float], bool]]:
    """Give the shares that stand together (for each group of clients), and whether an `else` takes the rest."""
    steps = group.split(".")
    if steps == ["channels"]:
        return [(list(shares.values()), False) for shares in channel_shares(process.channels)[1].values()]
    if steps[:2] == ["cases", "attributes"] and len(steps) == len(("cases", "attributes", "name")):
        attribute = process.cases.attributes[steps[2]]
        return [(list(attribute.shares.values()) if isinstance(attribute, Categories) else [], False)]
    if steps[:1] == ["flow"] and steps[2:] == ["next"]:
        branches = process.flow[steps[1]].next
        shares = [branch.share.constant() for branch in branches if branch.kind == "share"]
        return [([] if None in shares else shares, any(branch.kind == "else" for branch in branches))]
    return []
