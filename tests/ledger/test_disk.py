from pathlib import Path, PurePosixPath

import pytest

from hubposture.ledger import disk
from hubposture.ledger.engine import build_engine, ledger_url

MOUNTS = r"""
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
40 22 0:35 / /mnt/share rw shared:1 - nfs4 server:/x rw
41 40 8:2 / /mnt/share/local rw - xfs /dev/sdb rw
42 22 0:36 / /mnt/with\040blank rw - fuse.sshfs me@host: rw
43 22 0:37 / /mnt/over rw - ext4 /dev/sdc rw
44 22 0:38 / /mnt/over rw - cifs //server/x rw
45 22 0:39 / /run/lxc rw - fuse.lxcfs lxcfs rw
nonsense
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me", None),
        ("/mnt/share/db", "nfs4"),
        ("/mnt/share/local/db", None),
        ("/mnt/sharealike", None),
        ("/mnt/with blank/db", "fuse.sshfs"),
        ("/mnt/over/db", "cifs"),
        ("/run/lxc/db", None),
    ],
)
def test_the_innermost_and_last_mount_decides(path: str, kind: str | None) -> None:
    assert disk.remote_filesystem(PurePosixPath(path), MOUNTS) == kind


def test_a_ledger_on_a_network_file_system_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"40 22 0:35 / {tmp_path} rw - nfs4 server:/x rw\n")
    monkeypatch.setattr(disk, "_MOUNTS", mounts)
    said: list[str] = []
    build_engine(ledger_url("sqlite:///ledger.sqlite", relative_to=tmp_path), warn=said.append)
    assert len(said) == 1
    assert "nfs4" in said[0]
    assert "PostgreSQL" in said[0]


def test_a_ledger_on_a_local_disk_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n")
    monkeypatch.setattr(disk, "_MOUNTS", mounts)
    said: list[str] = []
    build_engine(ledger_url("sqlite:///ledger.sqlite", relative_to=tmp_path), warn=said.append)
    assert said == []
