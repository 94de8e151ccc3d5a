"""Whom a case wants for its work, and whom not: the same person, its owner, its team, a person by name; four eyes."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from bpsim.engine.clock import TIMER, Item, Signal
from bpsim.engine.draws import Case, chosen
from bpsim.errors import RunError
from bpsim.eventlog import NONE, written_value
from bpsim.values.calendars import NEVER

if TYPE_CHECKING:
    from bpsim.engine.plan import NodePlan

People = tuple[int, ...]
NOBODY: People = ()


def wishing(
    run: Any,  # noqa: ANN401 - the course, which imports this module
    rank: int,
    node: "NodePlan",
    pool: Any,  # noqa: ANN401 - of people
) -> Callable[[Item, int], None] | None:
    """Make what is fixed at an item's release: who may not take it, and for whom it is kept; None for no wishes."""
    wish = node.wish
    if not wish.any():
        return None
    by, options, keeps = wish.keeps_by, wish.keeps_for, wish.keeps_for[0][1]
    wanted = _named(run, rank, node) if wish.named else _remembered(wish.kept_as, first=node.wish.team < 0)
    barred_by, push, horizon, queue = wish.barred, run.clock.push, run.plan.horizon, node.queue

    present = run.posts.present if run.posts else tuple

    def fix(item: Item, now: int) -> None:
        case = item.case
        item.barred = barred = present(tuple(person for place in barred_by for person in case.anchors[place]))
        kept = tuple(p for p in present(wanted(case)) if p not in barred and pool.serves(p, queue))
        item.kept = kept
        if kept:
            until = now + (keeps if by < 0 else chosen(options, case.attributes[by], case.number))
            item.kept_until = until
            if until <= horizon:
                push(until, TIMER, item.key, Signal(partial(pool.look, at=until)))

    return fix


def _remembered(place: int, *, first: bool) -> Callable[[Case], People]:
    """Give whom a case remembers: all of them, or only the person of the first seat."""
    if place == NONE:
        return lambda _: NOBODY
    return (lambda case: case.anchors[place][:1]) if first else (lambda case: case.anchors[place])


def _named(run: Any, rank: int, node: "NodePlan") -> Callable[[Case], People]:  # noqa: ANN401 - as above
    """Give the person whom an attribute names: by number in the role of the first performer, or by name."""
    settings, by, of = run.plan.settings, node.wish.by, dict(node.wish.of)
    number = settings.nodes[rank].performers[0]
    role = settings.roles[number]
    known = {str(i + 1): role.first_person + i for i in range(role.staff)}
    known |= {person.name: role.first_person + i for i, person in enumerate(role.people) if person.name}

    def wanted(case: Case) -> People:
        word = written_value(case.attributes[by])
        name = of.get(word, of.get("else", "")) if of else word
        if name not in known:
            what = f"case {case.number} wants {name or word} for {node.name}: {role.name} has no such person"
            raise RunError("BP713", what, f"Name a person, or write a number from 1 to {role.staff}.")
        person = known[name]
        if not run.posts:
            return (person,)
        return (run.posts.token(person),) if run.posts.in_post(person, run.clock.now) else NOBODY

    return wanted


def _staying(run: Any) -> Callable[[People], People]:  # noqa: ANN401 - as above
    """Make what gives those of the people whom a case remembers who have not left since."""
    present = run.posts.present if run.posts else tuple
    pools = {
        person: pool
        for pool, plan in zip(run.pools, run.plan.pools, strict=True)
        for role in (run.plan.roles[number] for number in plan.roles)
        for person, one in enumerate(role.people, role.first_person)
        if one.ends < NEVER
    }
    if not pools:
        return present

    def staying(tokens: People) -> People:
        now = run.clock.now
        return tuple(who for who in present(tokens) if who not in pools or pools[who].employs(who, now))

    return staying


def remembering(run: Any, node: "NodePlan") -> Callable[[Item], None] | None:  # noqa: ANN401 - as above
    """Make what is remembered of a completed item: by the case its people, and by these their practice; or None."""
    wish, paces, posts, together = node.wish, run.paces, run.posts, node.together
    remembered, owner, groups = wish.remembered, wish.owner, [p for p in (wish.team, wish.colleagues) if p >= 0]
    if max(remembered, owner) < 0 and not groups and not paces:
        return None
    staying = _staying(run)

    def remember(item: Item) -> None:
        anchors = item.case.anchors
        crew = item.crew if together else (item.person,)
        if paces:
            for person in crew:
                paces.completed(person, item)
        if posts:
            crew = tuple(map(posts.token, crew))
        if remembered >= 0:
            anchors[remembered] = crew
        if owner >= 0 and not staying(anchors[owner]):
            anchors[owner] = crew[:1]
        for place in groups:
            anchors[place] += tuple(person for person in crew if person not in anchors[place])

    return remember


def holding(run: Any, node: "NodePlan", pool: Any) -> Callable[[Item, int], None] | None:  # noqa: ANN401 - as above
    """Make what sets the instant from which on people are held for an item that needs several; None for one person."""
    if not node.together:
        return None
    table, after, push, horizon = run.plan.tables[node.calendar], node.hold_after, run.clock.push, run.plan.horizon

    def hold(item: Item, now: int) -> None:
        at = now + after if isinstance(after, int) else table.add_working_days(now, after.count)
        item.hold_at, item.holds, item.crew = at, [], NOBODY
        if now < at <= horizon:
            push(at, TIMER, item.key, Signal(partial(pool.look, at=at)))

    return hold
