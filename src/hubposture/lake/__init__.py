"""The lake: immutable Parquet files, versions that name them, and readers that never lock."""
