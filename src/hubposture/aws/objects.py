"""Objects in S3 that hold findings, fetched to a directory with the process's own credentials."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hubposture.errors import InputError, RemoteRefused, RemoteUnavailable

_SERVER_ERROR = 500


def fetcher(client: Any, directory: Path) -> Callable[[str], Sequence[Path]]:
    """A function that fetches `s3://BUCKET/PREFIX`: every object whose key is or begins with PREFIX, sorted by key.

    Files keep the last part of their keys, so that endings such as `.gz` tell what they are. It raises InputError for
    a URL without a bucket, RemoteRefused and RemoteUnavailable.
    """

    def fetch(url: str) -> Sequence[Path]:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if not bucket:
            raise InputError(f"{url}: no bucket; write s3://BUCKET/PREFIX")
        try:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            keys = sorted(one["Key"] for page in pages for one in page.get("Contents", ()) if one["Size"])
            return [_download(client, bucket, key, directory / f"{at:06d}") for at, key in enumerate(keys)]
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            kind = RemoteUnavailable if status >= _SERVER_ERROR else RemoteRefused
            raise kind(f"{url}: {error}", code=code) from error
        except BotoCoreError as error:
            raise RemoteUnavailable(f"{url}: {error}", code=type(error).__name__) from error

    return fetch


def _download(client: Any, bucket: str, key: str, directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / (key.rstrip("/").rpartition("/")[2] or "object")
    client.download_file(bucket, key, str(path))
    return path
