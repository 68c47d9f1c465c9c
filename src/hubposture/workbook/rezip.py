"""A zip file with some parts replaced: all others keep their bytes, their order and what the directory says of them."""

import struct
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hubposture.workbook.container import Container, local_header_size

_DESCRIPTOR_FLAG = 0x8
_ZIP64_EXTRA = 1
_DEFLATED = 8
_LOCAL_FIXED = 30


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry at its new place."""

    entry: zipfile.ZipInfo
    offset: int
    flags: int
    method: int
    crc: int
    packed: int
    size: int


def rezip(container: Container, changed: Mapping[str, bytes], *, dropped: Collection[str] = ()) -> bytes:
    """The container with new contents for the parts in `changed` and without those in `dropped`.

    The pieces of the file that hold the other parts are copied as they are, data descriptors and padding included.
    """
    output = bytearray()
    placed: dict[str, _Placed] = {}
    for entry, piece in _pieces(container):
        if entry.filename in dropped:
            continue
        offset = len(output)
        if entry.filename in changed:
            written, place = _packed_anew(container, entry, changed[entry.filename], offset=offset)
            output += written
        else:
            output += piece
            sizes = entry.compress_size, entry.file_size
            place = _Placed(entry, offset, entry.flag_bits, entry.compress_type, entry.CRC, *sizes)
        placed[entry.filename] = place
    start = len(output)
    for name in container.entries:
        if name in placed:
            output += _directory_record(placed[name])
    output += _end_record(len(placed), len(output) - start, start=start, comment=container.comment)
    return bytes(output)


def _pieces(container: Container) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """Every entry in the order of the file, with all bytes up to the next one."""
    entries = sorted(container.entries.values(), key=lambda entry: entry.header_offset)
    ends = [entry.header_offset for entry in entries[1:]] + [container.directory_start]
    return [(entry, container.data[entry.header_offset : end]) for entry, end in zip(entries, ends, strict=True)]


def _packed_anew(container: Container, entry: zipfile.ZipInfo, content: bytes, *, offset: int) -> tuple[bytes, _Placed]:
    deflater = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflater.compress(content) + deflater.flush()
    flags = entry.flag_bits & ~_DESCRIPTOR_FLAG
    place = _Placed(entry, offset, flags, _DEFLATED, zlib.crc32(content), len(packed), len(content))
    old = container.data[entry.header_offset : entry.header_offset + local_header_size(container.data, entry)]
    (name_size,) = struct.unpack_from("<H", old, 26)
    name = old[_LOCAL_FIXED : _LOCAL_FIXED + name_size]
    extra = _without_zip64(old[_LOCAL_FIXED + name_size :])
    header = struct.pack(
        "<4s5H3L2H",
        *(b"PK\x03\x04", max(20, entry.extract_version), flags, _DEFLATED, _dos_time(entry), _dos_date(entry)),
        *(place.crc, place.packed, place.size, len(name), len(extra)),
    )
    return header + name + extra + packed, place


def _directory_record(place: _Placed) -> bytes:
    entry = place.entry
    name = entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")
    extra = _without_zip64(entry.extra)
    record = struct.pack(
        "<4s4B4H3L5H2L",
        *(b"PK\x01\x02", entry.create_version, entry.create_system, max(20, entry.extract_version), entry.reserved),
        *(place.flags, place.method, _dos_time(entry), _dos_date(entry), place.crc, place.packed, place.size),
        *(len(name), len(extra), len(entry.comment), 0, entry.internal_attr, entry.external_attr, place.offset),
    )
    return record + name + extra + entry.comment


def _end_record(entries: int, size: int, *, start: int, comment: bytes) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, size, start, len(comment)) + comment


def _without_zip64(extra: bytes) -> bytes:
    """The extra field without 64-bit sizes, which a file within the limits does not need."""
    kept = bytearray()
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind != _ZIP64_EXTRA:
            kept += extra[at : at + 4 + size]
        at += 4 + size
    return bytes(kept + extra[at:])


def _dos_date(entry: zipfile.ZipInfo) -> int:
    year, month, day = entry.date_time[:3]
    return (year - 1980) << 9 | month << 5 | day


def _dos_time(entry: zipfile.ZipInfo) -> int:
    hour, minute, second = entry.date_time[3:]
    return hour << 11 | minute << 5 | second // 2
