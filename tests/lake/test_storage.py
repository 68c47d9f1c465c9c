"""One suite for a directory and for a bucket behind a cache."""

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hubposture.errors import RemoteRefused, RemoteUnavailable
from hubposture.lake.cache import Cache
from hubposture.lake.manifest import File, written_at
from hubposture.lake.s3 import S3Storage
from hubposture.lake.storage import FileDamaged, LocalStorage, Storage, digest_of

BUCKET = "acme-lake"


class SmallPages:
    """An S3 client that lists two objects at a time."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def list_objects_v2(self, **asked: Any) -> Any:
        return self._client.list_objects_v2(**asked, MaxKeys=2)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield SmallPages(client)


def bucket(s3: Any, cache: Path, *, limit: int = 1 << 30) -> S3Storage:
    return S3Storage(s3, bucket=BUCKET, prefix="lakes/main/", cache=Cache(cache, limit_bytes=limit))


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "lake")
    return bucket(request.getfixturevalue("s3"), tmp_path / "cache")


def put(storage: Storage, name: str, content: bytes = b"rows") -> File:
    path = storage.scratch(name)
    path.write_bytes(content)
    file = File(name, 1, len(content), digest_of(path))
    storage.put(path, name)
    assert not path.exists()
    return file


def test_a_file_that_was_put_is_there_with_its_bytes(storage: Storage) -> None:
    file = put(storage, "findings/base-1.parquet")
    assert storage.fetch(file).read_bytes() == b"rows"
    assert storage.size(file.name) == 4
    storage.verify(file)


def test_every_file_is_listed_with_size_and_time(storage: Storage) -> None:
    names = [f"cube/cube-{number}.parquet" for number in range(5)]
    for name in names:
        put(storage, name)
    listed = sorted(storage.listed(), key=lambda one: one.name)
    assert [(one.name, one.bytes) for one in listed] == [(name, 4) for name in names]
    assert all(abs(one.modified - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1) for one in listed)


def test_an_empty_storage_lists_nothing(storage: Storage) -> None:
    assert list(storage.listed()) == []
    assert storage.size("cube/none.parquet") is None


def test_a_file_that_was_deleted_is_gone_and_deleting_it_again_is_no_error(storage: Storage) -> None:
    file = put(storage, "cube/one.parquet")
    for _ in range(2):
        storage.delete([file.name])
    assert storage.size(file.name) is None
    with pytest.raises(FileDamaged, match=r"cube/one\.parquet: is missing"):
        storage.fetch(file)


def test_a_file_of_another_size_is_damaged(storage: Storage) -> None:
    file = put(storage, "cube/one.parquet")
    with pytest.raises(FileDamaged, match="has 4 bytes instead of 5"):
        storage.verify(replace(file, bytes=5))
    with pytest.raises(FileDamaged, match="has 4 bytes instead of 5"):
        storage.fetch(replace(file, bytes=5))


def test_a_file_with_other_bytes_is_found_by_reading_it(storage: Storage) -> None:
    file = put(storage, "cube/one.parquet")
    with pytest.raises(FileDamaged, match="has other bytes than were written"):
        storage.verify(replace(file, digest="0" * 32))


def test_putting_a_file_again_replaces_it_whole(storage: Storage) -> None:
    put(storage, "cube/one.parquet")
    assert storage.fetch(put(storage, "cube/one.parquet", b"other rows")).read_bytes() == b"other rows"


def test_a_directory_that_is_a_file_is_said_in_our_words(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("no directory")
    storage = LocalStorage(tmp_path / "lake")
    with pytest.raises(RemoteUnavailable, match="the lake cannot be used now"):
        storage.scratch("cube/one.parquet")


def test_a_bucket_that_is_not_there_is_said_in_our_words(s3: Any, tmp_path: Path) -> None:
    storage = S3Storage(s3, bucket="none", prefix="", cache=Cache(tmp_path, limit_bytes=1))
    with pytest.raises(RemoteRefused, match=r"s3://none.*NoSuchBucket"):
        list(storage.listed())


def test_what_was_fetched_once_is_not_fetched_again(s3: Any, tmp_path: Path) -> None:
    file = put(bucket(s3, tmp_path / "writer"), "cube/one.parquet")
    storage = bucket(s3, tmp_path / "reader")
    storage.fetch(file)
    s3.delete_object(Bucket=BUCKET, Key="lakes/main/cube/one.parquet")
    assert storage.fetch(file).read_bytes() == b"rows"


def test_a_cached_file_that_was_damaged_is_fetched_again(s3: Any, tmp_path: Path) -> None:
    file = put(bucket(s3, tmp_path / "cache"), "cube/one.parquet")
    (tmp_path / "cache" / file.name).write_bytes(b"rowz")
    assert bucket(s3, tmp_path / "cache").fetch(file).read_bytes() == b"rows"


def test_an_object_that_was_damaged_leaves_nothing_in_the_cache(s3: Any, tmp_path: Path) -> None:
    file = put(bucket(s3, tmp_path / "writer"), "cube/one.parquet")
    s3.put_object(Bucket=BUCKET, Key="lakes/main/cube/one.parquet", Body=b"rowz")
    with pytest.raises(FileDamaged, match="other bytes"):
        bucket(s3, tmp_path / "reader").fetch(file)
    assert [path for path in (tmp_path / "reader").rglob("*") if path.is_file()] == []


def test_the_cache_gives_up_what_was_not_used_for_longest(s3: Any, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    files = [put(bucket(s3, cache), f"cube/{number}.parquet") for number in range(4)]
    for number, file in enumerate(files):
        os.utime(cache / file.name, (number, number))
    put(bucket(s3, cache, limit=12), "cube/new.parquet")
    assert sorted(path.name for path in (cache / "cube").iterdir()) == ["2.parquet", "3.parquet", "new.parquet"]


def test_the_cache_keeps_what_is_in_use_also_above_its_limit(s3: Any, tmp_path: Path) -> None:
    files = [put(bucket(s3, tmp_path / "cache", limit=1), f"cube/{number}.parquet") for number in range(3)]
    assert all((tmp_path / "cache" / file.name).exists() for file in files)


def test_a_name_tells_when_it_was_given() -> None:
    assert written_at("cube/cube-01ARZ3NDEKTSV4RRFFQ69G5FAV.parquet") == dt.datetime(
        2016, 7, 30, 23, 54, 10, 259000, tzinfo=dt.UTC
    )
    assert written_at("notes.txt") is None
