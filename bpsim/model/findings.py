"""What the checks of a process find: a code, a path in the model's terms, and words."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bpsim.errors import Mistake
from bpsim.model.process import Process

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a process; its severity is that of its code in `errors.CODES`.

    `key` points at the key of the path instead of its value; `offset` counts characters from the value's beginning.
    """

    code: str
    path: Path
    what: str
    hint: str = ""
    key: bool = False
    offset: int = 0


#: A check looks at a process and gives what it finds.
Check = Callable[[Process], Iterator[Finding]]


def of_mistake(path: Path, mistake: Mistake) -> Finding:
    """Make a finding of a mistake in a value."""
    return Finding(mistake.code, path, mistake.what, mistake.hint, offset=mistake.offset)


def way(process: Process, name: str, place: int) -> Path:
    """Give the path of a flow: by its target, or by its number where several flows lead to one target."""
    branches = process.flow[name].next
    target = branches[place].to
    alone = sum(branch.to == target for branch in branches) == 1
    return ("flow", name, "next", target if alone else place)


def chain(names: Iterable[str]) -> str:
    """Write nodes one after another: `a -> b -> a`."""
    return " -> ".join(names)


def listed(names: Iterable[str], word: str = "and") -> str:
    """Write names as in a sentence: `a, b and c`; of more than five only the number is given."""
    found = list(names)
    if len(found) > 5:  # noqa: PLR2004 - more cannot be read at a glance
        found = [*found[:4], f"{len(found) - 4} more"]
    return f" {word} ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
