"""What may be otherwise: numbers of a process and of its changes whose evidence has a range, and how to set them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from bpsim.errors import Mistake
from bpsim.model.process import Evidence, Process
from bpsim.redesign.change import Change, Grounds, Mistakes
from bpsim.redesign.scenario import Scenario
from bpsim.redesign.tuning import Tune, multiplied, understood, understood_at
from bpsim.values.distributions import Constant
from bpsim.values.durations import WorkingDays, format_duration

Unit = Literal["ms", "number"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that may be otherwise: from `low` to `high`, in ms for times.

    Of what is drawn, the range is that of the mean: the whole distribution is made longer or shorter. `change` is the
    id of the change that it belongs to, empty for the process itself; `whole` says that it counts something.
    """

    path: str
    low: float
    high: float
    unit: Unit
    whole: bool = False
    change: str = ""

    @property
    def name(self) -> str:
        """Name it as in a file, after the change that it belongs to."""
        return f"{self.change} {self.path}" if self.change else self.path

    def at(self, share: float) -> float:
        """Give the value that lies so far between the lowest (0) and the highest (1)."""
        value = self.low + (self.high - self.low) * share
        return float(round(value)) if self.whole else value

    def show(self, value: float) -> str:
        """Write a value of it."""
        return format_duration(round(value)) if self.unit == "ms" else f"{value:.4g}"


@dataclass(frozen=True, slots=True)
class Unusable:
    """A range that cannot be varied, and why."""

    name: str
    why: str


def assumptions(scenario: Scenario) -> tuple[tuple[Assumption, ...], tuple[Unusable, ...]]:
    """Give everything of a scenario that has a range, and the ranges that cannot be varied."""
    found: list[Assumption] = []
    unusable: list[Unusable] = []
    for path, said in scenario.process.evidence.items():
        if said.range:
            _sort(found, unusable, path, lambda path=path, said=said: _of_process(scenario.process, path, said))
    for change in scenario.changes:
        if change.evidence and change.evidence.range:
            _sort(found, unusable, change.id, lambda change=change: _of_change(change))
    return tuple(found), tuple(unusable)


def having(scenario: Scenario, values: Mapping[Assumption, float]) -> Scenario:
    """Give a scenario with other numbers; those of changes that it does not have are left aside.

    A change that changes nothing with its new number is left out. Mistake says why a number cannot be so.
    """
    process = scenario.process
    for assumption, value in values.items():
        if not assumption.change:
            process = _tuned(process, assumption, value)
    changes = list(scenario.changes)
    for assumption, value in values.items():
        changes = [
            _changed(change, assumption, value) if change.id == assumption.change else change for change in changes
        ]
    varied = scenario.model_copy(update={"process": process, "changes": tuple(changes)})
    names = {assumption.change for assumption in values}
    idle = {
        place
        for place, trouble in (varied.resolution().troubles if changes else ())
        if trouble.code == "BP611" and changes[place].id in names
    }
    left = tuple(change for place, change in enumerate(changes) if place not in idle)
    return varied.model_copy(update={"changes": left}) if idle else varied


def _sort(found: list[Assumption], unusable: list[Unusable], name: str, make: Any) -> None:  # noqa: ANN401 - a function
    try:
        found.append(make())
    except Mistake as mistake:
        unusable.append(Unusable(name, mistake.what))


# -- of the process ----------------------------------------------------------------------------------------------------


def _of_process(process: Process, path: str, said: Evidence) -> Assumption:
    unit, low, high = _ends(said)
    node = process.flow.get(path.removeprefix("flow."))
    if unit == "ms" and node is not None and hasattr(node, "duration"):
        path += ".duration"
    figures = understood_at(process, path)
    _mean(figures[0], unit)
    whole = figures[0][0] == "number" and all(isinstance(end, int) for end in said.range)
    assumption = Assumption(path, low, high, unit, whole)
    for end in (low, high):
        _tuned(process, assumption, end)
    return assumption


def _tuned(process: Process, assumption: Assumption, value: float) -> Process:
    """Set a number of a process; the other shares of a choice that has no `else` make room for it."""
    path = assumption.path
    figures = understood_at(process, path)
    means = [_mean(figure, assumption.unit) for figure in figures]
    if means == [value]:
        return process
    if len(figures) > 1:
        new: Any = {"multiply": value * len(means) / sum(means)}
    else:
        new = _written(figures[0], value)
    values = {path: new, **_room(process, path, means[0], value)}
    tune = Tune(values=values)
    for trouble in tune.check_in(process):
        if trouble.code != "BP611":
            raise Mistake(trouble.code, trouble.what, trouble.hint)
    return tune.changed_in(process).model_copy(update={"evidence": process.evidence})


def _room(process: Process, path: str, old: float, new: float) -> dict[str, Any]:
    """Make the other shares smaller or larger, so that all sum to 1 as before."""
    steps = path.split(".")
    if steps[0] == "channels" and steps[2:] == ["share"]:
        others = [f"channels.{name}.share" for name in process.channels if name != steps[1]]
    elif steps[0] == "flow" and steps[2:3] == ["next"]:
        branches = process.flow[steps[1]].next
        if any(branch.kind == "else" for branch in branches):
            return {}
        others = [f"flow.{steps[1]}.next.{branch.to}" for branch in branches if branch.to != steps[3]]
    else:
        return {}
    return {other: {"multiply": max(0.0, (1 - new) / (1 - old))} for other in others} if old < 1 else {}


# -- of a change -------------------------------------------------------------------------------------------------------


def _of_change(change: Change) -> Assumption:
    said = change.evidence or Grounds(grade="assumption")
    unit, low, high = _ends(said)
    plain = _plain(change)
    fitting = [path for path, value in _leaves(plain) if _fits(value, unit)]
    path = said.about or (fitting[0] if len(fitting) == 1 else "")
    if path not in dict(_leaves(plain)):
        options = f" ({', '.join(fitting)})" if len(fitting) > 1 else ""
        what = f"{path} is no parameter of it" if path else f"not clear which number it is of{options}: write `about:`"
        raise Mistake("BP815", what)
    figure = understood(dict(_leaves(plain))[path])
    _mean(figure, unit)
    assumption = Assumption(path, low, high, unit, _counts(figure, said), change.id)
    for end in (low, high):
        _changed(change, assumption, end)
    return assumption


def _counts(figure: tuple[str, Any], said: Evidence) -> bool:
    return figure[0] == "number" and all(isinstance(end, int) for end in said.range)


def _plain(change: Change) -> dict[str, Any]:
    """Give the parameters of a change with their defaults."""
    if change.spread:
        return change.parameters()
    return change.model_dump(mode="json", by_alias=True, exclude=set(Change.model_fields))


def _leaves(plain: Any, before: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - plain data
    """Give every single value with its dotted path."""
    if isinstance(plain, dict):
        for key, value in plain.items():
            yield from _leaves(value, f"{before}.{key}" if before else str(key))
    else:
        yield before, plain


def _fits(value: object, unit: Unit) -> bool:
    try:
        _mean(understood(value), unit)
    except Mistake:
        return False
    return True


def _changed(change: Change, assumption: Assumption, value: float) -> Change:
    plain = change.parameters()
    _put(plain, assumption.path, _written(understood(dict(_leaves(_plain(change)))[assumption.path]), value))
    common = {key: getattr(change, key) for key in Change.model_fields}
    try:
        return type(change).model_validate({**common, **plain})
    except (ValidationError, Mistakes) as error:
        raise Mistake("BP815", f"{assumption.path} cannot be {assumption.show(value)}") from error


def _put(plain: dict[str, Any], path: str, value: object) -> None:
    """Set a value at a dotted path; a key may have dots itself."""
    for key, inside in plain.items():
        if isinstance(inside, dict) and path.startswith(f"{key}."):
            _put(inside, path[len(key) + 1 :], value)
            return
    plain[path] = value


# -- numbers -----------------------------------------------------------------------------------------------------------


def _ends(said: Evidence) -> tuple[Unit, float, float]:
    """Read the ends of a range: times, or numbers (shares, costs per hour, rates)."""
    if len(said.range) != 2:  # noqa: PLR2004 - two ends
        raise Mistake("BP815", "a range has a lowest and a highest value")
    figures = [understood(end) for end in said.range]
    unit: Unit = "ms" if figures[0][0] == "delay" else "number"
    low, high = (_mean(figure, unit) for figure in figures)
    if not low < high:
        raise Mistake("BP815", f"{said.range[0]} is not below {said.range[1]}")
    return unit, low, high


def _mean(figure: tuple[str, Any], unit: Unit) -> float:
    """Give the mean of what is written."""
    kind, value = figure
    if unit == "ms" and kind == "delay" and not isinstance(value, WorkingDays):
        return float(value.mean())
    if unit == "number" and kind == "draw":
        return float(value.mean())
    if unit == "number" and kind in {"number", "money", "rate", "spread", "odds"}:
        return float(value)
    raise Mistake("BP815", "the range is not of the kind of what it is about")


def _written(figure: tuple[str, Any], value: float) -> str | float:
    """Write a number again so that its mean is `value`."""
    kind, old = figure
    forms = {"money": "{!r}/h", "rate": "{!r} per year", "spread": "gamma(cv={!r})", "odds": "bernoulli({!r})"}
    if kind in forms:
        return forms[kind].format(value)
    if kind == "number":
        return int(value) if value == int(value) else value
    if isinstance(old, Constant):
        return format_duration(round(value)) if kind == "delay" else repr(value)
    return multiplied(old, value / old.mean())
