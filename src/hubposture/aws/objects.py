"""Objects in S3 that hold findings, fetched to a directory with the process's own credentials."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from hubposture.aws.failures import Failure, FailureKind, classify, is_denied
from hubposture.errors import InputError, RemoteRefused, RemoteUnavailable

_LONGEST: Final = 120
"""Characters of a key that a file's name keeps: its end, where endings are."""


def fetcher(client: Any, directory: Path) -> Callable[[str], Sequence[Path]]:
    """A function that fetches `s3://BUCKET/PREFIX`: every object whose key is or begins with PREFIX, sorted by key.

    Files keep the last part of their keys, so that endings such as `.gz` tell what they are; each is in a folder of its
    own, for keys of different folders may end alike. Empty objects (the folders that consoles make) are left out. It
    raises InputError for a URL without a bucket, RemoteRefused and RemoteUnavailable.
    """
    numbers = count()

    def fetch(url: str) -> Sequence[Path]:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if not bucket:
            raise InputError(f"{url}: no bucket; write s3://BUCKET/PREFIX")
        with _in_our_words(url, "s3:ListBucket"):
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            keys = sorted(one["Key"] for page in pages for one in page.get("Contents", ()) if one["Size"])
        return [_download(client, bucket, key, directory / f"{next(numbers):06d}") for key in keys]

    return fetch


def _download(client: Any, bucket: str, key: str, directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / _name_of(key)
    with _in_our_words(f"s3://{bucket}/{key}", "s3:GetObject"):
        client.download_file(bucket, key, str(path))
    return path


def _name_of(key: str) -> str:
    """The end of a key as a file's name that stays in its folder, whatever the key holds."""
    return re.sub(r"[^\w.-]", "_", key.rstrip("/").rpartition("/")[2])[-_LONGEST:].lstrip(".") or "object"


@contextmanager
def _in_our_words(where: str, action: str) -> Iterator[None]:
    """Turn botocore's errors into ours; anything else passes."""
    from boto3.exceptions import Boto3Error  # noqa: PLC0415 - slow to import, and comes with the client

    try:
        yield
    except OSError:
        raise
    except Boto3Error as problem:
        # A download that boto3 itself has tried several times.
        raise RemoteUnavailable(f"{where}: {problem}; run again", code=type(problem).__name__) from problem
    except Exception as problem:
        failure = classify(problem)
        kind = RemoteRefused if failure.kind in (FailureKind.REFUSED, FailureKind.EXPIRED) else RemoteUnavailable
        text = f"{where}: {failure.code}: {failure.text.rstrip('.')}; {_advice(failure, action)}"
        raise kind(text, code=failure.code) from problem


def _advice(failure: Failure, action: str) -> str:
    """What to do next; S3 answers a HEAD without a body, so that its code is the status alone."""
    if is_denied(failure.code) or failure.code == "403":
        return f"the credentials that hubposture was started with need {action} there"
    if failure.kind in (FailureKind.REFUSED, FailureKind.EXPIRED):
        return "look at the bucket's name, the Region and the credentials that hubposture was started with"
    return "run again"
