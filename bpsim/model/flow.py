"""The nodes of the flow: start, tasks, gateways, timers and ends, and the flows between them."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from bpsim.model.client import Clarity, Misrouting, Reneging
from bpsim.model.demand import Assignment
from bpsim.model.personnel import Effect
from bpsim.model.timing import DelayChoice as DelayChoice  # noqa: PLC0414 - what nodes are made of is found here
from bpsim.model.timing import Duration as Duration  # noqa: PLC0414
from bpsim.model.written import (
    ALWAYS,
    NEVER,
    Chance,
    Condition,
    Delay,
    Frozen,
    LimitOrNever,
    Milliseconds,
    Money,
    Probability,
    Runs,
    Whole,
    expression,
)
from bpsim.values.distributions import constant
from bpsim.values.durations import WorkingDays

#: Performers that are not roles: no queue, no shift.
CLIENT, EXTERNAL, SYSTEM = "client", "external", "system"
RESERVED = (CLIENT, EXTERNAL, SYSTEM)
#: The short form of a person that the case names: by its attribute `person`.
BY_CASE = "by_case"


class Part(Frozen):
    """Work taken over from a task that was merged into this one: drawn with that task's luck."""

    was: str
    duration: Duration
    share: float = 1.0


class Branch(Frozen):
    """A flow to a node: always taken, or with a share, or when a condition holds, or else."""

    to: str = Field(description="The node that the flow leads to.")
    kind: Literal["always", "share", "when", "else"] = "always"
    share: Condition = Field(expression("1"), description="A probability, or an expression for one.")
    when: Condition = expression("true")
    was: str = Field("", description="The lineage that decides with which luck an inclusive gateway takes the flow.")


def read_branches(written: object) -> object:
    """Turn the written forms of `next` (a name, a list, a mapping) into branches; a mapping's order means nothing."""
    if isinstance(written, str):
        return [{"to": written}]
    if isinstance(written, dict):
        return [_branch(target, written[target]) for target in sorted(written, key=str)]
    if isinstance(written, list | tuple):
        return [_listed(entry) for entry in written]
    return written


def _branch(target: str, rule: object) -> object:
    if rule == "else":
        return {"to": target, "kind": "else"}
    if isinstance(rule, int | float) and not isinstance(rule, bool):
        return {"to": target, "kind": "share", "share": rule}
    if isinstance(rule, str) and rule.strip().endswith("%"):
        return {"to": target, "kind": "share", "share": rule}
    return {"to": target, "kind": "when", "when": rule}


def _listed(entry: object) -> object:
    if isinstance(entry, str):
        return {"to": entry}
    if not isinstance(entry, dict) or "kind" in entry:
        return entry
    rest = {key: value for key, value in entry.items() if key not in {"p", "when"}}
    if "p" in entry:
        return {**rest, "kind": "else"} if entry["p"] == "else" else {**rest, "kind": "share", "share": entry["p"]}
    if "when" in entry:
        return {**rest, "kind": "else"} if entry["when"] == "else" else {**rest, "kind": "when", "when": entry["when"]}
    return rest


class PatienceChoice(Frozen):
    """A patience that depends on an attribute of the case: `{by: one_person, of: {true: never, false: 0min}}`."""

    by: str = Field(description="The attribute that it depends on.")
    of: dict[str, Milliseconds] = Field(min_length=1, description="A time for each value, and else.")


def _patience_form(written: object) -> str:
    return "choice" if isinstance(written, dict | PatienceChoice) else "fixed"


Patience = Annotated[
    Annotated[Milliseconds, Tag("fixed")] | Annotated[PatienceChoice, Tag("choice")], Discriminator(_patience_form)
]


class PersonChoice(Frozen):
    """The person that a case names: `{by: district, of: {north: 1, south: 2, else: 3}}`.

    Without `of` the attribute itself holds the number of the person in the role (1 is the first), or their name.
    """

    by: str = Field(description="The attribute that names the person.")
    of: dict[str, str] = Field({}, description="The person for each value, and else: a number in the role, or a name.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401
        if data == BY_CASE:
            return {"by": "person"}
        if isinstance(data, dict) and isinstance(data.get("of"), dict):
            people = {key: str(who) if isinstance(who, int) else who for key, who in data["of"].items()}
            return {**data, "of": people}
        return data


class Node(Frozen):
    """What every node has."""

    title: str = Field("", description="What people see; the name when it is left out.")
    was: str = Field(
        "", description="The lineage: the name that this node had before, so that the same case keeps its luck."
    )
    next: tuple[Branch, ...] = Field(
        (), description="Where the case goes: a node, a list of nodes, or {node: share or condition}."
    )
    ordered: bool = Field(
        default=False, description="The flows are tried in the written order (the list form of next)."
    )
    assign: dict[str, Assignment] = Field({}, description="Attributes set when the node completes.")

    @model_validator(mode="before")
    @classmethod
    def _flows(cls, data: Any) -> Any:  # noqa: ANN401
        if not isinstance(data, dict) or "next" not in data:
            return data
        ordered = data.get("ordered", isinstance(data["next"], list))
        return {**data, "next": read_branches(data["next"]), "ordered": ordered}


class Start(Node):
    """Where a case begins."""

    type: Literal["start"] = "start"


class End(Node):
    """Where a token ends; the case ends with its last token, with the outcome of that end."""

    type: Literal["end"] = "end"
    outcome: str = Field(description="How the case ended; the node's name when it is left out.")
    terminate: bool = Field(
        default=False, description="The whole case ends here: everything that is under way for it is taken away."
    )
    effect: Effect | None = Field(None, description="What a case that ends here brings about, such as a hire.")


class Exclusive(Node):
    """One of several flows is taken: by shares, or by conditions. Several flows in: each token goes on."""

    type: Literal["exclusive"] = "exclusive"


class EventBased(Node):
    """The case waits for whatever happens first: timers, answers of the client or a third party, messages."""

    type: Literal["event_based"] = "event_based"


class Timer(Node):
    """The case waits: a put-aside time, a legal period, or until a weekday or date."""

    type: Literal["timer"] = "timer"
    delay: Duration = Field(description="How long the case waits.")
    until: Runs | None = Field(
        None, description='The case waits for the next of these times, such as "next mon 09:00" (after the delay).'
    )
    on_closed: Literal["next_opening", "skip", "run"] = Field(
        "next_opening", description="What becomes of a time of `until` when the calendar is closed."
    )
    calendar: str = Field(ALWAYS, description="The delay counts open time of this calendar.")

    @model_validator(mode="before")
    @classmethod
    def _only_until(cls, data: Any) -> Any:  # noqa: ANN401
        if isinstance(data, dict) and "until" in data and "delay" not in data:
            return {**data, "delay": 0}
        return data


class Timeout(Frozen):
    """A boundary timer: when it fires first, the work is broken off and the case goes another way."""

    after: Duration = Field(description="When it fires, counted from the beginning of the task or block; or never.")
    next: str = Field(description="Where the case goes then.")
    non_interrupting: bool = Field(
        default=False, description="The work goes on; what follows the timer comes beside it (an escalation)."
    )


class Gateway(Node):
    """A gateway that splits into branches, or joins them: what lies between is a block, which may have boundaries."""

    timeout: Timeout | None = Field(
        None, description="Of a split: when it fires before its join, the case goes another way."
    )
    on: dict[str, Timeout] = Field(
        {},
        description="Of a split: what else may happen before its join, by names: on: {pays: {after: 10d, next: paid}}.",
    )


class Parallel(Gateway):
    """All flows are taken at once (one in, several out), or all are waited for (several in, one out)."""

    type: Literal["parallel"] = "parallel"


class Inclusive(Gateway):
    """Each flow is taken or not, by its own share or condition; the join waits for those that were taken."""

    type: Literal["inclusive"] = "inclusive"


class Batch(Frozen):
    """Work is held and done in runs: when `size` is reached, `max_wait` has passed, or the schedule fires."""

    size: Whole | None = Field(None, description="Fires as soon as so many wait.")
    max: Whole | None = Field(None, description="A run takes at most so many.")
    max_wait: Milliseconds = Field(NEVER, description="Fires when the first has waited so long.")
    schedule: Runs | None = Field(None, description='When runs take place, such as "tue, thu 10:00".')
    cutoff: Milliseconds = Field(0, description="Who comes later than this before a run waits for the next.")
    on_closed: Literal["next_opening", "skip", "run"] = Field("next_opening", description="A run on a closed day.")
    mode: Literal["together", "one_by_one"] = Field(
        "together", description="One service for all, or one after another."
    )
    setup: Delay = Field(constant(0), description="Work before the first of a run.")
    timeout: Timeout | None = Field(
        None, description="When it fires while the work is held, the case goes another way."
    )


class Call(Node):
    """Another process is called: a case of it begins, and this one waits until it has ended (or does not).

    Several `instances` go on at once (`parallel`) or one after another (`sequential`).
    """

    type: Literal["call"] = "call"
    process: str = Field(description="The process that is called.")
    instances: Assignment = Field(
        expression("1"), description="How many cases begin: a number, a distribution or an expression."
    )
    order: Literal["parallel", "sequential"] = Field("parallel", description="All at once, or one after another.")
    wait: bool = Field(default=True, description="Whether this case goes on only when they have ended.")
    hands: dict[str, Condition] = Field(
        {}, alias="with", description="Attributes handed over: {attribute there: expression here}."
    )
    returns: dict[str, str] = Field(
        {},
        description="Attributes that come back: {attribute here: attribute there}, outcome, or sum(attribute there), "
        "min, max, any, all, count(outcome there).",
    )
    applies_after: Duration | None = Field(
        None, description="The client applies, so long after: the case comes by the channels of its own process."
    )


def read_return(written: str) -> tuple[str, str]:
    """Read what comes back from a call: (way, name) such as ("last", "score"), ("sum", "score"), ("count", "hired")."""
    text = written.strip()
    if text == "outcome":
        return "outcome", ""
    match = re.fullmatch(r"(sum|min|max|any|all|count)\(\s*([^\s()]+)\s*\)", text)
    return (match[1], match[2]) if match else ("last", text)


class Send(Node):
    """A message goes to the case family: to whoever waits for it there, or will."""

    type: Literal["send"] = "send"
    message: str = Field(description="Its name; whoever receives a message of this name gets it.")
    hands: dict[str, Condition] = Field(
        {}, alias="with", description="Attributes handed over: {attribute there: expression here}."
    )


class Task(Node):
    """Work done by people of a role, by the client, by a third party or by a system."""

    type: Literal["task"] = "task"
    performer: tuple[str, ...] = Field(
        min_length=1, description="A department.role, several in order of preference, or client, external, system."
    )
    together: bool = Field(
        default=False, description="All the performers at once, one person for each (written performer: {all: [...]})."
    )
    hold_after: LimitOrNever = Field(
        WorkingDays(1),
        description="After waiting so long for several people, those who become free are held until all are there.",
    )
    duration: Duration = Field(Duration(), description="How long it takes: a time, a distribution, {by:, of:}.")
    parts: tuple[Part, ...] = Field(
        (), description="Work of tasks that were merged into this one, instead of a duration."
    )
    calendar: str = Field(
        ALWAYS, description="For client and external tasks: the duration counts open time of this calendar."
    )
    contact: tuple[Literal["in", "out"], ...] = Field((), description="A contact with the client: in, out or both.")
    documents: Whole = Field(0, description="Documents that the client has to bring.")
    price: Money = Field(
        0.0, description="What each completion costs beside people's time: a fee, postage, the price of a third party."
    )
    legal: bool = Field(default=False, description="Required by law: a redesign may not remove it silently.")
    same_person_as: str = Field("", description="Whoever completed that task last in this case does this one too.")
    never_same_person_as: tuple[str, ...] = Field(
        (), description="Four eyes: nobody who completed one of those tasks last in this case may do this one."
    )
    case_owner: bool = Field(
        default=False, description="Kept for the owner of the case: who first completed a task with case_owner."
    )
    case_team: bool = Field(
        default=False, description="Kept for the team of the case: all who have completed a task with case_team."
    )
    person: PersonChoice | None = Field(
        None, description="The case names the person: by_case (its attribute person), or {by: ATTRIBUTE, of: {...}}."
    )
    familiarity: Probability = Field(
        1.0, description="So much of the duration remains when the person has worked on this case before."
    )
    keeps_for: Patience = Field(
        NEVER,
        description="So long the item is kept for that person; then anybody may take it. Or a choice by an attribute.",
    )
    batch: Batch | None = Field(None, description="The work is held and done in runs.")
    preempts: bool = Field(
        default=False, description="It breaks into work of lower priority, and of equal priority that does not."
    )
    timeout: Timeout | None = Field(None, description="When it fires first, the case goes another way.")
    introduces_error: Chance = Field(0.0, description="How often an error is made here; by an attribute: {by:, of:}.")
    detects_error: Chance = Field(0.0, description="How many of the errors that are there are found here.")
    on: dict[str, Timeout] = Field(
        {}, description="What else may happen first, by names: on: {pays: {after: 10d, next: paid}}."
    )
    reneges_after: Reneging | None = Field(
        None, description="An item that is not started by then leaves the queue: {after:, next:}, or only a time."
    )
    misrouting: Misrouting | None = Field(None, description="Some cases come to a wrong desk before this task.")
    clarity: Clarity | None = Field(None, description="Of a client task: some of the answers are incomplete.")
    visit: str = Field("", description="`with NODE`: the contact is made in one trip with that of the other task.")
    needs: tuple[str, ...] = Field((), description="Documents and data that must be there before this task.")
    produces: tuple[str, ...] = Field((), description="Documents and data that are there after this task.")
    must_precede: tuple[str, ...] = Field((), description="Tasks that must not come before this one.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401
        if not isinstance(data, dict):
            return data
        data = dict(data)
        performer = data.get("performer")
        for key in ("performer", "never_same_person_as", "needs", "produces", "must_precede"):
            if isinstance(data.get(key), str):
                data[key] = [data[key]]
        if isinstance(performer, dict) and set(performer) == {"all"} and isinstance(performer["all"], list | tuple):
            data["performer"], data["together"] = performer["all"], len(performer["all"]) > 1
        if isinstance(data.get("visit"), str):
            data["visit"] = data["visit"].removeprefix("with ").strip()
        contact = data.get("contact", ())
        if isinstance(contact, str):
            forms = {"in": ["in"], "out": ["out"], "both": ["in", "out"], "none": []}
            data["contact"] = forms.get(contact, [contact])
        return data

    def by_people(self) -> bool:
        """Tell whether a role does it (and not the client, a third party or an unlimited system)."""
        return self.performer[0] not in RESERVED

    def wishes(self) -> list[str]:
        """List by which keys it is kept for somebody; one at most."""
        keys = {"same_person_as": self.same_person_as, "case_owner": self.case_owner, "case_team": self.case_team}
        return [key for key, value in {**keys, "person": self.person}.items() if value]

    def boundaries(self) -> tuple[tuple[tuple[str, ...], Timeout], ...]:
        """Give what may happen before the work is done, in the order of one instant, each with its path in the task."""
        found = _timed(self.timeout, self.on)
        if self.batch and self.batch.timeout:
            found.append((("batch", "timeout"), self.batch.timeout))
        return tuple(found)

    def patience(self) -> tuple[str, tuple[tuple[str, int], ...]]:
        """Give the attribute that decides how long an item is kept (empty: none), and the time for each value."""
        if isinstance(self.keeps_for, PatienceChoice):
            return self.keeps_for.by, tuple(sorted(self.keeps_for.of.items()))
        return "", (("", self.keeps_for),)


class Receive(Node):
    """The case waits for a message of its family; one that was sent before is there at once."""

    type: Literal["receive"] = "receive"
    message: str = Field(description="Its name; whoever sends a message of this name is answered.")
    timeout: Timeout | None = Field(None, description="When it fires first, the case goes another way.")


def boundaries(node: Node) -> tuple[tuple[tuple[str, ...], Timeout], ...]:
    """Give what may happen before a node (or the block that it opens) is done, each with its path in the node.

    They are in the order of one instant.
    """
    if isinstance(node, Receive | Gateway):
        return tuple(_timed(node.timeout, getattr(node, "on", {})))
    return node.boundaries() if isinstance(node, Task) else ()


def _timed(timeout: Timeout | None, on: Mapping[str, Timeout]) -> list[tuple[tuple[str, ...], Timeout]]:
    found: list[tuple[tuple[str, ...], Timeout]] = [(("timeout",), timeout)] if timeout else []
    return found + [(("on", name), on[name]) for name in sorted(on)]


def side_ways(node: Node, *, beside: bool = True) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Give the flows that leave a node before its completion: where each is written below the node, and its target.

    Without those that leave it beside its own flow (`non_interrupting`), unless they are wanted.
    """
    found = [((*path, "next"), one.next) for path, one in boundaries(node) if beside or not one.non_interrupting]
    if isinstance(node, Task) and node.reneges_after and node.reneges_after.next:
        found.append((("reneges_after", "next"), node.reneges_after.next))
    return tuple(found)


def with_boundaries(node: Any, change: Callable[[Timeout], Timeout]) -> Any:  # noqa: ANN401 - a node of any type
    """Give a node with every boundary changed."""
    update: dict[str, Any] = {}
    if isinstance(node, Task | Receive | Gateway) and node.timeout:
        update["timeout"] = change(node.timeout)
    if isinstance(node, Task | Gateway) and node.on:
        update["on"] = {name: change(boundary) for name, boundary in node.on.items()}
    if isinstance(node, Task) and node.batch and node.batch.timeout:
        update["batch"] = node.batch.model_copy(update={"timeout": change(node.batch.timeout)})
    return node.model_copy(update=update) if update else node


def _node_type(data: Any) -> str:  # noqa: ANN401
    kind = data.get("type", "task") if isinstance(data, dict) else getattr(data, "type", "task")
    return kind if isinstance(kind, str) else "task"


AnyNode = Annotated[
    Annotated[Start, Tag("start")]
    | Annotated[End, Tag("end")]
    | Annotated[Task, Tag("task")]
    | Annotated[Exclusive, Tag("exclusive")]
    | Annotated[Parallel, Tag("parallel")]
    | Annotated[Inclusive, Tag("inclusive")]
    | Annotated[EventBased, Tag("event_based")]
    | Annotated[Timer, Tag("timer")]
    | Annotated[Call, Tag("call")]
    | Annotated[Send, Tag("send")]
    | Annotated[Receive, Tag("receive")],
    Discriminator(_node_type),
]
