"""Times at which cases come, from a file: one in each line, or in a column of a table."""

import os
import re
from typing import Any

from bpsim.errors import CODES, Mistake, Problem
from bpsim.model.written import moment
from bpsim.reading.placing import Placer
from bpsim.reading.source import Path

#: Larger files, and more times than these, are not read.
MAX_BYTES, MAX_TIMES = 50_000_000, 1_000_000
#: The column of the times, by its heading.
COLUMNS = ("time", "need", "arrived", "arrival", "start", "timestamp")
_AT: Path = ("cases", "arrivals", "file")


def with_times(place: Placer, data: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """Give the data of a process with the times of the file that its arrivals name instead of its name."""
    cases = data.get("cases")
    arrivals = cases.get("arrivals") if isinstance(cases, dict) else None
    if not isinstance(cases, dict) or not isinstance(arrivals, dict) or not isinstance(arrivals.get("file"), str):
        return data
    if "times" in arrivals or arrivals.get("every") is not None or "appointments" in arrivals:
        return data  # two forms at once, which the checks will say
    found: list[Problem] = []
    times = _read(place, arrivals["file"], found) or ["0min"]
    problems += found
    rest = {key: value for key, value in arrivals.items() if key != "file"}
    return {**data, "cases": {**cases, "arrivals": {**rest, "times": times}}}


def _read(place: Placer, name: str, problems: list[Problem]) -> list[str]:
    path = os.path.normpath(os.path.join(os.path.dirname(place.source.file), name))  # noqa: PTH118, PTH120 - texts
    hint = "A path begins at the folder of this file."
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - an unusual name must not fail before it is opened
            content = stream.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(place.problem("BP441", _AT, f"'{name}' is not UTF-8", "Save it as UTF-8."))
        return []
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        problems.append(place.problem("BP441", _AT, f"'{name}': {why}", hint))
        return []
    if len(content) > MAX_BYTES:
        what = f"'{name}' is larger than {MAX_BYTES // 1_000_000} MB"
        problems.append(place.problem("BP441", _AT, what, "Take a part of it."))
        return []
    times = _times(path, text, problems)
    if not times and not problems:
        problems.append(place.problem("BP441", _AT, f"there is no time in '{name}'", "Write one in each line."))
    if len(times) > MAX_TIMES:
        what = f"there are {len(times):,} times in '{name}'"
        problems.append(place.problem("BP441", _AT, what, f"At most {MAX_TIMES:,} are read."))
    return times[:MAX_TIMES]


def _times(path: str, text: str, problems: list[Problem]) -> list[str]:
    """Give the times of a text; the first line may be a heading."""
    times: list[str] = []
    column, first = 0, True
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip().strip("\"'") for cell in re.split(r"[,;\t]", line)]
        heading = first and next((i for i, cell in enumerate(cells) if cell.lower() in COLUMNS), None)
        if first and isinstance(heading, int):
            column, first = heading, False
            continue
        cell = cells[column] if column < len(cells) else ""
        try:
            moment(cell)
        except Mistake as mistake:
            if not first or any(letter.isdigit() for letter in cell):
                at = line.find(cell) + 1 if cell else 1
                problems.append(
                    Problem(path, number, at, mistake.code, CODES[mistake.code][0], "", mistake.what, mistake.hint)
                )
        else:
            times.append(cell)
        first = False
    return times
