"""Figures as Prometheus reads them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure with its labels."""

    value: int
    labels: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Gauge:
    """Figures under one name, with what they count."""

    name: str
    help: str
    samples: Sequence[Sample]


def render(gauges: Iterable[Gauge]) -> str:
    """The text format 0.0.4; a gauge without samples is left out."""
    return "".join(_gauge(one) for one in gauges if one.samples)


def _gauge(one: Gauge) -> str:
    lines = [f"# HELP {one.name} {one.help}", f"# TYPE {one.name} gauge"]
    lines += [f"{one.name}{_labels(sample)} {sample.value}" for sample in one.samples]
    return "\n".join(lines) + "\n"


def _labels(sample: Sample) -> str:
    said = ",".join(f'{name}="{_quoted(value)}"' for name, value in sample.labels)
    return f"{{{said}}}" if said else ""


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
