"""Draws valid processes as plain written data, on a coarse clock so that ties abound.

`processes()` is the Hypothesis strategy, `process(seed)` the same builder on a plain seeded generator for cheap loops.
"""

from random import Random
from typing import Any

from hypothesis import strategies as st

Written = dict[str, Any]

#: The constructs that are drawn beside the oldest ones: engine and second interpreter agree on them.
AGREED = frozenset({
    "terminate", "inclusive", "until", "contacts",
    "named people", "groups of staff", "proficiency", "employment", "absences", "interrupting absences",
    "interrupting duties", "overtime", "discipline",
    "errors", "size", "growth", "shocks", "times", "appointments", "profile of hours",
    "blocks", "calls", "messages", "several people", "four eyes", "owner", "named person", "familiarity", "learning",
    "training", "leaving", "preempting cases", "preempting tasks", "boundaries", "event-based", "clocks that act",
    "withdrawal", "chases", "reneging", "clarity", "misrouting", "channel by group", "channel shift",
})  # fmt: skip

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

    def __init__(self, luck: Random, constructs: frozenset[str] = frozenset()) -> None:
        """Start with an empty flow and a shuffled store of names: their order is not the order of the flow."""
        self.luck, self.constructs = luck, constructs
        self.names = [f"{a}{b}" for a in "abcdefghij" for b in "123456789"]
        luck.shuffle(self.names)
        self.flow: Written = {}
        self.roles: list[str] = []
        self.machines: list[str] = []
        self.outer: list[str] = []
        self.posts: list[str] = []
        self.called: list[str] = []
        self.messages = self.may("messages", 55)
        self.sent: list[str] = []
        self.before: list[str] = []
        self.blocks = 0
        self.tasks_left = luck.randint(3, 9)

    def chance(self, percent: int) -> bool:
        """Say yes so many times in a hundred."""
        return self.luck.randrange(100) < percent

    def may(self, construct: str, percent: int) -> bool:
        """Say yes so many times in a hundred, if a construct is drawn at all."""
        return construct in self.constructs and self.chance(percent)

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
            if self.may("interrupting duties", 40):
                role["other_duties"]["interrupts"] = True
        if self.chance(20):
            role["at_shift_end"] = "fit"
        elif self.may("overtime", 20):
            role["at_shift_end"] = "finish"
        if self.may("discipline", 35):
            role["discipline"] = self.one(("edd", "spt", "siro", "lifo"))
        if self.may("absences", 34):
            role["absences"] = [self.absence(kind) for kind in ("sick", "course")[: self.some(1, 2)]]
        self.who(role, name)
        self.growth(role, name)
        return role

    def growth(self, role: Written, name: str) -> None:
        """Let people learn, be trained, leave."""
        if self.may("learning", 15):
            role["learning"] = {"rate": "85%", "floor": self.one((0, "60%")), "experience": self.some(0, 3)}
        if self.may("training", 15):
            at = self.one(("2025-01-01", "2025-01-06 10:00", "2025-01-07", "2025-01-08 11:30"))
            role["training"] = [{"at": at, "lasts": self.one(("2h", "1 working day")), "effect": "20%"}]
            if self.chance(50):
                role["training"][0]["decay"] = "5d"
        if self.may("leaving", 55):
            role["leaving"] = {"rate": self.one(("20000% per year", "60000% per year"))}
            role["onboarding"] = {"lasts": self.one(("2d", "12h")), "start": "50%"}
            self.posts.append(name)

    def who(self, role: Written, name: str) -> None:
        """Let the people of a role differ."""
        if self.may("proficiency", 20):
            role["proficiency"] = self.one((0.8, 1.25, 2))
        if self.may("named people", 20):
            prefix = name.replace(".", "_")
            role["people"] = {f"{prefix}_{who}": self.employment() for who in ("ada", "bob", "cy")[: self.some(1, 3)]}
            role["staff"] = len(role["people"]) + self.one((0, 0, 1))
        elif self.may("groups of staff", 20):
            role["staff"] = [{"count": self.some(1, 2), **self.employment()} for _ in range(self.some(1, 2))]

    def employment(self) -> Written:
        """Build what differs between people."""
        written: Written = {}
        if self.chance(40):
            written["calendar"] = self.one(("office", "early", "short", "night", "always"))
        if self.chance(40):
            written["proficiency"] = self.one((0.5, 0.8, 1.25, 1.5))
        if self.may("employment", 20):
            written["from"] = self.one(("2025-01-07", "2025-01-08", "2025-01-09"))
        if self.may("employment", 20):
            written["until"] = self.one(("2025-01-09", "2025-01-10", "2025-01-12"))
        return written

    def absence(self, name: str) -> Written:
        """Build a kind of absence."""
        absence = {
            "name": name,
            "every": self.one(("1d", "36h", "exponential(mean=1d)", "exponential(mean=3d)")),
            "lasts": self.one(("2h", "1d", "exponential(mean=6h)", "empirical([30min, 2d])")),
        }
        return absence | ({"interrupts": True} if self.may("interrupting absences", 80) else {})

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
        arrivals: Written = {"every": every, "at_most": self.some(5, 20 if self.constructs else 40)}
        self.waves(arrivals)
        if self.chance(25):
            arrivals["dispersion"] = {"daily": self.one(("gamma(cv=0.8)", "gamma(cv=0.3)"))}
        if self.chance(25):
            arrivals["profile"] = {"mon": 1.5, "wed": 0.5, "jan": 2}
        if self.may("profile of hours", 12) and "every" in arrivals:
            arrivals["profile"] = {**arrivals.get("profile", {}), "08-10": 2, "10:30-13": 0.5}
        attributes: Written = {
            "flag": self.one(("bernoulli(30%)", "bernoulli(70%)")),
            "kind": {"a": "50%", "b": "30%", "c": "20%"},
            "level": self.one(("empirical([0, 1, 2])", 1)),
            "size": {"by": "kind", "of": {"a": "empirical([1, 5])", "else": 2}},
            "count": 0,
        }
        calendar = self.one(("office", "always", "always", "night"))
        written = {"arrivals": arrivals, "calendar": calendar, "attributes": attributes}
        if self.may("preempting cases", 30):
            written["preempts"] = self.one(("flag", "kind == 'a'", "level > 1"))
        if client := self.client():
            written["client"] = client
        return written | {"priority": self.one(PRIORITIES)}

    def client(self) -> Written:
        """Build what clients do while they wait."""
        client: Written = {}
        patience = ("12h", "2d", "exponential(mean=1d)", {"by": "kind", "of": {"a": "never", "else": "1d"}})
        if self.may("withdrawal", 20):
            client["withdraws_after"] = self.one(patience)
        if self.may("chases", 20):
            chases: Written = {"every": self.one(("6h", "1d", "exponential(mean=8h)"))}
            if self.chance(80):
                work = {"performer": self.one((*self.roles, "system")), "duration": self.one(MINUTES)}
                chases["work"] = work
            client["chases"] = chases
        return client

    def waves(self, arrivals: Written) -> None:
        """Let arrivals change with time, come together, at given times, or by appointment."""
        if self.may("size", 20):
            arrivals["size"] = self.one((2, "empirical([0, 1, 3])"))
        if self.may("growth", 12):
            arrivals["growth"] = self.one(("50% per year", "-90% per year"))
        if self.may("shocks", 12):
            at = self.one(("2025-01-06 12:00", "2025-01-07", "1d"))
            arrivals["shocks"] = [{"at": at, "times": self.one((0, 3)), "lasts": self.one(("5h", "2d"))}]
        if self.may("appointments", 10):
            del arrivals["every"]
            arrivals["appointments"] = {
                "every": self.one(("30min", "1h")),
                "clients": self.some(1, 2),
                "no_show": self.one((0, "20%")),
                "earliness": self.one(("0min", "10min", "uniform(-20min, 30min)")),
            }
        elif self.may("times", 8):
            del arrivals["every"]
            arrivals["times"] = ["2025-01-06 09:00", "2025-01-06 09:00", "1d", "2025-01-08", "30h"]

    def channels(self) -> Written:
        """Build one to three channels."""
        written: Written = {"web": {"share": 1.0}}
        if self.may("channel by group", 15):
            shares = ({"a": "80%", "else": "30%"}, {"a": "20%", "else": "70%"})
            names = zip(("web", "counter"), shares, strict=True)
            return {name: {"share": {"by": "kind", "of": of}} for name, of in names}
        if self.chance(50):
            written = {"web": {"share": "70%"}, "counter": {"share": "30%", "calendar": self.one(("office", "short"))}}
            if self.chance(50):
                written["web"]["share"] = "50%"
                written["post"] = {
                    "share": "20%",
                    "delay": self.one(("1d", "3h", "exponential(mean=5h)", "1 working day")),
                }
            if self.may("channel shift", 30):
                share = {"by": "kind", "of": {"a": "60%", "else": "10%"}}
                written["web"]["shift"] = {"counter": self.one(("30%", share)), "web": "20%"}
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
            return self.alone(self.timer())
        if kind < 22:
            return self.outside(self.one(("client", "client", "external")))
        if kind < 26:
            return self.alone({"performer": "system", "duration": self.one(MINUTES)})
        if kind < 36 and self.machines:
            return self.alone({"performer": self.one(self.machines), "duration": self.duration()})
        entry, leave = self.alone(self.work(inside=inside))
        if self.may("boundaries", 25):
            leave = self.bound(entry, inside=inside)
        return entry, leave

    def timer(self) -> Written:
        """Build a timer: a delay, or until a time of a schedule."""
        node = {"type": "timer", "delay": self.one(WAITS), "calendar": self.one(("always", "office"))}
        if self.may("until", 40):
            node["until"] = self.one(("mon-fri 11:00", "next tue 10:00", ["wed 09:00", "sat 12:00"]))
            node["on_closed"] = self.one(("next_opening", "skip", "run"))
            if self.chance(50):
                del node["delay"]
        return node

    def bound(self, name: str, *, inside: bool) -> str:
        """Give work of people boundaries that lead to a merge behind it, or beside the flow; give that merge."""
        node, merge = self.flow[name], self.add({"type": "exclusive"})
        node["next"] = merge
        after = ("30min", "2h", "1d", "exponential(mean=4h)", "1 working day", "never")
        form = self.luck.randrange(4)
        if "batch" in node and self.chance(75):
            node["batch"]["timeout"] = {"after": self.one(after), "next": merge}
        elif form == 1:
            node["on"] = {key: {"after": self.one(after), "next": merge} for key in ("pays", "asks")[: self.some(1, 2)]}
        else:
            node["timeout"] = {"after": self.one(after), "next": merge}
        if not inside and self.chance(40):
            node["timeout"] = {"after": self.one(after), "next": self.aside(), "non_interrupting": True}
        return merge

    def aside(self) -> str:
        """Build a way to an end of its own."""
        end = self.add({"type": "end", "outcome": "aside"})
        return self.add({"performer": self.one(self.roles), "duration": self.one(MINUTES), "next": end})

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
        if self.may("contacts", 30):
            node["contact"] = self.one(("in", "out", "both"))
        if performer == "client" and self.may("clarity", 25):
            name, leave = self.add(node), self.add({"type": "exclusive"})
            again = self.add({"performer": self.one(self.roles), "duration": "5min", "next": name})
            node["clarity"] = {"incomplete": "50%", "each_pass": self.one((1, 0.5)), "next": again}
            node["next"] = leave
            return name, leave
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
        if self.may("preempting tasks", 15):
            node["preempts"] = True
        self.wishes(node)
        if self.may("errors", 30):
            node["introduces_error"] = self.one(("40%", {"by": "kind", "of": {"a": "80%", "else": "10%"}}))
        if self.may("errors", 30):
            node["detects_error"] = self.one(("60%", {"by": "channel", "of": {"web": "90%", "else": "30%"}}))
        if not inside and self.chance(20):
            node["assign"] = self.one(({"count": "count + 1"}, {"flag": "bernoulli(50%)", "level": "min(count, 2)"}))
        return node

    def wishes(self, node: Written) -> None:
        """Let work want several people, other people, or the people of a case."""
        kept = "same_person_as" in node
        if self.may("several people", 15) and not kept and "preempts" not in node:
            node["performer"] = {"all": [self.one(self.roles) for _ in range(2)]}
            if self.chance(60):
                node["hold_after"] = self.one(("0min", "2h", "1d", "never", "1 working day"))
        if "batch" not in node and self.may("reneging", 15):
            node["reneges_after"] = self.one(("30min", "4h", {"by": "flag", "of": {"true": "1h", "false": "1d"}}))
        if self.may("misrouting", 8):
            work = {"performer": self.one(self.roles), "duration": "10min"}
            node["misrouting"] = {"share": self.one(("30%", {"by": "kind", "of": {"a": "50%", "else": "10%"}}))}
            node["misrouting"] |= {"work": work, "referral": self.one(("client", "authority")), "delay": "2h"}
        if self.before and "batch" not in node and self.may("four eyes", 65) and len(self.roles) > 1:
            node["never_same_person_as"] = self.luck.sample(self.before, self.some(1, min(2, len(self.before))))
        if not kept and "batch" not in node and self.may("owner", 30):
            node[self.one(("case_owner", "case_owner", "case_team"))] = True
            node["keeps_for"] = self.one(("0min", "1h", "4h", "2d", BY_KIND))
        elif not kept and "batch" not in node and self.may("named person", 15):
            node["person"] = {"by": "kind", "of": {"a": 1, "b": 1, "else": 1}}
            node["keeps_for"] = self.one(("1h", "4h", "2d"))
        if self.may("contacts", 20):
            node["contact"] = "out"
        if self.may("familiarity", 20):
            node["familiarity"] = self.one((0.5, "80%"))

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
                self.outer.append(entry)
            return entry, leave
        if self.may("event-based", 10):
            return self.race()
        if (self.called or self.messages) and self.chance(55):
            self.tasks_left -= 1
            calls = self.called and not (self.messages and self.chance(60))
            return self.alone(self.call(inside=inside)) if calls else self.message()
        if kind < 62:
            return self.choice(depth - 1, inside=inside)
        if kind >= 77:
            return self.parallel(depth - 1, inside=inside, inclusive=self.may("inclusive", 35))
        return self.loop(depth - 1, inside=inside)

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
        elif inside and self.may("terminate", 80):
            ways.append(self.add({"type": "end", "outcome": self.one(("refused", "lapsed")), "terminate": True}))
        self.luck.shuffle(ways)
        self.flow[split]["next"] = self.rules(ways)
        return split, merge

    def rules(self, ways: list[str]) -> Any:  # noqa: ANN401
        """Build the rules of a choice among two to four ways."""
        *rest, other = ways
        form = self.one((0, 1, 1, 1, 1, 2, 2, 2, 3)) if self.constructs else self.luck.randrange(4)
        if form == 0:
            return {way: f"{20 + 5 * n}%" for n, way in enumerate(rest)} | {other: "else"}
        if form == 1:
            tests = ("kind == 'a'", "kind == 'b'", "kind == 'c' and flag")
            if self.may("errors", 40):
                tests = ("errors > 0", "errors == 0 and undetected > 0", "false")
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
        if "performer" in self.flow[first] and self.may("errors", 90):
            self.flow[first].setdefault("introduces_error", "80%")
            again = self.one((f"errors > 0 and visits({first}) < 3", f"undetected > 0 and visits({first}) < 4"))
        self.flow[decide]["next"] = {merge: again, leave: "else"}
        return merge, leave

    def parallel(self, depth: int, *, inside: bool = False, inclusive: bool = False) -> tuple[str, str]:
        """Build a parallel or an inclusive block."""
        kind, branches = "inclusive" if inclusive else "parallel", []
        split, join = self.add({"type": kind}), self.add({"type": kind})
        for _ in range(self.some(2, 3)):
            known = len(self.before)
            first, last = self.sequence(depth, inside=True)
            del self.before[known:]
            if self.may("terminate", 20):
                end = self.add({"type": "end", "outcome": "refused", "terminate": True})
                gate = self.add({"type": "exclusive", "next": {end: "30%", join: "else"}})
                self.flow[last]["next"] = gate
            else:
                self.flow[last]["next"] = join
            branches.append(first)
        rules: Any = branches
        if inclusive:
            forms = (("60%", "flag", "80%"), ("kind == 'a'", "true", "30%"), ("50%", "20%", "level > 0"))
            rules = dict(zip(branches, self.one(forms), strict=False))
            rules[branches[-1]] = "else" if self.chance(60) else "true"
        self.flow[split]["next"] = rules
        if self.may("blocks", 40):
            return split, self.broken_off(split, join, inside=inside)
        return split, join

    def broken_off(self, split: str, join: str, *, inside: bool) -> str:
        """Give a block boundaries that lead to a merge behind it, or beside the flow; give that merge."""
        node, merge = self.flow[split], self.add({"type": "exclusive"})
        self.flow[join]["next"] = merge
        after = ("30min", "2h", "5h", "1d", "exponential(mean=4h)", "1 working day", "never")
        node["timeout"] = {"after": self.one(after), "next": merge}
        if self.chance(30):
            node["on"] = {"pays": {"after": self.one(after), "next": merge}}
        if not inside and self.chance(30):
            node["on"] = {"nag": {"after": self.one(after), "next": self.aside(), "non_interrupting": True}}
        return merge

    def race(self) -> tuple[str, str]:
        """Build an event-based gateway: the first of some events wins."""
        self.tasks_left -= 1
        split, merge, ways = self.add({"type": "event_based"}), self.add({"type": "exclusive"}), []
        for _ in range(self.some(2, 3)):
            if self.chance(50):
                ways.append(self.add(self.timer() | {"next": merge}))
            else:
                ways.append(self.outside(self.one(("client", "external")))[0])
                node = self.flow[ways[-1]]
                node.setdefault("next", merge)
                if node["next"] != merge:
                    self.flow[node["next"]]["next"] = merge
        self.flow[split]["next"] = ways
        return split, merge

    # Other processes -----------------------------------------------------------------------------------------------

    def others(self) -> Written:
        """Build processes that run beside the main one: called, or with arrivals of their own."""
        written: Written = {}
        for name in ("interview", "audit")[: self.some(1, 2)]:
            other = Builder(self.luck, self.constructs - {"calls", "messages", "errors", "clocks that act"})
            other.roles, other.machines, other.tasks_left = self.roles, self.machines, self.some(1, 3)
            other.messages, other.sent = self.messages, self.sent
            flow, _ = other.whole(depth=1)
            cases = other.cases()
            if name == "interview" or self.chance(40):
                cases = {"entry": "called", **{key: value for key, value in cases.items() if key != "arrivals"}}
                cases.pop("calendar")
                self.called.append(name)
            written[name] = {"cases": cases, "flow": flow}
            if self.chance(30):
                written[name]["channels"] = {"phone": {"share": 1.0, "delay": self.one(("0min", "2h"))}}
        return written

    def call(self, *, inside: bool) -> Written:
        """Build a call of another process."""
        node: Written = {"type": "call", "process": self.one(self.called)}
        node["instances"] = self.one((1, 1, 2, "level", "empirical([0, 1, 2])", "1 if flag else 2"))
        node["order"] = self.one(("parallel", "sequential", "sequential"))
        if self.chance(60):
            node["with"] = {"flag": "not flag", "level": "min(level + 1, 3)"}
        if self.chance(40):
            node["applies_after"] = self.one(("0min", "3h", "exponential(mean=4h)"))
        if self.chance(30):
            return {**node, "wait": False, "order": "parallel"}
        if not inside and self.chance(95):
            node["returns"] = self.one(
                (
                    {"count": "sum(level)", "flag": "any(flag)"},
                    {"count": "count(done)", "flag": "all(flag)"},
                    {"level": "max(level)", "flag": "flag"},
                    {"level": "min(level)", "count": "count"},
                )
            )
        return node

    def message(self) -> tuple[str, str]:
        """Build a send, or a receive that is given up after a while."""
        name = self.one(("go", "go", "stop"))
        if self.chance(30 if self.sent else 95):
            self.sent.append(name)
            hands = {"with": {"flag": "not flag"}} if self.chance(30) else {}
            return self.alone({"type": "send", "message": name, **hands})
        merge = self.add({"type": "exclusive"})
        after = {"after": self.one(("10min", "1h", "exponential(mean=5h)")), "next": merge}
        name = self.one((*self.sent, name))
        return self.add({"type": "receive", "message": name, "next": merge, "timeout": after}), merge

    # The whole -----------------------------------------------------------------------------------------------------

    def whole(self, depth: int = 2) -> tuple[Written, str]:
        """Build the flow from the start to the end; name the end."""
        start = self.add({"type": "start"})
        first, last = self.sequence(depth, inside=False)
        while self.tasks_left > 0:
            entry, leave = self.block(depth, inside=False)
            self.flow[last]["next"], last = entry, leave
        self.flow[start]["next"] = first
        self.flow[last]["next"] = end = self.add({"type": "end", "outcome": "done"})
        return self.flow, end

    def clocks(self) -> Written:
        """Build a clock: one that acts, or one that marks a gateway."""
        if self.may("clocks that act", 25):
            limit = self.one(("4h", "1d", "2 working days", "6h"))
            clock: Written = {"limit": limit, "calendar": self.one(("always", "office"))}
            clock |= {"on_pass": {"next": self.aside()}, "from": self.one(("arrival", "need", "need", *self.outer))}
            if self.outer and self.chance(30):
                clock["to"] = [self.one(self.outer)]
            if self.chance(40):
                clock["stops_while"] = self.one((["client"], ["external"], ["client", *self.outer[:1]]))
            return {"law": clock}
        if self.chance(25):
            kinds = {"start", "end", "exclusive", "parallel"}
            marked = [name for name, node in self.flow.items() if node.get("type") in kinds]
            return {"limit": {"from": self.one(marked), "to": [self.one(marked)], "limit": "5d"}}
        return {}

    def build(self) -> Written:
        """Build the whole process."""
        departments = self.departments()
        others = self.others() if self.may("calls", 45) else {}
        _, end = self.whole()
        if self.posts:
            self.flow[end]["effect"] = {"hire": self.one(self.posts), "after": self.one(("0min", "0min", "5h"))}
        cases = self.cases()
        clocks = self.clocks()
        names = list(self.flow)
        self.luck.shuffle(names)
        written = {
            "process": "drawn",
            "calendars": CALENDARS,
            "departments": departments,
            "channels": self.channels(),
            "transfers": self.transfers(),
            "cases": {**cases, "clocks": clocks} if clocks else cases,
            "flow": {name: self.flow[name] for name in names},
        }
        return {**written, "others": others} if others else written


def backlog(written: Written, seed: int) -> Written:
    """Draw a backlog before some of the tasks of one process in three: outside its parallel blocks."""
    flow, luck = written["flow"], Random(seed)  # noqa: S311 - nothing secret
    if luck.random() > 1 / 3:
        return {}
    inside, todo = set(), [node["next"] for node in flow.values() if node.get("type") in {"parallel", "inclusive"}]
    while todo:
        targets = todo.pop()
        for target in targets if isinstance(targets, list | dict) else [targets]:
            name = target["to"] if isinstance(target, dict) else target
            if name not in inside:
                inside.add(name)
                rules = [rule for rule in flow[name].values() if isinstance(rule, dict) and "next" in rule]
                rules += [*flow[name].get("on", {}).values(), flow[name].get("batch", {}).get("timeout", {})]
                todo += [flow[name].get("next", []), *(rule.get("next", []) for rule in rules)]
    return {
        name: {"cases": luck.randint(1, 3), "age": luck.choice(("0min", "3h", "exponential(mean=2d)"))}
        for name in sorted(flow)
        if flow[name].get("type", "task") == "task" and name not in inside and luck.random() < 0.3
    }


def process(seed: int, constructs: frozenset[str] = frozenset()) -> Written:
    """Draw a process from a plain seed."""
    return Builder(Random(seed), constructs).build()  # noqa: S311 - nothing secret


def processes(constructs: frozenset[str] = frozenset()) -> st.SearchStrategy[Written]:
    """Draw processes as Hypothesis does, so that a failing one is made smaller."""
    return st.randoms(use_true_random=False).map(lambda luck: Builder(luck, constructs).build())
