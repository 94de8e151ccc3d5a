"""The operator on the ways of clients: another channel, who comes by which, clear letters, one window."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from bpsim.errors import Mistake
from bpsim.model import demand, flow
from bpsim.model.client import Share, ShareBy
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.model.written import ALWAYS, Delay, Frozen, Milliseconds, Money, Probability
from bpsim.redesign import depending, edits, references
from bpsim.redesign.change import Change, Footprint, Trouble, no_such, percent
from bpsim.redesign.tasks import illegal
from bpsim.values.distributions import constant, parse_number, parse_probability

Channels = dict[str, demand.Channel]


class New(Frozen):
    """A new channel; nobody comes by it until others are shifted to it."""

    calendar: str = Field(ALWAYS, description="When it is open.")
    delay: Delay = Field(constant(0), description="How long an application is on its way.")
    client_time: Milliseconds = Field(0, description="The client's own time for each contact.")
    client_cost: Money = Field(0.0, description="What a contact costs the client.")


class Interface(Frozen):
    """What becomes of a channel; what is left out stays."""

    calendar: str | None = Field(None, description="When it is open.")
    delay: Delay | None = Field(None, description="How long an application is on its way.")
    client_time: Milliseconds | None = Field(None, description="The client's own time for each contact.")
    client_cost: Money | None = Field(None, description="What a contact costs the client.")


def read_level(value: object) -> float | dict[str, float]:
    """Read how often something happens to those who come by a channel: a share, or `{multiply: 0.5}`."""
    if isinstance(value, dict):
        if set(value) != {"multiply"} or not isinstance(value["multiply"], int | float | str):
            raise Mistake("BP612", "neither a share nor a factor", "Write 5%, or {multiply: 0.5}.")
        factor = parse_number(value["multiply"])
        if factor < 0:
            raise Mistake("BP502", f"{factor:g} is negative", "Write zero or more.")
        return {"multiply": factor}
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        raise Mistake("BP104", "not a share", "Write 5%, or {multiply: 0.5}.")
    return parse_probability(value)


Level = Annotated[
    Any,
    PlainValidator(read_level),
    PlainSerializer(lambda value: value),
    WithJsonSchema({"anyOf": [{"type": ["number", "string"]}, {"type": "object", "required": ["multiply"]}]}),
]


class Clearer(Frozen):
    """Numbers that are different for those who come by a channel."""

    sets: dict[str, dict[str, Level]] = Field(
        min_length=1, description="{PATH: {CHANNEL: value}}: a share, or {multiply: factor}."
    )


class Channel(Change):
    """Change the ways of clients: add a channel, shift clients to it, make letters clearer, open one window."""

    operator: ClassVar[str] = "channel"
    add: dict[str, New] = Field({}, description="New channels by their names; shift clients to them.")
    shift: dict[str, dict[str, Probability]] = Field(
        {}, description="Who comes by another channel instead: {counter: {portal: 30%}}."
    )
    clarity: Clearer | None = Field(None, description="What is clearer by a channel: {sets: {PATH: {CHANNEL: value}}}.")
    interface: dict[str, Interface] = Field({}, description="What a contact by a channel takes from now on.")
    routing: Literal["client", "front_office"] | None = Field(
        None, description="front_office: nobody is sent from desk to desk; client: who came to a wrong desk is."
    )

    def describe(self) -> str:
        """Say what the change does."""
        says = [f"there is a new channel {name}" for name in self.add]
        for origin, to in self.shift.items():
            says += [f"{percent(share)} of those who came by {origin} come by {name}" for name, share in to.items()]
        if self.clarity:
            by = dict.fromkeys(channel for of in self.clarity.sets.values() for channel in of)
            says.append(f"{listed(self.clarity.sets)} {'is' if len(self.clarity.sets) == 1 else 'are'} "
                        f"different by {listed(by)}")  # fmt: skip
        says += [f"contacts by {name} take other hours, time or money" for name in self.interface]
        if self.routing:
            who = "the client goes" if self.routing == "client" else "the front office passes a case"
            says.append(f"{who} from desk to desk")
        return listed(says)

    # -- preconditions -------------------------------------------------------------------------------------------------

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        if not (self.add or self.shift or self.clarity or self.interface or self.routing):
            what = "Write add, shift, clarity, interface or routing."
            return [Trouble("BP612", (), "nothing is to change", what)]
        troubles = [*self._channels(process), *self._shifts(process), *self._levels(process), *self._ways(process)]
        if not troubles and self.changed(process) == process:
            troubles.append(Trouble("BP611", (), "the ways of clients are so already", "Leave the change out."))
        return troubles

    def _names(self, process: Process) -> list[str]:
        return [*process.channels, *self.add]

    def _channels(self, process: Process) -> Iterator[Trouble]:
        for name in self.add:
            if name in process.channels:
                yield Trouble("BP608", ("add", name), f"there is a channel {name} already", "Choose another name.")
        for name in self.interface:
            if name not in process.channels:
                yield no_such("channel", name, ("interface", name), process.channels)
        hours = [("add", name, one.calendar) for name, one in self.add.items()]
        for key, name, calendar in [
            *hours,
            *(("interface", name, one.calendar) for name, one in self.interface.items()),
        ]:
            if calendar is not None and calendar not in process.calendars:
                yield no_such("calendar", calendar, (key, name, "calendar"), process.calendars)

    def _shifts(self, process: Process) -> Iterator[Trouble]:
        known = self._names(process)
        for origin, to in self.shift.items():
            if origin not in process.channels:
                yield no_such("channel", origin, ("shift", origin), process.channels)
            yield from (no_such("channel", name, ("shift", origin, name), known) for name in to if name not in known)
            total = sum(to.values())
            if total > 1 + demand.SHARE_TOLERANCE:
                what = f"{percent(total)} of those who came by {origin} are shifted"
                yield Trouble("BP688", ("shift", origin), what, "Let the shares sum to 100% at most.")
            if origin in to:
                what = f"who came by {origin} comes by {origin} anyway"
                yield Trouble("BP688", ("shift", origin, origin), what, "Name another channel.")

    def _levels(self, process: Process) -> Iterator[Trouble]:
        known = self._names(process)
        for path, levels in self.clarity.sets.items() if self.clarity else ():
            at = ("clarity", "sets", path)
            lost = [name for name in levels if name not in known]
            yield from (no_such("channel", name, (*at, name), known) for name in lost)
            try:
                depending.on_channel(process, path, levels)
            except Mistake as mistake:
                name = path.split(".")[1] if path.startswith("flow.") else ""
                gone = name if name and name not in process.flow else ""
                yield Trouble(mistake.code, at, mistake.what, mistake.hint, gone)

    def _ways(self, process: Process) -> Iterator[Trouble]:
        if self.routing == "client" and not any(misroutings(process)):
            yield Trouble(
                "BP611", ("routing",), "nobody comes to a wrong desk", "Only misrouting sends clients around."
            )
        if self.routing != "front_office":
            return
        gone = errands(process)
        if not gone:
            what = "no client is sent from desk to desk"
            hint = "That is a task of the client with contact: both, between tasks of people."
            yield Trouble("BP611", ("routing",), what, hint)
        yield from illegal(process, gone, ("routing",))
        for found in references.to_nodes(process):
            if found.name in gone and found.owner not in gone:
                what = f"{found.name} is needed elsewhere: {found.words}"
                yield Trouble("BP607", ("routing",), what, "Change that first.")

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        after = self.changed(process)
        reads = {"flow", "cases.clocks"} if self.routing else set()
        calendars = {*(one.calendar for one in self.add.values()), *(one.calendar for one in self.interface.values())}
        reads |= {f"calendars.{name}" for name in calendars - {None, ALWAYS}} | {"channels"}
        writes = edits.written(process, after) | ({"channels"} if after.channels != process.channels else set())
        return Footprint(frozenset(reads), frozenset(writes))

    # -- the change ----------------------------------------------------------------------------------------------------

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        added = {name: demand.Channel(share=0.0).model_copy(update=dict(new)) for name, new in self.add.items()}
        channels = {**process.channels, **added}
        for name, one in self.interface.items():
            channels[name] = channels[name].model_copy(
                update={key: value for key, value in dict(one).items() if value is not None}
            )
        process = process.model_copy(update={"channels": shifted(channels, self.shift)})
        for path, levels in self.clarity.sets.items() if self.clarity else ():
            process = depending.on_channel(process, path, levels)
        if self.routing == "front_office":
            for name in errands(process):
                process = edits.delete(process, name)
        elif self.routing == "client":
            for desk, task in tuple(misroutings(process)):
                process = _sent(process, desk, task)
        return process


def shifted(channels: Channels, moves: Mapping[str, Mapping[str, Share]]) -> Channels:
    """Let clients come by other channels; who was shifted before is shifted on, and all old borders stay."""
    made = {}
    for name, channel in channels.items():
        row: list[tuple[str, Share]] = []
        whole: Share = 1.0
        for one in channel.shift:
            row += _split(one.to, one.share, moves.get(one.to, {}))
            whole = minus(whole, one.share)
        row += _split(name, whole, moves.get(name, {}))
        joined: list[demand.Shift] = []
        for to, share in row[:-1]:
            if joined and joined[-1].to == to:
                joined[-1] = demand.Shift(to=to, share=minus(share, joined[-1].share, sign=1))
            elif _some(share):
                joined.append(demand.Shift(to=to, share=share))
        made[name] = channel.model_copy(update={"shift": tuple(joined)})
    return made


def _split(to: str, share: Share, moves: Mapping[str, Share]) -> Iterable[tuple[str, Share]]:
    """Cut a piece of those who come by a channel: first those who are shifted on, then those who stay."""
    rest: Share = 1.0
    for other, part in moves.items():
        yield other, times(share, part)
        rest = minus(rest, part)
    yield to, times(share, rest)


def _some(share: Share) -> bool:
    return any(share.of.values()) if isinstance(share, ShareBy) else bool(share)


def minus(one: Share, other: Share, *, sign: int = -1) -> Share:
    """Add or subtract shares; at most one attribute decides them."""
    return _each(one, other, lambda a, b: a + sign * b)


def times(one: Share, other: Share) -> Share:
    """Multiply shares; at most one attribute decides them."""
    return _each(one, other, lambda a, b: a * b)


def _each(one: Share, other: Share, combine: Any) -> Share:  # noqa: ANN401 - a function of two shares
    choices = [share for share in (one, other) if isinstance(share, ShareBy)]
    values = list(dict.fromkeys(value for share in choices for value in share.of))
    of = {value: combine(demand.share_for(one, value), demand.share_for(other, value)) for value in values}
    return ShareBy(by=choices[0].by, of=of) if choices else float(combine(one, other))


# -- from desk to desk -------------------------------------------------------------------------------------------------


def errands(process: Process) -> list[str]:
    """Name the tasks of clients that only carry a case from desk to desk: told to go there, and there again."""
    return [name for name, task in process.tasks().items() if _is_errand(process, name, task)]


def _is_errand(process: Process, name: str, task: flow.Task) -> bool:
    only = task.performer[0] == flow.CLIENT and set(task.contact) == {"in", "out"}
    more = task.documents or task.produces or task.assign or task.boundaries()
    origins = [process.flow[origin] for origin in edits.sources(process, name)]
    between = [*origins, process.flow[task.next[0].to]]
    return only and not more and all(isinstance(node, flow.Task) and node.by_people() for node in between)


def misroutings(process: Process) -> Iterator[tuple[str, str]]:
    """Give each wrong desk that passes cases on itself, with the task that they should have come to."""
    for name in process.flow:
        desk = process.flow.get(f"{name}_wrong_desk")
        if isinstance(desk, flow.Task) and f"{name}_misrouted" in process.flow:
            way = process.flow[desk.next[0].to]
            if not (isinstance(way, flow.Task) and way.performer[0] == flow.CLIENT):
                yield f"{name}_wrong_desk", name


def _sent(process: Process, desk: str, task: str) -> Process:
    """Let a wrong desk send the client to the right one, instead of passing the case on."""
    way = process.flow[desk].next[0].to
    timer = process.flow[way] if way != task else None
    sent = flow.Task(
        title=f"{process.flow[task].title or task}: to the right desk",
        performer=(flow.CLIENT,),
        duration=timer.delay if isinstance(timer, flow.Timer) else flow.Duration(),
        calendar=timer.calendar if isinstance(timer, flow.Timer) else ALWAYS,
        contact=("in", "out"),
        next=(flow.Branch(to=task),),
    )
    if isinstance(timer, flow.Timer):
        return edits.with_nodes(process, {**process.flow, way: sent})
    name = edits.free_name(process, f"{task}_referral")
    process = edits.set_node(process, desk, next=(flow.Branch(to=name),))
    return edits.with_nodes(process, {**process.flow, name: sent})
