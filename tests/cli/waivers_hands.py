"""What a user of waivers does again and again on the command line."""

import datetime as dt
from pathlib import Path

from cli.commands import Commands, Said
from holds.findings_world import Subject
from holds.holds_world import HOME, WEB
from holds.waivers_world import HOUR

SITE = "arn:aws:s3:::site-"
WAIVER = """\
id: {id}
controls: [S3.8]
resources: ["{pattern}"]
type: by-design
reason: "Static web site, public on purpose"
owner: team-web
requested_by: kim@example.com
valid_from: {begins}
expires: {ends}
"""


def write(commands: Commands, id_: str = "W-1", pattern: str = f"{SITE}*", days: int = 60, more: str = "") -> Path:
    """Write the file of a waiver as somebody would who asks for one; gives its path."""
    path = commands.there.path(id_)
    path.parent.mkdir(exist_ok=True)
    begins, ends = commands.there.day(-1), commands.there.day(days)
    path.write_text(WAIVER.format(id=id_, pattern=pattern, begins=begins, ends=ends) + more)
    return path


def bucket(commands: Commands, name: str, place: tuple[str, str] = (WEB, HOME)) -> Subject:
    """A public bucket, known to the lake; gives its subject."""
    made = commands.there.bucket(name, "S3.8", place=place)
    read(commands)
    return (*place, "S3.8", made)


def read(commands: Commands) -> None:
    assert commands("sync", "--from", "events").status == 0


def pass_time(commands: Commands, time: dt.timedelta = HOUR) -> None:
    commands.there.box.wait(time.total_seconds())
    read(commands)


def workflow(commands: Commands, subject: Subject) -> str:
    """What Security Hub says of a subject's one finding."""
    return commands.there.one(subject).workflow


def approved(commands: Commands, id_: str = "W-1") -> Said:
    return commands("waivers", "approve", id_, "--by", "lee@example.com", "--number", "CHG-7")


def held(commands: Commands, *names: str) -> list[Subject]:
    """Public buckets that the approved waiver W-1 excuses, suppressed already."""
    found = [bucket(commands, name) for name in names]
    write(commands)
    assert approved(commands).status == 0
    assert commands("waivers", "enforce").status == 0
    pass_time(commands)
    assert {workflow(commands, one) for one in found} == {"SUPPRESSED"}
    return found
