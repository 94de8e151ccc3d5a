"""What can go wrong, said so that a user can put it right: placed problems and the exceptions that carry them."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Every diagnostic: its code, its severity and what it is about. docs/errors.md has a paragraph for each.
CODES: dict[str, tuple[str, str]] = {
    "BP101": ("error", "unknown key"),
    "BP204": ("error", "unknown unit"),
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with what a user wrote, where it stands and the way out.

    `line` and `column` count from 1 (0 when the place is unknown); `path` is dotted (`flow.review.duration`);
    `severity` is error, warning or limit.
    """

    file: str
    line: int
    column: int
    code: str
    severity: str
    path: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """Give the one line that the command line, editors and notebooks show."""
        place = f"{self.file}:{self.line}:{self.column}: {self.code} {self.severity}: "
        subject = f"{self.path}: {self.what}" if self.path else self.what
        return f"{place}{subject}. {self.hint}".rstrip() if self.hint else f"{place}{subject}"


class Mistake(ValueError):  # noqa: N818 - the word a user would use
    """A mistake inside one written value, not yet placed in a file.

    `offset` counts characters from the beginning of the value's text, so that the reader can point at the very column.
    """

    def __init__(self, code: str, what: str, hint: str = "", offset: int = 0) -> None:
        """Keep the parts of the later Problem."""
        super().__init__(what)
        self.code = code
        self.what = what
        self.hint = hint
        self.offset = offset


class BpsimError(Exception):
    """Anything that bpsim reports to a user instead of a result."""


class ProblemsError(BpsimError):
    """Carries the placed problems; prints them a line each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order of their places."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class ModelError(ProblemsError):
    """A process or scenario that cannot be used as it is written."""


class ChangeError(ProblemsError):
    """A redesign operator whose preconditions do not hold."""


class RunError(BpsimError):
    """A run that had to stop; nothing half-written remains."""

    def __init__(self, code: str, what: str, hint: str = "") -> None:
        """Keep the diagnostic's code beside its sentence."""
        super().__init__(f"{code} {CODES[code][0]}: {what}. {hint}".rstrip() if hint else f"{code} {CODES[code][0]}: {what}")
        self.code = code
        self.what = what
        self.hint = hint

    def __reduce__(self) -> tuple[type["RunError"], tuple[str, str, str]]:
        """Travel whole between worker processes."""
        return type(self), (self.code, self.what, self.hint)


class LimitError(RunError):
    """A run that met one of its limits (events, work in progress, time that stands still)."""


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Suggest the nearest known word as a ready hint, or an empty text when nothing is near."""
    near = difflib.get_close_matches(word, sorted(options), n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else ""
