"""Hostile, damaged and foreign files are refused with a sentence, quickly, before any parser sees them."""

import io
import struct
import time
import zipfile
from dataclasses import replace

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from hubposture.errors import InputError
from hubposture.workbook.guard import guard
from hubposture.workbook.limits import DEFAULT_LIMITS
from workbook.files import MAIN, PARTS, SHEET, by_xlsxwriter, minimal, sheet_xml, with_parts, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
BOMB_XML = sheet_xml("<row r='1'><c r='A1' t='inlineStr'><is><t>" + "A" * 20_000_000 + "</t></is></c></row>")
LAUGHS = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + sheet_xml("<row><c t='str'><v>&b;</v></c></row>")
XXE = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + sheet_xml("<row><c t='str'><v>&a;</v></c></row>")


def patched_directory(data: bytes, offset: int, value: int, *, size: str = "<L") -> bytes:
    """The first record of the zip's directory with one field changed."""
    at = data.index(b"PK\x01\x02") + offset
    return data[:at] + struct.pack(size, value) + data[at + struct.calcsize(size) :]


def doubled() -> bytes:
    """A zip in which the sheet is there twice, with different values."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(SHEET, sheet_xml(""))
    return output.getvalue()


def overlapping() -> bytes:
    """A zip whose second entry lies in the bytes of its first."""
    data = zipped({"a.xml": b"x" * 100, "b.xml": b"y" * 100}, method=zipfile.ZIP_STORED)
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    return data[: second + 42] + struct.pack("<L", 0) + data[second + 46 :]


def renamed() -> bytes:
    """A zip whose directory calls a part by another name than the part itself."""
    data = zipped(PARTS)
    at = data.index(b"_rels/.rels")
    return data[:at] + b"_rels/.XXXX" + data[at + 11 :]


HOSTILE = {
    "empty": (b"", "the file is empty"),
    "csv": (b"Control,Title\nS3.8,x\n", "plain text, such as CSV"),
    "html": (b"<html><table></table></html>", "an HTML page"),
    "xml": (b"<?xml version='1.0'?><Workbook/>", "an XML document"),
    "lfs pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull"),
    "binary": (bytes(range(256)) * 9, "no zip file"),
    "old xls": (OLE, "the old .xls format"),
    "password": (OLE + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
    "zip password": (patched_directory(zipped(PARTS), 8, 1, size="<H"), "protected with a password"),
    "cut off": (zipped(PARTS)[:-30], "damaged"),
    "not office": (zipped({"a.txt": "x"}), "not an Office document"),
    "opendocument": (zipped({"mimetype": "x", "content.xml": "<x/>"}), "OpenDocument"),
    "xlsb": (with_parts(zipped(PARTS), {"xl/workbook.bin": b""}), "binary workbook"),
    "macros": (with_parts(zipped(PARTS), {"xl/vbaProject.bin": b""}), "contains macros"),
    "old macros": (with_parts(zipped(PARTS), {"xl/macrosheets/sheet1.xml": b""}), "contains macros"),
    "word document": (with_parts(zipped(PARTS), {"xl/workbook.xml": "<document xmlns='urn:word'/>"}), "not a spreadsheet"),
    "sheet missing": (zipped({name: part for name, part in PARTS.items() if name != SHEET}), "is missing"),
    "sheet is another part": (minimal(sheet="<styleSheet/>"), "something else"),
    "malformed": (minimal(sheet="<worksheet"), "malformed"),
    "bomb": (minimal(sheet=BOMB_XML), "zip bomb"),
    "bomb beside": (with_parts(zipped(PARTS), {"xl/media/a.bin": bytes(30_000_000)}), "zip bomb"),
    "lying size": (patched_directory(zipped(PARTS), 24, 5), "does not unpack"),
    "vast size": (patched_directory(zipped(PARTS), 24, 2**31), "MiB, more than"),
    "many parts": (with_parts(zipped(PARTS), {f"x/{n}": b"" for n in range(4_100)}), "parts, more than"),
    "twice": (doubled(), "is there twice"),
    "overlap": (overlapping(), "overlaps"),
    "two names": (renamed(), "two different names"),
    "path traversal": (with_parts(zipped(PARTS), {"../../etc/cron.d/x": b""}), "points outside"),
    "absolute path": (with_parts(zipped(PARTS), {"/etc/x": b""}), "points outside"),
    "packed oddly": (zipped(PARTS, method=zipfile.ZIP_BZIP2), "no spreadsheet program uses"),
    "billion laughs": (minimal(sheet=LAUGHS), "document type"),
    "outside entity": (minimal(sheet=XXE), "document type"),
    "entity elsewhere": (with_parts(zipped(PARTS), {"docProps/core.xml": XXE}), "document type"),
    "entity in utf-16": (with_parts(zipped(PARTS), {SHEET: XXE.encode("utf-16")}), "document type"),
    "far cells": (minimal(rows='<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "reach from A1 to XFD1048576"),
    "impossible cell": (minimal(rows='<row r="1"><c r="ZZZ9"><v>1</v></c></row>'), "outside of any sheet"),
    "impossible row": (minimal(rows='<row r="9999999"><c><v>1</v></c></row>'), "outside of any sheet"),
    "negative row": (minimal(rows='<row r="-1"/>'), "outside of any sheet"),
    "deep": (minimal(rows="<row>" + "<a>" * 200 + "</a>" * 200 + "</row>"), "nested too deeply"),
    "long text": (minimal(rows=f"<row><c t='inlineStr'><is><t>{'<![CDATA[x]]>' * 150_000}</t></is></c></row><row/>"), "vast text"),
    "two sheets of a name": (with_parts(zipped(PARTS), {"xl/workbook.xml": PARTS["xl/workbook.xml"].replace("</sheets>", '<sheet name="CONTROLS" sheetId="2" r:id="s"/></sheets>')}), "two sheets named"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "says"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_or_wrong_file_is_refused_with_its_name_the_reason_and_a_way_out(data: bytes, says: str) -> None:
    began = time.perf_counter()
    with pytest.raises(InputError) as caught:
        guard(data, name="controls.xlsx")
    message = str(caught.value)
    assert says in message
    assert message.startswith("controls.xlsx")
    assert message.endswith(")"), "it ends with what to do"
    assert time.perf_counter() - began < 5


def test_more_cells_than_allowed_are_refused() -> None:
    rows = "".join(f'<row r="{row}">' + "<c><v>1</v></c>" * 10 + "</row>" for row in range(1, 12))
    guard(minimal(rows=rows), name="x", limits=replace(DEFAULT_LIMITS, cells=110))
    with pytest.raises(InputError, match="more than 109 cells"):
        guard(minimal(rows=rows), name="x", limits=replace(DEFAULT_LIMITS, cells=109))


def test_more_shared_strings_than_allowed_are_refused() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet().write_column(0, 0, [f"text {number}" for number in range(20)])

    data = by_xlsxwriter(fill)
    guard(data, name="x", limits=replace(DEFAULT_LIMITS, shared_strings=20))
    with pytest.raises(InputError, match="more than 19 different texts"):
        guard(data, name="x", limits=replace(DEFAULT_LIMITS, shared_strings=19))


def test_a_file_over_the_size_limit_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(InputError, match="too large"):
        guard(zipped(PARTS), name="x", limits=replace(DEFAULT_LIMITS, file_bytes=100))


def test_formatted_but_empty_cells_far_away_are_no_reason_to_refuse() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>'
    assert guard(minimal(rows=rows), name="x").scans[0].cells == 2


def test_links_to_other_files_are_ignored() -> None:
    relations = PARTS["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>", '<Relationship Id="x" Type="urn:x/sharedStrings" Target="https://evil.invalid/x" TargetMode="External"/></Relationships>'
    )  # fmt: skip
    guarded = guard(with_parts(zipped(PARTS), {"xl/_rels/workbook.xml.rels": relations}), name="x")
    assert [relation.kind for relation in guarded.package.relations] == ["worksheet"]


def test_strict_open_xml_and_prefixed_tags_are_workbooks_too() -> None:
    strict = {name: part.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main") for name, part in PARTS.items()}
    strict[SHEET] = (
        '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row r="1">'
        '<x:c r="B1" t="e"><x:v>#REF!</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert guard(zipped(strict), name="x").scans[0].errors == {(1, 2): "#REF!"}
