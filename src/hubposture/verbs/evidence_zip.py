"""The zip of a pack: files with fixed times, a manifest of digests, and the same digests as `sha256sum` takes them.

The same contents are the same bytes, whenever and wherever it is written (as far as zlib is the same).
"""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from hubposture.ports.chain import canonical
from hubposture.views.evidence.model import FORMAT

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
KIND = "hubposture evidence"
_BEGIN = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST = 80


def safe(name: str) -> str:
    """A name as part of a path that every system takes; what had to be changed carries a digest, so that two stay two."""
    made = _UNSAFE.sub("_", name)[:_LONGEST]
    if made == name and made.strip("."):
        return made
    return f"{made.strip('.') or 'unnamed'}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the pack."""

    path: str
    size: int
    sha256: str


class PackWriter:
    """Writes files one after the other; `close` writes the manifest and the sums."""

    def __init__(self, out: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self.files: list[File] = []

    def put(self, path: str, content: bytes | Iterable[bytes]) -> File:
        """Write a file; its path must be new."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(entry(path), "w", force_zip64=False) as out:
            for piece in [content] if isinstance(content, bytes) else content:
                digest.update(piece)
                size += len(piece)
                out.write(piece)
        made = File(path, size, digest.hexdigest())
        self.files.append(made)
        return made

    def close(self, facts: Mapping[str, Any]) -> str:
        """Write the manifest with these facts, and the sums; gives the digest over everything."""
        listed = [{"path": one.path, "size": one.size, "sha256": one.sha256} for one in self.files]
        whole = {"kind": KIND, "format": FORMAT, **facts, "zlib": zlib.ZLIB_RUNTIME_VERSION, "files": listed}
        digest = digest_of(whole)
        self.put(MANIFEST, _pretty({**whole, "digest": digest}))
        sums = "".join(f"{one.sha256}  {one.path}\n" for one in sorted(self.files, key=lambda one: one.path))
        self.put(SUMS, sums.encode("ascii"))
        self._archive.close()
        return digest


def entry(path: str) -> zipfile.ZipInfo:
    """How a file stands in the zip."""
    made = zipfile.ZipInfo(path, _BEGIN)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.create_system = 3
    made.external_attr = _MODE
    return made


def digest_of(manifest: Mapping[str, Any]) -> str:
    """The digest over all: of the manifest without its own `digest`, as JSON with sorted keys, without blanks, in ASCII."""
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    return hashlib.sha256(canonical(rest).encode("ascii")).hexdigest()


def _pretty(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")
