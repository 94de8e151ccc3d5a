"""The items of STRESS-DES (Monks and others 2019) that the files of a study can answer: a checklist for reviewers."""

from collections import Counter
from collections.abc import Iterator

from bpsim.comparison import words
from bpsim.comparison.compare import Comparison
from bpsim.model.flow import End, Start, Task
from bpsim.model.process import Process
from bpsim.version import __version__

DAY = 86_400_000


def stress_des(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    """Give number, item and answer of each item; nothing when the results hold no process."""
    process = comparison.results[comparison.baseline].process
    if process is None:
        return
    yield from _objectives(comparison, process)
    yield from _logic(comparison, process)
    yield from _data(process)
    yield from _experiment(comparison)
    yield from _implementation(comparison)


def _objectives(comparison: Comparison, process: Process) -> Iterator[tuple[str, str, str]]:
    yield "1.1", "Purpose", f"To compare redesigns of: {process.title or process.process}."
    yield "1.2", "Outputs", f"{_names(comparison)}; every other measure with an interval and without a verdict."
    yield "1.3", "Aims", f"{comparison.baseline} against {', '.join(comparison.names) or 'nothing'}."


def _names(comparison: Comparison) -> str:
    return "; ".join(words.name_of(*key) for key in comparison.tracked)


def _logic(comparison: Comparison, process: Process) -> Iterator[tuple[str, str, str]]:
    yield "2.1", "Diagram", "See: The process and its redesigns."
    yield "2.2", "Logic", "See the process as it was simulated; what it means stands in the documentation (semantics)."
    for name in comparison.names:
        yield "2.3", f"Scenario {name}", "; ".join(comparison.results[name].changes) or "changes nothing"
    nodes = [node for one in process.every().values() for node in one.flow.values()]
    tasks = [node for node in nodes if isinstance(node, Task)]
    kinds = Counter("people" if task.by_people() else task.performer[0] for task in tasks)
    roles = [(name, process.role(name)) for name in process.roles()]
    yield "2.5.1", "Entities", f"Cases of {', '.join(filter(None, (process.process, *process.others)))}."
    yield "2.5.2", "Activities", ", ".join(f"{count} tasks by {kind}" for kind, count in sorted(kinds.items())) + "."
    yield "2.5.3", "Resources", ", ".join(f"{name}: {role.staff}" for name, role in roles) + "."
    yield "2.5.4", "Queues", ", ".join(f"{name}: {role.discipline}" for name, role in roles) + "."
    entries = [name for name, node in process.flow.items() if isinstance(node, Start | End)]
    yield "2.5.5", "Entry and exit", ", ".join(entries) + "."


def _data(process: Process) -> Iterator[tuple[str, str, str]]:
    grades = Counter(said.grade for said in process.evidence.values())
    told = ", ".join(f"{count} {grade}" for grade, count in sorted(grades.items()))
    yield (
        "3.1",
        "Data sources",
        f"Numbers with their origin: {told}." if told else "No number says where it comes from.",
    )
    yield "3.3", "Input parameters", "See the process as it was simulated."
    yield "3.4", "Assumptions", f"{grades['assumption']} numbers are assumed; see Assumptions."


def _experiment(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    results = comparison.results
    settings = results.settings
    yield "4.1", "Initialisation", f"From {settings.start}; the first {settings.warmup // DAY} days are not measured."
    yield "4.2", "Run length", f"{settings.length // DAY} days, then at most {settings.drain // DAY} until cases end."
    counted = f"{results.replications} replications, seed {settings.seed}"
    yield "4.3", "Estimation", f"{counted}; paired t intervals, Holm's correction over all verdicts."


def _implementation(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    known = comparison.results.provenance
    yield "5.1", "Software", f"bpsim {__version__}, Python {known.get('python', '')}."
    yield (
        "5.2",
        "Random sampling",
        "SplitMix64, keyed by decision and case: the same case has the same luck everywhere.",
    )
    yield "5.4", "System", f"{known.get('platform', '')}."
