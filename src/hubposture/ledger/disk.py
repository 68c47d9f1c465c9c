"""Whether a path lies on a disk of this machine: SQLite's WAL mode needs shared memory and working locks."""

import re
from pathlib import Path, PurePosixPath

_REMOTE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "glusterfs", "beegfs", "gpfs", "9p", "efs"}
_MOUNTS = Path("/proc/self/mountinfo")


def remote_filesystem(path: PurePosixPath, mountinfo: str) -> str | None:
    """The type of the network file system that holds an absolute path, or None for a local one.

    `mountinfo` is the text of /proc/self/mountinfo (proc_pid_mountinfo(5)). FUSE mounts count as remote when their
    subtype names one (`fuse.sshfs`, `fuse.s3fs`, `fuse.gcsfuse`, `fuse.glusterfs`).
    """
    best: tuple[int, str] = (-1, "")
    for line in mountinfo.splitlines():
        head, separator, tail = line.partition(" - ")
        fields = head.split(" ")
        if not separator or len(fields) < 5:  # noqa: PLR2004 - the mount point is the fifth field
            continue
        mount = PurePosixPath(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4]))
        # Of equal depth the later line wins: it was mounted over the earlier one.
        if path.is_relative_to(mount) and len(mount.parts) >= best[0]:
            best = (len(mount.parts), tail.split(" ", 1)[0])
    kind = best[1]
    is_remote = kind in _REMOTE or (kind.startswith("fuse.") and kind != "fuse.lxcfs")
    return kind if is_remote else None


def local_disk_warning(path: Path) -> str | None:
    """A sentence to show if a SQLite file lies on a network file system, else None; None where it cannot be told."""
    try:
        mounts = _MOUNTS.read_text(errors="surrogateescape")
    except OSError:
        return None
    kind = remote_filesystem(PurePosixPath(path.absolute()), mounts)
    if kind is None:
        return None
    return (
        f"the ledger {path} lies on a network file system ({kind}): SQLite can lose or damage it there; "
        "put it on a local disk, or use PostgreSQL (settings key ledger.url)"
    )
