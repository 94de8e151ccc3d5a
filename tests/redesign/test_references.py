"""Who speaks of a node or an attribute: each place is found, and speaks of the new name when a node gets one."""

from typing import Any

import pytest

from bpsim.model.process import Process
from bpsim.redesign import references
from tests.redesign.sketch import Written, refused, sketch

ATTRIBUTES = {"kind": {"a": "50%", "b": "50%"}, "desk": {"1": "50%", "2": "50%"}, "far": "bernoulli(20%)", "n": 1}
OFTEN = {"value": "1d", "factor": "1 + visits(look)"}
BESIDE = {
    "beside": {
        "cases": {"entry": "called", "attributes": {"n": 1}},
        "flow": {"begin": {"type": "start", "next": "end"}, "end": {"type": "end"}},
    }
}


def looked(cases: Written | None = None, parts: Written | None = None, **more: Written) -> Process:
    """Make a process of look, tell and sign (a call of beside), with more said of its parts."""
    flow: Written = {
        "came": {"type": "start", "next": "look"},
        "look": {"next": "tell"},
        "tell": {"next": "sign"},
        "sign": {"type": "call", "process": "beside", "next": "done"},
        "done": {"type": "end"},
    }
    nodes = {name: {**node, **more.get(name, {})} for name, node in flow.items()}
    cases = {"attributes": ATTRIBUTES, **(cases or {})}
    return sketch(nodes, cases=cases, others=BESIDE, **(parts or {}))


def read(process: Process) -> list[tuple[str, str, str]]:
    """Give who reads an attribute: name, owner and words."""
    return [(found.name, found.owner, found.words) for found in references.to_attributes(process)]


@pytest.mark.parametrize(
    ("cases", "parts", "more", "name", "owner", "words"),
    [
        ({"client": {"groups": "kind"}}, {}, {}, "kind", "client", "what clients do depends on it"),
        (
            {"client": {"value_of_time": {"by": "kind", "of": {"a": "10/h", "b": "20/h"}}}},
            {},
            {},
            "kind",
            "client",
            "what clients do depends on it",
        ),
        (
            {"client": {"withdraws_after": {"by": "kind", "of": {"a": "10d", "b": "20d"}}}},
            {},
            {},
            "kind",
            "client",
            "what clients do depends on it",
        ),
        (
            {},
            {"channels": {"web": {"share": {"by": "kind", "of": {"a": 1, "b": 1}}}}},
            {},
            "kind",
            "client",
            "what clients do depends on it",
        ),
        ({}, {}, {"tell": {"person": {"by": "desk"}}}, "desk", "tell", "tell depends on it"),
        (
            {},
            {},
            {"tell": {"keeps_for": {"by": "far", "of": {"true": "1d", "else": "2d"}}, "case_owner": True}},
            "far",
            "tell",
            "tell depends on it",
        ),
        (
            {"clocks": {"law": {"limit": {"by": "kind", "of": {"a": "8 weeks", "b": "9 weeks"}}}}},
            {},
            {},
            "kind",
            "law",
            "the clock law depends on it",
        ),
        ({}, {}, {"sign": {"with": {"n": "n + 1"}}}, "n", "sign", "`n + 1` reads it"),
        ({}, {}, {"sign": {"instances": "2 * n"}}, "n", "sign", "`2 * n` reads it"),
    ],
)
def test_who_reads_an_attribute(  # noqa: PLR0917 - a table
    cases: Written, parts: Written, more: Written, name: str, owner: str, words: str
) -> None:
    """Each is found once, and nobody reads anything otherwise."""
    assert read(looked()) == []
    assert read(looked(cases, parts, **more)) == [(name, owner, words)]


def test_what_clients_need_is_not_taken_away() -> None:
    """The task that sets the attribute of the groups stays."""
    process = looked({"client": {"groups": "kind"}}, tell={"assign": {"kind": '"a"'}})
    assert refused(process, remove={"task": "tell"}) == [
        "BP607 task: tell sets kind, and what clients do depends on it. Change that first, or keep the task."
    ]


WORK = {"performer": "desk.senior", "duration": OFTEN}


@pytest.mark.parametrize(
    ("cases", "more"),
    [
        ({"client": {"withdraws_after": OFTEN}}, {}),
        ({"client": {"chases": {"every": OFTEN}}}, {}),
        ({"client": {"chases": {"every": "9d", "work": WORK}}}, {}),
        ({"priority": "visits(look)"}, {}),
        ({}, {"tell": {"reneges_after": OFTEN}}),
        ({}, {"tell": {"duration": OFTEN}}),
        ({}, {"tell": {"timeout": {"after": OFTEN, "next": "done"}}}),
        ({}, {"tell": {"on": {"recall": {"after": OFTEN, "next": "done"}}}}),
        ({}, {"tell": {"batch": {"size": 2, "max_wait": "9d", "timeout": {"after": OFTEN, "next": "done"}}}}),
        ({}, {"tell": {"type": "timer", "delay": OFTEN}}),
        ({}, {"sign": {"with": {"n": "visits(look)"}}}),
        ({}, {"sign": {"instances": "visits(look)"}}),
        ({}, {"sign": {"applies_after": OFTEN, "wait": False}}),
        ({}, {"tell": {"assign": {"n": "visits(look)"}}}),
    ],
    ids=lambda value: "-".join(value) or None,
)
def test_a_new_name_is_spoken_of(cases: Written, more: Written) -> None:
    """Wherever the visits of a node count, those of the new name count: as if it had been written so."""
    process = counting(cases, more, "look")
    assert [found.name for found in references.to_nodes(process)] == ["look"]
    after = references.renamed(process, "look", "see")
    assert [found.name for found in references.to_nodes(after)] == ["see"]
    assert after == counting(cases, more, "see")


def counting(cases: Written, more: Written, name: str) -> Process:
    """Make the process in which another node is counted."""

    def spoken(value: Any) -> Any:  # noqa: ANN401 - written data of any shape
        if isinstance(value, dict):
            return {key: spoken(entry) for key, entry in value.items()}
        return value.replace("visits(look)", f"visits({name})") if isinstance(value, str) else value

    return looked(spoken(cases), **spoken(more))


def test_a_message_hands_over_what_is_counted() -> None:
    """A message carries expressions too."""

    def sent(name: str) -> Process:
        return sketch(
            {
                "came": {"type": "start", "next": "look"},
                "look": {"next": "tell"},
                "tell": {"type": "send", "message": "news", "with": {"n": f"visits({name})"}, "next": "done"},
                "done": {"type": "end"},
            }
        )

    assert references.renamed(sent("look"), "look", "see") == sent("see")
