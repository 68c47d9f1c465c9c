"""Bytes of an .xlsx file become plain cells and back: guarded reading, writing, patching. Meaning lives in matrix."""
