"""The operator on what begins a case: an application, an event in a register, one application for several services."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from bpsim.model import flow
from bpsim.model.attributes import types, values
from bpsim.model.client import Share, ShareBy
from bpsim.model.demand import Channel
from bpsim.model.findings import listed
from bpsim.model.process import Process
from bpsim.model.written import Condition, Probability, expression
from bpsim.redesign import edits, references
from bpsim.redesign.change import Change, Footprint, Trouble, kind_of, no_such, no_such_node, percent
from bpsim.redesign.channels import shifted
from bpsim.redesign.tasks import illegal


class Trigger(Change):
    """Let cases begin by an event that a register knows, or by one application for several services.

    The clock of need starts at the event before and after: only the way to the office differs.
    """

    operator: ClassVar[str] = "trigger"
    kind: Literal["application", "register_event", "bundle"] = Field(description="What begins a case.")
    event: str = Field("", description="The item of a registry in which the event is recorded; the channel it becomes.")
    services: tuple[str, ...] = Field((), description="The services that this process calls: the names of processes.")
    vanish: tuple[str, ...] = Field((), description="The nodes that nobody needs who is known from the register.")
    rule: Condition = Field(expression("true"), description="For whom the register says enough: a condition.")
    consent: Probability = Field(1.0, description="The share of those who agree; the others apply as before.")

    def describe(self) -> str:
        """Say what the change does."""
        if self.kind == "bundle":
            return f"one application is enough for {listed(self.services)}"
        if self.kind == "application":
            return f"nobody comes by {self.event} any more: clients apply"
        some = "" if self.consent == 1 else f" for {percent(self.consent)} of the cases"
        some += "" if self.rule.text == "true" else f" where {self.rule.text}"
        return f"{self.event} begins {listed(self.services) if self.services else 'the case'}{some}"

    def makes(self) -> tuple[str, ...]:
        """Name the nodes that the change adds to the flow."""
        return ("application",) if self.kind == "bundle" else ()

    # -- preconditions -------------------------------------------------------------------------------------------------

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        given = {"event", "services", "vanish", "rule", "consent"} & self.model_fields_set
        known = {"event", "rule", "consent", "services" if self.services else "vanish"}
        wanted = {"bundle": {"services"}, "application": {"event"}, "register_event": known}[self.kind]
        if more := sorted(given - wanted):
            hint = f"{self.kind} takes {listed(sorted(wanted))}."
            return [Trouble("BP612", (more[0],), f"{listed(more)} beside kind: {self.kind}", hint)]
        troubles = self._bundle(process) if self.kind == "bundle" else self._event(process)
        return troubles or self._services(process)

    def _bundle(self, process: Process) -> list[Trouble]:
        if len(self.services) < 2:  # noqa: PLR2004 - several
            what = "one application for several services"
            return [Trouble("BP612", ("services",), what, "Name two of them, or more.")]
        calls = self._calls(process)
        places = {(tuple(edits.sources(process, name)), process.flow[name].next[0].to) for name in calls}
        (before, after), *others = places or {(("",), "")}
        block = [process.flow.get(name) for name in (*before, after)]
        if calls and (others or not all(isinstance(node, flow.Parallel) for node in block)):
            what = f"{listed(calls)} are not called side by side"
            return [Trouble("BP692", ("services",), what, "They must be branches of one parallel block.")]
        return []

    def _services(self, process: Process) -> list[Trouble]:
        calls = {node.process: node for node in process.flow.values() if isinstance(node, flow.Call)}
        found = []
        for i, name in enumerate(self.services):
            if name not in calls:
                found.append(
                    Trouble("BP691", ("services", i), f"nothing calls {name}", "Name a service that is called.")
                )
            elif calls[name].applies_after is None:
                found.append(Trouble("BP611", ("services", i), f"nobody applies for {name}", "Leave it out."))
        return found

    def _event(self, process: Process) -> list[Trouble]:
        if self.kind == "application":
            if any(one.to == self.event for channel in process.channels.values() for one in channel.shift):
                return []
            return [Trouble("BP611", ("event",), f"nobody comes by {self.event} instead", "Leave the change out.")]
        if self.event not in process.items or process.items[self.event].source != "registry":
            what = f"no register knows {self.event}" if self.event else "no event"
            hint = f"Say so: items: {{{self.event or 'birth'}: {{from: registry}}}}."
            return [Trouble("BP690", ("event",), what, hint)]
        troubles = self._rule(process)
        if self.consent == 0:
            troubles.append(Trouble("BP611", ("consent",), "nobody agrees", "Write a share above 0%."))
        if not self.services and self.event in process.channels:
            what = f"there is a channel {self.event} already"
            troubles.append(Trouble("BP608", ("event",), what, "Let the event have another name."))
        return troubles + self._vanishing(process)

    def _rule(self, process: Process) -> list[Trouble]:
        names = self.rule.names()
        lost = [name for name in names if name not in process.cases.attributes]
        if lost:
            return [no_such("attribute", name, ("rule",), process.cases.attributes) for name in lost]
        if self.services:
            return []
        plain = not self.rule.builtins() and not self.rule.visits()
        if self.rule.text != "true" and not (plain and len(names) == 1 and values(process, names[0]) is not None):
            what = f"`{self.rule.text}` is no condition on one attribute"
            hint = "Write a condition on one attribute of words, of few numbers, or of true and false."
            return [Trouble("BP693", ("rule",), what, hint)]
        shifts = [one.share for channel in process.channels.values() for one in channel.shift]
        others = {share.by for share in shifts if isinstance(share, ShareBy)} - set(names)
        if names and others:
            what = f"who comes by which channel depends on {listed(sorted(others))} already"
            return [Trouble("BP693", ("rule",), what, "Let one attribute decide it.")]
        return []

    def _vanishing(self, process: Process) -> list[Trouble]:
        troubles = []
        for i, name in enumerate(self.vanish):
            node = process.flow.get(name)
            if node is None:
                troubles.append(no_such_node(process, name, ("vanish", i)))
            elif not isinstance(node, flow.Task | flow.Timer):
                what = f"{name} is {kind_of(process, node)}, not a task"
                troubles.append(Trouble("BP605", ("vanish", i), what, "Name a task or a timer."))
        if troubles:
            return troubles
        troubles = illegal(process, list(self.vanish), ("vanish",))
        for found in references.to_nodes(process) if self._whole() else ():
            if found.name in self.vanish and found.owner not in self.vanish:
                what = f"{found.name} is needed elsewhere: {found.words}"
                troubles.append(Trouble("BP607", ("vanish",), what, "Change that first, or keep it."))
        return troubles

    def _whole(self) -> bool:
        return self.consent == 1 and self.rule.text == "true"

    def _calls(self, process: Process) -> list[str]:
        """Name the calls of the services."""
        calls = {name: node for name, node in process.flow.items() if isinstance(node, flow.Call)}
        return [name for service in self.services for name, node in calls.items() if node.process == service]

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        after = self.changed(process)
        writes = edits.written(process, after) | ({"channels"} if after.channels != process.channels else set())
        return Footprint(frozenset({"flow", "items", "channels", "cases"}), frozenset(writes))

    # -- the change ----------------------------------------------------------------------------------------------------

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        if self.kind == "bundle":
            return self._applied_once(process)
        if self.kind == "application":
            channels = {
                name: channel.model_copy(update={"shift": tuple(s for s in channel.shift if s.to != self.event)})
                for name, channel in process.channels.items()
            }
            return process.model_copy(update={"channels": channels})
        for name in self._calls(process):
            process = self._begun(process, name)
        return process if self.services else self._known(process)

    def _applied_once(self, process: Process) -> Process:
        """Put one application before the calls; they begin with it, inside."""
        calls = self._calls(process)
        first = process.flow[calls[0]]
        assert isinstance(first, flow.Call)  # noqa: S101 - a call
        split, join = edits.sources(process, calls[0])[0], first.next[0].to
        name = edits.free_name(process, "application")
        form = {"title": "One application", "performer": (flow.CLIENT,), "contact": ("in",)}
        applies = flow.Task(**form, duration=first.applies_after, next=(flow.Branch(to=split),))
        for call in calls:
            process = edits.set_node(process, call, applies_after=None)
        others = [branch for branch in process.flow[split].next if branch.to not in calls]
        if not others:
            return edits.insert_before(process, split, name, applies)
        inner, met = (edits.free_name(process, f"{name}_{part}") for part in ("services", "done"))
        for call in calls:
            process = edits.set_node(process, call, next=(flow.Branch(to=met),))
        process = edits.set_node(process, split, next=(*others, flow.Branch(to=name)))
        made: dict[str, flow.Node] = {
            name: applies.model_copy(update={"next": (flow.Branch(to=inner),)}),
            inner: flow.Parallel(next=tuple(flow.Branch(to=call) for call in calls)),
            met: flow.Parallel(next=(flow.Branch(to=join),)),
        }
        return edits.with_nodes(process, {**process.flow, **made})

    def _begun(self, process: Process, name: str) -> Process:
        """Let a service begin without an application, for those whom the register knows."""
        if self._whole():
            return edits.set_node(process, name, applies_after=None)
        process, after = edits.merged_before(process, name)
        known, gate = (edits.free_name(process, f"{name}_{part}") for part in ("by_event", "known"))
        at_once = process.flow[name].model_copy(
            update={"applies_after": None, "was": process.lineage(name), "next": (flow.Branch(to=after),)}
        )
        choice = edits.choice(
            self.consent, known, name, f"{process.flow[name].title or name}: known from the register?"
        )
        share = choice.next[0].model_copy(update={"share": expression(f"{self.consent!r} if {self.rule.text} else 0")})
        choice = choice.model_copy(update={"next": (share, choice.next[1])})
        process = edits.insert_before(process, name, gate, choice)
        return edits.with_nodes(process, {**process.flow, known: at_once})

    def _known(self, process: Process) -> Process:
        """Let those whom the register knows come by a channel of its own, past what they need not do."""
        channels = {**process.channels, self.event: Channel(share=0.0)}
        moves = {name: {self.event: self._share(process)} for name in process.channels}
        process = process.model_copy(update={"channels": shifted(channels, moves)})
        for name in self.vanish:
            if self._whole():
                process = edits.without_order(edits.delete(process, name))
                continue
            process, after = edits.merged_before(process, name)
            past = flow.Branch(to=after, kind="when", when=expression(f'channel == "{self.event}"'))
            gate = flow.Exclusive(
                title=f"{process.flow[name].title or name}: known from the register?",
                next=(past, flow.Branch(to=name, kind="else")),
                ordered=True,
            )
            process = edits.insert_before(process, name, edits.free_name(process, f"{name}_or_known"), gate)
        return process

    def _share(self, process: Process) -> Share:
        """Give the share of those whom the register knows and who agree, for each value of the rule's attribute."""
        if self.rule.text == "true":
            return self.consent
        name = self.rule.names()[0]
        kind = types(process)[name]
        holds = self.rule.bind(lambda _: lambda value: value)
        known = {word: _value(word, kind) for word in values(process, name) or ()}
        return ShareBy(by=name, of={word: self.consent if holds(value) else 0.0 for word, value in known.items()})


def _value(word: str, kind: str) -> Any:  # noqa: ANN401 - what an attribute may hold
    return word == "true" if kind == "truth" else float(word) if kind == "number" else word
