"""Checks of choices: shares and conditions, each with its slip."""

from typing import Any

import pytest

from bpsim.errors import CODES
from bpsim.model.checks import check
from tests.model.drawing import drawn, only, said

ATTRIBUTES = {
    "flag": "bernoulli(30%)",
    "kind": {"house": "50%", "shop": "30%", "farm": "20%"},
    "level": "empirical([0, 1, 2])",
    "size": "exponential(mean=3)",
}


def choice(rules: object, attributes: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - a process
    """Make a process with one choice among a, b and e."""
    cases = {"arrivals": "1h", "attributes": ATTRIBUTES if attributes is None else attributes}
    return drawn("s > x; x > a, b, e; a > e; b > e; e", nodes={"x": {"next": rules}}, cases=cases)


def listed(*whens: str) -> list[dict[str, str]]:
    """Write conditions for a, b and e as a list."""
    return [{"to": to, "when": when} for to, when in zip("abe", whens, strict=False)]


SILENT: dict[str, object] = {
    "shares": {"a": "30%", "b": 0.5, "e": "20%"},
    "shares and the rest": {"a": "30%", "b": "20%", "e": "else"},
    "shares off by a millionth": {"a": "30%", "b": "50%", "e": 0.2000009},
    "shares of the case": [{"to": "a", "p": "0.1 * level"}, {"to": "b", "p": "30%"}, {"to": "e", "p": "else"}],
    "words": {"a": 'kind == "house"', "b": 'kind == "shop"', "e": 'kind == "farm"'},
    "words and the rest": {"a": 'kind == "house"', "b": 'kind == "shop"', "e": "else"},
    "truth": {"a": "flag and level == 0", "b": "flag and level > 0", "e": "not flag"},
    "numbers": {"a": "level == 0", "b": "level == 1", "e": "level == 2"},
    "borders": {"a": "size < 2", "b": "2 <= size < 4", "e": "size >= 4"},
    "a list": listed("flag", "level > 1", "else"),
    "what cannot be decided": {"a": "age > 3d", "b": "waited > 1h and age <= 3d", "e": "else"},
}


@pytest.mark.parametrize("name", SILENT)
def test_sound_choices_are_silent(name: str) -> None:
    """What makes a choice is not complained of."""
    assert said(choice(SILENT[name])) == []


SLIPS: dict[str, tuple[object, str, str, str, str]] = {
    "too little": (
        {"a": "30%", "b": "50%", "e": "10%"},
        "BP331",
        "flow.x.next",
        "the shares at x add up to 90 %",
        "They must make 100 %: 10 % is missing.",
    ),
    "too much": (
        {"a": "60%", "b": "50%", "e": "40%"},
        "BP331",
        "flow.x.next",
        "the shares at x add up to 150 %",
        "They must make 100 %: 50 % is too much.",
    ),
    "two millionths too much": (
        {"a": "30%", "b": "50%", "e": 0.200002},
        "BP331",
        "flow.x.next",
        "the shares at x add up to 100 %",
        "They must make 100 %: 0.0002 % is too much.",
    ),
    "too much for the rest": (
        {"a": "60%", "b": "50%", "e": "else"},
        "BP331",
        "flow.x.next",
        "the shares at x add up to 110 %",
        "They must make 100 %: 10 % is too much.",
    ),
    "above one": (
        {"a": 80, "b": "10%", "e": "else"},
        "BP231",
        "flow.x.next.a",
        "the probability 80 is above 1",
        "Did you mean 80 % = 0.8?",
    ),
    "negative": (
        {"a": -0.1, "b": "10%", "e": "else"},
        "BP231",
        "flow.x.next.a",
        "the probability -0.1 is negative",
        "Write 0% to 100%.",
    ),
    "a calculated share above one": (
        [{"to": "a", "p": "2 * 3"}, {"to": "b", "p": "0.1"}, {"to": "e", "p": "else"}],
        "BP231",
        "flow.x.next.a",
        "the probability 6.0 is above 1",
        "Did you mean 6 % = 0.06?",
    ),
    "no rule": (
        ["a", "b", "e"],
        "BP332",
        "flow.x.next",
        "nothing says which of the flows to a, b and e is taken",
        "Write next: {NODE: 30%, OTHER: else}, or type: parallel if all are.",
    ),
    "one without a rule": (
        [{"to": "a", "p": "30%"}, {"to": "b", "p": "70%"}, {"to": "e"}],
        "BP332",
        "flow.x.next.e",
        "the flow to e has neither a share nor a condition",
        "Write its share or condition; `else` for the rest.",
    ),
    "share zero": (
        {"a": "0%", "b": "50%", "e": "else"},
        "BP334",
        "flow.x.next.a",
        "the flow from x to a has the share 0: it is never taken",
        "Take it out, or give it a share.",
    ),
    "nothing for the rest": (
        {"a": "50%", "b": "50%", "e": "else"},
        "BP334",
        "flow.x.next.e",
        "nothing is left for `else` at x: the flow to e is never taken",
        "Take it out, or make the other shares smaller.",
    ),
    "two kinds": (
        {"a": "30%", "b": "flag", "e": "else"},
        "BP335",
        "flow.x.next",
        "x decides by shares and by conditions at once",
        "Use one kind in a gateway; put a second gateway behind it for the other.",
    ),
    "a second else": (
        [{"to": "a", "p": "30%"}, {"to": "b", "p": "else"}, {"to": "e", "p": "else"}],
        "BP336",
        "flow.x.next.e",
        "a second `else` at x",
        "Keep one.",
    ),
    "two that hold": (
        {"a": "level > 0", "b": "level > 1", "e": "else"},
        "BP247",
        "flow.x.next",
        "several conditions at x hold at once, for level = 2",
        "Make them exclude each other, or write a list: then the first that holds is taken.",
    ),
    "two that hold for a word": (
        {"a": 'kind in ("house", "farm")', "b": 'flag or kind == "house"', "e": "else"},
        "BP247",
        "flow.x.next",
        "several conditions at x hold at once, for flag = true, kind = farm",
        "Make them exclude each other, or write a list: then the first that holds is taken.",
    ),
    "never": (
        {"a": "level > 2", "b": "level == 1", "e": "else"},
        "BP248",
        "flow.x.next.a",
        "`level > 2` never holds: the flow from x to a is never taken",
        "Correct the condition, or take the flow out.",
    ),
    "plainly never": (
        listed("false", "flag", "else"),
        "BP248",
        "flow.x.next.a",
        "`false` never holds: the flow from x to a is never taken",
        "Correct the condition, or take the flow out.",
    ),
    "always": (
        listed("level >= 0", "flag", "else"),
        "BP248",
        "flow.x.next.a",
        "`level >= 0` always holds: the flow from x to b is never taken",
        "Correct the condition, or take the other flow out.",
    ),
    "plainly always": (
        listed("flag", "true", "else"),
        "BP248",
        "flow.x.next.b",
        "`true` always holds: the flow from x to e is never taken",
        "Correct the condition, or take the other flow out.",
    ),
    "none": (
        {"a": 'kind == "house"', "b": "kind == 'shop' and flag", "e": "kind == 'farm'"},
        "BP249",
        "flow.x.next",
        "it may be that no condition at x holds, such as for flag = false, kind = shop: the run would stop",
        "Add a flow with `else`.",
    ),
    "perhaps none": (
        {"a": "age > 3d", "b": "waited > 1h and age <= 3d", "e": "flag and age < 1h"},
        "BP249",
        "flow.x.next",
        "it may be that no condition at x holds: the run would stop",
        "Add a flow with `else`.",
    ),
    "no number": (
        [{"to": "a", "p": "kind"}, {"to": "e", "p": "else"}, {"to": "b", "p": "10%"}],
        "BP244",
        "flow.x.next.a",
        "`kind` is text, where a number belongs",
        "",
    ),
    "no condition": (
        listed("kind", "flag", "else"),
        "BP244",
        "flow.x.next.a",
        "`kind` is text, where a condition belongs",
        "Compare it with something.",
    ),
    "a word that is none": (
        {"a": 'kind == "shed"', "b": "flag", "e": "else"},
        "BP246",
        "flow.x.next.a",
        'kind is never "shed"',
        "It can be farm, house, shop.",
    ),
    "an attribute that is none": (
        {"a": "flags", "b": "level == 1", "e": "else"},
        "BP243",
        "flow.x.next.a",
        "undefined attribute flags",
        "Did you mean 'flag'?",
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_slips_of_choices(name: str) -> None:
    """Each slip is told once, where it stands, with the way out."""
    rules, code, path, what, hint = SLIPS[name]
    found = only(choice(rules))
    assert (found.code, ".".join(map(str, found.path)), found.what, found.hint) == (code, path, what, hint)


def test_one_flow_with_a_share() -> None:
    """A single flow with a share is a choice with nothing beside it."""
    idle, found = check(drawn("s > x; x > e 30%; e"))
    assert idle.code == "BP316"
    assert (found.code, found.what) == ("BP331", "the shares at x add up to 30 %")


def test_channels() -> None:
    """The shares of channels make 1, and none is zero."""
    assert said(drawn(channels={"web": {"share": "70%"}, "post": {"share": "30%"}})) == []
    found = only(drawn(channels={"web": {"share": "70%"}, "post": {"share": "20%"}}))
    assert (found.code, found.path, found.key) == ("BP341", ("channels",), True)
    assert found.what == "the shares of the channels add up to 90 %"
    found = only(drawn(channels={"web": {"share": "100%"}, "post": {"share": "0%"}}))
    assert (found.code, found.path) == ("BP334", ("channels", "post", "share"))
    assert found.what == "the channel post has the share 0: no case has it"


def test_words_of_an_attribute() -> None:
    """The shares of words make 1, and none is zero."""
    cases = {"arrivals": "1h", "attributes": {"kind": {"a": "70%", "b": "40%"}}}
    found = only(drawn(cases=cases))
    assert (found.code, found.path) == ("BP342", ("cases", "attributes", "kind"))
    assert (found.what, found.hint) == ("the shares of kind add up to 110 %", "They must make 100 %: 10 % is too much.")
    cases = {"arrivals": "1h", "attributes": {"kind": {"a": "0%", "b": "0%"}}}
    assert said(drawn(cases=cases)) == [
        ("BP342", "cases.attributes.kind"),
        ("BP334", "cases.attributes.kind.a"),
        ("BP334", "cases.attributes.kind.b"),
    ]


def test_what_only_warns() -> None:
    """A share of zero, a condition that never holds and a missing else do not forbid a run; the rest does."""
    warnings = {code for _, code, *_ in SLIPS.values() if CODES[code][0] == "warning"}
    assert warnings == {"BP248", "BP249", "BP334"}
