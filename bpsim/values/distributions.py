"""Distributions as people write them, each drawn by inverting its distribution function at one uniform number.

Only scalar functions of the C library (math) and + - * / sqrt are used for values that count: the vectorised log and
exp of numpy differ in a last bit from machine to machine. `sample_ms` uses them all the same, and redoes the few values
that lie near a rounding border.
"""

import math
import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bpsim.errors import Mistake, did_you_mean

Scalar = Callable[[str], float]
_STANDARD = NormalDist()
#: The 90 % point of the standard normal distribution.
_Z90 = _STANDARD.inv_cdf(0.9)
#: Sums of shares may be off by this much.
TOLERANCE = 1e-6
#: A normal distribution may have this much below zero; it is cut off there.
BELOW_ZERO = 0.01
#: Marks a normal distribution that is cut off at zero even where next to nothing lies below.
_TINY = 1e-300


class Distribution(ABC):
    """A distribution. Durations are in milliseconds."""

    __slots__ = ()

    @abstractmethod
    def quantile(self, u: float) -> float:
        """Give the value below which a share u of the draws lies; u lies strictly between 0 and 1."""

    @abstractmethod
    def mean(self) -> float:
        """Give the expected value."""

    def minimum(self) -> float:
        """Give the lowest possible value."""
        return 0.0

    def maximum(self) -> float:
        """Give the highest possible value (inf when there is none)."""
        return math.inf

    def is_constant(self) -> bool:
        """Tell whether it always gives the same value."""
        return False

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Give quantiles of many numbers at once (relative error below 1e-12), or None when there is no fast way."""
        del u
        return None


@dataclass(frozen=True, slots=True)
class _Written(Distribution):
    """Knows how it was written, so that it can be shown and read again."""

    text: str

    def __str__(self) -> str:
        """Write it as it was written."""
        return self.text


@dataclass(frozen=True, slots=True)
class Constant(_Written):
    """Always the same."""

    value: float

    def quantile(self, u: float) -> float:  # noqa: ARG002 - nothing to draw
        """Give the value."""
        return self.value

    def mean(self) -> float:
        """Give the value."""
        return self.value

    def minimum(self) -> float:
        """Give the value."""
        return self.value

    def maximum(self) -> float:
        """Give the value."""
        return self.value

    def is_constant(self) -> bool:
        """It is."""
        return True

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the value for each."""
        return np.full(len(u), self.value)


@dataclass(frozen=True, slots=True)
class Bernoulli(_Written):
    """True with probability p."""

    p: float

    def quantile(self, u: float) -> float:
        """Give 1 for true, 0 for false."""
        return 1.0 if u < self.p else 0.0

    def mean(self) -> float:
        """Give p."""
        return self.p

    def maximum(self) -> float:
        """Give 1."""
        return 1.0


@dataclass(frozen=True, slots=True)
class Uniform(_Written):
    """Anything between low and high, equally likely."""

    low: float
    high: float

    def quantile(self, u: float) -> float:
        """Go the share u of the way from low to high."""
        return self.low + (self.high - self.low) * u

    def mean(self) -> float:
        """Give the middle."""
        return (self.low + self.high) / 2

    def minimum(self) -> float:
        """Give low."""
        return self.low

    def maximum(self) -> float:
        """Give high."""
        return self.high

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many."""
        return self.low + (self.high - self.low) * u


@dataclass(frozen=True, slots=True)
class Exponential(_Written):
    """The time to the next of many independent events."""

    average: float

    def quantile(self, u: float) -> float:
        """-mean log(1 - u)."""
        return -self.average * math.log1p(-u)

    def mean(self) -> float:
        """Give the mean."""
        return self.average

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many."""
        return -self.average * np.log1p(-u)


@dataclass(frozen=True, slots=True)
class Triangular(_Written):
    """Between low and high, most likely mode."""

    low: float
    mode: float
    high: float

    def quantile(self, u: float) -> float:
        """Invert the two parabolas."""
        span = self.high - self.low
        if span == 0:
            return self.low
        if u * span < self.mode - self.low:
            return self.low + math.sqrt(u * span * (self.mode - self.low))
        return self.high - math.sqrt((1 - u) * span * (self.high - self.mode))

    def mean(self) -> float:
        """(low + mode + high) / 3."""
        return (self.low + self.mode + self.high) / 3

    def minimum(self) -> float:
        """Give low."""
        return self.low

    def maximum(self) -> float:
        """Give high."""
        return self.high

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many."""
        span = self.high - self.low
        rising = self.low + np.sqrt(u * span * (self.mode - self.low))
        return np.where(
            u * span < self.mode - self.low, rising, self.high - np.sqrt((1 - u) * span * (self.high - self.mode))
        )


@dataclass(frozen=True, slots=True)
class Beta(_Written):
    """A beta distribution with shapes a, b on [low, high]. PERT is one with mean (low + 4 mode + high) / 6."""

    low: float
    high: float
    a: float
    b: float

    def quantile(self, u: float) -> float:
        """Invert the incomplete beta function."""
        from scipy.special import betaincinv

        return self.low + (self.high - self.low) * float(betaincinv(self.a, self.b, u))

    def mean(self) -> float:
        """Low + (high - low) a / (a + b)."""
        return self.low + (self.high - self.low) * self.a / (self.a + self.b)

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many."""
        from scipy.special import betaincinv

        values: NDArray[np.float64] = self.low + (self.high - self.low) * betaincinv(self.a, self.b, u)
        return values

    def minimum(self) -> float:
        """Give low."""
        return self.low

    def maximum(self) -> float:
        """Give high."""
        return self.high


#: The middle of the normal distribution by Wichura (1988), Algorithm AS 241, as in statistics.NormalDist.
_MIDDLE = 0.425
_ABOVE = (
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
    1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
)  # fmt: skip
_BELOW = (
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
    5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
)  # fmt: skip


def _standard_quantiles(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert the standard normal distribution at many numbers: the middle all at once, the tails one by one."""
    centred = u - 0.5
    r = _MIDDLE**2 - centred * centred
    values: NDArray[np.float64] = centred * np.polyval(_ABOVE, r) / np.polyval(_BELOW, r)
    for i in np.flatnonzero(np.abs(centred) > _MIDDLE).tolist():
        values[i] = _STANDARD.inv_cdf(float(u[i]))
    return values


@dataclass(frozen=True, slots=True)
class Normal(_Written):
    """A normal distribution; the share `below` under zero is cut off (0 where negative values are meant)."""

    average: float
    sd: float
    below: float

    def quantile(self, u: float) -> float:
        """Invert the normal distribution above the cut."""
        value = self.average + self.sd * _STANDARD.inv_cdf(self.below + (1 - self.below) * u)
        return max(value, 0.0) if self.below else value

    def mean(self) -> float:
        """Give the mean of what is left above the cut."""
        if not self.below:
            return self.average
        return self.average + self.sd * _STANDARD.pdf(self.average / self.sd) / (1 - self.below)

    def minimum(self) -> float:
        """Give zero, or minus infinity where negative values are meant."""
        return 0.0 if self.below else -math.inf

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many."""
        values = self.average + self.sd * _standard_quantiles(self.below + (1 - self.below) * u)
        return np.maximum(values, 0.0) if self.below else values


@dataclass(frozen=True, slots=True)
class Lognormal(_Written):
    """The exponential of a normal distribution with parameters mu and sigma."""

    mu: float
    sigma: float

    def quantile(self, u: float) -> float:
        """exp(mu + sigma z)."""
        return math.exp(self.mu + self.sigma * _STANDARD.inv_cdf(u))

    def mean(self) -> float:
        """exp(mu + sigma^2 / 2)."""
        return math.exp(self.mu + self.sigma * self.sigma / 2)

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many."""
        return np.exp(self.mu + self.sigma * _standard_quantiles(u))


@dataclass(frozen=True, slots=True)
class Gamma(_Written):
    """A gamma distribution with shape and scale."""

    shape: float
    scale: float

    def quantile(self, u: float) -> float:
        """Invert the incomplete gamma function."""
        from scipy.special import gammaincinv

        return self.scale * float(gammaincinv(self.shape, u))

    def mean(self) -> float:
        """Shape times scale."""
        return self.shape * self.scale

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many."""
        from scipy.special import gammaincinv

        values: NDArray[np.float64] = self.scale * gammaincinv(self.shape, u)
        return values


@dataclass(frozen=True, slots=True)
class Weibull(_Written):
    """A Weibull distribution."""

    scale: float
    shape: float

    def quantile(self, u: float) -> float:
        """Scale (-log(1 - u))^(1 / shape)."""
        return float(self.scale * (-math.log1p(-u)) ** (1 / self.shape))

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many."""
        values: NDArray[np.float64] = self.scale * (-np.log1p(-u)) ** (1 / self.shape)
        return values

    def mean(self) -> float:
        """Scale Gamma(1 + 1 / shape)."""
        return self.scale * math.gamma(1 + 1 / self.shape)


@dataclass(frozen=True, slots=True)
class Empirical(_Written):
    """One of several values, with weights that make 1 together."""

    values: tuple[float, ...]
    borders: tuple[float, ...]

    def quantile(self, u: float) -> float:
        """Take the first value whose cumulative weight exceeds u."""
        return self.values[min(bisect_right(self.borders, u), len(self.values) - 1)]

    def mean(self) -> float:
        """Give the weighted mean."""
        lower = (0.0, *self.borders[:-1])
        return math.fsum(v * (b - a) for v, a, b in zip(self.values, lower, self.borders, strict=True))

    def minimum(self) -> float:
        """Give the least."""
        return min(self.values)

    def maximum(self) -> float:
        """Give the greatest."""
        return max(self.values)


@dataclass(frozen=True, slots=True)
class Quantiles(_Written):
    """Straight lines between given quantiles."""

    shares: tuple[float, ...]
    values: tuple[float, ...]

    def quantile(self, u: float) -> float:
        """Interpolate."""
        i = min(max(bisect_left(self.shares, u), 1), len(self.shares) - 1)
        share = (u - self.shares[i - 1]) / (self.shares[i] - self.shares[i - 1])
        return self.values[i - 1] + (self.values[i] - self.values[i - 1]) * share

    def mean(self) -> float:
        """Add up the trapezoids."""
        pairs = zip(self.shares[:-1], self.shares[1:], self.values[:-1], self.values[1:], strict=True)
        return math.fsum((b - a) * (x + y) / 2 for a, b, x, y in pairs)

    def minimum(self) -> float:
        """Give the first."""
        return self.values[0]

    def maximum(self) -> float:
        """Give the last."""
        return self.values[-1]


@dataclass(frozen=True, slots=True)
class Mixture(_Written):
    """One of several distributions, with its share; u chooses, and what is left of u draws."""

    borders: tuple[float, ...]
    parts: tuple[Distribution, ...]

    def quantile(self, u: float) -> float:
        """Choose the component with u and rescale the rest."""
        i = min(bisect_right(self.borders, u), len(self.parts) - 1)
        low = self.borders[i - 1] if i else 0.0
        rest = (u - low) / (self.borders[i] - low)
        return self.parts[i].quantile(min(max(rest, _LEAST), 1 - _LEAST))

    def mean(self) -> float:
        """Give the weighted mean."""
        lower = (0.0, *self.borders[:-1])
        return math.fsum(p.mean() * (b - a) for p, a, b in zip(self.parts, lower, self.borders, strict=True))

    def minimum(self) -> float:
        """Give the least of all."""
        return min(part.minimum() for part in self.parts)

    def maximum(self) -> float:
        """Give the greatest of all."""
        return max(part.maximum() for part in self.parts)


#: The least and greatest uniform number that a rescaled u may become.
_LEAST = 2.0**-53


@dataclass(frozen=True, slots=True)
class Truncated(_Written):
    """A distribution kept within [low, high]: u is rescaled to the share between them."""

    base: Distribution
    low: float
    high: float
    first: float
    last: float

    def quantile(self, u: float) -> float:
        """Draw from the share between the limits."""
        return min(max(self.base.quantile(self.first + (self.last - self.first) * u), self.low), self.high)

    def mean(self) -> float:
        """Give the mean by the midpoint rule over 2,000 quantiles."""
        return _numeric_mean(self)

    def minimum(self) -> float:
        """Give the lower limit, or the base's."""
        return max(self.low, self.base.minimum())

    def maximum(self) -> float:
        """Give the upper limit, or the base's."""
        return min(self.high, self.base.maximum())


@dataclass(frozen=True, slots=True)
class Linear(_Written):
    """A distribution times a factor plus an offset."""

    base: Distribution
    factor: float
    offset: float

    def quantile(self, u: float) -> float:
        """Factor x + offset."""
        return self.base.quantile(u) * self.factor + self.offset

    def mean(self) -> float:
        """Factor E[x] + offset."""
        return self.base.mean() * self.factor + self.offset

    def minimum(self) -> float:
        """Move the least."""
        return self.base.minimum() * self.factor + self.offset

    def maximum(self) -> float:
        """Move the greatest."""
        return self.base.maximum() * self.factor + self.offset

    def block(self, u: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The same for many, where the base can."""
        values = self.base.block(u)
        return None if values is None else values * self.factor + self.offset

    def is_constant(self) -> bool:
        """It is when the base is."""
        return self.base.is_constant()


def _numeric_mean(distribution: Distribution, pieces: int = 2000) -> float:
    return math.fsum(distribution.quantile((i + 0.5) / pieces) for i in range(pieces)) / pieces


#: The fast transform errs by less than this share of a value; values nearer to a rounding border than that are redone.
GUARD = 1e-9


def sample_ms(distribution: Distribution, u: NDArray[np.float64]) -> list[int]:
    """Draw whole milliseconds for many uniform numbers: exactly round(quantile(u)) for each.

    numpy's transforms agree with the C library's to about 1e-15; whatever comes nearer to a half than GUARD is redone.
    """
    values = distribution.block(u)
    if values is None:
        quantile = distribution.quantile
        return [round(quantile(x)) for x in u.tolist()]
    whole = np.rint(values)
    near = np.flatnonzero(np.abs(np.abs(values - whole) - 0.5) <= GUARD * (1 + np.abs(values)))
    result: list[int] = whole.astype(np.int64).tolist()
    for i in near.tolist():
        result[i] = round(distribution.quantile(float(u[i])))
    return result


# -- written forms ----------------------------------------------------------------------------------------------


def constant(milliseconds: float) -> Constant:
    """Give a fixed duration."""
    return Constant(f"{milliseconds:.0f}ms" if milliseconds else "0", float(milliseconds))


def scaled(distribution: Distribution, factor: float) -> Distribution:
    """Give a distribution times a factor."""
    return Linear(f"({distribution}) * {factor!r}", distribution, factor, 0.0)


def shifted(distribution: Distribution, by: float, written: str) -> Distribution:
    """Give a distribution plus an offset, written in its unit."""
    return Linear(f"({distribution}) + {written}", distribution, 1.0, by)


def parse_number(text: str | float) -> float:
    """Read a plain number, or a percentage; Mistake explains a decimal comma."""
    if isinstance(text, bool):
        raise Mistake("BP208", f"{str(text).lower()} is not a number", "")
    if isinstance(text, int | float):
        return _finite(float(text), str(text))
    stripped = text.strip()
    if re.fullmatch(r"[+-]?\d+,\d+\s*%?", stripped):
        raise Mistake("BP206", f'"{stripped}" has a decimal comma', f"Use a point: {stripped.replace(',', '.')}.")
    percent = stripped.endswith("%")
    body = stripped[:-1].strip() if percent else stripped
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", body, re.IGNORECASE):
        if body.lower().lstrip("+-.") in {"nan", "inf", "infinity"}:
            return _finite(float(body.lower().replace(".", "")), stripped)
        hint = (
            "Write digits without separators: 1000."
            if re.fullmatch(r"\d[\d_ ]*\d", body)
            else "Write a number such as 2, 0.5 or 30%."
        )
        raise Mistake("BP208", f'"{stripped}" is not a number', hint)
    value = float(body)
    return _finite(value / 100 if percent else value, stripped)


def _finite(value: float, text: str) -> float:
    if not math.isfinite(value):
        raise Mistake("BP208", f"{text} is not a finite number", "Write a number such as 2, 0.5 or 30%.")
    return value


def parse_probability(text: str | float) -> float:
    """Read a probability: `30%` or `0.3`."""
    value = parse_number(text)
    shown = str(text).strip()
    if value < 0:
        raise Mistake("BP231", f"the probability {shown} is negative", "Write 0% to 100%.")
    if value > 1:
        raise Mistake(
            "BP231",
            f"the probability {shown} is above 1",
            f"Did you mean {value:g} % = {value / 100:g}?" if value <= 100 else "Write 0% to 100%.",  # noqa: PLR2004
        )
    return value


def parse_distribution(text: str | float, *, scalar: Scalar, nonnegative: bool = True) -> Distribution:
    """Read a distribution. `scalar` reads its parameters; `nonnegative` refuses what could be negative."""
    if isinstance(text, bool):
        raise Mistake("BP208", f"{str(text).lower()} is not a distribution", "Write a number or a distribution.")
    if isinstance(text, int | float):
        return Constant(str(text), float(scalar(text)))  # type: ignore[arg-type]
    return _Parser(text, scalar, nonnegative=nonnegative).whole()


#: The least and the greatest number that is ever drawn, and some between.
_LADDER = (2.0**-53, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 2.0**-53)


def _computable(distribution: Distribution) -> bool:
    """Tell whether whatever is drawn is a number that a computer knows."""
    try:
        return all(math.isfinite(distribution.quantile(u)) for u in _LADDER)
    except (ArithmeticError, ValueError):
        return False


_CALL = re.compile(r"\s*([a-z_]+)\s*\(", re.IGNORECASE)
_RANGE = re.compile(r"\s*([\d.]+)\s*([^\W\d_]*)\s*-\s*([\d.]+)\s*([^\W\d_]+|%)?\s*")


class _Parser:
    """Reads one distribution, with the places of its parts."""

    def __init__(self, text: str, scalar: Scalar, *, nonnegative: bool) -> None:
        self.text, self.scalar, self.nonnegative = text, scalar, nonnegative

    def whole(self) -> Distribution:
        distribution = self.read(0, len(self.text))
        if self.nonnegative and distribution.minimum() < 0:
            raise Mistake("BP205", f"{self.text.strip()} can be negative", "A duration is zero or more.")
        if not self.nonnegative and not _computable(distribution):
            what = f"{self.text.strip()} reaches numbers that are too large to compute with"
            raise Mistake("BP211", what, "Look at their units and powers of ten.")
        return distribution

    def read(self, start: int, end: int) -> Distribution:
        """Read D, D * number, D + scalar."""
        text = self.text[start:end]
        for sign in ("+", "*"):
            place = _outside(text, sign)
            if place >= 0:
                return self._combined(start, start + place, end, sign)
        if (inner := re.fullmatch(r"\s*\((.*)\)\s*", text)) and _closes(text.strip()):
            return self.read(start + inner.start(1), start + inner.end(1))
        if match := _CALL.match(text):
            if not text.rstrip().endswith(")"):
                raise Mistake("BP209", "a bracket is not closed", "End it with ).", end)
            return self._call(
                match[1].lower(), start + match.start(1), start + match.end(), start + len(text.rstrip()) - 1
            )
        if (match := _RANGE.fullmatch(text)) and "e" not in text.lower().replace("sec", ""):
            return self._range(match, start, text)
        return Constant(text.strip(), self._scalar(start, end))

    def _combined(self, start: int, at: int, end: int, sign: str) -> Distribution:
        base, rest = self.read(start, at), self.text[at + 1 : end]
        text = self.text[start:end].strip()
        if _CALL.match(rest) and sign == "+" and base.is_constant():
            return Linear(text, self.read(at + 1, end), 1.0, base.mean())
        if _CALL.match(rest):
            what = "two distributions cannot be added or multiplied"
            raise Mistake("BP209", what, "Put the second into a task or timer of its own.", at + 1)
        if sign == "*":
            factor = self._number(at + 1, end)
            if factor < 0:
                raise Mistake("BP205", f"the factor {rest.strip()} is negative", "A factor is zero or more.", at + 1)
            return Linear(text, base, factor, 0.0)
        return Linear(text, base, 1.0, self._scalar(at + 1, end))

    def _range(self, match: re.Match[str], start: int, text: str) -> Distribution:
        unit = match[4] or ""
        low = self._value(f"{match[1]}{match[2] or unit}", start + match.start(1))
        high = self._value(f"{match[3]}{unit}", start + match.start(3))
        self._ordered(low, high, start)
        return Uniform(text.strip(), low, high)

    def _value(self, text: str, at: int) -> float:
        try:
            return float(self.scalar(text.strip()))
        except Mistake as mistake:
            raise Mistake(mistake.code, mistake.what, mistake.hint, at + mistake.offset) from None

    def _scalar(self, start: int, end: int) -> float:
        text = self.text[start:end]
        return self._value(text, start + len(text) - len(text.lstrip()))

    def _number(self, start: int, end: int) -> float:
        text = self.text[start:end]
        try:
            return parse_number(text)
        except Mistake as mistake:
            raise Mistake(mistake.code, mistake.what, mistake.hint, start + mistake.offset) from None

    @staticmethod
    def _ordered(low: float, high: float, at: int) -> None:
        if low > high:
            raise Mistake("BP211", "the lowest value is above the highest", "Write the smaller one first.", at)

    # -- calls -------------------------------------------------------------------------------------------------------

    def _call(self, name: str, at: int, start: int, end: int) -> Distribution:
        makers = {key.removeprefix("_make_"): getattr(self, key) for key in dir(self) if key.startswith("_make_")}
        if name not in makers:
            known = did_you_mean(name, makers) or f"There are {', '.join(sorted(makers))}."
            raise Mistake("BP210", f'unknown distribution "{name}"', known, at)
        arguments = _Arguments(self, name, start, end)
        try:
            made: Distribution = makers[name](arguments, self.text[at : end + 1])
        except ArithmeticError:
            what = f"the numbers of {name} are too far apart to compute with"
            raise Mistake("BP211", what, "Look at their units and powers of ten.", at) from None
        return made

    def _make_exponential(self, a: "_Arguments", text: str) -> Distribution:
        if "rate" in a.named:
            raise Mistake(
                "BP212", "exponential takes a mean, not a rate", "Write exponential(mean=30min).", a.named["rate"][0]
            )
        (mean,) = a.take("mean")
        a.positive(mean, "mean")
        return Exponential(text, mean)

    def _make_uniform(self, a: "_Arguments", text: str) -> Distribution:
        low, high = a.take("low", "high")
        self._ordered(low, high, a.start)
        return Uniform(text, low, high)

    def _make_triangular(self, a: "_Arguments", text: str) -> Distribution:
        low, mode, high = a.take("low", "mode", "high")
        self._inside(low, mode, high, a)
        return Triangular(text, low, mode, high)

    def _make_pert(self, a: "_Arguments", text: str) -> Distribution:
        low, mode, high = a.take("low", "mode", "high")
        self._inside(low, mode, high, a)
        if low == high:
            return Constant(text, low)
        span = high - low
        return Beta(text, low, high, 1 + 4 * (mode - low) / span, 1 + 4 * (high - mode) / span)

    def _inside(self, low: float, mode: float, high: float, a: "_Arguments") -> None:
        self._ordered(low, high, a.start)
        if not low <= mode <= high:
            raise Mistake(
                "BP211",
                "the most likely value lies outside the lowest and highest",
                "Write lowest, most likely, highest.",
                a.place("mode", 1),
            )

    def _make_normal(self, a: "_Arguments", text: str) -> Distribution:
        mean, sd = a.take("mean", "sd")
        a.not_negative(sd, "sd")
        if sd == 0:
            return Constant(text, mean)
        below = max(_STANDARD.cdf(-mean / sd), _TINY) if self.nonnegative else 0.0
        if below > BELOW_ZERO:
            made = Normal(text, mean, sd, below).mean()
            ratio = made / mean if mean else math.inf
            what = (
                f"{below:.0%} of this normal distribution lies below zero: "
                f"cut off there, its mean would be {ratio:.3g} times as large"
            )
            raise Mistake("BP213", what, "Use lognormal or gamma with the same mean and sd.", a.start)
        return Normal(text, mean, sd, below)

    def _make_lognormal(self, a: "_Arguments", text: str) -> Distribution:
        if "median" in a.named or "p90" in a.named:
            median, p90 = a.take("median", "p90")
            a.positive(median, "median")
            if p90 < median:
                raise Mistake(
                    "BP211", "p90 is below the median", "90 % of the values lie below p90.", a.place("p90", 1)
                )
            return Lognormal(text, math.log(median), math.log(p90 / median) / _Z90)
        mean, sd = a.take("mean", "sd")
        a.positive(mean, "mean")
        a.not_negative(sd, "sd")
        ratio = sd / mean
        if math.isinf(ratio):
            raise OverflowError
        variance = math.log1p(ratio**2)
        return Lognormal(text, math.log(mean) - variance / 2, math.sqrt(variance))

    def _make_gamma(self, a: "_Arguments", text: str) -> Distribution:
        mean, sd = a.take("mean", "sd")
        a.positive(mean, "mean")
        a.positive(sd, "sd")
        return Gamma(text, (mean / sd) ** 2, sd * sd / mean)

    def _make_erlang(self, a: "_Arguments", text: str) -> Distribution:
        k, mean = a.take("k", "mean", numbers=("k",))
        a.positive(mean, "mean")
        if k < 1 or k != int(k):
            raise Mistake("BP211", f"k = {k:g} is not a whole number of phases", "Write 1, 2, 3, ...", a.place("k", 0))
        return Gamma(text, k, mean / k)

    def _make_weibull(self, a: "_Arguments", text: str) -> Distribution:
        scale, shape = a.take("scale", "shape", numbers=("shape",))
        a.positive(scale, "scale")
        a.positive(shape, "shape")
        return Weibull(text, scale, shape)

    def _make_beta(self, a: "_Arguments", text: str) -> Distribution:
        low, high, mean, sd = a.take("low", "high", "mean", "sd")
        self._ordered(low, high, a.start)
        a.positive(sd, "sd")
        share, spread = (mean - low) / (high - low or 1), sd / (high - low or 1)
        common = share * (1 - share) / spread**2 - 1
        if not 0 < share < 1 or common <= 0:
            raise Mistake(
                "BP211",
                "no beta distribution has this mean and sd",
                "Move the mean inside the limits, or take a smaller sd.",
                a.start,
            )
        return Beta(text, low, high, share * common, (1 - share) * common)

    def _make_bernoulli(self, a: "_Arguments", text: str) -> Distribution:
        (p,) = a.take("p", probabilities=("p",))
        return Bernoulli(text, p)

    def _make_empirical(self, a: "_Arguments", text: str) -> Distribution:
        values = a.series("values", 0)
        if not values:
            raise Mistake(
                "BP214", "an empirical distribution without values", "Write empirical([1h, 2h, 5h]).", a.start
            )
        weights = (
            a.series("weights", 1, numbers=True) if "weights" in a.named or len(a.plain) > 1 else [1.0] * len(values)
        )
        a.finish({"values", "weights"}, 2)
        at = a.place("weights", 1)
        if len(weights) != len(values):
            raise Mistake(
                "BP214",
                f"{len(values)} values but {len(weights)} weights",
                "Give each value one weight.",
                at,
            )
        total = math.fsum(weights)
        if min(weights) < 0 or total <= 0:
            raise Mistake("BP214", "weights must be zero or more, and not all zero", "", at)
        return Empirical(text, tuple(values), tuple(accumulate(weight / total for weight in weights)))

    def _make_quantiles(self, a: "_Arguments", text: str) -> Distribution:
        points = []
        for name, (at, start, end) in a.named.items():
            if not re.fullmatch(r"p\d+(\.\d+)?", name) or float(name[1:]) > 100:  # noqa: PLR2004
                raise Mistake("BP212", f"quantiles does not know {name}", "Write p0=, p50=, p100=.", at)
            points.append((float(name[1:]) / 100, self._scalar(start, end)))
        points.sort()
        if a.plain or len(points) < 2 or points[0][0] != 0 or points[-1][0] != 1:  # noqa: PLR2004 - two ends
            raise Mistake(
                "BP212",
                "quantiles must begin with p0 and end with p100",
                "Such as quantiles(p0=0min, p50=2h, p100=9d).",
                a.start,
            )
        if any(x[1] > y[1] or x[0] == y[0] for x, y in pairwise(points)):
            raise Mistake("BP211", "a higher quantile has a lower value", "Values rise with the percentages.", a.start)
        return Quantiles(text, tuple(p for p, _ in points), tuple(v for _, v in points))

    def _make_mixture(self, a: "_Arguments", text: str) -> Distribution:
        shares, parts = [], []
        for start, end in a.plain:
            match = re.match(r"\s*([\d.]+\s*%|0?\.\d+|[01](?:\.\d+)?)\s+", self.text[start:end])
            if match is None:
                raise Mistake(
                    "BP215", "a part of a mixture without a share", "Write 95% exponential(mean=2min), 5% 14h.", start
                )
            shares.append(parse_probability(match[1].replace(" ", "")))
            parts.append(self.read(start + match.end(), end))
        a.finish(set(), len(a.plain))
        total = math.fsum(shares)
        if not parts or abs(total - 1) > TOLERANCE:
            raise Mistake(
                "BP215", f"the shares of a mixture add up to {total * 100:g} %", "They must make 100 %.", a.start
            )
        used = [(share, part) for share, part in zip(shares, parts, strict=True) if share]
        return Mixture(text, tuple(accumulate(share for share, _ in used)), tuple(part for _, part in used))

    def _make_truncated(self, a: "_Arguments", text: str) -> Distribution:
        if not a.plain:
            raise Mistake(
                "BP212", "truncated needs a distribution", "Such as truncated(exponential(mean=1h), high=4h).", a.start
            )
        base = self.read(*a.plain[0])
        low = self._scalar(*a.named["low"][1:]) if "low" in a.named else base.minimum()
        high = self._scalar(*a.named["high"][1:]) if "high" in a.named else base.maximum()
        a.finish({"low", "high"}, 1)
        self._ordered(low, high, a.start)
        first, last = _share_below(base, low), _share_below(base, high)
        if last - first < 1e-6:  # noqa: PLR2004 - less than that cannot be drawn from
            raise Mistake(
                "BP211", "almost nothing of the distribution lies within these limits", "Widen them.", a.start
            )
        return Truncated(text, base, low, high, first, last)


def _share_below(distribution: Distribution, value: float) -> float:
    """Find the share of draws below a value, by halving."""
    if value <= distribution.minimum():
        return 0.0
    if value >= distribution.maximum():
        return 1.0
    low, high = _LEAST, 1 - _LEAST
    for _ in range(80):
        middle = (low + high) / 2
        if distribution.quantile(middle) < value:
            low = middle
        else:
            high = middle
    return low


def _outside(text: str, sign: str) -> int:
    """Find the last + or * outside brackets that combines two values (not the sign of a number or exponent)."""
    depth = 0
    for i in range(len(text) - 1, 0, -1):
        depth += (text[i] in ")]") - (text[i] in "([")
        if depth == 0 and text[i] == sign and text[:i].strip() and not re.search(r"\d[eE]$", text[:i]):
            return i
    return -1


def _closes(text: str) -> bool:
    """Tell whether the first bracket closes with the last character."""
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return i == len(text) - 1
    return False


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Divide at commas outside brackets."""
    depth, first = 0, start
    for i in range(start, end):
        depth += (text[i] in "([") - (text[i] in ")]")
        if text[i] == "," and depth == 0:
            yield first, i
            first = i + 1
    if text[first:end].strip() or first > start:
        yield first, end


class _Arguments:
    """The arguments of a distribution, by place and by name."""

    def __init__(self, parser: _Parser, name: str, start: int, end: int) -> None:
        self.parser, self.name, self.start = parser, name, start
        self.plain: list[tuple[int, int]] = []
        self.named: dict[str, tuple[int, int, int]] = {}
        for first, last in _pieces(parser.text, start, end):
            match = re.match(r"\s*([A-Za-z]\w*)\s*=", parser.text[first:last])
            if match is None:
                self.plain.append((first, last))
                continue
            key, at = match[1], first + match.start(1)
            if key in self.named:
                raise Mistake("BP212", f"{key} is given twice", "Give it once.", at)
            self.named[key] = (at, first + match.end(), last)

    def place(self, name: str, index: int) -> int:
        """Point at a parameter."""
        if name in self.named:
            return self.named[name][1]
        return self.plain[index][0] if index < len(self.plain) else self.start

    def take(self, *names: str, numbers: Sequence[str] = (), probabilities: Sequence[str] = ()) -> list[float]:
        """Give the values of parameters, by name or in this order."""
        values = []
        for i, name in enumerate(names):
            if name in self.named:
                _, start, end = self.named[name]
            elif i < len(self.plain):
                start, end = self.plain[i]
            else:
                self.finish(set(names), len(names))
                raise Mistake(
                    "BP212",
                    f"{self.name} needs {name}",
                    f"Write {self.name}({', '.join(f'{n}=' for n in names)}).",
                    self.start,
                )
            if name in probabilities:
                values.append(self._probability(start, end))
            else:
                values.append(self.parser._number(start, end) if name in numbers else self.parser._scalar(start, end))  # noqa: SLF001
        self.finish(set(names), len(names))
        return values

    def _probability(self, start: int, end: int) -> float:
        try:
            return parse_probability(self.parser.text[start:end])
        except Mistake as mistake:
            raise Mistake(mistake.code, mistake.what, mistake.hint, start) from None

    def series(self, name: str, index: int, *, numbers: bool = False) -> list[float]:
        """Give the values of a list parameter."""
        if name in self.named:
            _, start, end = self.named[name]
        elif index < len(self.plain):
            start, end = self.plain[index]
        else:
            return []
        text = self.parser.text
        inner = text[start:end].strip()
        if not (inner.startswith("[") and inner.endswith("]")):
            raise Mistake("BP212", f"{name} is not a list", "Write it in square brackets: [1h, 2h].", start)
        first = text.index("[", start) + 1
        last = text.rindex("]", start, end)
        read = self.parser._number if numbers else self.parser._scalar  # noqa: SLF001 - two halves of one parser
        return [read(a, b) for a, b in _pieces(text, first, last)]

    def finish(self, names: set[str], most: int) -> None:
        """Refuse what is left over."""
        for key, (at, _, _) in self.named.items():
            if key not in names:
                hint = did_you_mean(key, names) or (f"It takes {', '.join(sorted(names))}." if names else "")
                raise Mistake("BP212", f"{self.name} does not know {key}", hint, at)
        if len(self.plain) > most:
            raise Mistake(
                "BP212", f"{self.name} has {len(self.plain)} values, but takes {most}", "", self.plain[most][0]
            )

    def positive(self, value: float, name: str) -> None:
        """Refuse zero and less."""
        if value <= 0:
            raise Mistake("BP211", f"{name} must be above zero", "", self.place(name, 0))

    def not_negative(self, value: float, name: str) -> None:
        """Refuse less than zero."""
        if value < 0:
            raise Mistake("BP211", f"{name} is negative", "A spread is zero or more.", self.place(name, 1))


__all__ = [name for name, value in globals().items() if isinstance(value, type) and issubclass(value, Distribution)] + [
    "constant", "parse_distribution", "parse_number", "parse_probability", "sample_ms", "scaled", "shifted",
]  # fmt: skip
