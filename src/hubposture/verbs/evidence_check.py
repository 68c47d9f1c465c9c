"""Whether a pack of evidence is what was made: nothing changed, extra or missing. Nothing of it is ever unpacked to disk."""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from hubposture.ports.ledger import AuditHead, Tampering
from hubposture.verbs.evidence_zip import KIND, MANIFEST, SUMS, digest_of, entry
from hubposture.views.evidence.check import Checked, Wrong
from hubposture.views.evidence.model import FORMAT

MOST_FILES, MOST_BYTES = 200_000, 32 << 30
"""What a pack may hold at most: entries, and bytes when they are unpacked."""
_MOST_RATIO = 1_100
_MOST_MANIFEST = 256 << 20
_PIECE = 1 << 20
_MOST_FAULTS = 1_000
_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_SUM = re.compile(r"([0-9a-f]{64})  (\S+)")

Verify = Callable[[AuditHead], Sequence[Tampering]]
"""Asks a ledger whether its audit trail is whole and still has a record."""


@dataclass
class _Pack:
    """A pack that is being read."""

    name: str
    faults: list[Wrong] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    digests: dict[str, tuple[int, str]] = field(default_factory=dict)

    def wrong(self, path: str, what: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Wrong(path, what))


def check_pack(file: BinaryIO, *, name: str, verify: Callable[[str], Verify | None] = lambda _: None) -> Checked:
    """Check a pack; `verify` gives who to ask of an organization's audit trail, None where no ledger is in reach."""
    pack = _Pack(name)
    manifest: Mapping[str, Any] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            if _is_sane(pack, infos):
                manifest = _read(pack, archive, infos)
                _container(pack, file, archive, infos, same=manifest.get("zlib") == zlib.ZLIB_RUNTIME_VERSION)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        pack.wrong(name, f"it cannot be read as a zip: {error}")
    organization = manifest.get("organization")
    audit = _audit(pack, manifest, verify(organization) if isinstance(organization, str) else None)
    size = sum(size for size, _ in pack.digests.values())
    digest = manifest.get("digest")
    return Checked(
        name, _title(manifest), len(pack.digests), size, digest if isinstance(digest, str) else "", pack.faults, pack.says,
        audit,
    )  # fmt: skip


def _is_sane(pack: _Pack, infos: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether its entries can be read at all without harm: neither too many nor too large, and nothing but plain files."""
    seen: set[str] = set()
    for info in infos[: MOST_FILES + 1]:
        if why := _why_not(info):
            pack.wrong(_shown(info.filename), why)
        if info.filename.casefold() in seen:
            pack.wrong(_shown(info.filename), "it is there twice")
        seen.add(info.filename.casefold())
    if len(infos) > MOST_FILES:
        pack.wrong(pack.name, f"it holds more than {MOST_FILES:,} files")
    if sum(info.file_size for info in infos) > MOST_BYTES:
        pack.wrong(pack.name, f"it would be more than {MOST_BYTES >> 30} GiB when unpacked")
    return not pack.faults


def _why_not(info: zipfile.ZipInfo) -> str:
    parts = info.filename.split("/")
    if info.filename != info.orig_filename or _PATH.fullmatch(info.filename) is None or {".", ".."} & set(parts):
        return "its path leads out of the pack, or is none that hubposture writes"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if info.external_attr >> 28 not in (0, 0o10):
        return "it is no plain file"
    if info.file_size > _MOST_RATIO * max(info.compress_size, 1):
        return "it would become more than zip can make of it"
    return ""


def _shown(path: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in path)[:200]


def _read(pack: _Pack, archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo]) -> Mapping[str, Any]:
    """Read every file and compare it with the manifest and the sums; gives the manifest."""
    kept: dict[str, bytes] = {}
    for info in infos:
        content = bytearray() if info.filename in (MANIFEST, SUMS) and info.file_size <= _MOST_MANIFEST else None
        found = _hashed(pack, archive, info, content)
        if found is not None:
            pack.digests[info.filename] = found
            if content is not None:
                kept[info.filename] = bytes(content)
    manifest = _manifest(pack, kept.get(MANIFEST))
    if manifest:
        _compare(pack, _listed(pack, manifest), {MANIFEST, SUMS}, "the manifest")
    _compare(pack, dict(_sums(pack, kept.get(SUMS))), {SUMS}, SUMS)
    return manifest


def _hashed(
    pack: _Pack, archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: bytearray | None
) -> tuple[int, str] | None:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(info) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                if content is not None:
                    content += piece
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        pack.wrong(info.filename, f"it cannot be read: {error}")
        return None
    return size, digest.hexdigest()


def _manifest(pack: _Pack, raw: bytes | None) -> Mapping[str, Any]:
    if raw is None:
        pack.wrong(MANIFEST, "it is missing: this is no pack of evidence, or it was taken out")
        return {}
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        pack.wrong(MANIFEST, "it is no manifest of hubposture's evidence")
        return {}
    if found.get("format") != FORMAT:
        pack.wrong(MANIFEST, f"format {found.get('format')!r}; this hubposture checks {FORMAT}: update hubposture")
        return {}
    try:
        same = digest_of(found) == found.get("digest")
    except (ValueError, RecursionError):
        same = False
    if not same:
        pack.wrong(MANIFEST, "its contents do not match the digest over all")
    return found


def _listed(pack: _Pack, manifest: Mapping[str, Any]) -> dict[str, tuple[int | None, str]]:
    found: dict[str, tuple[int | None, str]] = {}
    files = manifest.get("files")
    for one in files if isinstance(files, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("path"), str) or not isinstance(one.get("sha256"), str):
            pack.wrong(MANIFEST, "one of its files is not named as hubposture does")
            continue
        size = one.get("size")
        found[one["path"]] = (size if isinstance(size, int) else -1, one["sha256"])
    return found


def _sums(pack: _Pack, raw: bytes | None) -> Iterator[tuple[str, tuple[int | None, str]]]:
    if raw is None:
        pack.wrong(SUMS, "it is missing")
        return
    for line in raw.decode("ascii", "replace").splitlines():
        found = _SUM.fullmatch(line)
        if found is None:
            pack.wrong(SUMS, "one of its lines is none that sha256sum takes")
        else:
            yield found[2], (None, found[1])


def _compare(pack: _Pack, said: Mapping[str, tuple[int | None, str]], without: set[str], by: str) -> None:
    """What is there against what is named."""
    for path in sorted({*said, *pack.digests} - without):
        named, there = said.get(path), pack.digests.get(path)
        if named is None:
            pack.wrong(path, f"it is extra: {by} does not name it")
        elif there is None:
            pack.wrong(path, f"it is missing, or cannot be read: {by} names it")
        elif named[1] != there[1] or named[0] not in (None, there[0]):
            pack.wrong(path, f"it was changed: it is not what {by} names")


def _container(
    pack: _Pack, file: BinaryIO, archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo], *, same: bool
) -> None:
    """Write it again and compare the bytes: also times, rights and what stands between the files are as they were made."""
    if pack.faults:
        return
    with TemporaryFile() as again:
        with zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as made:
            for info in infos:
                with archive.open(info) as found, made.open(entry(info.filename), "w") as out:
                    while piece := found.read(_PIECE):
                        out.write(piece)
        if _is_same(file, again):
            return
    if same:
        pack.wrong(pack.name, "the zip around the files is not as hubposture wrote it")
    else:
        pack.says.append(
            "The zip around the files was not compared: it was written with another version of zlib than there is here."
        )


def _is_same(one: BinaryIO, other: BinaryIO) -> bool:
    one.seek(0)
    other.seek(0)
    while True:
        left, right = one.read(_PIECE), other.read(_PIECE)
        if left != right:
            return False
        if not left:
            return True


def _audit(pack: _Pack, manifest: Mapping[str, Any], verify: Verify | None) -> tuple[int, str] | None:
    said = manifest.get("audit")
    if not isinstance(said, dict) or not isinstance(said.get("seq"), int) or not isinstance(said.get("digest"), str):
        return None
    head = AuditHead(said["seq"], said["digest"])
    if verify is None:
        pack.says.append(f"The audit trail was not asked: no ledger is in reach. The pack names record {head.seq:,}.")
    elif faults := verify(head):
        for one in faults[:10]:
            pack.wrong("audit trail", f"record {one.seq:,}: {one.what}")
    else:
        pack.says.append(f"The audit trail is what was written, and has record {head.seq:,} as the pack names it.")
    return head.seq, head.digest


def _title(manifest: Mapping[str, Any]) -> str:
    title, period = manifest.get("title"), manifest.get("period")
    if not isinstance(title, str) or not isinstance(period, dict):
        return ""
    return _shown(f"{title}, {period.get('from')} to {period.get('to')}")
