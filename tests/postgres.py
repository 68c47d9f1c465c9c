"""A throw-away PostgreSQL server from the machine's own binaries, on a Unix socket in a temporary directory."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from needs import need

_GET = "apt-get install postgresql"


def _binaries() -> Path | None:
    """The directory that holds initdb, pg_ctl and postgres, newest version first; None if there is none."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    found = shutil.which("initdb")
    candidates = [*([Path(found).resolve().parent] if found else []), *versions]
    return next((path for path in candidates if (path / "postgres").exists() and (path / "pg_ctl").exists()), None)


def _user() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses root. None means ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


@contextmanager
def server() -> Iterator[str]:
    """Start a server, give the URL of its `postgres` database, and stop it in the end."""
    binaries = _binaries()
    need(binaries, "a PostgreSQL server (initdb, pg_ctl)", _GET)
    user = _user()
    need(os.geteuid() != 0 or user, "a user other than root to run PostgreSQL as", _GET)
    assert binaries is not None
    # Short: the path of a Unix socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="hubpg", dir="/tmp", ignore_cleanup_errors=True) as name:
        home = Path(name)
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
        _run(
            [binaries / "initdb", "-D", home / "data", "-A", "trust", "-U", "tester", "-E", "UTF8", "--locale=C", "-N"],
            user,
        )
        options = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c fsync=off -c max_connections=60"
        control: list[str | Path] = [binaries / "pg_ctl", "-D", home / "data", "-w", "-l", home / "log"]
        _run([*control, "-o", options, "start"], user)
        try:
            yield f"postgresql://tester@/postgres?host={home}"
        finally:
            _run([*control, "-m", "immediate", "stop"], user)


def _run(command: list[str | Path], user: pwd.struct_passwd | None) -> None:
    if user is None:
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    else:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
        )
    if done.returncode != 0:
        pytest.fail(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}", pytrace=False)
