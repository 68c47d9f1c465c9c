"""A lake for waivers: resources of ten services, ten controls each, named as people name them; and waivers for them.

Subjects and findings are made by SQL, one finding a subject but for one in two hundred, which speaks of two resources.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.lake_world import World, dimensions, opened
from hubposture.catalog import load
from hubposture.lake.engine import Connection, connect
from hubposture.lake.manifest import Layers, to_json
from hubposture.lake.output import write_findings_base, write_subjects_base
from hubposture.model.controls import ControlId
from hubposture.ports.versions import Publication

EACH = 10
"""Controls of a resource, so subjects of a resource."""
TEAMS = 40
STAGES = ("prod", "dev", "test", "stage")
NAMES = {
    "S3": "arn:aws:s3:::acme-{team}-{stage}-{number}",
    "EC2": "arn:aws:ec2:{region}:{account}:volume/vol-0{hex}",
    "IAM": "arn:aws:iam::{account}:role/{team}/{stage}-deploy-{number}",
    "RDS": "arn:aws:rds:{region}:{account}:db:{team}-orders-{stage}-{number}",
    "SageMaker": "arn:aws:sagemaker:{region}:{account}:notebook-instance/{team}-{stage}-{number}",
    "ELB": "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{team}-{stage}/{hex}",
    "CloudWatch": "AWS::::Account:{account}",
    "ECS": "arn:aws:ecs:{region}:{account}:task-definition/{team}-web-{stage}:{number}",
    "Redshift": "arn:aws:redshift:{region}:{account}:cluster:{team}-{stage}-{number}",
    "CloudFront": "arn:aws:cloudfront::{account}:distribution/E{hex}",
}
"""What resources of a service are called."""


def controls() -> dict[str, tuple[ControlId, ...]]:
    """Ten controls of each service."""
    found = sorted(load().controls.values(), key=lambda one: one.id)
    return {service: tuple(one.id for one in found if one.service == service)[:EACH] for service in NAMES}


def _name(template: str) -> str:
    """A resource's name as SQL over `r`."""
    text = template.replace("'", "''")
    for word in ("region", "account", "team", "stage", "number", "hex"):
        text = text.replace(f"{{{word}}}", f"' || r.{word} || '")
    return f"'{text}'"


_RESOURCES = """
    CREATE TEMP TABLE made AS
    SELECT CASE r.kind {names} END AS resource, r.kind, r.i, r.account, r.region,
        substr(md5(r.team || r.stage), 1, 16) AS tagset
    FROM (
        SELECT i, i % {kinds} AS kind, CAST(100000000000 + 7 * (hash(i) % 500) AS VARCHAR) AS account,
            'eu-test-' || (1 + hash(i + 1) % 14) AS region, 'team-' || (hash(i + 2) % {teams}) AS team,
            list_value({stages})[CAST(1 + hash(i + 3) % {count} AS BIGINT)] AS stage, CAST(i AS VARCHAR) AS number,
            substr(md5(CAST(i AS VARCHAR)), 1, 16) AS hex
        FROM (SELECT unnest(range({resources})) AS i)
    ) r"""
_SUBJECTS = """
    SELECT md5(m.account || m.region || c.control || m.resource) AS subject, 'control' AS kind, m.account, m.region,
        c.control, m.resource, 'Made' AS resource_type, 'securityhub' AS product, '' AS title, 'present' AS presence,
        CASE WHEN hash(m.i * 10 + c.place) % 100 < 23 THEN 'FAILED' ELSE 'PASSED' END AS status, status AS aws_status,
        CASE WHEN status = 'FAILED' THEN c.severity ELSE 'INFORMATIONAL' END AS severity,
        CASE WHEN status <> 'FAILED' THEN 'RESOLVED' WHEN hash(m.i + c.place) % 20 = 0 THEN 'SUPPRESSED' ELSE 'NEW' END
            AS workflow, FALSE AS suppressed,
        TIMESTAMP '2026-11-24 08:00:00' - to_seconds(CAST(hash(m.i) % 17280000 AS BIGINT)) AS first_seen_at,
        CASE WHEN status = 'FAILED' THEN first_seen_at END AS first_failed_at,
        CASE WHEN status = 'FAILED' THEN first_seen_at END AS failing_since,
        CASE WHEN status = 'PASSED' THEN first_seen_at END AS last_passed_at,
        0 AS returns, first_seen_at AS changed_at, 1 AS findings, md5(subject) AS finding, m.tagset, m.i, c.place
    FROM made m JOIN wanted c ON c.kind = m.kind
    QUALIFY row_number() OVER (PARTITION BY m.account, m.region, c.control, m.resource) = 1"""
_FINDINGS = """
    SELECT CASE WHEN s.i % 400 IN (20, 30) THEN md5('of two' || (s.i // 400) || '/' || s.place) ELSE s.finding END
            AS finding, s.subject, s.kind,
        'arn:aws:securityhub:' || s.region || '::product/aws/securityhub' AS product,
        'arn:aws:securityhub:' || s.region || ':' || s.account || ':security-control/' || s.control || '/finding/'
            || s.finding AS id,
        s.account, s.region, s.control, s.resource, s.resource_type, '' AS standard, '' AS title,
        s.status AS compliance, '' AS reason, s.severity, 'ACTIVE' AS record_state, '' AS archived_because,
        s.first_seen_at AS created_at, s.changed_at AS updated_at, s.failing_since AS first_observed_at,
        s.changed_at AS last_observed_at, s.workflow, '' AS note, '' AS note_by, CAST(NULL AS TIMESTAMP) AS note_at,
        '' AS user_fields, s.changed_at AS observed_at, s.tagset, 0 AS misses
    FROM made_subjects s"""


@contextmanager
def lake(directory: Path, count: int) -> Iterator[World]:
    """A lake with at least so many findings, all controls with a row everywhere; made once in a directory."""
    home = directory / f"waived-{count}"
    is_new = not home.exists()
    home.mkdir(exist_ok=True)
    with opened(home) as world:
        if is_new:
            _make_lake(world, count)
        yield world


def _make_lake(world: World, count: int) -> None:
    """Dimensions by the writer, which is closed then, for it would hold its memory; the rest by SQL."""
    found = dimensions()
    wanted = [one for each in controls().values() for one in each]
    severity = {one: str(load().controls[one].severity) for one in wanted}
    wishes = [("w", one, "enforce", True, severity[one], None, "", "Controls!G2", -1, -1) for one in wanted]
    world.writer.settle(type(found)({**found.tables, "wishes": wishes}, recorded=found.recorded))
    world.writer.close()
    _fill(world, count, severity)


def _fill(world: World, count: int, severity: dict[ControlId, str]) -> None:
    place = world.place
    output = place.output()
    with connect(world.means) as connection:
        _make(connection, count, severity)
        findings = write_findings_base(output, connection, "made_findings", rows=count)
        subjects = write_subjects_base(output, connection, "made_subjects")
        tags = output.write(connection, _tags(), "tags/tags")
    assert tags is not None
    head = place.head()
    manifest = replace(head.manifest, findings=Layers(findings), subjects=Layers(subjects), tags=(tags,))
    place.books.publish(place.lake, parent=head.number, manifest=to_json(manifest), also=Publication(), lease=None)


def _make(connection: Connection, count: int, severity: dict[ControlId, str]) -> None:
    names = " ".join(f"WHEN {at} THEN {_name(template)}" for at, template in enumerate(NAMES.values()))
    stages = ", ".join(f"'{stage}'" for stage in STAGES)
    connection.execute(
        _RESOURCES.format(
            names=names,
            kinds=len(NAMES),
            teams=TEAMS,
            stages=stages,
            count=len(STAGES),
            resources=count // EACH * 21 // 20,
        )
    )
    connection.execute("CREATE TEMP TABLE wanted (kind BIGINT, place BIGINT, control VARCHAR, severity VARCHAR)")
    rows = [
        (kind, place, one, severity[one])
        for kind, each in enumerate(controls().values())
        for place, one in enumerate(each)
    ]
    connection.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?)", rows)
    connection.execute(f"CREATE TEMP TABLE made_subjects AS {_SUBJECTS}")
    connection.execute(f"CREATE TEMP VIEW made_findings AS {_FINDINGS}")


def _tags() -> str:
    rows = ", ".join(
        f"(substr(md5('team-{team}{stage}'), 1, 16), '{name}', '{value}')"
        for team in range(TEAMS)
        for stage in STAGES
        for name, value in (("owner", f"team-{team}"), ("stage", stage))
    )
    return f"SELECT * FROM (VALUES {rows}) t (tagset, tag, value)"
