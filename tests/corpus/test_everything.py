"""One file uses every word of the language: it runs, keeps the laws, and its cases are told rightly."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal, get_args, get_origin

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import NONE, EventLog
from bpsim.measures.measured import measure
from bpsim.model.process import Process
from bpsim.reading.source import read_source
from bpsim.reading.words import keys_of, levels
from bpsim.reporting.story import tell
from tests.corpus.marks import CORPUS

pytestmark = [pytest.mark.untraced, pytest.mark.xdist_group("everything")]  # one process runs it

FILE = CORPUS / "valid" / "everything.yaml"
DAY = 86_400_000
#: Keys that other files of the corpus show: companions and arrivals that stand in files of their own.
ELSEWHERE = {"uses", "file"}
#: What is made by changes, or implied, and nobody writes.
UNWRITTEN = {"parts", "always"}


def words(value: object) -> Iterator[str]:
    """Give every key and every text of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, bool):
        yield str(value).lower()


def choices(annotation: Any) -> Iterator[str]:  # noqa: ANN401 - any type
    """Give the words among which a field lets one choose."""
    if get_origin(annotation) is Literal:
        yield from (word for word in get_args(annotation) if isinstance(word, str))
    for inner in get_args(annotation):
        yield from choices(inner)


def test_every_word_of_the_language_is_used() -> None:
    """No key, and no word among which one has to choose, is missing (but for those that another file shows)."""
    used = set(words(read_source(FILE).data))
    wanted: dict[str, set[str]] = {}
    for model in levels(Process).values():
        for key in keys_of(model):
            wanted.setdefault(key, set()).add(model.__name__)
        for name, info in model.model_fields.items():
            for word in choices(info.annotation):
                wanted.setdefault(word, set()).add(f"{model.__name__}.{name}")
    missing = wanted.keys() - used - ELSEWHERE - UNWRITTEN
    assert {word: wanted[word] for word in missing} == {}


@cache
def log(seed: int) -> EventLog:
    """Run it for half a year."""
    plan = compile_plan(
        Process.model_validate(read_source(FILE).data), start=date(2025, 1, 6), length=182 * DAY, drain=182 * DAY
    )
    return replicate(plan, seed=seed, replication=0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_runs_and_keeps_the_laws(seed: int) -> None:
    """Sums of causes, people, tokens and families; and cases get nearly everywhere."""
    found = log(seed)
    measure(found)
    reached = set(found.items["node"].tolist())
    timed = [rank for rank, node in enumerate(found.settings.nodes) if node.kind != "silent"]
    assert sum(rank in reached for rank in timed) > 0.8 * len(timed)
    for table in ("batches", "duties", "stints", "reserved", "contacts", "errors"):
        columns = getattr(found, table)
        assert all(len(column) for column in columns.values()), table


def test_its_cases_are_told_rightly() -> None:
    """The steps that count make up the lead time of every case; each row is told once, with its task and its times."""
    found = log(1)
    nodes, first = found.settings.nodes, datetime.fromisoformat(found.settings.start)
    for case in range(len(found.cases["need"])):
        story = tell(found, case)
        need, ended = int(found.cases["need"][case]), int(found.cases["ended"][case])
        lead = (found.settings.stopped if ended == NONE else ended) - need
        spans = [*story.before, *(span for step in story.steps if step.critical for span in step.spans)]
        assert story.milliseconds == lead == sum(span.milliseconds for span in spans)
        assert story.seconds == sum(span.seconds for span in spans)
        mine = (found.items["case"] == case).nonzero()[0].tolist()
        told = {(step.task, (step.created - first) // timedelta(milliseconds=1)) for step in story.steps}
        for row in mine:
            node, created = nodes[found.items["node"][row]], int(found.items["created"][row])
            assert node.kind == "silent" or (node.name, created) in told
