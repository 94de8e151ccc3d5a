"""What a YAML parser's complaint means to the person who wrote the file: where the slip is, and the way out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, takewhile

import yaml

_CLOSING = {"[": "]", "{": "}"}
_BRACKETS = re.compile(r"""(?:(?<=[\s,:\[{])|^)(?:"(?:[^"\\]|\\.)*"|'[^']*'|\#.*)|[\[\]{}]""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip of the pen: its code, the character in the text where it stands, what it is and the way out."""

    code: str
    at: int
    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """A stretch of the text that was read as one value: `[start, end)`, whether plain (no quotes) or a block."""

    start: int
    end: int
    plain: bool
    block: bool = False


@dataclass(frozen=True, slots=True)
class Complaint:
    """Where the parser stopped (`at`), what it was doing since (`since`), and how far the text had been understood."""

    text: str
    at: int
    since: int
    doing: str
    problem: str
    flows: tuple[int, ...]
    last: Scalar | None

    @property
    def sign(self) -> str:
        """The character at which the parser stopped; empty at the end of the file."""
        return self.text[self.at : self.at + 1]

    @property
    def line(self) -> str:
        """The whole line on which the parser stopped."""
        return self.text[self.line_start : _line_end(self.text, self.at)]

    @property
    def line_start(self) -> int:
        """The first character of that line."""
        return self.text.rfind("\n", 0, self.at) + 1

    @property
    def follows_last(self) -> bool:
        """Whether the parser stopped directly after the last value."""
        return self.last is not None and not self.text[self.last.end : self.at].strip(" ")


def explain(error: yaml.YAMLError, text: str, flows: tuple[int, ...], last: Scalar | None) -> Slip:
    """Name the slip behind a parser's error.

    `flows` are the places of the `[` and `{` that were open, outermost first; `last` is the last value that was read.
    """
    mark = getattr(error, "problem_mark", None)
    since = getattr(error, "context_mark", None) or mark
    complaint = Complaint(
        text,
        mark.index if mark else 0,
        since.index if since else 0,
        str(getattr(error, "context", None) or ""),
        str(getattr(error, "problem", None) or error),
        flows,
        last,
    )
    for rule in _RULES:
        slip = rule(complaint)
        if slip is not None:
            return slip
    rest = complaint.text[complaint.at : _line_end(complaint.text, complaint.at)].strip()
    return Slip("BP026", complaint.at, f"'{rest}' has no place here", "Quote a text that has signs of YAML in it.")


def needs_quotes(written: str) -> str:
    """Tell a user how to write a text so that YAML keeps it whole."""
    quote = "'" if '"' in written else '"'
    return f"Put it in quotes: {quote}{written}{quote}."


def colon_without_space(start: int, written: str) -> Slip | None:
    """Name the slip in `key:value`, which YAML reads as one text."""
    pair = re.match(r"([A-Za-z_][\w.-]*):(?=[^\s:/])", written)
    if pair is None:
        return None
    shown = written.split("\n", 1)[0]
    hint = f"Write '{pair[1]}: {shown[pair.end() :]}'."
    return Slip("BP024", start, f"no space after the ':' in '{shown}'", hint)


def opening(text: str, start: int, levels: int) -> int:
    """Find the bracket, from `start` on, that is one too many for so many levels."""
    signs = list(_BRACKETS.finditer(text, start))
    depths = accumulate((found[0] in _CLOSING) - (found[0] in _CLOSING.values()) for found in signs)
    return next(found.start() for found, depth in zip(signs, depths, strict=True) if depth > levels)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _tab(c: Complaint) -> Slip | None:
    indent = "".join(takewhile(" \t".__contains__, c.line))
    if c.flows or "\t" not in (indent or c.sign):
        return None
    at = c.line_start + indent.index("\t") if indent else c.at
    return Slip("BP010", at, "a tab in the indentation", "YAML wants spaces; let the editor replace each tab by two.")


def _block_scalar(c: Complaint) -> Slip | None:
    start = c.since if "block scalar" in c.doing else c.at
    sign = c.text[start : start + 1]
    if sign not in (">", "|") or not ("block scalar" in c.doing or "start any token" in c.problem):
        return None
    end = r"[,}\]]|\s#|$" if c.flows else r"\s#|$"
    written = re.split(end, c.text[start : _line_end(c.text, start)], maxsplit=1)[0].rstrip()
    return Slip("BP021", start, f"a text that begins with '{sign}' needs quotes", needs_quotes(written))


def _open_quote(c: Complaint) -> Slip | None:
    hint = "Close it on the same line."
    if "quoted scalar" in c.doing and ("end of stream" in c.problem or "document" in c.problem):
        return Slip("BP011", c.since, f"the quote {c.text[c.since]} is never closed", hint)
    last = c.last
    if last is None or last.plain or last.block or not c.follows_last or "\n" not in c.text[last.start : last.end]:
        return None
    met = c.text.count("\n", 0, last.end) + 1
    return Slip("BP011", last.start, f"the quote {c.text[last.start]} is closed only on line {met}", hint)


def _escape(c: Complaint) -> Slip | None:
    if "quoted scalar" not in c.doing:
        return None
    at = c.text.rfind("\\", 0, c.at + 1)
    hint = r"Inside double quotes a backslash begins an escape; write \\ for itself, or use single quotes."
    return Slip("BP027", at, f"unknown escape {c.text[at : at + 2]}", hint)


def _after_quotes(c: Complaint) -> Slip | None:
    last = c.last
    if last is None or last.plain or last.block or not c.follows_last or c.sign in ("", "\n", ",", "]", "}"):
        return None
    rest = c.text[c.at : _line_end(c.text, c.at)].strip()
    hint = "Quote the whole text; a quote inside single quotes is written twice ('')."
    return Slip("BP022", c.at, f"text after the closing quote: {rest}", hint)


def _bracket_in_text(c: Complaint) -> Slip | None:
    """`{when: kind in [1, 2]}`: inside braces a bracket ends the text before it."""
    last = c.last
    if not c.flows or last is None or not last.plain or not c.follows_last or c.sign not in ("[", "{"):
        return None
    line = c.text[last.start : _line_end(c.text, last.start)]
    closed = line.find(_CLOSING[c.sign], c.at - last.start)
    closed = line.find(")", closed) if line.count("(", 0, closed + 1) > line.count(")", 0, closed + 1) else closed
    hint = needs_quotes(line[: closed + 1]) if closed >= 0 else "Put the whole text in quotes."
    return Slip("BP020", last.start, f"inside {{...}} and [...] a '{c.sign}' ends the text before it", hint)


def _bracket(c: Complaint) -> Slip | None:
    start = c.flows[0] if c.flows else c.since
    if c.text[start : start + 1] in _CLOSING:
        at = _unclosed(c.text, start)
        if at is not None:
            return Slip("BP012", at, f"the bracket '{c.text[at]}' is never closed", f"Add '{_CLOSING[c.text[at]]}'.")
    if c.sign in ("]", "}") and not c.flows:
        hint = "Remove it, or quote the text it is part of."
        return Slip("BP012", c.at, f"the bracket '{c.sign}' closes nothing", hint)
    return None


def _unclosed(text: str, start: int) -> int | None:
    """Find the bracket that stays open, of all that open from `start` until that one is closed."""
    still_open: list[int] = []
    for found in _BRACKETS.finditer(text, start):
        sign = found[0]
        if sign in _CLOSING:
            still_open.append(found.start())
        elif sign in ("]", "}"):
            if _CLOSING[text[still_open[-1]]] != sign:
                return still_open[-1]
            still_open.pop()
            if not still_open:
                return None
    return still_open[-1]


def _in_brackets(c: Complaint) -> Slip | None:
    if "flow" not in c.doing or not c.flows:
        return None
    closing = _CLOSING[c.text[c.flows[-1]]]
    if "node content" in c.problem:
        return Slip("BP028", c.at, f"a value is missing before '{c.sign}'", "Write it, or remove the comma.")
    hint = "Separate what stands in brackets by commas; a text with ': ' in it needs quotes."
    return Slip("BP022" if c.sign == ":" else "BP028", c.at, f"expected ',' or '{closing}' here", hint)


def _second_colon(c: Complaint) -> Slip | None:
    if "mapping values are not allowed" not in c.problem:
        return None
    if c.last is not None and c.follows_last:
        written = c.text[c.last.start : c.last.end]
        glued = colon_without_space(c.last.start, written)
        if glued is not None:
            return glued
        alone = not c.text[c.text.rfind("\n", 0, c.last.start) + 1 : c.last.start].strip()
        if alone and "\n" in written:
            return _colon_missing(c.last.start, written.split("\n", 1)[0])
    key = c.text[c.line_start : c.at]
    if re.fullmatch(r" *[\w.-]+ *", key):
        start = c.line_start + len(key) - len(key.lstrip())
        hint = "Lines of one mapping begin in the same column; what stands under a key is indented below 'key:' alone."
        return Slip("BP023", start, f"'{key.strip()}:' is indented deeper than the lines above allow", hint)
    hint = "Put the text in quotes."
    if c.last is not None and c.follows_last:
        hint = needs_quotes(c.text[c.last.start : _line_end(c.text, c.at)].strip())
    return Slip("BP022", c.at, "a second ': ' in one line", hint)


def _first_sign(c: Complaint) -> Slip | None:
    """`@`, a backtick, `%`, `*`, `&` or `!` begins a text."""
    if c.doing.endswith((" tag", " node")) and c.text[c.since : c.since + 1] == "!":
        return Slip("BP016", c.since, "a tag that YAML does not know", "Quote a text that begins with '!'.")
    if c.text[c.since : c.since + 1] == "%" and c.since == c.line_start:
        return Slip("BP025", c.since, "a line cannot begin with '%'", "Remove it, or quote the text.")
    if not ("start any token" in c.problem or c.doing.endswith(("alias", "anchor"))):
        if c.sign != ",":
            return None
        return Slip("BP025", c.at, "a value cannot begin with ','", "Put it in quotes.")
    written = re.split(r"\s#|\n" if not c.flows else r"\s#|[\n,}\]]", c.text[c.since :], maxsplit=1)[0].rstrip()
    return Slip("BP025", c.since, f"a text cannot begin with '{written[:1]}'", needs_quotes(written))


def _no_colon(c: Complaint) -> Slip | None:
    if "find expected ':'" not in c.problem:
        return None
    written = c.text[c.since : _line_end(c.text, c.since)].rstrip()
    return colon_without_space(c.since, written) or _colon_missing(c.since, written)


def _colon_missing(at: int, written: str) -> Slip:
    return Slip("BP024", at, f"no ':' after '{written}'", "Every line of a mapping is 'key: value'.")


def _misplaced(c: Complaint) -> Slip | None:
    if "are not allowed" in c.problem:
        hint = "Begin the list on a line of its own, or quote the text."
        return Slip("BP023", c.at, f"'{c.sign} ' cannot stand here", hint)
    is_placed = c.doing.endswith(("block mapping", "block collection")) or "document start" in c.problem
    if not is_placed or c.text[c.line_start : c.at].strip():
        return None
    began = c.text.count("\n", 0, c.since) + 1
    kind = "list" if c.text[c.since : c.since + 1] == "-" else "mapping"
    where = f"in the {kind} that begins on line {began}" if "document" not in c.problem else "here"
    hint = "Lines that belong together begin in the same column."
    return Slip("BP023", c.at, f"a line that has no place {where}", hint)


#: In this order: the nearer to what a person does, the earlier.
_RULES: tuple[Callable[[Complaint], Slip | None], ...] = (
    _block_scalar,
    _open_quote,
    _tab,
    _escape,
    _bracket_in_text,
    _bracket,
    _after_quotes,
    _in_brackets,
    _second_colon,
    _first_sign,
    _no_colon,
    _misplaced,
)
