"""The nodes of a YAML file: what each stretch of the text holds, and every slip in writing it.

Built from the parser's events, so that nothing is lost: places, repeated keys, what stands between two commas.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import yaml

from bpsim.errors import CODES, Problem
from bpsim.reading.syntax import Scalar, Slip, colon_without_space, explain, needs_quotes, opening

MAX_DEPTH = 100
MAX_VALUES = 200_000
MAX_ALIASED = 20_000
MAX_DIGITS = 100

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_CORE = "tag:yaml.org,2002:"
_KINDS = {"null": type(None), "bool": bool, "int": int, "float": float}
_NULL = re.compile(r"(?:null|Null|NULL|~|)")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", re.ASCII)
#: Characters that cannot be seen, or that change the order in which others are shown.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+|$))+")
_LEVELS = "levels, one inside the other"
_OF_THE_FILE = ("BP004", "BP005", "BP006", "BP009")
_OF_A_VALUE = ("BP020", "BP021", "BP022", "BP025", "BP027")


@dataclass(slots=True, eq=False)
class Node:
    """One value: the stretch `[start, end)` of the text, and what it holds.

    `value` is a plain value, a list of nodes, or a mapping of text to (key node, value node); `style` is the quote of
    a text, `|` or `>` for a block, nothing when plain, `[` or `{` for what stands in brackets, `?` for no key at all.
    """

    start: int
    end: int
    value: Any = None
    style: str = ""
    size: int = 1  # values, when every alias is written out
    height: int = 1  # levels below, itself included

    @property
    def is_plain(self) -> bool:
        """Whether this is a scalar without quotes, and not an empty one."""
        return not self.style and not isinstance(self.value, (list, dict)) and self.end > self.start


@dataclass(slots=True, eq=False)
class _Open:
    """A mapping or list whose end has not come yet."""

    node: Node
    is_mapping: bool
    items: list[Node] = field(default_factory=list)  # of a mapping: key, value, key, value

    @property
    def wants_key(self) -> bool:
        return self.is_mapping and len(self.items) % 2 == 0


class _StopReading(Exception):  # noqa: N818 - not an error: the problem is already noted
    """Nothing sensible can be read beyond this point."""


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Place, from 1, of a character of the text."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def dotted(path: Iterable[str | int]) -> str:
    """A path as problems show it: `flow.review.next.0`."""
    return ".".join(map(str, path))


def scalar_value(text: str) -> Any:  # noqa: ANN401 - text, number, bool or None
    """Read a plain scalar by the YAML 1.2 core rules. Raises OverflowError for a number out of bounds."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    is_int = _INT.fullmatch(text)
    if not is_int and not _FLOAT.fullmatch(text):
        return text
    if len(text) > MAX_DIGITS:
        raise OverflowError
    if is_int:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    number = float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if math.isinf(number) and "inf" not in text.lower():
        raise OverflowError
    return number


class Composer:
    """Builds the nodes of one file and notes its problems. Line ends are normal, no byte order mark."""

    def __init__(self, text: str, file: str) -> None:
        """Begin with nothing read."""
        self.text = text
        self.file = file
        self.problems: list[Problem] = []
        self._root: Node | None = None
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._last: Scalar | None = None
        self._documents = self._written = self._aliased = 0

    def compose(self) -> Node | None:
        """The root mapping, or None when the problems leave nothing to go on with."""
        for found in islice(_FORBIDDEN.finditer(self.text), 100):
            self._note_character(found[0], found.start())
        if self.problems:
            return None
        if not self._parse():
            return None
        if self._root is None or self._root.value is None:
            if not self.problems:
                self._note("BP001", 0, "the file is empty: nothing to simulate", "Start from `bpsim new`.")
            return None
        if not isinstance(self._root.value, dict):
            kind = "list" if isinstance(self._root.value, list) else "single value"
            hint = "Begin with 'process: NAME' or 'scenario: NAME'."
            self._note("BP014", self._root.start, f"the file holds a {kind}, not a mapping", hint)
            return None
        return self._root

    # What the parser says

    def _parse(self) -> bool:
        """Take every event; False when the rest of the text cannot be read."""
        try:
            for event in yaml.parse(_without_tabs(self.text), Loader=_LOADER):
                self._take(event)
        except _StopReading:
            return False
        except yaml.YAMLError as error:
            flows = tuple(opened.node.start for opened in self._open if opened.node.style in ("[", "{"))
            if "maximum nesting depth" in str(error):  # the parser in C looks far ahead, and has a limit of its own
                start = min(flows, default=self._last.end if self._last else 0)
                levels = MAX_DEPTH - len(self._open) + len(flows)
                self._note("BP004", opening(self.text, start, levels), f"more than {MAX_DEPTH} {_LEVELS}")
                return False
            self._note_slip(explain(error, self.text, flows, self._last))
            return False
        return True

    def _take(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's marks may be None for others than a parser
        kind = type(event)
        if kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                hint = "Remove the '---', or make two files of it."
                self._stop("BP015", event.start_mark.index, "a second document begins here", hint)
        elif kind is yaml.ScalarEvent:
            self._put(self._scalar(event), event.anchor)
        elif kind is yaml.AliasEvent:
            self._put(self._alias(event.anchor, event.start_mark.index, event.end_mark.index), None)
        elif kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
            self._begin(event, is_mapping=kind is yaml.MappingStartEvent)
        elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            self._end(event.end_mark.index)

    def _scalar(self, event: Any) -> Node:  # noqa: ANN401 - as above
        start, end, style = event.start_mark.index, event.end_mark.index, event.style or ""
        if event.anchor or event.tag:  # the mark stands before these
            properties = _PROPERTIES.match(self.text, start, end)
            start = properties.end() if properties else end
        node = Node(start, end, event.value, style)
        self._last = Scalar(start, end, plain=not style, block=style in ("|", ">"))
        if style in ("|", ">") and not event.value.strip() and self.text[start + 1 : start + 2].isdigit():
            written = self.text[start : self.text.find("\n", start)].rstrip()
            self._note("BP021", start, f"a text that begins with '{style}' needs quotes", needs_quotes(written))
        hidden = _FORBIDDEN.search(event.value)
        if hidden:
            self._note_character(hidden[0], start)
        if not (self._open and self._open[-1].wants_key):  # a key stays the text that it is
            node.value = self._typed(node, event.tag, event.start_mark.index)
        return node

    def _typed(self, node: Node, tag: str | None, tag_at: int) -> Any:  # noqa: ANN401 - text, number, bool or None
        text: str = node.value
        if tag in ("!", f"{_CORE}str") or (tag is None and node.style):
            return text
        try:
            value = scalar_value(text)
        except OverflowError:
            self._note("BP018", node.start, "this number is too long or too large", "Quote it if it is a name.")
            return 0
        kind = None if tag is None else _KINDS.get(tag.removeprefix(_CORE))
        if tag is None or type(value) is kind:
            return value
        if kind is float and type(value) is int:
            return float(value)
        self._note_tag(tag, tag_at)
        return text

    def _alias(self, name: str, start: int, end: int) -> Node:
        nothing = Node(start, end)
        if self._open and self._open[-1].wants_key:
            return Node(start, end, None, "?")
        if name not in self._anchors:
            hint = "Quote a text that begins with '*'."
            self._note("BP008", start, f"no '&{name}' stands above this '*{name}'", hint)
            return nothing
        meant = self._anchors[name]
        if any(opened.node is meant for opened in self._open):
            self._note("BP007", start, f"'*{name}' stands inside its own '&{name}'", "A value cannot hold itself.")
            return nothing
        self._aliased += meant.size
        if self._aliased > MAX_ALIASED:
            hint = "Write it out, or use fewer aliases."
            self._stop("BP006", start, f"the aliases expand to more than {MAX_ALIASED:,} values", hint)
        if len(self._open) + meant.height > MAX_DEPTH:
            self._stop("BP004", start, f"more than {MAX_DEPTH} {_LEVELS}")
        return meant

    def _begin(self, event: Any, *, is_mapping: bool) -> None:  # noqa: ANN401 - as above
        start = event.start_mark.index
        if event.anchor or event.tag:
            properties = _PROPERTIES.match(self.text, start)
            start = properties.end() if properties else start
        if len(self._open) >= MAX_DEPTH:
            self._stop("BP004", start, f"more than {MAX_DEPTH} {_LEVELS}")
        if event.tag not in (None, "!", f"{_CORE}map" if is_mapping else f"{_CORE}seq"):
            self._note_tag(event.tag, event.start_mark.index)
        node = Node(start, start, style=self.text[start : start + 1] if event.flow_style else "")
        if event.anchor:
            self._anchors[event.anchor] = node
        self._open.append(_Open(node, is_mapping))

    def _end(self, at: int) -> None:
        opened = self._open.pop()
        node = opened.node
        node.end = at
        node.size += sum(item.size for item in opened.items)
        node.height += max((item.height for item in opened.items), default=0)
        if opened.is_mapping:
            pairs = list(zip(opened.items[::2], opened.items[1::2], strict=True))
            node.value = self._mapping(self._whole_pairs(pairs) if node.style else pairs)
        else:
            node.value = self._whole_items(opened.items) if node.style else opened.items
        self._put(node, None)

    def _put(self, node: Node, anchor: str | None) -> None:
        """Set a finished value in its place."""
        if anchor:
            self._anchors[anchor] = node
        self._written += 1
        if self._written > MAX_VALUES:
            self._stop("BP005", node.start, f"more than {MAX_VALUES:,} values in one file")
        if not self._open:
            self._root = node
            return
        is_name = isinstance(node.value, str) and node.value.strip()
        if self._open[-1].wants_key and not is_name:
            hint = "A key is a name; quote a text that begins with '{'."
            self._note("BP019", node.start, "this cannot be a key", hint)
            node = Node(node.start, node.end, "", "?")
        self._open[-1].items.append(node)

    # What the writer meant

    def _mapping(self, pairs: list[tuple[Node, Node]]) -> dict[str, tuple[Node, Node]]:
        """Keys in their order; of a repeated key the first."""
        mapping: dict[str, tuple[Node, Node]] = {}
        for key, value in pairs:
            if key.value == "<<" and not key.style:
                hint = "Write the keys out, or give the whole value by an alias."
                self._note("BP017", key.start, "YAML's merge key is not read", hint, "<<")
            elif key.value in mapping:
                first = line_and_column(self.text, mapping[key.value][0].start)[0]
                hint = f"It stands first on line {first}: keep one of the two."
                self._note("BP013", key.start, "the key is written twice", hint, key.value)
            elif key.style != "?":
                mapping[key.value] = key, value
        return mapping

    def _whole_pairs(self, pairs: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
        """Mend `{delay: triangular(1h, 4h, 1d)}`, in which YAML sees three keys."""
        whole: list[tuple[Node, Node]] = []
        ends: dict[int, int] = {}
        for key, value in pairs:
            if ":" in self.text[key.end : max(key.end, value.start)] or value.end > value.start or key.style:
                whole.append((key, value))
                continue
            written = self.text[key.start : key.end]
            glued = colon_without_space(key.start, written)
            if glued:
                name, _, rest = written.partition(":")
                self._note(glued.code, glued.at, glued.what, glued.hint, name)
                whole.append((Node(key.start, key.end, name), Node(key.end - len(rest), key.end, rest)))
            elif whole and whole[-1][1].is_plain:
                ends[len(whole) - 1] = key.end
            else:
                whole.append((key, value))
        for place, end in ends.items():
            key, value = whole[place]
            whole[place] = key, self._joined(value, end, key.value)
        return whole

    def _whole_items(self, items: list[Node]) -> list[Node]:
        """Mend `[triangular(1h, 4h, 1d), 5h]`, in which YAML sees four items."""
        whole: list[Node] = []
        rest = iter(enumerate(items))
        for number, item in rest:
            if item.is_plain and _is_cut(self.text[item.start : item.end]):
                pieces = 0
                for piece in items[number + 1 :]:
                    pieces += 1
                    if not piece.is_plain or not _is_cut(self.text[item.start : piece.end]):
                        break
                last = items[number + pieces]
                if pieces and last.is_plain and not _is_cut(self.text[item.start : last.end]):
                    whole.append(self._joined(item, last.end, len(whole)))
                    next(islice(rest, pieces - 1, None), None)
                    continue
            whole.append(item)
        return whole

    def _joined(self, piece: Node, end: int, step: str | int) -> Node:
        read, written = self.text[piece.start : piece.end], re.sub(r"\s+", " ", self.text[piece.start : end])
        hint = needs_quotes(written)
        if not _is_cut(read):
            hint = f"{hint[:-1]}, or, if it is a list, in brackets: [{written}]."
        around = "{...}" if isinstance(step, str) else "[...]"
        what = f"inside {around} a text with a comma needs quotes; only '{read}' is read"
        self._note("BP020", piece.start, what, hint, step)
        return Node(piece.start, end, written)

    # Problems

    def _path(self, *, last: bool = False) -> tuple[str | int, ...]:
        """Where the reading stands: at what comes next, or at what was read last."""
        path: list[str | int] = []
        for opened in self._open:
            count = len(opened.items)
            if not opened.is_mapping:
                path.append(count - 1 if last and opened is self._open[-1] else count)
            elif not opened.wants_key:
                path.append(opened.items[-1].value)
            elif last and count:
                path.append(opened.items[-2].value)
        return tuple(path)

    def _note(self, code: str, at: int, what: str, hint: str = "", *steps: str | int) -> None:
        path = "" if code in _OF_THE_FILE else dotted((*self._path(), *steps))
        place = line_and_column(self.text, at)
        self.problems.append(Problem(self.file, *place, code, CODES[code][0], path, what, hint))

    def _stop(self, code: str, at: int, what: str, hint: str = "") -> None:
        self._note(code, at, what, hint)
        raise _StopReading

    def _note_tag(self, tag: str, at: int) -> None:
        shown = tag.replace(_CORE, "!!")
        hint = "Remove it; quote a text that begins with '!'."
        self._note("BP016", at, f"the tag {shown} is not read here", hint)

    def _note_character(self, character: str, at: int) -> None:
        what = f"the character U+{ord(character):04X} is not allowed"
        self._note("BP009", at, what, "It cannot be seen where it stands: delete it.")

    def _note_slip(self, slip: Slip) -> None:
        place = line_and_column(self.text, slip.at)
        adjacent = self._last is not None and not self.text[self._last.end : slip.at].strip(" ")
        path = dotted(self._path(last=adjacent)) if slip.code in _OF_A_VALUE else ""
        self.problems.append(Problem(self.file, *place, slip.code, CODES[slip.code][0], path, slip.what, slip.hint))


def _without_tabs(text: str) -> str:
    """JSON may be indented by tabs; elsewhere the parser shall complain of them."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    return re.sub(r"^[ \t]+", lambda found: " " * len(found[0]), text, flags=re.MULTILINE)


def _is_cut(written: str) -> bool:
    """Whether a text ends inside parentheses or double quotes."""
    bare = re.sub(r'"[^"]*"', "", written)
    return bare.count("(") > bare.count(")") or re.search(r'(?<!\w)"', bare) is not None
