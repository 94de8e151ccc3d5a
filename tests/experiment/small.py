"""A small process that is run in milliseconds, and scenarios over it."""

from datetime import date
from typing import Any

from bpsim.measures.measured import Counts, Measure, Measured
from bpsim.model.process import Process
from bpsim.redesign.scenario import Experiment, Scenario, read_target

DAY = 86_400_000
HOUR = 3_600_000


def process(**parts: Any) -> Process:  # noqa: ANN401 - written data
    """Give a desk that registers and an office that decides; `parts` replace keys of clerk, decider or decide."""
    written: dict[str, Any] = {
        "process": "small",
        "title": "A small process",
        "calendars": {"office": {"mon-fri": "09:00-17:00"}},
        "departments": {
            "desk": {"calendar": "office", "roles": {"clerk": {"staff": 1, "cost": "20/h"} | parts.get("clerk", {})}},
            "permits": {
                "calendar": "office",
                "roles": {"decider": {"staff": 1, "cost": "40/h"} | parts.get("decider", {})},
            },
        },
        "transfers": {"default": {"delay": "4h"}},
        "cases": {"arrivals": f"exponential(mean={parts.get('every', '4h')})", "calendar": "office"},
        "flow": {
            "start": {"type": "start", "next": "register"},
            "register": {
                "performer": "desk.clerk",
                "duration": "exponential(mean=1h)",
                "contact": "in",
                "next": "decide",
            },
            "decide": {"performer": "permits.decider", "duration": "exponential(mean=2h)", "next": "done"}
            | parts.get("decide", {}),
            "done": {"type": "end"},
        },
    }
    return Process.model_validate(written)


def scenario(name: str = "as-is", *, targets: dict[str, str] | None = None, **settings: Any) -> Scenario:  # noqa: ANN401 - written data
    """Give a scenario of 12 weeks; `settings` are those of the experiment, and `parts` those of the process."""
    parts = settings.pop("parts", {})
    written = {"start": date(2025, 1, 6), "length": "84d", "drain": "84d", "warmup": "7d", "replications": 4, "seed": 5}
    return Scenario(
        scenario=name,
        base=process(**parts),
        experiment=Experiment.model_validate(written | settings),
        targets=tuple(read_target(key, text) for key, text in (targets or {}).items()),
    )


def pair(**settings: Any) -> list[Scenario]:  # noqa: ANN401 - written data
    """Give the as-is and a redesign with a second decider."""
    parts = settings.pop("parts", {})
    more = parts | {"decider": {"staff": 2}}
    return [scenario(parts=parts, **settings), scenario("two-deciders", parts=more, **settings)]


def measured(
    *measures: tuple[Any, ...],
    finished: int = 1,
    still_open: int = 0,
    cells: dict[str, dict[str, int]] | None = None,
    tasks: dict[str, dict[str, int]] | None = None,
) -> Measured:
    """Give what a run measured, by hand: measures are (name, unit, numerator, denominator) or with a group second."""
    entries = (Measure(m[0], m[1] if len(m) == 5 else "", *m[-3:]) for m in measures)
    counts = Counts(finished + still_open, finished, 0, still_open)
    return Measured(tuple(entries), counts, cells or {}, tasks if tasks is not None else cells or {})
