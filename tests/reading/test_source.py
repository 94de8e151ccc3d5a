"""YAML that remembers its lines: values by the core rules, places of every value, and each slip at its column."""

import json
import math
import os
import socket
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bpsim.errors import CODES, ModelError, Problem
from bpsim.reading import compose
from bpsim.reading.source import Source, lift_evidence, parse_source, read_source


@pytest.fixture(params=["CBaseLoader", "BaseLoader"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's parsers: the fast one in C, and the one in Python for where there is none."""
    monkeypatch.setattr(compose, "_LOADER", getattr(yaml, request.param))


def problems_of(text: str) -> list[str]:
    """Read a text that has problems and give them as lines without the file's name."""
    with pytest.raises(ModelError) as caught:
        parse_source(text, "f")
    return [str(problem).removeprefix("f:") for problem in caught.value.problems]


# Values


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nUll", "nUll"),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("off", "off"),
        ("y", "y"),
        ("010", 10),
        ("-7", -7),
        ("+3", 3),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("1,5", "1,5"),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5E-2", -0.015),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("inf", "inf"),
        ("nan", "nan"),
        ("10:30", "10:30"),
        ("9:00", "9:00"),
        ("190:20:30", "190:20:30"),
        ("2025-01-06", "2025-01-06"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int 12", 12),
        ("!!float 12", 12.0),
        ("!!null ''", None),
        ("!!bool 'true'", True),
        ("=", "="),
        ("<<", "<<"),
        ("٣", "٣"),
        ("9" * 100, int("9" * 100)),
        ("|\n  two\n  lines", "two\nlines\n"),
        (">\n  two\n  lines\n", "two lines\n"),
        ("<= 20 days", "<= 20 days"),
        ("triangular(1h, 4h, 1d)", "triangular(1h, 4h, 1d)"),
        ("!!map {b: !!seq [1]}", {"b": [1]}),
        ("citizen's desk", "citizen's desk"),
        ("[citizen's desk, client's desk]", ["citizen's desk", "client's desk"]),
        ('[12" pipe, 14" pipe]', ['12" pipe', '14" pipe']),
        ("[f(x), g(y)]", ["f(x)", "g(y)"]),
        ("[f(x, y: 1]", ["f(x", {"y": 1}]),
        ("[f(x, [y]]", ["f(x", ["y"]]),
        ("[f(x, y]", ["f(x", "y"]),
        ("{b: , c: [1]}", {"b": None, "c": [1]}),
        ("{b, c: [1], d}", {"b": None, "c": [1], "d": None}),
        ("{b, 'c'}", {"b": None, "c": None}),
        ("[{to: x, when: y}]", [{"to": "x", "when": "y"}]),
    ],
)
def test_core_values(written: str, value: object) -> None:
    """A value is read by the core rules of YAML 1.2, and by nothing more."""
    found = parse_source(f"a: {written}\n", "f").data["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.usefixtures("loader")
def test_not_a_number() -> None:
    """`.nan` is a number that equals nothing."""
    assert math.isnan(parse_source("a: .nan", "f").data["a"])


@pytest.mark.usefixtures("loader")
def test_keys_are_text() -> None:
    """A key stays the text that it is, whatever it looks like."""
    text = "1: a\ntrue: b\nno: c\n~: d\n10:30: e\n'<<': f\n2025-01-06: g\n&x 010: h\n!!int 7: i\n"
    assert parse_source(text, "f").data == {
        "1": "a",
        "true": "b",
        "no": "c",
        "~": "d",
        "10:30": "e",
        "<<": "f",
        "2025-01-06": "g",
        "010": "h",
        "7": "i",
    }


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_mark(end: str) -> None:
    """Line ends of any system and a byte order mark change neither values nor places."""
    source = parse_source("\ufeffa: 1\n\nb:\n  c: d\n".replace("\n", end), "f")
    assert source.data == {"a": 1, "b": {"c": "d"}}
    assert source.place(("a",)) == (1, 4)
    assert source.place(("b", "c")) == (4, 6)


@pytest.mark.usefixtures("loader")
def test_json() -> None:
    """JSON is read too, even when tabs indent it."""
    source = parse_source('{\n\t"a": 1.5,\n\t"b": [\n\t\ttrue, null, "x\\u00e9\\n"\n\t]\n}\n', "f")
    assert source.data == {"a": 1.5, "b": [True, None, "xé\n"]}
    assert source.place(("b", 2)) == (4, 15)


@pytest.mark.usefixtures("loader")
def test_comments_directive_and_document_marks() -> None:
    """One document may carry its marks and a directive; version 1.1 does not bring 1.1's values back."""
    assert parse_source("%YAML 1.1\n---\n# x\na: no # y\n...\n", "f").data == {"a": "no"}


@pytest.mark.usefixtures("loader")
def test_aliases_are_copies() -> None:
    """An alias is its anchor's value, placed where that was written, and may be changed alone."""
    source = parse_source("a: &hours\n  mon: 9\nb: *hours\nc: &x 5\nd: [*x]\n", "f")
    assert source.data == {"a": {"mon": 9}, "b": {"mon": 9}, "c": 5, "d": [5]}
    assert source.data["a"] is not source.data["b"]
    assert source.place(("b", "mon")) == (2, 8)
    assert source.place(("b",), key=True) == (3, 1)
    assert source.place(("c",)) == (4, 7)
    assert source.raw(("d", 0)) == "5"


# Places

PLACES = """\
# a comment
flow:
  register:
    title: "Register the \\"case\\" é"
    duration: triangular(5min, 10min, 30min)
    next: [check, 'it''s', "b"]
    nothing:
  check: {performer: desk.clerk, "next": end}
many: a text
  on three
  lines
list:
- one
- two: 2
block: |
  first
😀: {é: 😀, z: 1}
"""


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("path", "options", "place"),
    [
        ((), {}, (2, 1)),
        (("flow",), {"key": True}, (2, 1)),
        (("flow",), {}, (3, 3)),
        (("flow", "register", "duration"), {}, (5, 15)),
        (("flow", "register", "duration"), {"key": True}, (5, 5)),
        (("flow", "register", "duration"), {"offset": 11}, (5, 26)),
        (("flow", "register", "duration"), {"offset": 99}, (5, 45)),
        (("flow", "register", "title"), {}, (4, 12)),
        (("flow", "register", "title"), {"offset": 0}, (4, 12)),
        (("flow", "register", "title"), {"offset": 1}, (4, 14)),
        (("flow", "register", "title"), {"offset": 13}, (4, 26)),
        (("flow", "register", "title"), {"offset": 14}, (4, 28)),
        (("flow", "register", "next"), {}, (6, 11)),
        (("flow", "register", "next", 1), {}, (6, 19)),
        (("flow", "register", "next", 1), {"offset": 3}, (6, 24)),
        (("flow", "register", "next", 2), {"key": True}, (6, 28)),
        (("flow", "register", "next", 3), {}, (6, 5)),
        (("flow", "register", "next", -1), {}, (6, 5)),
        (("flow", "register", "next"), {"offset": 2}, (6, 11)),
        (("flow", "register", "nothing"), {}, (7, 5)),
        (("flow", "register", "missing"), {}, (3, 3)),
        (("flow", "register", "missing", "deeper"), {"key": True}, (3, 3)),
        (("flow", "register", "title", "deeper"), {}, (4, 5)),
        (("flow", "check", "next"), {"key": True}, (8, 34)),
        (("flow", "check", "performer"), {}, (8, 22)),
        (("missing",), {}, (2, 1)),
        (("many",), {"offset": 7}, (10, 3)),
        (("many",), {"offset": 17}, (11, 4)),
        (("list", 0), {}, (13, 3)),
        (("list", 1), {}, (14, 3)),
        (("list", 1, "two"), {}, (14, 8)),
        (("list", 2), {}, (12, 1)),
        (("block",), {}, (15, 8)),
        (("block",), {"offset": 3}, (15, 8)),
        (("😀", "é"), {}, (17, 8)),
        (("😀", "z"), {}, (17, 14)),
    ],
)
def test_places(path: tuple[str | int, ...], options: dict[str, int], place: tuple[int, int]) -> None:
    """Values, keys and the characters of a text stand where they were written; what is missing, at its ancestor."""
    assert parse_source(PLACES, "f").place(path, **options) == place


@pytest.mark.usefixtures("loader")
def test_raw_and_has() -> None:
    """The writing itself can be had back; a key without a value is there, a missing one is not."""
    source = parse_source(PLACES, "f")
    assert source.raw(("flow", "register", "title")) == '"Register the \\"case\\" é"'
    assert source.raw(("flow", "register", "next")) == "[check, 'it''s', \"b\"]"
    assert source.raw(("flow", "register", "nothing")) == ""
    assert source.raw(("flow", "register", "missing")) == ""
    assert source.has(("flow", "register", "nothing"))
    assert not source.has(("flow", "register", "missing"))
    assert not source.has(("list", 2))
    assert source.file == "f"
    assert source.text == PLACES


# Slips

QUOTED = "Quote the whole text; a quote inside single quotes is written twice ('')."
COLUMN = "Lines that belong together begin in the same column."
TABS = "YAML wants spaces; let the editor replace each tab by two."
SLIPS = [
    ("", "1:1: BP001 error: the file is empty: nothing to simulate. Start from `bpsim new`."),
    ("# only\n", "1:1: BP001 error: the file is empty: nothing to simulate. Start from `bpsim new`."),
    ("~", "1:1: BP001 error: the file is empty: nothing to simulate. Start from `bpsim new`."),
    (
        "a: *b\n",
        "1:4: BP008 error: a: no '&b' stands above this '*b'. Quote a text that begins with '*'.",
    ),
    (
        "a:\n  b: &c [1, *c]\n",
        "2:13: BP007 error: a.b.1: '*c' stands inside its own '&c'. A value cannot hold itself.",
    ),
    (
        "a: 1\nb: x\u202ey\n",
        "2:5: BP009 error: the character U+202E is not allowed. It cannot be seen where it stands: delete it.",
    ),
    (
        'a: 1\nb: "x\\0y"\n',
        "2:4: BP009 error: the character U+0000 is not allowed. It cannot be seen where it stands: delete it.",
    ),
    ("a:\n\tb: 1\n", f"2:1: BP010 error: a tab in the indentation. {TABS}"),
    ("a:\n  b: 1\n\tc: 2\n", f"3:1: BP010 error: a tab in the indentation. {TABS}"),
    ("a:\n  b: x\n  \tc: 2\n", f"3:3: BP010 error: a tab in the indentation. {TABS}"),
    ('a: 1\nb: "x\nc: 2\n', '2:4: BP011 error: the quote " is never closed. Close it on the same line.'),
    (
        'title: "Register\nperformer: "desk"\n',
        '1:8: BP011 error: the quote " is closed only on line 2. Close it on the same line.',
    ),
    (
        "flow:\n  a: {next: b, when: 'x}\n  c: d\n  e: 'f'\n",
        "2:22: BP011 error: the quote ' is closed only on line 4. Close it on the same line.",
    ),
    ("next: [a, b\nflow: 1\n", "1:7: BP012 error: the bracket '[' is never closed. Add ']'."),
    ("a:\n  b: {c: 1, d: 2\n  e: [1]\n", "2:6: BP012 error: the bracket '{' is never closed. Add '}'."),
    ("a: [1, {b: 2]\nc: 1\n", "1:8: BP012 error: the bracket '{' is never closed. Add '}'."),
    ('a: ["]", # ]\n  b\nc: 1\n', "1:4: BP012 error: the bracket '[' is never closed. Add ']'."),
    (
        "a: {b: 1}}\n",
        "1:10: BP012 error: the bracket '}' closes nothing. Remove it, or quote the text it is part of.",
    ),
    (
        "a:\n  b: 1\n  c: 2\n  b: 3\n",
        "4:3: BP013 error: a.b: the key is written twice. It stands first on line 2: keep one of the two.",
    ),
    (
        "- a\n",
        "1:1: BP014 error: the file holds a list, not a mapping. Begin with 'process: NAME' or 'scenario: NAME'.",
    ),
    (
        "\nwords\n",
        (
            "2:1: BP014 error: the file holds a single value, not a mapping. "
            "Begin with 'process: NAME' or 'scenario: NAME'."
        ),
    ),
    (
        "a: 1\n---\nb: 1\n",
        "2:1: BP015 error: a second document begins here. Remove the '---', or make two files of it.",
    ),
    (
        "a: !!python/object/apply:os.system [x]\n",
        (
            "1:4: BP016 error: a: the tag !!python/object/apply:os.system is not read here. "
            "Remove it; quote a text that begins with '!'."
        ),
    ),
    (
        "a: [!!int x]\n",
        "1:5: BP016 error: a.0: the tag !!int is not read here. Remove it; quote a text that begins with '!'.",
    ),
    ("a: !x!y 3\n", "1:4: BP016 error: a tag that YAML does not know. Quote a text that begins with '!'."),
    (
        "a: &a {b: 1}\nc:\n  <<: *a\n",
        (
            "3:3: BP017 error: c.<<: YAML's merge key is not read. "
            "Write the keys out, or give the whole value by an alias."
        ),
    ),
    (
        "a: " + "9" * 5000,
        "1:4: BP018 error: a: this number is too long or too large. Quote it if it is a name.",
    ),
    ("a: 1e999", "1:4: BP018 error: a: this number is too long or too large. Quote it if it is a name."),
    (
        "a: {{x}}\n",
        "1:5: BP019 error: a: this cannot be a key. A key is a name; quote a text that begins with '{'.",
    ),
    (
        "a: &b 1\n*b : 2\n",
        "2:1: BP019 error: this cannot be a key. A key is a name; quote a text that begins with '{'.",
    ),
    (
        "'': 2\n",
        "1:1: BP019 error: this cannot be a key. A key is a name; quote a text that begins with '{'.",
    ),
    (
        "transfers:\n  default: {delay: triangular(1h, 4h, 1d), calendar: office}\n",
        (
            "2:20: BP020 error: transfers.default.delay: inside {...} a text with a comma needs quotes; "
            "only 'triangular(1h' is read. Put it in quotes: \"triangular(1h, 4h, 1d)\"."
        ),
    ),
    (
        "a: {d: lognormal(mean=2d, sd=1d)}\n",
        (
            "1:8: BP020 error: a.d: inside {...} a text with a comma needs quotes; "
            "only 'lognormal(mean=2d' is read. Put it in quotes: \"lognormal(mean=2d, sd=1d)\"."
        ),
    ),
    (
        "a: [4h, triangular(1h,\n  4h, 1d), 5h]\n",
        (
            "1:9: BP020 error: a.1: inside [...] a text with a comma needs quotes; "
            "only 'triangular(1h' is read. Put it in quotes: \"triangular(1h, 4h, 1d)\"."
        ),
    ),
    (
        'a: {when: kind == "a, b"}\n',
        (
            "1:11: BP020 error: a.when: inside {...} a text with a comma needs quotes; "
            "only 'kind == \"a' is read. Put it in quotes: 'kind == \"a, b\"'."
        ),
    ),
    (
        "c: {mon: 8:30-12:30, 13:30-17:30, sat: 9:00-12:00}\n",
        (
            "1:10: BP020 error: c.mon: inside {...} a text with a comma needs quotes; "
            "only '8:30-12:30' is read. "
            'Put it in quotes: "8:30-12:30, 13:30-17:30", or, if it is a list, in brackets: [8:30-12:30, 13:30-17:30].'
        ),
    ),
    (
        'a: {when: kind in ["a", "b"], next: c}\n',
        (
            "1:11: BP020 error: a.when: inside {...} and [...] a '[' ends the text before it. "
            'Put it in quotes: \'kind in ["a", "b"]\'.'
        ),
    ),
    (
        "a: {d: empirical([1h, 2h], weights=[1, 2])}\n",
        (
            "1:8: BP020 error: a.d: inside {...} and [...] a '[' ends the text before it. "
            'Put it in quotes: "empirical([1h, 2h], weights=[1, 2])".'
        ),
    ),
    (
        "a: {d: x [1,\n 2]}\n",
        "1:8: BP020 error: a.d: inside {...} and [...] a '[' ends the text before it. Put the whole text in quotes.",
    ),
    (
        "targets:\n  on_time: >= 95%   # most\n",
        "2:12: BP021 error: targets.on_time: a text that begins with '>' needs quotes. Put it in quotes: \">= 95%\".",
    ),
    ("a: >5\nb: 1\n", "1:4: BP021 error: a: a text that begins with '>' needs quotes. Put it in quotes: \">5\"."),
    (
        "a: {b: >= 95%, c: 1}\n",
        "1:8: BP021 error: a.b: a text that begins with '>' needs quotes. Put it in quotes: \">= 95%\".",
    ),
    (
        "title: Step 2: check\n",
        "1:14: BP022 error: title: a second ': ' in one line. Put it in quotes: \"Step 2: check\".",
    ),
    ('a: "x" y\n', f"1:8: BP022 error: a: text after the closing quote: y. {QUOTED}"),
    ("a: 'don't'\n", f"1:9: BP022 error: a: text after the closing quote: t'. {QUOTED}"),
    (
        "a: {t: b: c}\n",
        (
            "1:9: BP022 error: a.t: expected ',' or '}' here. "
            "Separate what stands in brackets by commas; a text with ': ' in it needs quotes."
        ),
    ),
    (
        "a: 1\n  b: 2\n",
        (
            "2:3: BP023 error: 'b:' is indented deeper than the lines above allow. "
            "Lines of one mapping begin in the same column; what stands under a key is indented below 'key:' alone."
        ),
    ),
    (
        "x: 1\na:\n   b: 1\n  c: 2\n",
        f"4:3: BP023 error: a line that has no place in the mapping that begins on line 1. {COLUMN}",
    ),
    ("- a\nb: 1\n", f"2:1: BP023 error: a line that has no place in the list that begins on line 1. {COLUMN}"),
    ("  a: 1\nb: 2\n", f"2:1: BP023 error: a line that has no place here. {COLUMN}"),
    (
        "a: - b\n",
        "1:4: BP023 error: '- ' cannot stand here. Begin the list on a line of its own, or quote the text.",
    ),
    ("a:1\nb: 2\n", "1:1: BP024 error: no space after the ':' in 'a:1'. Write 'a: 1'."),
    ("b: 2\na:1\n", "2:1: BP024 error: no space after the ':' in 'a:1'. Write 'a: 1'."),
    ("a: 1\nregister\nb: 2\n", "2:1: BP024 error: no ':' after 'register'. Every line of a mapping is 'key: value'."),
    (
        "a:\n  register\n  next: x\n",
        "2:3: BP024 error: no ':' after 'register'. Every line of a mapping is 'key: value'.",
    ),
    ("a: @x # y\n", "1:4: BP025 error: a: a text cannot begin with '@'. Put it in quotes: \"@x\"."),
    ("a: [b, %5]\n", "1:8: BP025 error: a.1: a text cannot begin with '%'. Put it in quotes: \"%5\"."),
    ("a: [b, , c]\n", "1:8: BP028 error: a value is missing before ','. Write it, or remove the comma."),
    ("a: [\n- b]\n", "2:1: BP028 error: a value is missing before '-'. Write it, or remove the comma."),
    ("a: {b: 1}: c\n", "1:10: BP022 error: a second ': ' in one line. Put the text in quotes."),
    (
        "a: &b *b\n",
        "1:7: BP026 error: '*b' has no place here. Quote a text that has signs of YAML in it.",
    ),
    ("'a' b: 1\n", "1:5: BP026 error: 'b: 1' has no place here. Quote a text that has signs of YAML in it."),
    ("*a", "1:1: BP008 error: no '&a' stands above this '*a'. Quote a text that begins with '*'."),
    ("a: * 3\n", "1:4: BP025 error: a: a text cannot begin with '*'. Put it in quotes: \"* 3\"."),
    ("a: ,b\n", "1:4: BP025 error: a: a value cannot begin with ','. Put it in quotes."),
    ("%YAML 2.0\n---\na: 1\n", "1:1: BP025 error: a line cannot begin with '%'. Remove it, or quote the text."),
    (
        'a: "C:\\dir"\n',
        (
            "1:7: BP027 error: a: unknown escape \\d. "
            r"Inside double quotes a backslash begins an escape; write \\ for itself, or use single quotes."
        ),
    ),
    (
        "a: [{b: 1} {c: 2}]\n",
        (
            "1:12: BP028 error: expected ',' or ']' here. "
            "Separate what stands in brackets by commas; a text with ': ' in it needs quotes."
        ),
    ),
]


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(("text", "line"), SLIPS)
def test_slips(text: str, line: str) -> None:
    """Each slip is one problem, at the line and column where the pen slipped, with the way out."""
    assert problems_of(text) == [line]


def test_every_problem_at_once() -> None:
    """Problems that leave the rest readable come together, in the order of their places."""
    text = "a: !x 1\nb: {c:1, d: f(1, 2)}\na: 2\n<<: 3\ne: *f\n"
    assert [line.split(" ")[:2] for line in problems_of(text)] == [
        ["1:4:", "BP016"],
        ["2:5:", "BP024"],
        ["2:13:", "BP020"],
        ["3:1:", "BP013"],
        ["4:1:", "BP017"],
        ["5:4:", "BP008"],
    ]


def test_mended_source() -> None:
    """A caller that collects problems goes on with what was meant."""
    problems: list[Problem] = []
    text = "a: {d: triangular(1h, 4h, 1d), days:3}\nb: 1\nb: 2\n[x]: 3\nc: [f(1, 2), g, h(3, 4)]\n"
    source = parse_source(text, "f", problems=problems)
    assert source.data == {"a": {"d": "triangular(1h, 4h, 1d)", "days": "3"}, "b": 1, "c": ["f(1, 2)", "g", "h(3, 4)"]}
    assert [problem.code for problem in problems] == ["BP020", "BP024", "BP013", "BP019", "BP020", "BP020"]
    assert source.place(("a", "d"), offset=16) == (1, 24)
    assert source.place(("a", "days")) == (1, 37)
    with pytest.raises(ModelError, match="BP011"):
        parse_source("a: 'x", "f", problems=problems)


# Limits


@pytest.mark.usefixtures("loader")
def test_nesting_limit() -> None:
    """A hundred levels are read, one more is refused, twenty thousand are refused as fast."""
    assert parse_source("a: " + "[" * 99 + "]" * 99, "f").data["a"]
    for depth in (100, 20_000):
        assert problems_of("a: " + "[" * depth) == ["1:103: BP004 limit: more than 100 levels, one inside the other"]
    block = "".join(" " * level + "a:\n" for level in range(120))
    assert problems_of(block) == ["101:101: BP004 limit: more than 100 levels, one inside the other"]


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("before", "place"),
    [("", "1:101"), ("a:\n  - ", "2:103"), ("a: '[' # [\nb: []\nc: ", "3:103"), ("a: [{x: ", "1:106")],
)
def test_deep_nesting_from_anywhere(before: str, place: str) -> None:
    """The level that is too much is found behind other brackets, quotes and comments."""
    expected = [f"{place}: BP004 limit: more than 100 levels, one inside the other"]
    assert problems_of(before + "[" * 20_000) == expected


def test_nesting_by_aliases() -> None:
    """Aliases cannot pile up levels either."""
    text = "a: &a " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*a" + "]" * 60
    assert problems_of(text) == ["2:64: BP004 limit: more than 100 levels, one inside the other"]


@pytest.mark.usefixtures("loader")
def test_alias_bomb() -> None:
    """Nine levels of nine aliases are stopped before they become 400 million values."""
    text = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    # sizes: a 10, b 91, c 820, d 7381; copies: 9 * (10 + 91 + 820) = 8289, then 7381 each: the second is too much
    hint = "Write it out, or use fewer aliases."
    assert problems_of(text) == [f"5:12: BP006 limit: the aliases expand to more than 20,000 values. {hint}"]


def test_number_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of more values than any process has is refused."""
    monkeypatch.setattr(compose, "MAX_VALUES", 5)
    assert parse_source("a: 1\nb: 2\n", "f").data == {"a": 1, "b": 2}
    assert problems_of("a: 1\nb: 2\nc: 3\n") == ["3:4: BP005 limit: more than 5 values in one file"]


def test_many_forbidden_characters() -> None:
    """At most a hundred of them are listed."""
    assert len(problems_of("a: " + "\0" * 1000)) == 100


# Files


def read_problem(path: Path) -> str:
    """Read a file that has one problem and give it without the folder."""
    with pytest.raises(ModelError) as caught:
        read_source(path)
    (problem,) = caught.value.problems
    return str(problem).removeprefix(str(path.parent) + os.sep)


def test_file(tmp_path: Path) -> None:
    """A file is read by its path, given as text or Path."""
    path = tmp_path / "permit é.yaml"
    path.write_text("a: é\n", encoding="utf-8-sig")
    assert read_source(path).data == read_source(str(path)).data == {"a": "é"}
    assert read_source(path).file == str(path)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there has its own code, whatever the reason."""
    (tmp_path / "file").touch()
    for path in (tmp_path / "none.yaml", tmp_path / "nu\0l", tmp_path / "file" / "below"):
        assert read_problem(path).endswith(": BP801 error: there is no such file")


def test_folder(tmp_path: Path) -> None:
    """A folder is not a file."""
    (tmp_path / "dir").mkdir()
    assert read_problem(tmp_path / "dir") == "dir: BP802 error: this is a folder. Name the YAML file in it."


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the user may not read has its own code."""

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("builtins.open", refuse)
    assert read_problem(tmp_path / "x") == "x: BP803 error: no permission to read this file"


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other failure of the system is told in its own words."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        text = read_problem(tmp_path / "s")
    assert text.startswith("s: BP804 error: this file cannot be read (")


def test_large_file(tmp_path: Path) -> None:
    """Two megabytes are read, one byte more is not."""
    path = tmp_path / "x"
    path.write_bytes(b"a: 1\n#" + b" " * (2_000_000 - 6))
    assert read_source(path).data == {"a": 1}
    path.write_bytes(b"a: 1\n#" + b" " * (2_000_000 - 5))
    assert read_problem(path).startswith("x:1:1: BP003 limit: the file is larger than 2 MB. ")


@pytest.mark.parametrize(
    ("content", "place", "name"),
    [
        ("a: é".encode("utf-16"), "1:1", "UTF-16"),
        ("a: é".encode("utf-16-be"), "1:1", "UTF-16"),
        ("a: é".encode("utf-32"), "1:1", "UTF-32"),
        ("a: 1\r\nb: Проверка заявления\n".encode("cp1251"), "2:4", "Windows-1251"),
        ("a: 1\rb: ж\n".encode("cp1251"), "2:4", "Windows-1252"),
        ("a: 1\nbé: café déjà\n".encode("cp1252"), "2:2", "Windows-1252"),
        ("é: ".encode() + b"\xff", "1:4", "Windows-1252"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, place: str, name: str) -> None:
    """A file in another encoding is placed at its first strange byte, and the encoding is guessed."""
    path = tmp_path / "x"
    path.write_bytes(content)
    message = f"x:{place}: BP002 error: the file is not UTF-8 but, it seems, {name}. Save it as UTF-8."
    assert read_problem(path) == message


# Evidence

EVIDENCE = """\
flow:
  review:
    duration:
      value: 20min
      evidence: {grade: log, source: "register"}
    share: {value: 30%, evidence: {grade: assumption}}
    scaled:
      value: {value: 5, factor: 2}
      evidence: {grade: published}
    factored: {value: 90min, factor: 1.5, evidence: {grade: log}}
    next: [{to: a, p: {value: 0.5, evidence: {grade: log}}}]
  lead_time.p90: 3
changes:
- {id: R3, evidence: {grade: assumption}}
evidence:
  flow.review.next.0.to: {grade: log}
  flow.lead_time.p90: {grade: published}
"""


@pytest.mark.usefixtures("loader")
def test_lifted_evidence() -> None:
    """Numbers lose their evidence, which is kept by the path of the number."""
    data, evidence = lift_evidence(parse_source(EVIDENCE, "f"))
    assert data == {
        "flow": {
            "review": {
                "duration": "20min",
                "share": "30%",
                "scaled": {"value": 5, "factor": 2},
                "factored": {"value": "90min", "factor": 1.5},
                "next": [{"to": "a", "p": 0.5}],
            },
            "lead_time.p90": 3,
        },
        "changes": [{"id": "R3", "evidence": {"grade": "assumption"}}],
    }
    assert evidence == {
        ("flow", "review", "duration"): {"grade": "log", "source": "register"},
        ("flow", "review", "share"): {"grade": "assumption"},
        ("flow", "review", "scaled"): {"grade": "published"},
        ("flow", "review", "factored"): {"grade": "log"},
        ("flow", "review", "next", 0, "p"): {"grade": "log"},
        ("flow", "review", "next", 0, "to"): {"grade": "log"},
        ("flow", "lead_time.p90"): {"grade": "published"},
    }


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("flow", "review", "duration"), (4, 14)),
        (("flow", "review", "duration", "value"), (4, 14)),
        (("flow", "review", "duration", "evidence", "source"), (5, 38)),
        (("flow", "review", "share"), (6, 20)),
        (("flow", "review", "share", "evidence"), (6, 35)),
        (("flow", "review", "scaled", "value"), (8, 22)),
        (("flow", "review", "scaled", "factor"), (8, 33)),
        (("flow", "review", "scaled", "evidence", "grade"), (9, 25)),
        (("flow", "review", "factored", "value"), (10, 23)),
        (("flow", "review", "factored", "evidence", "grade"), (10, 61)),
        (("flow", "review", "next", 0, "p"), (11, 31)),
        (("flow", "review", "next", 0, "to", "evidence", "grade"), (16, 34)),
        (("flow", "lead_time.p90", "evidence"), (17, 23)),
        (("changes", 0, "evidence", "grade"), (14, 30)),
        (("changes", 0, "id", "evidence", "grade"), (14, 4)),
        (("evidence", "flow.lead_time.p90", "grade"), (17, 31)),
    ],
)
def test_places_of_lifted_values(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    """After the lifting a path leads to the inner value, and to its evidence wherever that stands."""
    assert parse_source(EVIDENCE, "f").place(path) == place


def test_evidence_problems() -> None:
    """A side table that names nothing, or says again what is said beside the number, is refused."""
    text = (
        "a: [1, 2]\nb: {value: 1, evidence: {grade: log}}\n"
        "evidence: {a.2: x, a.x: x, c: x, a.0.d: x, b: x, a.1: x, a.²: x}\n"
    )
    with pytest.raises(ModelError) as caught:
        lift_evidence(parse_source(text, "f"))
    nowhere = "nothing is written at this path"
    lines = [
        f"f:3:12: BP029 error: evidence.a.2: {nowhere}",
        f"f:3:20: BP029 error: evidence.a.x: {nowhere}",
        f"f:3:28: BP029 error: evidence.c: {nowhere}",
        f"f:3:34: BP029 error: evidence.a.0.d: {nowhere}",
        "f:3:44: BP030 error: evidence.b: evidence given twice. It has its own on line 2: keep one of the two.",
        f"f:3:58: BP029 error: evidence.a.²: {nowhere}",
    ]
    assert [str(problem) for problem in caught.value.problems] == lines
    problems: list[Problem] = []
    data, evidence = lift_evidence(parse_source(text, "f"), problems=problems)
    assert [str(problem) for problem in problems] == lines
    assert data == {"a": [1, 2], "b": 1}
    assert evidence == {("b",): {"grade": "log"}, ("a", 1): "x"}


def test_evidence_that_is_no_table() -> None:
    """Evidence of a wrong shape stays in the data, for the check of the shape to find."""
    assert lift_evidence(parse_source("a: 1\nevidence: yes\n", "f")) == ({"a": 1, "evidence": "yes"}, {})


# Laws

PIECES = st.sampled_from(
    [
        *"\n\n\n   ::--[]{},,'\"#&*!|>@%`?\t\\()~.0a1é😀",
        "a: ",
        "- ",
        "\n  ",
        "key",
        ": [",
        "}",
        "f(x, y)",
        "<<: ",
        "*a",
        "&a ",
        "\r",
    ]
)


def every_path(data: object, above: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], object]]:
    """List every path of the data with its value."""
    pairs = enumerate(data) if isinstance(data, list) else data.items() if isinstance(data, dict) else ()
    return [(above, data), *(found for key, value in pairs for found in every_path(value, (*above, key)))]


def inside(source: Source, place: tuple[int, int]) -> bool:
    """Whether a place is in the text, or directly at its end."""
    lines = source.text.split("\n")
    return 1 <= place[0] <= len(lines) and 1 <= place[1] <= len(lines[place[0] - 1]) + 1


@pytest.mark.parametrize("loader_name", ["CBaseLoader", "BaseLoader"])
@settings(max_examples=300)
@given(st.lists(PIECES, max_size=40).map("".join) | st.lists(PIECES, max_size=6).map("a: ".join) | st.text(max_size=40))
def test_only_problems_escape(loader_name: str, text: str) -> None:
    """Whatever is written, it is either read, with every place inside the text, or refused with placed problems."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compose, "_LOADER", getattr(yaml, loader_name))
        check_reading(text)


def check_reading(text: str) -> None:
    """Read a text and look at every place that is known of it."""
    try:
        source = parse_source(text, "f")
    except ModelError as error:
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for problem in error.problems:
            assert problem.severity == CODES[problem.code][0]
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        return
    data, _ = lift_evidence(source, problems=[])
    for path, _ in every_path(source.data) + every_path(data):
        assert inside(source, source.place(path))
        assert inside(source, source.place(path, key=True))
        assert inside(source, source.place(path, offset=3))


@given(st.binary(max_size=60))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Any bytes are a file that is read or refused with problems."""
    path = tmp_path_factory.getbasetemp() / "bytes"
    path.write_bytes(content)
    try:
        assert isinstance(read_source(path).data, dict)
    except ModelError as error:
        lines = [str(problem) for problem in error.problems]
        assert lines


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=8)
)
NAMES = st.text("abcxyz_-.é 019", min_size=1, max_size=5).filter(str.strip)


@given(
    st.dictionaries(
        NAMES, st.recursive(SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(NAMES, v, max_size=4))
    )
)
def test_json_round_trip(data: dict[str, object]) -> None:
    """What JSON writes is read back equal, and every text stands where its place says."""
    if not data:
        return
    text = json.dumps(data, indent=1, ensure_ascii=False)
    source = parse_source(text, "f")
    assert json.dumps(source.data) == json.dumps(data)
    for path, value in every_path(data):
        if isinstance(value, str):
            assert source.raw(path) == json.dumps(value, ensure_ascii=False)
