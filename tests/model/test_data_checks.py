"""Checks of the data of a case: expressions, assignments, choices by an attribute, attributes in two branches."""

from typing import Any

from bpsim.model.checks import check
from bpsim.model.findings import Finding
from tests.model.drawing import drawn, only, said

ATTRIBUTES: dict[str, Any] = {
    "flag": "bernoulli(30%)",
    "kind": {"house": "50%", "shop": "50%"},
    "level": "empirical([0, 1, 2])",
    "size": "exponential(mean=3)",
    "count": 0,
}


def cases(**more: object) -> dict[str, Any]:
    """Write the cases with their attributes."""
    return {"arrivals": "1h", "attributes": ATTRIBUTES, **more}


def line(nodes: dict[str, Any], **more: object) -> Any:  # noqa: ANN401 - a process
    """Make a process of two tasks one after the other."""
    return drawn("s > a; a > b; b > e; e", nodes=nodes, cases=cases(**more))


def told(found: Finding) -> tuple[str, str, str, str]:
    """Give what is said of one finding."""
    return found.code, ".".join(map(str, found.path)), found.what, found.hint


# Expressions ----------------------------------------------------------------------------------------------------------


def test_priority_is_a_number() -> None:
    """Text, a duration, and true or false are no priority."""
    assert said(line({}, priority="2 if flag else level")) == []
    assert told(only(line({}, priority="flag"))) == (
        "BP244",
        "cases.priority",
        "`flag` is true or false, where a number belongs",
        "Write 1 if flag else 0.",
    )
    assert only(line({}, priority="kind")).what == "`kind` is text, where a number belongs"
    assert only(line({}, priority="age")).what == "`age` is a duration, where a number belongs"


def test_visits_of_tasks_that_exist() -> None:
    """visits(task) names a node of the flow."""
    assert said(line({}, priority="visits(a)")) == []
    assert told(only(line({}, priority="visits(aa)"))) == (
        "BP359",
        "cases.priority",
        "visits(aa): there is no task aa",
        "Did you mean 'a'?",
    )


def test_factors() -> None:
    """A factor is a number, zero or more, of what exists."""
    for factor in ("level", "1.5 if flag else 1", 0, "2 - 1"):
        assert said(line({"a": {"duration": {"value": "1h", "factor": factor}}})) == []
    found = only(line({"a": {"duration": {"value": "1h", "factor": "1 - 3"}}}))
    assert told(found) == (
        "BP205",
        "flow.a.duration.factor",
        "the factor 1 - 3 is negative",
        "A factor is zero or more.",
    )
    assert only(line({"a": {"duration": {"value": "1h", "factor": "levle"}}})).hint == "Did you mean 'level'?"
    found = only(line({"a": {"duration": {"value": "1h", "factor": "1 + level / 0"}}}))
    assert (found.code, found.offset) == ("BP245", 12)
    parts = [{"was": "x", "duration": "1h"}, {"was": "y", "duration": {"value": "1h", "factor": "kind"}}]
    found = only(line({"a": {"duration": None, "parts": parts}}))
    assert (found.code, found.path) == ("BP244", ("flow", "a", "parts", 1, "duration", "factor"))


def test_timers_have_delays() -> None:
    """The delay of a timer is read as durations are."""
    found = only(drawn("s > w; w > e; e", nodes={"w": {"delay": {"value": "1h", "factor": "nothing"}}}, cases=cases()))
    assert (found.code, found.path) == ("BP243", ("flow", "w", "delay", "factor"))


# Assignments ----------------------------------------------------------------------------------------------------------


def test_assignments_fit() -> None:
    """Attributes are set to what they hold, by an expression or by a fresh draw."""
    assign = {
        "flag": "level > 1",
        "kind": '"shop" if flag else "house"',
        "count": "count + 1",
        "level": "empirical([0, 1])",
    }
    assert said(line({"a": {"assign": assign}, "b": {"assign": {"flag": "bernoulli(10%)", "size": "age / 1d"}}})) == []


def test_assignment_to_nothing() -> None:
    """An attribute is defined before it is assigned to."""
    found = only(line({"a": {"assign": {"leevl": 1}}}))
    assert found.key
    assert told(found) == (
        "BP352",
        "flow.a.assign.leevl",
        "there is no attribute leevl to assign to",
        "Did you mean 'level'?",
    )
    assert only(line({"a": {"assign": {"rounds": 1}}})).hint == "Define it under cases.attributes: rounds: 0."


def test_assignment_of_another_type() -> None:
    """Truth, numbers and words are not mixed; a duration becomes a number by a division."""

    def assigned(name: str, value: object) -> tuple[str, str]:
        found = only(line({"a": {"assign": {name: value}}}))
        assert (found.code, found.path) == ("BP353", ("flow", "a", "assign", name))
        return found.what, found.hint

    assert assigned("flag", 3) == (
        "flag holds true or false, and is assigned a number",
        "Write true, false or bernoulli(p).",
    )
    assert assigned("flag", "exponential(mean=2)")[0] == "flag holds true or false, and is assigned a number"
    assert assigned("kind", "level") == (
        "kind holds a word, and is assigned a number",
        'Write a word in quotes: "word".',
    )
    assert assigned("level", "flag") == ("level holds a number, and is assigned true or false", "")
    assert assigned("size", "bernoulli(10%)")[0] == "size holds a number, and is assigned true or false"
    assert assigned("level", "age") == (
        "level holds a number, and is assigned a duration",
        "Divide it by a duration: age / 1d.",
    )


def test_a_wrong_expression_is_told_once() -> None:
    """What cannot be read is no assignment of another type as well."""
    assert said(line({"a": {"assign": {"level": "nothing + 1"}}})) == [("BP243", "flow.a.assign.level")]


def test_assigned_words_can_be_compared_with() -> None:
    """A word that is only assigned is one that the attribute can have."""
    nodes = {
        "a": {"assign": {"kind": '"barn" if flag else kind'}},
        "x": {"next": {"b": 'kind == "barn"', "e": "else"}},
    }
    process = drawn("s > a; a > x; x > b, e; b > e; e", nodes=nodes, cases=cases())
    assert said(process) == []


# Choices by an attribute ----------------------------------------------------------------------------------------------


def chosen(of: dict[str, str], by: str) -> Any:  # noqa: ANN401 - a process
    """Make a process with a duration by an attribute."""
    return line({"a": {"duration": {"by": by, "of": of}}})


def test_whole_choices_are_silent() -> None:
    """Every value has its entry, or there is an else."""
    for by, values in {
        "flag": ("true", "false"),
        "kind": ("house", "shop"),
        "level": ("0", "1", "2"),
        "size": ("3", "else"),
        "count": ("0",),
    }.items():
        assert said(chosen(dict.fromkeys(values, "1h"), by)) == []


def test_choice_by_nothing() -> None:
    """The attribute exists; a channel is no attribute (but attributes may be drawn by it)."""
    assert told(only(chosen({"true": "1h", "else": "2h"}, "flags"))) == (
        "BP354",
        "flow.a.duration.choice.by",
        "undefined attribute flags",
        "Did you mean 'flag'?",
    )
    assert only(chosen({"else": "2h"}, "zzz")).hint == "Define it under cases.attributes."
    hint = "Only attributes are chosen by the channel: draw one, {by: channel, of: {...}}, and choose by that."
    assert only(chosen({"else": "2h"}, "channel")).hint == hint


def test_choice_for_what_cannot_be() -> None:
    """A value that the attribute never has is a slip."""
    found = check(chosen({"yes": "1h", "false": "2h"}, "flag"))
    assert [told(finding) for finding in found] == [
        ("BP355", "flow.a.duration.choice.of.yes", "flag is never yes", "It can be true or false."),
        ("BP356", "flow.a.duration.choice.of", "nothing is said for flag = true", "Add `else`."),
    ]
    found = only(chosen({"hous": "1h", "else": "2h"}, "kind"))
    assert (found.what, found.hint) == ("kind is never hous", "Did you mean 'house'?")
    assert only(chosen({"3": "1h", "else": "2h"}, "level")).what == "level is never 3"


def test_choice_that_leaves_values_out() -> None:
    """Every value that may come needs an entry."""
    found = only(chosen({"0": "1h"}, "level"))
    assert (found.code, found.what) == ("BP356", "nothing is said for level = 1 or 2")
    found = only(chosen({"1": "1h"}, "size"))
    assert found.what == "nothing is said for other values of size"
    assigned = {"a": {"duration": {"by": "count", "of": {"0": "1h"}}}, "b": {"assign": {"count": "count + 1"}}}
    assert only(line(assigned)).what == "nothing is said for other values of count"
    assigned = {"a": {"duration": {"by": "count", "of": {"0": "1h"}}}, "b": {"assign": {"count": 5}}}
    assert only(line(assigned)).what == "nothing is said for count = 5"


def test_attributes_by_attributes() -> None:
    """An attribute may be drawn by another, and by the channel."""
    channels = {"web": {"share": 0.5}, "post": {"share": 0.5}}
    attributes = {**ATTRIBUTES, "pages": {"by": "level", "of": {"0": 1, "1": 2, "2": "empirical([3, 4])"}}}
    attributes["letters"] = {"by": "channel", "of": {"web": "bernoulli(0%)", "post": "bernoulli(100%)"}}
    nodes = {"a": {"duration": {"by": "pages", "of": {str(n): "1h" for n in (1, 2, 3, 4)}}}}
    process = drawn("s > a; a > e; e", nodes=nodes, cases=cases(attributes=attributes), channels=channels)
    assert said(process) == []
    attributes["letters"]["of"] = {"web": "bernoulli(0%)", "fax": "bernoulli(100%)"}
    process = drawn("s > a; a > e; e", nodes=nodes, cases=cases(attributes=attributes), channels=channels)
    assert said(process) == [
        ("BP355", "cases.attributes.letters.of.fax"),
        ("BP356", "cases.attributes.letters.of"),
    ]


def test_attributes_that_wait_for_each_other() -> None:
    """A circle of attributes is told once; one that merely leads to it is not."""
    attributes = {
        "a": {"by": "b", "of": {"else": 1}},
        "b": {"by": "c", "of": {"else": 1}},
        "c": {"by": "b", "of": {"else": 1}},
        "d": {"by": "d", "of": {"else": 1}},
        "f": {"by": "g", "of": {"else": 1}},
        "g": {"by": "h", "of": {"else": 1}},
        "h": 1,
    }
    found = check(drawn(cases={"arrivals": "1h", "attributes": attributes}))
    assert [told(finding) for finding in found] == [
        (
            "BP358",
            "cases.attributes.c.by",
            "attributes that wait for each other: b -> c -> b",
            "Draw one of them by itself.",
        ),
        (
            "BP358",
            "cases.attributes.d.by",
            "attributes that wait for each other: d -> d",
            "Draw one of them by itself.",
        ),
    ]


def test_limits_by_an_attribute() -> None:
    """The limit of a clock may depend on an attribute too."""
    clocks = {"law": {"limit": {"by": "flag", "of": {"true": "13 weeks"}}}}
    found = only(line({}, clocks=clocks))
    assert (found.code, found.path) == ("BP356", ("cases", "clocks", "law", "limit", "of"))


def test_patience_stays() -> None:
    """What decides how long an item is kept is not assigned."""

    def kept(assign: dict[str, object]) -> Any:  # noqa: ANN401 - a process
        keeps = {"by": "flag", "of": {"true": "never", "false": "0min"}}
        nodes = {"r1": {"assign": assign}, "r2": {"same_person_as": "r1", "keeps_for": keeps}}
        return drawn("s > r1; r1 > r2; r2 > e; e", nodes=nodes, cases=cases())

    assert said(kept({"count": 1})) == []
    assert told(only(kept({"flag": "true"}))) == (
        "BP357",
        "flow.r2.keeps_for.by",
        "keeps_for depends on flag, which r1 assigns",
        "Choose by an attribute that stays as it was drawn.",
    )


# Two branches at once -------------------------------------------------------------------------------------------------


def branches(nodes: dict[str, Any]) -> Any:  # noqa: ANN401 - a process
    """Make a process of two branches: a then x (c or d), and b; f comes before, g after."""
    drawing = "s > f; f > p; p > a, b; a > x; x > c 50%, d else; c > x2; d > x2; x2 > p2; b > p2; p2 > g; g > e; e"
    return drawn(drawing, nodes=nodes, cases=cases())


def test_branches_may_read_together() -> None:
    """Reading in both, or writing before, after, or within one branch, is in order."""
    factor = {"value": "1h", "factor": "level"}
    nodes = {
        "f": {"assign": {"level": 1}},
        "a": {"duration": factor, "assign": {"count": "count + 1"}},
        "b": {"duration": factor},
        "c": {"assign": {"count": "count + 2"}},
        "d": {"assign": {"count": 0}},
        "g": {"assign": {"level": 1, "count": 2}},
    }
    assert said(branches(nodes)) == []


def test_branches_that_write_together() -> None:
    """Both nodes and the split are named."""
    found = only(branches({"c": {"assign": {"count": 1}}, "b": {"assign": {"count": "2"}}}))
    assert found.key
    assert told(found) == (
        "BP351",
        "flow.c.assign.count",
        "c assigns count while b assigns it, in another branch of p",
        "Assign it before p, or after the branches have met.",
    )


def test_one_branch_writes_what_the_other_reads() -> None:
    """Conditions, shares, factors and choices read."""
    write = {"b": {"assign": {"level": 1, "flag": "true"}}}
    readers: list[dict[str, Any]] = [
        {"c": {"duration": {"value": "1h", "factor": "level"}}},
        {"x": {"next": {"c": "level == 0", "d": "else"}}},
        {"x": {"next": [{"to": "c", "p": "0.1 * level"}, {"to": "d", "p": "else"}]}},
        {"d": {"assign": {"count": "level"}}},
        {"d": {"duration": {"by": "flag", "of": {"true": "1h", "false": "2h"}}}},
    ]
    for reader in readers:
        (name,) = reader
        found = only(branches({**write, **reader}))
        attribute = found.path[-1]
        assert found.what == f"b assigns {attribute} while {name} reads it, in another branch of p"


def test_a_writer_that_reads_is_told_once() -> None:
    """Two counters in two branches are one slip."""
    counting = {"assign": {"count": "count + 1"}}
    assert said(branches({"b": counting, "c": counting})) == [("BP351", "flow.c.assign.count")]
