"""Known figures of several people at once, and of posts that fall vacant and are filled."""

import numpy as np

from bpsim.engine.plan import DAY
from bpsim.eventlog import VACANT, EventLog
from bpsim.statistics import theory
from tests.statistical.models import Figures, Model, Written, exponential, people, steady, waits

YEAR = 365 * DAY


def pairs(rate: float, performers: list[str], **staff: int) -> Written:
    """Write one queue of work that takes several people at once."""
    seats = {"all": [f"desk.{name}" for name in performers]}
    return {
        "departments": people(**staff),
        "cases": {"arrivals": exponential(1 / rate)},
        "flow": {
            "came": {"type": "start", "next": "served"},
            "served": {"performer": seats, "duration": exponential(1), "next": "gone"},
            "gone": {"type": "end"},
        },
    }


def vacancies(log: EventLog, warmup: int) -> Figures:
    """Give the share of the posts that are vacant, and how many fall vacant in a year for each."""
    vacant = log.duties["kind"] == VACANT
    start, end = log.duties["start"][vacant], log.duties["end"][vacant]
    span, staff = log.settings.length - warmup, log.settings.roles[0].staff
    inside = np.minimum(end, log.settings.length) - np.maximum(start, warmup)
    fell = ((start >= warmup) & (start < log.settings.length)).sum()
    return {
        "share vacant": float(inside[inside > 0].sum()) / span / staff,
        "vacancies of a post in a year": float(fell) / staff * YEAR / span,
    }


def crews() -> list[Model]:
    """Two people of two roles are one server, two of four of one role two; posts are an alternating renewal process."""
    stay, search = 365 / 4, 60.0
    personnel = {
        "departments": {"desk": {"roles": {"clerk": {"staff": 100, "leaving": {"rate": "400% per year"}}}}},
        "cases": {"trigger": {"vacancy": "desk.clerk"}},
        "flow": {
            "came": {"type": "start", "next": "gone"},
            "gone": {"type": "end", "effect": {"hire": "desk.clerk", "after": f"{search:g}d"}},
        },
    }
    known = {"share vacant": search / (stay + search), "vacancies of a post in a year": 365 / (stay + search)}
    return [
        steady("two people at once, load .5", pairs(0.5, ["one", "two"], one=1, two=1), (0.5, 500_000), waits,
               {"wait": theory.mm1(0.5).waiting}),
        steady("two of four at once, load .5", pairs(1.0, ["one", "one"], one=4), (1.0, 700_000), waits,
               {"wait": theory.mmc(1.0, 2).waiting}),
        Model("posts", personnel, 2 * YEAR, 10 * YEAR, 10, vacancies,
              {key: (value, 0.01) for key, value in known.items()}),
    ]  # fmt: skip


CREWS = {model.name: model for model in crews()}
