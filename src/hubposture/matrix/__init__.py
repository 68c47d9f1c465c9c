"""The matrix: the workbook's cells become rows, rows become decisions per target. Pure; files are read elsewhere."""
