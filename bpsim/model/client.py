"""The client: groups, patience, questions about the state, ways to the wrong desk, letters that are misunderstood."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from bpsim.model.timing import Duration
from bpsim.model.written import ALWAYS, Frozen, MoneyPerHour, Probability, Short

#: The node of the work that chases make.
CHASES = "chases"
#: Where documents come from that no task makes.
SOURCES = ("client", "registry")
#: Outcomes beside those of the ends.
WITHDRAWN, ABANDONED = "withdrawn", "abandoned"


class ShareBy(Frozen):
    """A share that depends on an attribute of the case: `{by: channel, of: {counter: 10%, else: 2%}}`."""

    by: str = Field(description="The attribute that it depends on; channel for the channel.")
    of: dict[str, Probability] = Field(min_length=1, description="A share for each value, and else.")


class MoneyBy(Frozen):
    """A cost per hour that depends on an attribute of the case: `{by: kind, of: {firm: 60/h, else: 15/h}}`."""

    by: str = Field(description="The attribute that it depends on.")
    of: dict[str, MoneyPerHour] = Field(min_length=1, description="A cost for each value, and else.")


def _form(written: object) -> str:
    return "choice" if isinstance(written, dict | Frozen) else "fixed"


Share = Annotated[
    Annotated[Probability, Tag("fixed")] | Annotated[ShareBy, Tag("choice")],
    Discriminator(_form),
]
ValueOfTime = Annotated[
    Annotated[MoneyPerHour, Tag("fixed")] | Annotated[MoneyBy, Tag("choice")],
    Discriminator(_form),
]


class Work(Frozen):
    """Work that is no node of its own in the file: who does it, and how long it takes."""

    performer: tuple[str, ...] = Field(
        min_length=1, description="A department.role, several in order of preference, or system."
    )
    duration: Duration = Field(description="How long it takes: a time, a distribution, {by:, of:}.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        if isinstance(data, dict) and isinstance(data.get("performer"), str):
            return {**data, "performer": [data["performer"]]}
        return data


class Chases(Frozen):
    """Questions about the state of the case, while the client waits: each makes work."""

    every: Duration = Field(description="How long the client waits before asking, and before asking again.")
    work: Work | None = Field(None, description="The work that each of them makes.")


class Client(Frozen):
    """What clients do while they wait, and what their time is worth."""

    groups: str = Field("", description="The attribute whose values are the groups of clients.")
    value_of_time: ValueOfTime = Field(0.0, description="What an hour of a client's own time is worth, such as 20/h.")
    withdraws_after: Duration | None = Field(
        None, description="Who has waited so long since the last contact withdraws; the case ends as withdrawn."
    )
    chases: Chases | None = Field(None, description="Clients who wait ask about the state.")


class Reneging(Short):
    """The patience of an item in a queue: who is not served by then leaves."""

    after: Duration = Field(description="How long an item waits for its start.")
    next: str = Field("", description="Where the case goes then; it ends as abandoned when this is left out.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401 - the written form may be anything
        if isinstance(data, Reneging) or (isinstance(data, dict) and not set(data) <= {"by", "of", "value", "factor"}):
            return data
        return {"after": data}


class Misrouting(Frozen):
    """Some cases come to a wrong desk first: work there, then the way to the right one."""

    share: Share = Field(description="How many of the cases come to the wrong desk.")
    work: Work = Field(description="Who finds out at the wrong desk, and how long that takes.")
    referral: Literal["authority", "client"] = Field(
        "authority", description="authority: the desk passes the case on; client: the client is told to go elsewhere."
    )
    delay: Duration = Field(Duration(), description="How long the case is on its way to the right desk.")
    calendar: str = Field(ALWAYS, description="The delay counts open time of this calendar.")


class Clarity(Frozen):
    """How well the client understands what is asked: some answers are incomplete."""

    incomplete: Share = Field(description="How many of the answers are incomplete.")
    each_pass: Probability = Field(
        1.0, description="The share of the next answer is that of the one before times this."
    )
    next: str = Field(description="Where a case with an incomplete answer goes.")


class DataItem(Frozen):
    """A document or a piece of data that tasks need."""

    title: str = Field("", description="What people see; the name when it is left out.")
    source: str = Field(
        "client", alias="from", description="client, registry, or the task that makes it; client when it is left out."
    )
