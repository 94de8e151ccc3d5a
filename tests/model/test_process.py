"""The resolved process: defaults filled in, read back as it is written, frozen, and known by its digest."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from bpsim.errors import CODES
from bpsim.model.checks import check
from bpsim.model.flow import End, PatienceChoice, Task
from bpsim.model.process import Process, Shared, resolved
from bpsim.model.written import NEVER
from bpsim.values.calendars import parse_calendar
from tests.oracle.generate import process as generated
from tests.oracle.generate import processes

SMALL: dict[str, Any] = {
    "process": "small",
    "title": "A small one",
    "calendars": {"office": {"mon-fri": "09:00-17:00", "holidays": "NL"}},
    "departments": {
        "desk": {
            "title": "The desk",
            "calendar": "office",
            "body": "city",
            "roles": {
                "clerk": {"staff": 2, "cost": "24/h", "also": ["aide", "back.handler"]},
                "aide": {"staff": 1, "calendar": "always"},
            },
        },
        "back": {"roles": {"handler": {"staff": "1"}}},
    },
    "transfers": {"default": "1h", "desk->back": {"delay": "2h", "calendar": "office"}},
    "cases": {"arrivals": "exponential(mean=2h)", "attributes": {"flag": "bernoulli(30%)"}},
    "flow": {
        "received": {"type": "start", "next": "look"},
        "look": {"performer": "desk.clerk", "duration": "10min", "next": "choose", "contact": "in"},
        "choose": {"type": "exclusive", "next": {"decide": "30%", "done": "else"}},
        "decide": {"performer": ["back.handler", "desk.aide"], "duration": "1h", "next": "done", "was": "judge"},
        "done": {"type": "end"},
    },
}


def small(**parts: Any) -> Process:  # noqa: ANN401 - parts of a process
    """Make the small process."""
    return Process.model_validate({**SMALL, **parts})


def test_defaults_are_filled_in() -> None:
    """Calendars of roles, full names, outcomes, the one channel and the calendar that never closes."""
    process = small()
    assert process.language == 1
    assert process.calendars["always"].always
    assert process.channels["direct"].share == 1.0
    assert process.role("desk.clerk").calendar == "office"
    assert process.role("desk.aide").calendar == "always"
    assert process.role("back.handler").calendar == "always"
    assert process.role("desk.clerk").also == ("desk.aide", "back.handler")
    done = process.flow["done"]
    assert isinstance(done, End)
    assert done.outcome == "done"
    assert process.transfers.between_bodies == process.transfers.default
    assert process.cases.priority.text == "0"
    assert process.cases.calendar == "always"


def test_what_is_written_is_kept() -> None:
    """A calendar named always, channels, outcomes and the way between bodies may be given."""
    process = small(
        calendars={**SMALL["calendars"], "always": {"mon": "09:00-10:00"}},
        channels={"web": {"share": "100%"}},
        transfers={"default": "1h", "between_bodies": "1d"},
        flow={**SMALL["flow"], "done": {"type": "end", "outcome": "granted"}},
    )
    assert not process.calendars["always"].always
    assert list(process.channels) == ["web"]
    assert process.transfers.between_bodies.delay != process.transfers.default.delay
    assert process.as_written()["flow"]["done"]["outcome"] == "granted"


def test_names_lead_to_parts() -> None:
    """Roles, tasks, the start, lineages and performers are found by name."""
    process = small()
    assert list(process.roles()) == ["desk.clerk", "desk.aide", "back.handler"]
    assert list(process.tasks()) == ["look", "decide"]
    assert process.start() == "received"
    assert [process.lineage(name) for name in ("look", "decide")] == ["look", "judge"]
    tasks = process.tasks()
    assert process.performers(tasks["look"]) == ("desk.clerk",)
    assert process.performers(tasks["decide"]) == ("back.handler", "desk.aide", "desk.clerk")
    outside = small(flow={**SMALL["flow"], "look": {"performer": "client", "next": "done"}}).tasks()["look"]
    assert process.performers(outside) == ()


def test_transfers_from_the_nearest_rule() -> None:
    """A pair before within, before between bodies, before the default."""
    transfers = small(
        transfers={
            "default": "1h",
            "within": "1min",
            "between_bodies": "1d",
            "desk -> back": "2h",
            "back -> back": "3h",
        }
    ).transfers
    delays = {
        way: str(transfers.between(*way, same_body=same).delay)
        for way, same in {
            ("desk", "back"): False,
            ("back", "desk"): False,
            ("back", "law"): True,
            ("desk", "desk"): True,
            ("back", "back"): True,
        }.items()
    }
    assert list(delays.values()) == ["2h", "1d", "1h", "1min", "3h"]
    assert transfers.pair("a", "b") == "a -> b"


def test_a_process_is_frozen() -> None:
    """Nothing of it can be set."""
    process = small()
    with pytest.raises(ValidationError, match="frozen"):
        process.title = "another"
    with pytest.raises(ValidationError, match="frozen"):
        process.tasks()["look"].documents = 3
    with pytest.raises(ValidationError, match="frozen"):
        process.departments["desk"].roles["clerk"].staff = 9
    with pytest.raises(ValidationError, match="Extra inputs"):
        small(nonsense=1)


def test_the_small_process_is_read_back() -> None:
    """What is printed is read as the same process."""
    process = small()
    assert Process.model_validate(process.as_written()) == process
    assert Process.model_validate(process) == process


@settings(max_examples=150)
@given(processes())
def test_every_process_is_read_back(written: dict[str, Any]) -> None:
    """The resolved form says everything: written out and read again it is the same process, with the same digest."""
    process = Process.model_validate(written)
    again = Process.model_validate(process.as_written())
    assert again == process
    assert again.digest() == process.digest()
    assert again.as_written() == process.as_written()


def shuffled(data: object, luck: Random) -> object:
    """Put the keys of every mapping into another order."""
    if isinstance(data, dict):
        keys = list(data)
        luck.shuffle(keys)
        return {key: shuffled(data[key], luck) for key in keys}
    return [shuffled(value, luck) for value in data] if isinstance(data, list) else data


@settings(max_examples=100)
@given(processes())
def test_the_order_of_keys_means_nothing(written: dict[str, Any]) -> None:
    """Mappings in another order make the same digest."""
    other = Process.model_validate(shuffled(written, Random(1)))  # noqa: S311 - nothing secret
    assert other.digest() == Process.model_validate(written).digest()


def test_the_digest_knows_what_counts() -> None:
    """Titles and evidence do not change it; every other part does."""
    digest = small().digest()
    assert len(digest) == 16
    assert small(title="Another").digest() == digest
    assert small(evidence={"flow.look.duration": {"grade": "assumption"}}).digest() == digest
    titled = {**SMALL["flow"], "look": {**SMALL["flow"]["look"], "title": "Look at it"}}
    assert small(flow=titled).digest() == digest
    changed = [
        {"process": "other"},
        {"calendars": {"office": {"mon-fri": "09:00-16:00"}}},
        {"transfers": {}},
        {"cases": {**SMALL["cases"], "priority": "1"}},
        {"flow": {**SMALL["flow"], "look": {**SMALL["flow"]["look"], "duration": "11min"}}},
    ]
    assert len({digest, *(small(**parts).digest() for parts in changed)}) == 1 + len(changed)


def test_the_order_of_a_list_counts() -> None:
    """Performers in another order are another preference."""
    other = {**SMALL["flow"], "decide": {**SMALL["flow"]["decide"], "performer": ["desk.aide", "back.handler"]}}
    assert small(flow=other).digest() != small().digest()


def test_wrong_shapes_are_left_to_the_model() -> None:
    """Filling in defaults does not stumble over what is no mapping."""
    assert resolved(3) == 3
    assert resolved({"calendars": 1, "departments": 2, "channels": 3, "flow": 4}) == {
        "calendars": 1,
        "departments": 2,
        "channels": 3,
        "flow": 4,
    }
    odd = resolved({"departments": {"a": 1, "b": {"roles": 2}, "c": {"roles": {"x": 3, "y": {"also": 4}}}}})
    assert odd["departments"] == {"a": 1, "b": {"roles": 2}, "c": {"roles": {"x": 3, "y": {"also": 4}}}}
    assert resolved({"departments": {"d": {"roles": {"x": {"also": [5, "y"]}}}}})["departments"]["d"]["roles"]["x"] == {
        "also": [5, "d.y"]
    }
    assert resolved({"flow": {"x": 1, "y": {"type": "end"}}})["flow"] == {"x": 1, "y": {"type": "end", "outcome": "y"}}
    assert resolved({})["calendars"] == {"always": parse_calendar("24/7")}
    for data in ([], {"process": "x", "cases": 1, "flow": {"a": 2}}, {"process": "x", "transfers": 1}):
        with pytest.raises(ValidationError):
            Process.model_validate(data)


def test_wrong_shapes_of_shared_parts() -> None:
    """What is shared without departments needs no defaults; a process beside that is no mapping is left to its form."""
    assert Shared.model_validate({"shared": "town"}).departments == {}
    assert resolved({"others": {"odd": 3}})["others"] == {"odd": 3}


def test_another_form_of_a_process_beside() -> None:
    """What is its own changes there; what is shared changes for all."""
    beside = {"cases": {"arrivals": "1h"}, "flow": {"s": {"type": "start", "next": "e"}, "e": {"type": "end"}}}
    whole = small(others={"beside": beside, "other": beside})
    one = whole.of("beside").model_copy(update={"title": "New", "calendars": {}})
    after = whole.having("beside", one)
    assert (after.others["beside"].title, after.others["other"].title, after.title) == ("New", "", "A small one")
    assert after.calendars == {}
    assert after.flow == whole.flow


def test_patience() -> None:
    """How long an item is kept for a person: for ever, for a time, or by an attribute."""

    def task(**more: object) -> Task:
        return Task.model_validate({"performer": "desk.clerk", **more})

    assert task().patience() == ("", (("", NEVER),))
    assert task(keeps_for="1d").patience() == ("", (("", 86_400_000),))
    chosen = task(keeps_for={"by": "flag", "of": {"true": "never", "false": "0min"}})
    assert isinstance(chosen.keeps_for, PatienceChoice)
    assert chosen.patience() == ("flag", (("false", 0), ("true", NEVER)))
    assert Task.model_validate(chosen.model_dump(mode="json")) == chosen


#: What the generator draws on purpose, though a check complains of it.
ODD = {
    "BP246",  # a priority for a channel that there is not
    "BP416",  # a schedule that never falls into the hours of a role
    "BP420",  # a transfer to a department that there is not
    "BP431",  # work that does not fit into any shift
}


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(150))
def test_generated_processes_are_sound(seed: int) -> None:
    """The checks find nothing wrong with the flow of a process that is drawn to be sound."""
    found = check(Process.model_validate(generated(seed)))
    assert {finding.code for finding in found if CODES[finding.code][0] == "error"} <= ODD
