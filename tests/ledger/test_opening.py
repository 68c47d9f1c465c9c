from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from hubposture.errors import InputError
from hubposture.ledger.engine import build_engine, ledger_url, reading, shown, writing
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ledger.migrate import MIGRATIONS, upgrade
from hubposture.ledger.schema import HEAD, METADATA
from hubposture.ports.ledger import Ledger, LedgerIsNewer, LedgerUnavailable
from hubposture.ports.versions import Publication
from hubposture.reconcile.outcome import Outcome
from ledger_world import Clock, changes, mark, results, ticket


def test_it_is_what_the_port_asks_for(ledger: SqlLedger) -> None:
    port: Ledger = ledger
    assert port.runs() == ()


def test_the_migrations_lead_to_the_tables_the_code_knows(database_url: str, tmp_path: Path) -> None:
    engine = build_engine(ledger_url(database_url, relative_to=tmp_path), warn=print)
    assert upgrade(engine)
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "hubposture_schema"})
        assert compare_metadata(context, METADATA) == []
        keys = {name: inspect(connection).get_pk_constraint(name)["constrained_columns"] for name in METADATA.tables}
        assert keys == {name: [column.name for column in table.primary_key] for name, table in METADATA.tables.items()}
    engine.dispose()


def test_the_newest_migration_is_the_one_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_opening_again_migrates_nothing_and_keeps_everything(
    database_url: str, ledger: SqlLedger, tmp_path: Path
) -> None:
    run = ledger.open_run("plan", who="ci")
    assert not upgrade(ledger._engine)
    with open_ledger(database_url, relative_to=tmp_path) as again:
        assert again.runs() == (run,)


def test_a_ledger_of_a_newer_hubposture_is_refused_and_left_alone(
    database_url: str, ledger: SqlLedger, tmp_path: Path
) -> None:
    with writing(ledger._engine) as connection:
        connection.execute(text("UPDATE hubposture_schema SET version_num = '9999'"))
    with pytest.raises(LedgerIsNewer, match=r"schema 9999.*update hubposture"):
        open_ledger(database_url, relative_to=tmp_path)
    with reading(ledger._engine) as connection:
        assert connection.execute(text("SELECT version_num FROM hubposture_schema")).scalar() == "9999"


def test_a_migration_that_fails_leaves_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubposture.ledger.migrate.MIGRATIONS", broken_migrations(tmp_path))
    monkeypatch.setattr("hubposture.ledger.migrate.HEAD", "9999")
    engine = build_engine(ledger_url(database_url, relative_to=tmp_path), warn=print)
    with pytest.raises(RuntimeError, match="broken on purpose"):
        upgrade(engine)
    with reading(engine) as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()


def test_a_ledger_of_before_the_lake_is_upgraded_with_all_it_holds(
    database_url: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as past:
        past.setattr("hubposture.ledger.migrate.HEAD", "0001")
        with open_ledger(database_url, relative_to=tmp_path, clock=clock) as old:
            run = old.open_run("apply", who="größe")
            old.intend(run.id, changes())
            old.record(run.id, results(changes(), Outcome.APPLIED))
            old.first_seen("main", ["s3.8"])
            lease = old.take_lease("apply/main", "a", ttl=timedelta(hours=1))
            before = contents(old)
    assert "lake_versions" not in before
    with open_ledger(database_url, relative_to=tmp_path, clock=clock) as new:
        after = contents(new)
        assert {name: after[name] for name in before} == before | {"hubposture_schema": [f"('{HEAD}',)"]}
        assert {rows for name in after.keys() - before.keys() for rows in after[name]} == set()
        assert new.verify() == ()
        assert new.publish("acme", parent=0, manifest={}, also=Publication(), lease=lease).number == 1


def test_a_ledger_of_before_waivers_is_upgraded_with_all_it_holds(
    database_url: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as past:
        past.setattr("hubposture.ledger.migrate.HEAD", "0002")
        with open_ledger(database_url, relative_to=tmp_path, clock=clock) as old:
            old.publish("acme", parent=0, manifest={"ä": 1}, also=Publication(), lease=None)
            old.pin("acme", 1, name="report", why="audit")
            old.take_calls("acme", priority=1, most=1, per_second=3.0, burst=6.0)
            before = contents(old)
    assert "waiver_marks" not in before
    with open_ledger(database_url, relative_to=tmp_path, clock=clock) as new:
        after = contents(new)
        assert {name: after[name] for name in before} == before | {"hubposture_schema": [f"('{HEAD}',)"]}
        assert {rows for name in after.keys() - before.keys() for rows in after[name]} == set()
        new.put_marks([mark()])
        assert new.marks("main") == {"f1": mark()}


def test_a_ledger_of_before_work_is_upgraded_with_all_it_holds(
    database_url: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as past:
        past.setattr("hubposture.ledger.migrate.HEAD", "0003")
        with open_ledger(database_url, relative_to=tmp_path, clock=clock) as old:
            old.put_marks([mark()])
            before = contents(old)
    assert "tickets" not in before
    with open_ledger(database_url, relative_to=tmp_path, clock=clock) as new:
        after = contents(new)
        assert {name: after[name] for name in before} == before | {"hubposture_schema": [f"('{HEAD}',)"]}
        assert {rows for name in after.keys() - before.keys() for rows in after[name]} == set()
        new.put_tickets([ticket("shub-a")])
        assert new.tickets("main") == (ticket("shub-a"),)


def contents(ledger: SqlLedger) -> dict[str, list[str]]:
    """All rows of all tables that are there, as text."""
    with reading(ledger.engine) as connection:
        return {
            name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}"))))
            for name in inspect(connection).get_table_names()
        }


def broken_migrations(tmp_path: Path) -> Path:
    home = tmp_path / "migrations"
    (home / "versions").mkdir(parents=True)
    for path in (MIGRATIONS / "versions").glob("r*.py"):
        (home / "versions" / path.name).write_text(path.read_text())
    (home / "versions" / "r9999.py").write_text(
        f"revision = '9999'\ndown_revision = '{HEAD}'\ndef upgrade():\n    raise RuntimeError('broken on purpose')\n"
    )
    return home


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://host/db", "mysql is not supported"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("no url at all", "not a database URL"),
    ],
)
def test_a_url_that_cannot_be_a_ledger_is_an_error_that_says_so(url: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        ledger_url(url, relative_to=Path("/x"))


def test_a_relative_file_lies_under_the_baseline_and_an_absolute_one_where_it_says() -> None:
    assert (
        ledger_url("sqlite:///.hubposture/l.sqlite", relative_to=Path("/base")).database == "/base/.hubposture/l.sqlite"
    )
    assert ledger_url("sqlite:////var/l.sqlite", relative_to=Path("/base")).database == "/var/l.sqlite"


def test_a_password_is_never_shown() -> None:
    url = ledger_url("postgresql://me:hunter2@db.example.com/posture", relative_to=Path("/"))
    assert "hunter2" not in shown(url)
    assert "db.example.com" in shown(url)


def test_a_file_that_is_not_a_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "l.sqlite").write_text("certainly not a database, and long enough to be read as one" * 30)
    with pytest.raises((InputError, LedgerUnavailable), match=r"l\.sqlite"):
        open_ledger("sqlite:///l.sqlite", relative_to=tmp_path)


def test_a_server_that_is_not_there_is_unavailable_and_its_password_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable) as caught:
        open_ledger(f"postgresql://me:hunter2@/db?host={tmp_path}", relative_to=tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_writer_that_waits_too_long_says_that_the_ledger_is_busy(tmp_path: Path) -> None:
    url = "sqlite:///l.sqlite"
    with open_ledger(url, relative_to=tmp_path, clock=Clock(), busy_seconds=0.1) as one:
        with writing(one._engine) as connection:
            connection.execute(text("UPDATE audit_head SET seq = seq"))
            with (
                open_ledger(url, relative_to=tmp_path, busy_seconds=0.1) as other,
                pytest.raises(LedgerUnavailable, match="locked"),
            ):
                other.open_run("plan", who="ci")
        with open_ledger(url, relative_to=tmp_path) as other:
            assert other.open_run("plan", who="ci").verb == "plan"


def test_a_reader_does_not_wait_for_a_writer(ledger: SqlLedger) -> None:
    run = ledger.open_run("plan", who="ci")
    with writing(ledger._engine) as connection:
        connection.execute(text("UPDATE runs SET who = 'other'"))
        assert ledger.run(run.id).who == "ci"
