"""The operator on the way of cases between departments: co-location, a courier more often, a shared system."""

from typing import Any, ClassVar

from pydantic import Field, model_validator

from bpsim.errors import Mistake
from bpsim.model import organisation
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.model.written import Delay, Short, delay_draw
from bpsim.redesign.change import Change, Footprint, Mistakes, Path, Trouble, no_such
from bpsim.redesign.information import GENERAL, carried, unknown_ways


class Way(Short):
    """How long a case is on a way, and in which hours; the hours stay when nothing is said of them."""

    delay: Delay = Field(description="How long a case is on its way.")
    calendar: str = Field("", description="The delay counts open time of this calendar.")


class Transfer(Change):
    """Change how long a case is on its way between departments: `front_office -> permits: 30min`."""

    operator: ClassVar[str] = "transfer"
    spread: ClassVar[str] = "ways"
    ways: dict[str, Way] = Field(description="Each way with its new delay, or {delay:, calendar:}.")

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        if not isinstance(data, dict):
            return data
        beside = {key: value for key, value in data.items() if key in Change.model_fields}
        ways = {key: value for key, value in data.items() if key not in beside}
        ways = ways["ways"] if ways.keys() == {"ways"} and isinstance(ways["ways"], dict) else ways
        read: dict[str, Way] = {}
        troubles: list[Trouble] = []
        for name, value in ways.items():
            try:
                read[" -> ".join(end.strip() for end in str(name).split("->"))] = _way(name, value)
            except Mistakes as mistakes:
                troubles += mistakes.troubles
        if not ways:
            troubles.append(Trouble("BP612", (), "no way is named", "Write one: front_office -> permits: 30min."))
        if troubles:
            raise Mistakes(troubles)
        return beside | {"ways": read}

    def parameters(self) -> dict[str, Any]:
        """Give the ways as plain data, as short as they can be written."""
        plain = {name: way.model_dump(mode="json", exclude_defaults=True) for name, way in self.ways.items()}
        return {name: way if len(way) > 1 else way["delay"] for name, way in plain.items()}

    def describe(self) -> str:
        """Say what the change does."""
        return listed([f"{name} takes {way.delay}" for name, way in self.ways.items()])

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = unknown_ways(process, self.ways)
        for name, way in self.ways.items():
            if way.calendar and way.calendar not in process.calendars:
                troubles.append(no_such("calendar", way.calendar, (name, "calendar"), process.calendars))
        if not troubles and self.changed(process) == process:
            troubles.append(Trouble("BP611", (), "the transfers are so already", "Leave the change out."))
        return troubles

    def footprint(self, process: Process) -> Footprint:  # noqa: ARG002 - the same in every process
        """Name what the change reads and writes."""
        reads = {f"calendars.{way.calendar}" for way in self.ways.values() if way.calendar}
        return Footprint(frozenset(reads), frozenset({"transfers"}))

    def changed(self, process: Process) -> Process:
        """Make the changed process; a way keeps the hours that it had."""
        new = {
            name: organisation.Transfer(delay=way.delay, calendar=way.calendar or _held(process, name).calendar)
            for name, way in self.ways.items()
        }
        return carried(process, new)


def _way(name: str, value: object) -> Way:
    """Read what is written for a way."""
    if isinstance(value, Way):
        return value
    hint = "Write a delay such as 30min, or {delay: 30min, calendar: office}."
    fields = value if isinstance(value, dict) else {"delay": value}
    strange = [key for key in fields if key not in Way.model_fields]
    if strange:
        raise Mistakes([Trouble("BP101", (name, key), "unknown key", hint) for key in strange])
    if "delay" not in fields:
        raise Mistakes([Trouble("BP103", (name, "delay"), "missing", hint)])
    at: Path = (name, "delay") if isinstance(value, dict) else (name,)
    if not isinstance(fields["delay"], str | int | float) or isinstance(fields["delay"], bool):
        raise Mistakes([Trouble("BP104", at, "not a delay", hint)])
    calendar = fields.get("calendar", "")
    if not isinstance(calendar, str):
        raise Mistakes([Trouble("BP104", (name, "calendar"), "not the name of a calendar", hint)])
    try:
        return Way(delay=delay_draw(fields["delay"]), calendar=calendar)
    except Mistake as mistake:
        raise Mistakes([Trouble(mistake.code, at, mistake.what, mistake.hint)]) from None


def _held(process: Process, name: str) -> organisation.Transfer:
    """Give the transfer that held for a way until now."""
    if name in GENERAL:
        held: organisation.Transfer = getattr(process.transfers, name)
        return held
    origin, target = name.split(" -> ")
    same_body = process.departments[origin].body == process.departments[target].body
    return process.transfers.between(origin, target, same_body=same_body)
