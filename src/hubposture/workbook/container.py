"""The zip file around a workbook: recognised and measured from its directory before any part is unpacked."""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

from hubposture.errors import InputErrors
from hubposture.workbook.complaint import complaint
from hubposture.workbook.limits import MIB, Limits

_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END_OF_DIRECTORY = b"PK\x05\x06"
_END_SIZE = 22
_LOCAL_SIZE = 30
_ENCRYPTED_FLAG = 0x1
_UTF8_FLAG = 0x800
_SAVE_AS = "open it in the spreadsheet program and save it as Excel workbook (.xlsx)"
_RESTORE = "restore it from git"
_OTHER_KINDS = (
    (b"version https://git-lfs", "it is a Git LFS pointer, not the workbook itself", "run `git lfs pull`"),
    (b"<html", "it is an HTML page", _SAVE_AS),
    (b"<!doctype html", "it is an HTML page", _SAVE_AS),
    (b"<?xml", "it is an XML document", _SAVE_AS),
    (b"pk\x05\x06", "it is an empty zip file", _RESTORE),
    (b"pk\x07\x08", "it is one piece of a split zip file", _RESTORE),
)


@dataclass(frozen=True, slots=True)
class Container:
    """A zip file whose directory is within the limits.

    `entries` keeps the directory's order; `directory_start` is the offset at which the directory begins.
    """

    name: str
    data: bytes
    entries: dict[str, zipfile.ZipInfo]
    directory_start: int
    comment: bytes

    def read(self, part: str) -> bytes:
        """The unpacked bytes of a part, never more than its declared size.

        Raises InputErrors when the part is missing or does not unpack to what the directory declares.
        """
        entry = self.entries.get(part)
        if entry is None:
            what = f"is not a complete workbook: its part {part} is missing"
            raise complaint(self.name, what, hint=_SAVE_AS)
        packed = self.packed(entry)
        try:
            unpacked = _inflate(packed, entry.file_size) if entry.compress_type else packed
        except zlib.error as error:
            raise _broken(self.name, f"{part}: {error}") from error
        if len(unpacked) != entry.file_size or zlib.crc32(unpacked) != entry.CRC:
            raise _broken(self.name, f"{part} does not unpack to what the directory says")
        return unpacked

    def packed(self, entry: zipfile.ZipInfo) -> bytes:
        """The bytes of a part as they lie in the file."""
        start = entry.header_offset + local_header_size(self.data, entry)
        return self.data[start : start + entry.compress_size]


def _inflate(packed: bytes, size: int) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)


def local_header_size(data: bytes, entry: zipfile.ZipInfo) -> int:
    """How many bytes stand before a part's own: the fixed header, the name and the extra field."""
    name_size, extra_size = struct.unpack_from("<HH", data, entry.header_offset + 26)
    return _LOCAL_SIZE + int(name_size) + int(extra_size)


def open_container(data: bytes, *, name: str, limits: Limits) -> Container:
    """The zip file in `data`, refused unless its directory alone shows that unpacking it is affordable.

    Raises InputErrors for anything that is not a zip file, is encrypted, lies about itself or is too large.
    """
    _check_kind(data, name)
    if len(data) > limits.file_bytes:
        raise _too_large(name, f"the file has {len(data) // MIB} MiB, more than {limits.file_bytes // MIB} MiB")
    _check_directory_size(data, name, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries, start, comment = archive.infolist(), archive.start_dir, archive.comment
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError) as error:
        raise _broken(name, str(error)) from error
    _check_names(entries, name, limits)
    _check_sizes(entries, len(data), name=name, limits=limits)
    _check_layout(entries, start, data=data, name=name)
    return Container(name, data, {entry.filename: entry for entry in entries}, start, comment)


def _check_kind(data: bytes, name: str) -> None:
    if data.startswith(_ZIP_MAGIC):
        return
    what, hint = _what_it_is(data)
    raise complaint(name, f"is not an .xlsx workbook: {what}", hint=hint)


def _what_it_is(data: bytes) -> tuple[str, str]:
    """(what the bytes are instead, what to do)."""
    head = data[:4096]
    plain = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_OLE_MAGIC):
        return _what_ole_is(data)
    for start, what, hint in _OTHER_KINDS:
        if plain.startswith(start):
            return what, hint
    if not data:
        return "the file is empty", _RESTORE
    if b"\0" not in head:
        return "it is plain text, such as CSV, whatever its name says", _SAVE_AS
    return "it is no zip file", _SAVE_AS


def _what_ole_is(data: bytes) -> tuple[str, str]:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "it is protected with a password", "remove the password (File, Info, Protect Workbook) and save it again"
    return "it is the old .xls format or another Office document", _SAVE_AS


def _check_directory_size(data: bytes, name: str, limits: Limits) -> None:
    """Bound the directory before zipfile builds an object for each of its entries."""
    at = data.rfind(_END_OF_DIRECTORY, max(0, len(data) - _END_SIZE - 65_535))
    if at < 0 or len(data) - at < _END_SIZE:
        raise _broken(name, "its end is missing")
    (size,) = struct.unpack_from("<L", data, at + 12)
    if size > limits.directory_bytes:
        raise _too_large(name, f"its directory alone has {size} bytes")


def _check_names(entries: list[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise _too_large(name, f"it holds {len(entries)} parts, more than {limits.entries}")
    seen: set[str] = set()
    for entry in entries:
        path = entry.filename
        if path.lower() in seen:
            raise _suspicious(name, f"the part {path!r} is there twice, and programs differ in which one they read")
        seen.add(path.lower())
        if path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/") or ":" in path or "\0" in path:
            raise _suspicious(name, f"the part {path!r} points outside the file")


def _check_sizes(entries: list[zipfile.ZipInfo], file_bytes: int, *, name: str, limits: Limits) -> None:
    total = 0
    for entry in entries:
        total += entry.file_size
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise complaint(
                name, f"the part {entry.filename} is protected with a password", hint="save it without a password"
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _suspicious(name, f"the part {entry.filename} is packed in a way no spreadsheet program uses")
        if entry.file_size > limits.part_bytes:
            size = entry.file_size // MIB
            raise _too_large(
                name, f"the part {entry.filename} unpacks to {size} MiB, more than {limits.part_bytes // MIB} MiB"
            )
        if entry.file_size > limits.ratio_from_bytes and entry.file_size > limits.ratio * max(1, entry.compress_size):
            raise _too_large(
                name, f"the part {entry.filename} unpacks to over {limits.ratio} times its size (a zip bomb)"
            )
    if total > limits.total_bytes:
        raise _too_large(name, f"it unpacks to {total // MIB} MiB, more than {limits.total_bytes // MIB} MiB")
    if total > limits.ratio_from_bytes and total > limits.ratio * file_bytes:
        raise _too_large(name, f"it unpacks to over {limits.ratio} times its size (a zip bomb)")


def _check_layout(entries: list[zipfile.ZipInfo], directory_start: int, *, data: bytes, name: str) -> None:
    """Entries that share bytes are how a small file unpacks to a vast one; two names for one part fool a reviewer."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        start = entry.header_offset
        if start < end:
            raise _suspicious(name, f"the part {entry.filename} overlaps another one")
        if data[start : start + 4] != _ZIP_MAGIC or start + _LOCAL_SIZE > directory_start:
            raise _broken(name, f"{entry.filename} is not where the directory says")
        header = local_header_size(data, entry)
        end = start + header + entry.compress_size
        if end > directory_start:
            raise _broken(name, f"{entry.filename} reaches past its end")
        own_name = data[start + _LOCAL_SIZE : start + header]
        if not own_name.startswith(_raw_name(entry)):
            raise _suspicious(name, f"the part {entry.filename} has two different names")


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8_FLAG else "cp437")


def _broken(name: str, why: str) -> InputErrors:
    return complaint(name, f"is a damaged .xlsx file ({why})", hint="restore it from git, or " + _SAVE_AS)


def _too_large(name: str, why: str) -> InputErrors:
    hint = "delete sheets, pictures and empty formatted rows that do not belong to the matrix, then save it again"
    return complaint(name, f"is too large to be read safely: {why}", hint=hint)


def _suspicious(name: str, why: str) -> InputErrors:
    return complaint(
        name,
        f"is not put together as a spreadsheet program would: {why}",
        hint="do not open it before you know who made it; " + _SAVE_AS,
    )
