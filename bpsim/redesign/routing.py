"""The operator that sends some cases another way: triage, case types, exceptions, a fast track, a threshold."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from bpsim.errors import Mistake
from bpsim.model import flow
from bpsim.model.attributes import categories, domains, types
from bpsim.model.graph import backwards, flows, reachable
from bpsim.model.process import Process
from bpsim.model.written import Condition, Frozen, Probability, Short, expression
from bpsim.redesign import edits, references
from bpsim.redesign.change import Change, Footprint, Mistakes, Trouble, no_such_node, percent
from bpsim.redesign.fragments import guard
from bpsim.redesign.moving import comes_before
from bpsim.redesign.pieces import Fragment, leads_to, without_role
from bpsim.redesign.steps import way_on
from bpsim.redesign.tasks import illegal
from bpsim.values.conditions import Expression, always_true, never_true

#: Why some cases go another way, in words.
KINDS = {
    "triage": "triage",
    "case_type": "case type",
    "exception": "exception",
    "fast_track": "fast track",
    "threshold": "threshold",
}
#: The kinds that need to know the case: a plain share would choose at random.
BY_ATTRIBUTE = ("case_type", "threshold")


class Some(Short):
    """Which cases: a condition on attributes, or `{p: 30%}`."""

    when: Condition = Field(expression("true"), description="A condition on the attributes of the case.")
    p: Probability | None = Field(None, description="Or a share of the passes, by a draw of its own.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        return data if isinstance(data, dict | Some) else {"when": data}


class Classify(Frozen):
    """The work of looking which way a case belongs: `{performer: front_office.clerk, duration: 5min}`."""

    performer: str = Field(description="Who looks.")
    duration: flow.Duration = Field(flow.Duration(), description="How long it takes.")


def _read_instead(value: object) -> object:
    return None if value == "skip" else value


Instead = Annotated[
    Fragment | None,
    BeforeValidator(_read_instead),
    PlainSerializer(lambda one: one.model_dump(mode="json", exclude_defaults=True) if one else "skip"),
]


class Route(Change):
    """Let some cases go another way than through a task or a region: past it, or through a fragment."""

    operator: ClassVar[str] = "route"
    kind: Literal["triage", "case_type", "exception", "fast_track", "threshold"] = Field(
        description="Why: triage, case_type, exception, fast_track or threshold."
    )
    task: str = Field("", description="The task that they do not pass.")
    region: tuple[str, ...] = Field((), description="Or the region: [from, to], one way in and one way on.")
    cases: Some = Field(description="Which cases: a CONDITION, or {p: SHARE}.")
    accuracy: Probability = Field(1.0, description="The share of the cases that are judged right; the others go wrong.")
    classify: Classify | None = Field(None, description="Who looks which way a case belongs: {performer:, duration:}.")
    instead: Instead = Field(description="What they pass instead: a fragment {nodes:, entry:, exit:}, or skip.")
    legal_change: bool | str = Field(
        default=False, description="Needed to pass a legal task by: which change of the law allows it."
    )

    @model_validator(mode="after")
    def _fitting(self) -> "Route":
        troubles = []
        if bool(self.task) == bool(self.region) or len(self.region) not in (0, 2):
            hint = "Write task: NODE, or region: [FROM, TO]."
            troubles.append(Trouble("BP612", (), "not one task or one region", hint))
        if self.cases.p is not None:
            troubles += self._by_share(self.cases.p)
            if self.cases.when.text != "true":
                troubles.append(Trouble("BP612", ("cases",), "a share and a condition", "Write one of the two."))
        if self.kind == "exception" and self.instead is None:
            what = "exceptions that are skipped"
            troubles.append(Trouble("BP673", ("instead",), what, "Say what is done for them: instead: {nodes: {...}}."))
        if troubles:
            raise Mistakes(troubles)
        return self

    def _by_share(self, p: float) -> list[Trouble]:
        troubles = []
        if self.kind in BY_ATTRIBUTE:
            what = f"a {KINDS[self.kind]} by a plain share"
            troubles.append(Trouble("BP673", ("cases",), what, "Write a condition on an attribute of the case."))
        if self.accuracy != 1:
            what = "an accuracy where nothing says which way is right"
            troubles.append(Trouble("BP612", ("accuracy",), what, "Write the cases as a condition."))
        if not 0 < p < 1:
            what = "no case goes the other way" if not p else "every case goes the other way"
            troubles.append(Trouble("BP671", ("cases", "p"), what, "Write a share between 0% and 100%."))
        return troubles

    def describe(self) -> str:
        """Say what the change does."""
        which = f"cases with {self.cases.when}" if self.cases.p is None else f"{percent(self.cases.p)} of the cases"
        where = self.task or f"{self.region[0]} to {self.region[1]}"
        way = f"go through {self.instead.first()} instead of {where}" if self.instead else f"pass {where} by"
        right = "" if self.accuracy == 1 else f"; {percent(self.accuracy)} are judged right"
        return f"{which} {way} ({KINDS[self.kind]}{right})"

    def makes(self) -> tuple[str, ...]:
        """Name the nodes of the other way."""
        return tuple(self.instead.nodes) if self.instead else ()

    def _ends(self) -> tuple[str, str]:
        """Name where the region begins and ends."""
        return (self.task, self.task) if self.task else (self.region[0], self.region[1])

    # -- preconditions ------------------------------------------------------------------------------------------------

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = self._region(process)
        if self.instead:
            troubles += self.instead.troubles(process, "instead")
        if self.classify:
            looking = flow.Task(performer=(self.classify.performer,))
            troubles += without_role(process, looking, ("classify",))
        return troubles or [*self._condition(process), *self._lost(process)]

    def _region(self, process: Process) -> list[Trouble]:
        path = ("task",) if self.task else ("region",)
        first, last = self._ends()
        lost = [no_such_node(process, name, path) for name in dict.fromkeys((first, last)) if name not in process.flow]
        if lost:
            return lost
        hint = "Name where the region begins and where it ends, with one way on."
        if isinstance(process.flow[first], flow.Start):
            return [Trouble("BP672", path, f"{first} is the start", hint)]
        if not _onward(process, last):
            return [Trouble("BP672", path, f"it is not clear how a case goes on after {last}", hint)]
        if not comes_before(process, first, last):
            return [Trouble("BP672", path, f"there is a way to {last} that does not pass {first}", hint)]
        return []

    def _inside(self, process: Process) -> list[str]:
        """Name the nodes of the region, the first of them first: what lies on a way from its beginning to its end."""
        first, last = self._ends()
        found = flows(process)
        into = backwards(found)
        between = reachable(found, [first], avoiding=_onward(process, last)) & reachable(into, [last])
        return [first, *(name for name in process.flow if name in between and name != first)]

    def _condition(self, process: Process) -> list[Trouble]:
        """Find what is wrong with the condition, and attributes that nobody knows there yet."""
        when, kinds = self.cases.when, types(process)
        if self.cases.p is not None:
            return []
        try:
            kind = when.check(kinds, categories(process))
        except Mistake as mistake:
            return [Trouble(mistake.code, ("cases",), mistake.what, mistake.hint)]
        if kind in {"text", "duration"}:
            return [Trouble("BP244", ("cases",), f"`{when}` is no condition", "Compare it with something.")]
        domain, fixed = domains(process), when.constant()
        none = not fixed if fixed is not None else never_true(when, kinds, domain)
        if none or fixed is not None or always_true(when, kinds, domain):
            what = f"`{when}` holds for {'no' if none else 'every'} case"
            return [Trouble("BP671", ("cases",), what, "Correct the condition, or change the flow for all.")]
        return self._unknown(process, when)

    def _unknown(self, process: Process, when: Expression) -> list[Trouble]:
        first, _ = self._ends()
        behind = reachable(backwards(flows(process)), [first]) - {first}
        troubles = []
        for name in sorted(when.names()):
            setting = [node for node in process.flow if name in references.sets(process.flow[node])]
            if setting and not any(node in behind for node in setting):
                what = f"{name} is not known before {first}: {setting[0]} sets it"
                hint = f"Let the region begin after {setting[0]}."
                troubles.append(Trouble("BP670", ("cases",), what, hint))
        return troubles

    def _lost(self, process: Process) -> list[Trouble]:
        """Find what the cases that go the other way would miss: legal tasks, and attributes that are read elsewhere."""
        inside = self._inside(process)
        nodes = self.instead.piece(process).nodes if self.instead else {}
        kept = {node.was or name for name, node in nodes.items() if isinstance(node, flow.Task) and node.legal}
        passed = [name for name in inside if process.lineage(name) not in kept]
        troubles = [] if self.legal_change else illegal(process, passed, ("instead",))
        there = {name for node in nodes.values() for name in references.sets(node)}
        setting = {name: node for node in inside for name in references.sets(process.flow[node]) - there}
        for reference in references.to_attributes(process):
            if reference.name in setting and reference.owner not in inside:
                what = f"{setting[reference.name]} sets {reference.name}, and {reference.words}"
                hint = "Let the fragment set it, too, or let the region end later."
                troubles.append(Trouble("BP607", ("instead",), what, hint))
        return troubles

    # -- the change ---------------------------------------------------------------------------------------------------

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        reads = {f"departments.{name}.roles" for name in process.departments}
        reads |= {"cases", *self._far(process)}
        return Footprint(frozenset(reads), edits.written(process, self.changed(process)))

    def _far(self, process: Process) -> set[str]:
        """Name which nodes it depends on: a plain share of one task on that alone, everything else on the flow."""
        node = process.flow[self.task] if self.task else None
        plain = isinstance(node, flow.Task) and not references.sets(node) and not flow.side_ways(node)
        nodes = self.instead.nodes if self.instead else {}
        alone = not any(other.was or {*leads_to(other)} - nodes.keys() for other in nodes.values())
        return {f"flow.{self.task}"} if plain and alone and self.cases.p is not None else {"flow"}

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        region, (first, last) = self._inside(process), self._ends()
        process, to = edits.merged_before(process, last, _onward(process, last))
        piece = self.instead.piece(process) if self.instead else edits.PAST
        gate = edits.free_name(process, f"{first}_{self.kind}")
        after = guard(process, region, gate=gate, rule=self._rule(), piece=piece, to=to)
        after = edits.set_node(after, gate, title=f"{process.flow[first].title or first}: {KINDS[self.kind]}?")
        for name, node in piece.nodes.items():
            for old in region:
                if process.lineage(old) == node.was:
                    after = references.also_completed(after, old, name)
        return self._looked_at(after, first, gate)

    def _rule(self) -> flow.Branch:
        """Give the rule by which a case goes the other way."""
        if self.cases.p is not None:
            return flow.Branch(to="", kind="share", share=expression(self.cases.p))
        if self.accuracy == 1:
            return flow.Branch(to="", kind="when", when=self.cases.when)
        right = f"{self.accuracy!r} if ({self.cases.when.text}) else 1 - {self.accuracy!r}"
        return flow.Branch(to="", kind="share", share=expression(right))

    def _looked_at(self, process: Process, first: str, gate: str) -> Process:
        """Let somebody look which way a case belongs, before the gateway."""
        if not self.classify:
            return process
        name = edits.free_name(process, f"{first}_classify")
        look = flow.Task(
            title=f"{process.flow[first].title or first}: which way?",
            performer=(self.classify.performer,),
            duration=self.classify.duration,
            next=(flow.Branch(to=gate),),
        )
        return edits.insert_before(process, gate, name, look)


def _onward(process: Process, name: str) -> str:
    """Name the node to which a case goes on after a region that ends with a node; empty when it is not clear."""
    node = process.flow[name]
    if len(node.next) == 1:
        return node.next[0].to
    return way_on(process, name) if isinstance(node, flow.Exclusive) else ""
