"""What a measurement says, as it stands in `build/bench.json`."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One row: a *value*, what it is held *against*, and whether it meets its *target*.

    *against* is the baseline's value and *ratio* how many times better ours is; both None where
    the target is an absolute one. *target* None: told for the record.
    """

    name: str
    value: float
    unit: str
    against: float | None = None
    ratio: float | None = None
    target: float | None = None
    met: bool | None = None

    @classmethod
    def times(
        cls, name: str, value: float, against: float, unit: str, target: float
    ) -> "Measurement":
        """Return *value* as so many times *against*, where more is better.

        >>> Measurement.times("x", 300.0, 20.0, "a second", 15).met
        True
        """
        ratio = round(value / against, 2 if value < against else 1)
        return cls(
            name=name,
            value=round(value, 1),
            unit=unit,
            against=round(against, 1),
            ratio=ratio,
            target=target,
            met=ratio >= target,
        )

    @classmethod
    def below(cls, name: str, value: float, unit: str, target: float) -> "Measurement":
        """Return *value*, which is to stay below *target*.

        >>> Measurement.below("x", 101.0, "ms", 100).met
        False
        """
        # A small value is told to three figures, as far as its target is.
        digits = 1 if target > 1 else 3
        return cls(
            name=name, value=round(value, digits), unit=unit, target=target, met=value < target
        )

    @classmethod
    def shorter(
        cls, name: str, value: float, against: float, unit: str, target: float
    ) -> "Measurement":
        """Return *value* as so many times shorter than *against*.

        >>> Measurement.shorter("x", 4.0, 30.0, "ms", 5).ratio
        7.5
        """
        times = cls.times(name, against, value, unit, target)
        return replace(times, value=round(value, 1), against=round(against, 1))

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        met = {True: "yes", False: "NO", None: ""}[self.met]
        against = "" if self.against is None else f"{self.against:g}"
        ratio = "" if self.ratio is None else f"{self.ratio:g}x"
        target = "" if self.target is None else f"{self.target:g}{'x' if self.ratio else ''}"
        return self.name, f"{self.value:g} {self.unit}", against, ratio, target, met
