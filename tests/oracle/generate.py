"""Draws valid processes as plain written data, on a coarse clock so that ties abound.

`processes()` is the Hypothesis strategy, `process(seed)` the same builder on a plain seeded generator for cheap loops.
"""

from random import Random
from typing import Any

from hypothesis import strategies as st

Written = dict[str, Any]

#: Openings to choose from: a lunch break, two halves of a day, a short week, a night shift over midnight, never closed.
CALENDARS = {
    "office": {"mon-fri": "09:00-12:00, 13:00-17:00"},
    "early": {"mon-thu": "08:00-13:00", "sat": "10:00-14:00"},
    "short": {"mon, wed, fri": "10:00-16:00"},
    "night": {"mon-fri": "20:00-24:00", "tue-sat": "00:00-04:00"},
}
MINUTES = ("0min", "10min", "20min", "30min", "45min", "1h", "90min", "2h")
DRAWS = (
    "empirical([10min, 20min, 30min])",
    "empirical([5min, 1h], weights=[3, 1])",
    "exponential(mean=40min)",
    "10-50 min",
    "triangular(10min, 20min, 1h)",
    "0.5 working days",
)
WAITS = ("1h", "4h", "1d", "2d", "empirical([2h, 1d])", "exponential(mean=12h)", "1 working day")
#: How long an item is kept may depend on what no task changes.
BY_KIND = {"by": "kind", "of": {"a": "never", "b": "3h", "else": "0min"}}
PRIORITIES = (
    "0",
    "2 if kind == 'a' else 0",
    "1 if flag else 0",
    "level",
    "1 if age > 6h else 0",
    "1 if waited > 1h else 0",
    "1 if channel == 'post' else 0",
    "now.hour",
)


class Builder:
    """Builds one written process from a source of choices."""

    def __init__(self, luck: Random) -> None:
        """Start with an empty flow and a shuffled store of names: their order is not the order of the flow."""
        self.luck = luck
        self.names = [f"{a}{b}" for a in "abcdefghij" for b in "123456789"]
        luck.shuffle(self.names)
        self.flow: Written = {}
        self.roles: list[str] = []
        self.machines: list[str] = []
        self.before: list[str] = []
        self.blocks = 0
        self.tasks_left = luck.randint(3, 9)

    def chance(self, percent: int) -> bool:
        """Say yes so many times in a hundred."""
        return self.luck.randrange(100) < percent

    def one(self, options: Any) -> Any:  # noqa: ANN401
        """Choose one of several."""
        return options[self.luck.randrange(len(options))]

    def some(self, least: int, most: int) -> int:
        """Choose a whole number."""
        return least + self.luck.randrange(most - least + 1)

    def add(self, node: Written) -> str:
        """Give a node a name and put it into the flow."""
        name = self.names.pop()
        self.flow[name] = node
        return name

    # The organisation ----------------------------------------------------------------------------------------------

    def departments(self) -> Written:
        """Build departments of two bodies with their roles."""
        departments: Written = {}
        for name in ("desk", "back", "law")[: self.some(1, 3)]:
            department: Written = {"body": self.one(("city", "state")), "roles": {}}
            if self.chance(70):
                department["calendar"] = self.one(("office", "office", "early", "always"))
            for role in ("clerk", "aide")[: self.some(1, 2)]:
                department["roles"][role] = self.role(f"{name}.{role}")
            departments[name] = department
        if not self.roles:
            departments["desk"]["roles"]["clerk"] = {"staff": 1}
            self.roles.append("desk.clerk")
        for name, department in departments.items():
            for role, written in department["roles"].items():
                others = [other for other in self.roles if other != f"{name}.{role}"]
                if others and "kind" not in written and self.chance(30):
                    written["also"] = sorted({self.one(others) for _ in range(self.some(1, 2))})
        return departments

    def role(self, name: str) -> Written:
        """Build a role; a few are machines."""
        role: Written = {"staff": self.one((1, 1, 1, 2, 2, 3)), "cost": "20/h"}
        if self.chance(40):
            role["calendar"] = self.one(("office", "early", "short", "night", "always"))
        if self.chance(12):
            self.machines.append(name)
            return role | {"kind": "system"}
        self.roles.append(name)
        if self.chance(30):
            role["other_duties"] = {"share": self.one(("20%", "40%", "60%")), "block": self.one(("30min", "1h", "3h"))}
        if self.chance(20):
            role["at_shift_end"] = "fit"
        return role

    def transfers(self) -> Written:
        """Build the delays between departments."""
        delays = ("0min", "30min", "2h", "1d", "empirical([0min, 1h])", "1 working day")
        written: Written = {"default": {"delay": self.one(delays), "calendar": self.one(("office", "always"))}}
        if self.chance(50):
            written["within"] = self.one(("0min", "10min", "empirical([0min, 20min])", "0.1 working days"))
        if self.chance(40):
            written["between_bodies"] = {"delay": self.one(("1h", "1d", "exponential(mean=3h)")), "calendar": "office"}
        if self.chance(30):
            written["desk -> back"] = self.one(("30min", "0min"))
        return written

    # What comes in -------------------------------------------------------------------------------------------------

    def cases(self) -> Written:
        """Build arrivals, attributes and the priority."""
        every = self.one(("20min", "30min", "1h", "exponential(mean=40min)", "empirical([10min, 1h])"))
        arrivals: Written = {"every": every, "at_most": self.some(5, 40)}
        if self.chance(25):
            arrivals["dispersion"] = {"daily": self.one(("gamma(cv=0.8)", "gamma(cv=0.3)"))}
        if self.chance(25):
            arrivals["profile"] = {"mon": 1.5, "wed": 0.5, "jan": 2}
        attributes: Written = {
            "flag": self.one(("bernoulli(30%)", "bernoulli(70%)")),
            "kind": {"a": "50%", "b": "30%", "c": "20%"},
            "level": self.one(("empirical([0, 1, 2])", 1)),
            "size": {"by": "kind", "of": {"a": "empirical([1, 5])", "else": 2}},
            "count": 0,
        }
        calendar = self.one(("office", "always", "always", "night"))
        return {"arrivals": arrivals, "calendar": calendar, "attributes": attributes, "priority": self.one(PRIORITIES)}

    def channels(self) -> Written:
        """Build one to three channels."""
        written: Written = {"web": {"share": 1.0}}
        if self.chance(50):
            written = {"web": {"share": "70%"}, "counter": {"share": "30%", "calendar": self.one(("office", "short"))}}
            if self.chance(50):
                written["web"]["share"] = "50%"
                written["post"] = {
                    "share": "20%",
                    "delay": self.one(("1d", "3h", "exponential(mean=5h)", "1 working day")),
                }
        return written

    # Tasks ---------------------------------------------------------------------------------------------------------

    def duration(self) -> Any:  # noqa: ANN401
        """Build a duration: mostly whole minutes."""
        plain = self.one(MINUTES) if self.chance(60) else self.one(DRAWS)
        if self.chance(10):
            return {"by": "flag", "of": {"true": plain, "false": self.one(MINUTES)}}
        if self.chance(10):
            return {"by": "kind", "of": {"a": plain, "else": "20min"}}
        if self.chance(10):
            return {"value": plain, "factor": self.one(("1.5 if flag else 1", "size", "1 + 0.25 * level", "0.5"))}
        return plain

    def step(self, *, inside: bool) -> tuple[str, str]:
        """Build one task or timer; give its name as entry and exit."""
        self.tasks_left -= 1
        kind = self.luck.randrange(100)
        if kind < 6:
            return self.alone(
                {
                    "type": "timer",
                    "delay": self.one(WAITS),
                    "calendar": self.one(("always", "office")),
                }
            )
        if kind < 22:
            return self.outside(self.one(("client", "client", "external")))
        if kind < 26:
            return self.alone({"performer": "system", "duration": self.one(MINUTES)})
        if kind < 36 and self.machines:
            return self.alone({"performer": self.one(self.machines), "duration": self.duration()})
        return self.alone(self.work(inside=inside))

    def alone(self, node: Written) -> tuple[str, str]:
        """Put a single node into the flow."""
        name = self.add(node)
        return name, name

    def outside(self, performer: str) -> tuple[str, str]:
        """Build a task of the client or a third party, half of them with a timeout that leads to a merge."""
        node = {
            "performer": performer,
            "duration": self.one(WAITS),
            "calendar": self.one(("always", "always", "office")),
        }
        if not self.chance(50):
            return self.alone(node)
        merge = self.add({"type": "exclusive"})
        name = self.add(
            node
            | {
                "next": merge,
                "timeout": {
                    "after": self.one(("4h", "1d", "2d", "exponential(mean=1d)", "1 working day")),
                    "next": merge,
                },
            }
        )
        if self.chance(40):
            reminder = self.add({"performer": self.one(self.roles), "duration": "10min", "next": merge})
            self.flow[name]["timeout"]["next"] = reminder
        return name, merge

    def work(self, *, inside: bool) -> Written:
        """Build a task of people."""
        node: Written = {"performer": self.one(self.roles), "duration": self.duration()}
        if self.chance(30) and len(self.roles) > 1:
            node["performer"] = self.luck.sample(self.roles, 2)
        if self.before and self.chance(30):
            node["same_person_as"] = self.one(self.before)
            node["performer"] = self.flow[node["same_person_as"]]["performer"]
            node["keeps_for"] = self.one(("0min", "1h", "4h", "2d", "never", BY_KIND, BY_KIND))
        elif self.chance(30):
            node["batch"] = self.batch()
        if self.chance(12):
            duration = node.pop("duration")
            node["parts"] = [
                {"was": "old_one", "duration": duration},
                {"was": "old_two", "duration": "15min", "share": self.one((1, 0.5))},
            ]
        elif self.chance(15):
            node["was"] = self.one(("first", "second"))
        if not inside and self.chance(20):
            node["assign"] = self.one(({"count": "count + 1"}, {"flag": "bernoulli(50%)", "level": "min(count, 2)"}))
        return node

    def batch(self) -> Written:
        """Build a batch of any kind."""
        batch: Written = {}
        if self.chance(50):
            batch["size"] = self.some(2, 4)
        if self.chance(40):
            batch["max_wait"] = self.one(("0min", "1h", "6h", "1d"))
        if self.chance(50) or not batch:
            batch["schedule"] = self.one(
                ("mon-fri 11:00", "tue, thu 10:00", ["mon-sun 12:30", "sat 23:00"], "wed 09:00")
            )
            batch["cutoff"] = self.one(("0min", "0min", "1h", "1d"))
            batch["on_closed"] = self.one(("next_opening", "skip", "run"))
        if self.chance(30):
            batch["max"] = self.some(batch.get("size", 1), 5)
        return batch | {
            "mode": self.one(("together", "one_by_one")),
            "setup": self.one(("0min", "10min", "empirical([0min, 20min])", "0.1 working days")),
        }

    # The flow ------------------------------------------------------------------------------------------------------

    def sequence(self, depth: int, *, inside: bool) -> tuple[str, str]:
        """Build blocks one after another; give the first and the last node."""
        first, last = self.block(depth, inside=inside)
        for _ in range(self.some(0, 2)):
            if self.tasks_left > 0:
                entry, leave = self.block(depth, inside=inside)
                self.flow[last]["next"] = entry
                last = leave
        return first, last

    def block(self, depth: int, *, inside: bool) -> tuple[str, str]:
        """Build a task, a choice, a loop or a parallel block."""
        kind = self.luck.randrange(100)
        if depth == 0 or kind < 45:
            entry, leave = self.step(inside=inside)
            node = self.flow[entry]
            if not inside and node.get("performer") in self.roles and entry == leave:
                self.before.append(entry)
            return entry, leave
        if kind < 62:
            return self.choice(depth - 1, inside=inside)
        return self.loop(depth - 1, inside=inside) if kind < 77 else self.parallel(depth - 1)

    def choice(self, depth: int, *, inside: bool) -> tuple[str, str]:
        """Build an exclusive choice: by shares, by conditions, as mapping or list."""
        split, merge = self.add({"type": "exclusive"}), self.add({"type": "exclusive"})
        ways = [merge]
        for _ in range(self.some(1, 2)):
            known = len(self.before)
            first, last = self.sequence(depth, inside=inside)
            del self.before[known:]
            self.flow[last]["next"] = merge
            ways.append(first)
        if not inside and self.chance(25):
            ways.append(self.add({"type": "end", "outcome": self.one(("refused", "lapsed"))}))
        self.luck.shuffle(ways)
        self.flow[split]["next"] = self.rules(ways)
        return split, merge

    def rules(self, ways: list[str]) -> Any:  # noqa: ANN401
        """Build the rules of a choice among two to four ways."""
        *rest, other = ways
        form = self.luck.randrange(4)
        if form == 0:
            return {way: f"{20 + 5 * n}%" for n, way in enumerate(rest)} | {other: "else"}
        if form == 1:
            tests = ("kind == 'a'", "kind == 'b'", "kind == 'c' and flag")
            return {way: tests[n] for n, way in enumerate(rest)} | {other: "else"}
        if form == 2:
            tests = ("flag", "level > 0 or size > 1", "now.hour < 12")
            return [{"to": way, "when": tests[n]} for n, way in enumerate(rest)] + [{"to": other, "when": "else"}]
        shares = ("0.1 + 0.1 * level", "30%", "0.3 if flag else 0.1")
        return [{"to": way, "p": shares[n]} for n, way in enumerate(rest)] + [{"to": other, "p": "else"}]

    def loop(self, depth: int, *, inside: bool) -> tuple[str, str]:
        """Build rework: a body that is gone through again by chance or by a condition."""
        merge = self.add({"type": "exclusive"})
        first, last = self.sequence(depth, inside=inside)
        decide, leave = self.add({"type": "exclusive"}), self.add({"type": "exclusive"})
        self.flow[merge]["next"], self.flow[last]["next"] = first, decide
        counted = (
            (f"visits({first}) < 2", f"flag and visits({first}) < 3") if "performer" in self.flow[first] else ("20%",)
        )
        again = self.one(("30%", "50%", *counted))
        self.flow[decide]["next"] = {merge: again, leave: "else"}
        return merge, leave

    def parallel(self, depth: int) -> tuple[str, str]:
        """Build a parallel block."""
        split, join = self.add({"type": "parallel", "next": []}), self.add({"type": "parallel"})
        for _ in range(self.some(2, 3)):
            known = len(self.before)
            first, last = self.sequence(depth, inside=True)
            del self.before[known:]
            self.flow[last]["next"] = join
            self.flow[split]["next"].append(first)
        return split, join

    def build(self) -> Written:
        """Build the whole process."""
        departments = self.departments()
        start = self.add({"type": "start"})
        first, last = self.sequence(2, inside=False)
        while self.tasks_left > 0:
            entry, leave = self.block(2, inside=False)
            self.flow[last]["next"], last = entry, leave
        self.flow[start]["next"] = first
        self.flow[last]["next"] = self.add({"type": "end", "outcome": "done"})
        cases = self.cases()
        if self.chance(25):
            marked = [
                name
                for name, node in self.flow.items()
                if node.get("type") in {"start", "end", "exclusive", "parallel"}
            ]
            cases["clocks"] = {"limit": {"from": self.one(marked), "to": [self.one(marked)], "limit": "5d"}}
        names = list(self.flow)
        self.luck.shuffle(names)
        return {
            "process": "drawn",
            "calendars": CALENDARS,
            "departments": departments,
            "channels": self.channels(),
            "transfers": self.transfers(),
            "cases": cases,
            "flow": {name: self.flow[name] for name in names},
        }


def process(seed: int) -> Written:
    """Draw a process from a plain seed."""
    return Builder(Random(seed)).build()  # noqa: S311 - nothing secret


def processes() -> st.SearchStrategy[Written]:
    """Draw processes as Hypothesis does, so that a failing one is made smaller."""
    return st.randoms(use_true_random=False).map(lambda luck: Builder(luck).build())
