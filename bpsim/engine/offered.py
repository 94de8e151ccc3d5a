"""How work is spread over those who can do it, and how many people would do. Numbers only."""

from collections.abc import Sequence

#: Work, and the numbers of the roles that can do it.
Demand = tuple[float, Sequence[int]]
#: Spreading stops when no share moves by more than this part of the whole.
STILL = 1e-12
MOST_ROUNDS = 10_000


def spread_evenly(demands: Sequence[Demand], capacity: Sequence[float]) -> list[float]:
    """Spread work over roles so that the highest load is as low as it can be; give the load of each role.

    Each demand is poured over its roles like water, given what the others pour there, until nothing moves any more: the
    least sum of squared loads (weighted with capacity). Work that nobody can do is an infinite load of its first role.
    """
    possible = [(work, [role for role in able if capacity[role] > 0]) for work, able in demands]
    shares = [[0.0] * len(roles) for _, roles in possible]
    poured = [0.0] * len(capacity)
    whole = sum(work for work, _ in demands)
    for _ in range(MOST_ROUNDS):
        moved = 0.0
        for share, (work, able) in zip(shares, possible, strict=True):
            before = [poured[role] - old for role, old in zip(able, share, strict=True)]
            after = _pour(work, before, [capacity[role] for role in able])
            moved = max([moved, *(abs(new - old) for new, old in zip(after, share, strict=True))])
            for i, role in enumerate(able):
                poured[role] = before[i] + after[i]
            share[:] = after
        if moved <= STILL * whole:
            break
    load = [work / limit if limit > 0 else 0.0 for work, limit in zip(poured, capacity, strict=True)]
    for work, roles in demands:
        if work > 0 and all(capacity[role] <= 0 for role in roles):
            load[roles[0]] = float("inf")
    return load


def _pour(work: float, there: Sequence[float], capacity: Sequence[float]) -> list[float]:
    """Pour work over roles with something there already, to one level of load in all that get any."""
    order = sorted(range(len(there)), key=lambda i: there[i] / capacity[i])
    level, held, wide = 0.0, 0.0, 0.0
    for place, i in enumerate(order):
        held, wide = held + there[i], wide + capacity[i]
        level = (work + held) / wide
        if place + 1 < len(order) and level <= there[order[place + 1]] / capacity[order[place + 1]]:
            break
    return [max(0.0, level * limit - old) for old, limit in zip(there, capacity, strict=True)]


def enough(demands: Sequence[Demand], capacity: Sequence[float], role: int, staff: int) -> int:
    """Give the least number of people of a role with whom its load is below 1; `capacity` is that of `staff` people."""
    each = capacity[role] / staff
    low, high = staff, staff + 1 + int(sum(work for work, _ in demands) / each)

    def does(number: int) -> bool:
        changed = [each * number if i == role else limit for i, limit in enumerate(capacity)]
        return spread_evenly(demands, changed)[role] < 1

    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if does(middle) else (middle, high)
    return high
