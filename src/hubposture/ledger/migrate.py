"""Brings a database to the schema of this code, and refuses one that is ahead of it."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from hubposture.ledger.engine import Lock, lock, reading, shown, writing
from hubposture.ledger.schema import HEAD
from hubposture.ports.ledger import LedgerIsNewer

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "hubposture_schema"
"""Where a database says which schema it has."""


def upgrade(engine: Engine) -> bool:
    """Upgrade to `HEAD` in one transaction; True if anything was done. Safe when several processes try at once.

    Raises LedgerIsNewer if the database holds a schema this code does not know.
    """
    with reading(engine) as connection:
        if revision(connection) == HEAD:
            return False
    with writing(engine) as connection:
        lock(connection, Lock.MIGRATE)
        found = revision(connection)
        if found == HEAD:
            return False
        _run(connection, found, shown(engine.url))
    return True


def revision(connection: Connection) -> str | None:
    """The schema that a database has, or None if it has none of ours."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _run(connection: Connection, found: str | None, where: str) -> None:
    from alembic.config import Config  # noqa: PLC0415 - slow to import, and mostly there is nothing to migrate
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    if found is not None and found not in {revision.revision for revision in script.walk_revisions()}:
        raise LedgerIsNewer(
            f"the ledger {where} has schema {found}, this hubposture knows up to {HEAD}; update hubposture"
        )

    def steps(revision: Any, context: Any) -> Any:
        del context
        return script._upgrade_revs(HEAD, revision)  # noqa: SLF001 - what alembic's own upgrade command calls

    with EnvironmentContext(config, script, fn=steps) as environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE, transactional_ddl=False)
        environment.run_migrations()
