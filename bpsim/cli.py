"""The commands: each reads files, calls one stage, prints its answer, and ends with a code that scripts can rely on.

0 all is well, 1 a finding with --strict or a missed target with --assert-targets, 2 invalid input, 3 a limit was met,
4 a file could not be read or written, 70 a mistake of bpsim itself, 130 interrupted.
"""

import errno
import functools
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self
from urllib.parse import quote

import typer

from bpsim.version import __version__

if TYPE_CHECKING:
    from bpsim.comparison.compare import Comparison
    from bpsim.comparison.factors import Factors
    from bpsim.comparison.sensitivity import Sensitivity
    from bpsim.errors import Problem
    from bpsim.experiment.run import Progress
    from bpsim.redesign.scenario import Scenario

FINDINGS, INVALID, LIMIT, FILES, INTERNAL, INTERRUPTED = 1, 2, 3, 4, 70, 130
#: Diagnostics about a file that could not be read at all.
UNREADABLE = ("BP801", "BP802", "BP803", "BP804")
#: What the system calls these, said plainly.
KNOWN = {errno.ENOSPC: "no space left on the device", errno.EACCES: "no permission"}
#: Nothing is said about progress before this many seconds.
PATIENCE = 1.0
PYTHON = ".".join(map(str, sys.version_info[:3]))
#: What bpsim keeps in a folder of results.
JOURNAL, LOGS, ANSWER, PROBE = "journal", "logs", "comparison.json", ".bpsim-probe"
FACTORS, SENSITIVITY = "factors", "sensitivity"

app = typer.Typer(
    name="bpsim",
    help="Simulate a public-service process as it is and as it could be, and say what a redesign changes.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """How an answer is printed."""

    text = "text"
    json = "json"


class Colour(StrEnum):
    """What fills the tasks of a result's map."""

    waiting = "waiting"
    utilisation = "utilisation"
    cost = "cost"
    rework = "rework"


FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit 1 when there is a warning.")]
AssertOption = Annotated[bool, typer.Option("--assert-targets", help="Exit 1 when a target is missed.")]
ReplicationsOption = Annotated[
    int | None, typer.Option(min=1, help="How many runs, instead of what the scenario says.")
]
SeedOption = Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="The luck, instead of the scenario's.")]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, help="How many processes work; one per processor if left out.")
]
LogOption = Annotated[bool, typer.Option("--log", help="Keep the event log of every run in the folder too.")]
FolderOption = Annotated[
    Path | None, typer.Option("-o", "--output", help="Keep the runs and results here; an interrupted run resumes.")
]
FileOption = Annotated[Path | None, typer.Option("-o", "--output", help="The file to write; printed if left out.")]
ScenarioArgument = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario or process file.")]


class Stop(Exception):  # noqa: N818 - a way out, not an error of the program
    """Ends a command with a line for the user and an exit code."""

    def __init__(self, code: int, message: str = "") -> None:
        """Keep both."""
        super().__init__(message)
        self.code = code


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Make a function a command whose every end is an exit code; a user's mistake never shows a traceback."""

    @functools.wraps(function)
    def guarded(**given: Any) -> None:  # noqa: ANN401 - as typer calls it
        try:
            function(**given)
        except Stop as stop:
            _end(stop.code, f"bpsim: {stop}" if str(stop) else "")
        except KeyboardInterrupt:
            _end(INTERRUPTED, "bpsim: interrupted; with -o DIR the same command goes on from here")
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except OSError as error:
            what = KNOWN.get(error.errno or 0) or error.strerror or error
            _end(FILES, f"bpsim: {f'{error.filename}: ' if error.filename else ''}{what}")
        except Exception as error:  # noqa: BLE001 - the last net
            _end(*_of_stages(error))

    return app.command()(guarded)


def _end(code: int, message: str) -> None:
    if message:
        typer.echo(message, err=True)
    raise typer.Exit(code) from None


def _of_stages(error: Exception) -> tuple[int, str]:
    """Say what an error of a stage means for the user."""
    from bpsim.errors import CODES, LimitError, ProblemsError, RunError

    if isinstance(error, ProblemsError):
        return _code(error.problems), "\n".join(map(str, error.problems))
    if isinstance(error, LimitError):
        return LIMIT, f"bpsim: {error}"
    if isinstance(error, RunError):
        return (LIMIT if CODES[error.code][0] == "limit" else INVALID), f"bpsim: {error}"
    if isinstance(error, MemoryError):
        return LIMIT, "bpsim: not enough memory: fewer cases, fewer workers or a shorter experiment would do"
    return INTERNAL, (
        f"bpsim: a mistake of bpsim itself, not of yours: {type(error).__name__}: {error}\n"
        f"Please report it with the command, the files and this line: bpsim {__version__}, Python {PYTHON}"
    )


def _code(problems: Iterable["Problem"]) -> int:
    """Give the exit code of problems: invalid input before limits before unreadable files."""
    codes = {
        FILES if each.code in UNREADABLE else {"error": INVALID, "limit": LIMIT}.get(each.severity, 0)
        for each in problems
    }
    return next((code for code in (INVALID, LIMIT, FILES) if code in codes), 0)


def _print_json(data: Any) -> None:  # noqa: ANN401 - any plain data
    typer.echo(json.dumps(data, ensure_ascii=False, indent=1))


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if wanted:
        typer.echo(f"bpsim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="The version.")
    ] = False,
) -> None:
    """Simulate a public-service process as it is and as it could be, and say what a redesign changes."""


# -- reading and writing ------------------------------------------------------------------


def _scenarios(paths: Sequence[str], *, strict: bool) -> list["Scenario"]:
    """Read scenarios; print every problem once; stop when one cannot be used, or with --strict at a warning."""
    from bpsim.reading.load import read_scenario

    read = [read_scenario(path) for path in paths]
    problems = list(dict.fromkeys(problem for _, found in read for problem in found))
    for problem in problems:
        typer.echo(str(problem), err=True)
    if code := _code(problems) or (FINDINGS if strict and problems else 0):
        raise Stop(code)
    return [scenario for scenario, _ in read if scenario is not None]


def _write(path: Path, content: bytes, *, force: bool) -> None:
    """Write a file whole or not at all; what is there is replaced only with --force."""
    from bpsim.experiment.results import write_whole

    if path.exists() and not force:
        raise Stop(FILES, f"{path} is there already; --force replaces it")
    write_whole(path, content)


def _answer(text: str, path: Path | None, *, force: bool) -> None:
    """Print an answer, or write it to a file."""
    if path is None:
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        _write(path, text.encode(), force=force)


def _folder(path: Path | None, *, log: bool, force: bool) -> tuple[Path | None, Path | None]:
    """Make a folder of results ready before anything is run, and give its places for the journal and the logs.

    A study that was begun there resumes, other files are left alone; with --force a study there is begun anew.
    """
    if path is None:
        if log:
            raise Stop(INVALID, "--log needs a folder: add -o DIR")
        return None, None
    if path.exists() and not path.is_dir():
        raise Stop(FILES, f"{path} is a file, not a folder")
    journal = path / JOURNAL
    if path.is_dir() and any(path.iterdir()) and not journal.is_dir() and not force:
        raise Stop(FILES, f"{path} holds other files; --force writes into it all the same")
    journal.mkdir(parents=True, exist_ok=True)
    for old in journal.glob("*.json") if force else ():
        old.unlink()
    (path / PROBE).touch()
    (path / PROBE).unlink()
    return journal, path / LOGS if log else None


class Bar:
    """Tells how far an experiment is: on a terminal, on stderr, and only when it takes longer than a second."""

    def __init__(self) -> None:
        """Wait at first."""
        self.begun = time.monotonic()
        self.bar: Any = None
        self.task: Any = None

    def __call__(self, progress: "Progress") -> None:
        """Take a report."""
        if progress.note:
            typer.echo(f"bpsim: {progress.note}", err=True)
        if self.bar is None and (not sys.stderr.isatty() or time.monotonic() - self.begun < PATIENCE):
            return
        if self.bar is None:
            from rich.console import Console
            from rich.progress import Progress as RichProgress

            self.bar = RichProgress(console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task("replications")
        self.bar.update(self.task, completed=progress.done, total=progress.total)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the line."""
        if self.bar is not None:
            self.bar.stop()


# -- commands about files ------------------------------------------------------------------


@command
def new(
    *,
    name: Annotated[Path, typer.Argument(metavar="NAME", help="The folder to make.")],
) -> None:
    """Make a starter folder: a process that teaches the language, its as-is, and one redesign."""
    from bpsim.reading.library import starter

    if name.exists():
        raise Stop(FILES, f"{name} is there already; choose another name")
    files = starter(name.name)
    partial = name.with_name(f"{name.name}.partial")
    for target, text in files.items():
        (partial / target).parent.mkdir(parents=True, exist_ok=True)
        (partial / target).write_text(text, encoding="utf-8")
    partial.rename(name)
    typer.echo(f"{name} is ready. Read {name / 'process.yaml'}, then try:")
    typer.echo(f"  bpsim check {name}/process.yaml\n  bpsim compare {name}/scenarios/*.yaml")


@command
def check(
    *,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Process and scenario files.")],
    form: FormatOption = Format.text,
    strict: StrictOption = False,
) -> None:
    """Find everything that is wrong in files: FILE:LINE:COLUMN: CODE severity: PATH: WHAT. HINT."""
    import dataclasses

    from bpsim.reading.load import check_file

    problems = list(dict.fromkeys(problem for file in files for problem in check_file(file)))
    if form is Format.json:
        _print_json([dataclasses.asdict(problem) for problem in problems])
    else:
        for problem in problems:
            typer.echo(str(problem))
    if code := _code(problems) or (FINDINGS if strict and problems else 0):
        raise Stop(code)


@command
def show(
    *,
    file: ScenarioArgument,
    resolved: Annotated[bool, typer.Option("--resolved", help="The process as YAML, with every default.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="What the changes make of the base, before any run.")] = False,
    form: FormatOption = Format.text,
) -> None:
    """Tell a process in words and numbers: departments, flow, expected visits, load per role."""
    if resolved and diff:
        raise Stop(INVALID, "--resolved and --diff are two answers: ask for one")
    (scenario,) = _scenarios([file], strict=False)
    if diff:
        from bpsim.comparison.difference import diff as differ

        found = differ(scenario)
        _print_json(found.as_json()) if form is Format.json else typer.echo(found.text(), nl=False)
        return
    process = scenario.resolved()
    if resolved:
        from bpsim.reading.write import to_yaml, written_form

        plain = written_form(process)
        _print_json(plain) if form is Format.json else typer.echo(to_yaml(plain), nl=False)
        return
    from bpsim.reporting.portrait import portrait

    told = portrait(process, changes=[f"{change.id} {change.describe()}" for change in scenario.changes])
    _print_json(told.data()) if form is Format.json else typer.echo(told.text(), nl=False)


@command
def draw(
    *,
    source: Annotated[
        str, typer.Argument(metavar="FILE|RESULT", help="A process, a scenario, or a folder of results.")
    ],
    picture: Annotated[str, typer.Option(help="Its name: map, difference, ...; docs/pictures.md shows all.")] = "map",
    scenario: Annotated[str | None, typer.Option(help="Which scenario of the results.")] = None,
    colour: Annotated[Colour, typer.Option(help="What fills the map of a result.")] = Colour.waiting,
    whole: Annotated[bool, typer.Option("--whole", help="Collapse no map, however large it is.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="FILE.svg, .png, .pdf or .mmd; SVG is printed if left out.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Draw a picture: the process map in department lanes, what a redesign changes, or what came of the runs."""
    from bpsim.experiment.results import Results
    from bpsim.reporting.pictures import picture as drawn

    read = Results.load(source) if Path(source).is_dir() else _scenarios([source], strict=False)[0]
    form = output.suffix[1:] if output else "svg"
    content = drawn(read, picture, form=form, scenario=scenario, colour=colour.value, whole=whole)
    if output is None:
        typer.echo(content.decode(), nl=False)
    else:
        _write(output, content, force=force)


class Kind(StrEnum):
    """What a schema describes."""

    process = "process"
    scenario = "scenario"


@command
def schema(
    *,
    kind: Annotated[Kind, typer.Argument(help="The kind of file.")] = Kind.process,
    output: FileOption = None,
    force: ForceOption = False,
) -> None:
    """Give the JSON Schema of process or scenario files, for editors."""
    from bpsim.reading.schema import process_schema, scenario_schema

    wanted = process_schema() if kind is Kind.process else scenario_schema()
    _answer(json.dumps(wanted, ensure_ascii=False, indent=2) + "\n", output, force=force)


# -- commands that simulate ------------------------------------------------------------------


@command
def run(
    *,
    scenario: ScenarioArgument,
    output: FolderOption = None,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    workers: WorkersOption = None,
    log: LogOption = False,
    form: FormatOption = Format.text,
    force: ForceOption = False,
    strict: StrictOption = False,
    assert_targets: AssertOption = False,
) -> None:
    """Simulate one scenario: every measure with its interval."""
    from bpsim.comparison.compare import Comparison
    from bpsim.experiment.run import run as carry_out

    chosen = _scenarios([scenario], strict=strict)
    journal, logs = _folder(output, log=log, force=force)
    with Bar() as bar:
        results = carry_out(
            chosen, replications=replications, seed=seed, workers=workers, progress=bar, journal=journal, keep_logs=logs
        )
    ((name, result),) = results.items()
    answer = {"scenario": name, "seed": results.settings.seed, "replications": results.replications}
    answer |= result.summary() | {"notes": results.notes(), "provenance": results.provenance}
    if output is not None:
        results.save(output)
    _print_json(answer) if form is Format.json else typer.echo(repr(results))
    _judge_targets(Comparison(results, name), [name], wanted=assert_targets, strict=strict)


@command
def compare(
    *,
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="As-is and redesigns.")],
    baseline: Annotated[str | None, typer.Option(help="The name of the scenario to compare with.")] = None,
    factors: Annotated[bool, typer.Option("--factors", help="Find out too which change does it.")] = False,
    sensitivity: Annotated[
        bool,
        typer.Option("--sensitivity", help="Find out too whether it holds when numbers with a range are otherwise."),
    ] = False,
    samples: Annotated[int, typer.Option(min=0, help="With --sensitivity: so many sets of numbers.")] = 40,
    output: FolderOption = None,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    workers: WorkersOption = None,
    log: LogOption = False,
    form: FormatOption = Format.text,
    force: ForceOption = False,
    strict: StrictOption = False,
    assert_targets: AssertOption = False,
) -> None:
    """Compare redesigns with the as-is: paired differences, intervals, a verdict in words."""
    from bpsim.comparison.compare import compare as carry_out

    chosen = _scenarios(scenarios, strict=strict)
    if len(chosen) == 1:
        raise Stop(INVALID, "one scenario is no comparison: name a redesign too, or use `bpsim run`")
    if factors:
        _can_be_switched_off(chosen, baseline)
    journal, logs = _folder(output, log=log, force=force)
    with Bar() as bar:
        comparison = carry_out(
            *chosen,
            baseline=baseline,
            replications=replications,
            seed=seed,
            workers=workers,
            progress=bar,
            journal=journal,
            keep_logs=logs,
        )
        studies: dict[str, dict[str, Factors | Sensitivity]] = {}
        for study in [FACTORS] * factors + [SENSITIVITY] * sensitivity:
            more = {"samples": samples} if study == SENSITIVITY else {}
            studies[study] = {
                name: getattr(comparison, study)(
                    name,
                    workers=workers,
                    progress=bar,
                    journal=journal.with_name(study) / quote(name, safe=" ") if journal else None,
                    **more,
                )
                for name in comparison.names
            }
    answer = comparison.as_json() | {
        study: {name: each.as_json() for name, each in found.items()} for study, found in studies.items()
    }
    if output is not None:
        comparison.results.save(output)
        _write(output / ANSWER, json.dumps(answer, ensure_ascii=False, indent=1).encode() + b"\n", force=True)
    text = "\n\n".join([comparison.text(), *(each.text() for found in studies.values() for each in found.values())])
    _print_json(answer) if form is Format.json else typer.echo(text)
    _judge_targets(comparison, list(comparison.results), wanted=assert_targets, strict=strict)
    if strict and comparison.guards():
        raise Stop(FINDINGS)


def _can_be_switched_off(chosen: Sequence["Scenario"], baseline: str | None) -> None:
    """Stop before anything is run where the changes of a redesign cannot be studied one by one."""
    from bpsim.comparison.factors import beyond
    from bpsim.experiment.design import baseline_of

    named = {each.scenario: each for each in chosen}
    first = named[baseline_of(named, baseline)]
    for each in named.values():
        beyond(first, each)


def _judge_targets(comparison: "Comparison", names: list[str], *, wanted: bool, strict: bool) -> None:
    """Exit 1 when a target is missed, and with --strict also when it is not proven."""
    failing = {"missed", "not proven"} if strict else {"missed"}
    lines = [(name, line) for name in names for line in comparison.targets(name)] if wanted else []
    failed = [(name, line.goal, line.verdict) for name, line in lines if line.verdict in failing]
    if failed:
        told = (f"{name}: target {goal.measure} {goal.text}: {verdict}" for name, goal, verdict in failed)
        raise Stop(FINDINGS, "\nbpsim: ".join(told))


@command
def verify(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `run` or `compare` wrote (-o DIR).")],
    workers: WorkersOption = None,
    form: FormatOption = Format.text,
) -> None:
    """Make every run of saved results again, and say whether they are reproduced."""
    from bpsim.comparison.compare import Comparison
    from bpsim.experiment.results import Results
    from bpsim.experiment.verify import stated
    from bpsim.experiment.verify import verify as check_again

    results = Results.load(folder)
    with Bar() as bar:
        found = check_again(results, workers=workers, progress=bar)
    told = stated(folder, ANSWER)
    fresh = json.loads(json.dumps(Comparison(results, told["baseline"]).as_json())) if told else {}
    stale = [key for key in fresh if told and told.get(key) != fresh[key]]
    if form is Format.json:
        _print_json({"reproduced": found.reproduced and not stale, "runs": found.runs, "differs": list(found.differs)})
    else:
        typer.echo(str(found))
    if stale:
        what = f"{folder / ANSWER} is not what these results say: {', '.join(stale)}"
        raise Stop(FINDINGS, what)
    if not found.reproduced:
        raise Stop(FINDINGS)


@command
def report(
    *,
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="As-is and redesigns.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The page to write.")] = Path("report.html"),
    baseline: Annotated[str | None, typer.Option(help="The name of the scenario to compare with.")] = None,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    workers: WorkersOption = None,
    moving: Annotated[bool, typer.Option("--replay", help="Show a week of one run too, as dots on the map.")] = False,
    force: ForceOption = False,
    strict: StrictOption = False,
) -> None:
    """Write a comparison as one HTML page that opens everywhere, prints on A4 and asks nothing of the network."""
    from bpsim.comparison.compare import compare as carry_out
    from bpsim.reporting.replay import replay
    from bpsim.reporting.report import report as page

    if output.exists() and not force:
        raise Stop(FILES, f"{output} is there already; --force replaces it")
    chosen = _scenarios(scenarios, strict=strict)
    with Bar() as bar:
        comparison = carry_out(
            *chosen, baseline=baseline, replications=replications, seed=seed, workers=workers, progress=bar
        )
    results = comparison.results
    repeat = f"--replications {results.replications} --seed {results.settings.seed} --baseline {comparison.baseline}"
    dots = replay(results, comparison.baseline) if moving else None
    text = page(comparison, command=f"bpsim report {' '.join(scenarios)} {repeat}", replay=dots)
    _write(output, text.encode(), force=force)
    typer.echo(f"{output} is written: open it in a browser")


@command
def explain(
    *,
    scenario: ScenarioArgument,
    case: Annotated[int, typer.Option(min=0, help="The number of the case, from 0.")],
    replication: Annotated[int, typer.Option(min=0, help="The run, from 0.")] = 0,
    seed: SeedOption = None,
    form: FormatOption = Format.text,
) -> None:
    """Tell one case step by step: who had it when, when it waited and why; the durations add up to its lead time."""
    from bpsim.engine.plan import compile_plan
    from bpsim.engine.replication import replicate
    from bpsim.reporting.story import tell

    (chosen,) = _scenarios([scenario], strict=False)
    experiment = chosen.experiment
    process = chosen.resolved()
    plan = compile_plan(
        process,
        start=experiment.start,
        length=experiment.length,
        drain=experiment.drain_time(),
        backlog=chosen.backlog(process),
    )
    log = replicate(plan, seed=experiment.seed if seed is None else seed, replication=replication)
    try:
        story = tell(log, case, scenario=chosen.scenario)
    except IndexError as error:
        raise Stop(INVALID, str(error)) from error
    _print_json(story.data()) if form is Format.json else typer.echo(story.text(), nl=False)


def main() -> None:
    """Run the command line."""
    app(prog_name="bpsim")


if __name__ == "__main__":
    main()
