"""How long something takes: one distribution, or a choice by an attribute of the case, times a factor."""

from typing import Any

from pydantic import Field, model_validator

from bpsim.model.written import Condition, Delay, Frozen, Short, expression
from bpsim.values.distributions import constant


class DelayChoice(Frozen):
    """A duration that depends on an attribute of the case: `{by: complex, of: {true: 2h, false: 30min}}`."""

    by: str = Field(description="The attribute that it depends on.")
    of: dict[str, Delay] = Field(min_length=1, description="A duration for each value, and else.")


class Duration(Short):
    """How long something takes: a distribution, or a choice by an attribute, times a `factor`.

    Written as a scalar, as `{by:, of:}`, or as `{value:, factor:}`. It is drawn and evaluated when the token enters the
    node.
    """

    value: Delay = Field(constant(0), description="The time, or its distribution.")
    choice: DelayChoice | None = Field(None, description="A duration for each value of an attribute.")
    factor: Condition = Field(expression("1"), description="A number expression that multiplies the draw.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:  # noqa: ANN401
        if not isinstance(data, dict):
            return {"value": data}
        if isinstance(data.get("value"), dict):
            return {**data, "value": constant(0), "choice": data["value"]}
        if set(data) <= {"by", "of", "factor"} and data:
            return {
                "choice": {key: data[key] for key in ("by", "of") if key in data},
                **{k: data[k] for k in data if k == "factor"},
            }
        return data

    def draws(self) -> tuple[Any, ...]:
        """Give every distribution (or number of working days) that may be drawn."""
        return tuple(self.choice.of.values()) if self.choice else (self.value,)

    def scaled(self) -> bool:
        """Tell whether the factor is anything but 1."""
        return self.factor.text != "1"
