"""The files of waivers become waivers and approved sets; everything that is wrong is collected with its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from hubposture.errors import Problem
from hubposture.texts.fields import Report
from hubposture.texts.yaml_nodes import read_yaml
from hubposture.waivers.read_waiver import read_waiver
from hubposture.waivers.subject_file import from_text
from hubposture.waivers.waiver import SubjectSet, Waiver

YAML = (".yaml", ".yml")
SUBJECTS = ".subjects"


@dataclass(frozen=True, slots=True)
class ReadWaivers:
    """What the files say: waivers in the order of their files, approved sets by file name, problems sorted by place.

    A waiver with a problem is left out, and so is a set; of an id twice the first stays. With problems it is not known
    what else should be waived.
    """

    waivers: tuple[Waiver, ...]
    sets: Mapping[str, SubjectSet]
    problems: tuple[Problem, ...]


def read_waivers(files: Mapping[str, bytes]) -> ReadWaivers:
    """Read files by their path in the repository: `*.yaml` and `*.yml` (one waiver, or a list), `*.subjects`.

    Other files are passed over. Raises nothing for what is in a file. 10,000 waivers in one list cost 1.4 s of CPU, two
    thirds of it for YAML; so does a directory of 10,000 files, and half a second more.
    """
    problems: list[Problem] = []
    waivers: list[Waiver] = []
    sets: dict[str, SubjectSet] = {}
    places: dict[str, str] = {}
    for path in sorted(files):
        name = PurePosixPath(path).name
        if path.endswith(YAML):
            waivers += _waivers(files[path], path, problems)
        elif name.endswith(SUBJECTS) and name in places:
            what = f"the approved set {name} is there twice, also as {places[name]}"
            problems.append(Problem(path, what, "approvals name a set by its file name; rename one"))
        elif name.endswith(SUBJECTS):
            places[name] = path
            found, wrong = from_text(files[path], path)
            problems += wrong
            if not wrong:
                sets[name] = found
    return ReadWaivers(_each_once(waivers, problems), sets, tuple(sorted(problems)))


def _waivers(raw: bytes, path: str, problems: list[Problem]) -> list[Waiver]:
    report = Report(path)
    found: list[Waiver] = []
    for node in read_yaml(raw, path):
        if isinstance(node, Problem):
            report.put(node)
        elif (waiver := read_waiver(node, report)) is not None:
            found.append(waiver)
        if report.is_full:
            break
    problems += report.problems
    return found


def _each_once(waivers: list[Waiver], problems: list[Problem]) -> tuple[Waiver, ...]:
    """Ids that differ in case only name the same waiver: they would in file names of some systems."""
    found: dict[str, Waiver] = {}
    for waiver in waivers:
        first = found.setdefault(waiver.id.casefold(), waiver)
        if first is not waiver:
            what = f"the id {waiver.id} is there twice, first at {first.source}"
            problems.append(Problem(waiver.source, what, "give each waiver an id of its own"))
    return tuple(found.values())
