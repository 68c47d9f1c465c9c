"""Objects of S3 as files: which ones, in which order, under which names, and what is said when they cannot be had."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws

from hubposture.aws.objects import fetcher
from hubposture.errors import InputError, RemoteRefused, RemoteUnavailable

BUCKET = "acme-findings"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client
        client.close()


def put(s3: Any, **objects: str) -> None:
    for key, body in objects.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())


def names(paths: Any, directory: Path) -> list[str]:
    assert all(one.resolve().is_relative_to(directory.resolve()) for one in paths)
    return [one.name for one in paths]


def test_every_object_under_a_prefix_is_fetched_in_the_order_of_keys_with_its_ending(s3: Any, tmp_path: Path) -> None:
    put(s3, **{"day/2.json": "two", "day/10.jsonl.gz": "ten", "day/a/1.json": "deep", "night/1.json": "no", "day/": ""})
    found = fetcher(s3, tmp_path)(f"s3://{BUCKET}/day/")
    assert names(found, tmp_path) == ["10.jsonl.gz", "2.json", "1.json"]
    assert [one.read_text() for one in found] == ["ten", "two", "deep"]
    assert [one.read_text() for one in fetcher(s3, tmp_path / "again")(f"s3://{BUCKET}/night/1.json")] == ["no"]


def test_objects_of_many_pages_and_equal_endings_are_all_fetched_even_by_two_fetches(s3: Any, tmp_path: Path) -> None:
    put(s3, **{f"{at:04d}/findings.json": str(at) for at in range(25)})
    s3.meta.events.register("before-parameter-build.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=10))
    fetch = fetcher(s3, tmp_path)
    found = fetch(f"s3://{BUCKET}")
    more = fetch(f"s3://{BUCKET}/0001")
    assert [one.read_text() for one in found] == [str(at) for at in range(25)]
    assert [one.read_text() for one in more] == ["1"]
    assert len({*found, *more}) == 26


@pytest.mark.parametrize(
    "key", ["../../out.json", "a/..", "a/...", "x/" + "n" * 400 + ".json", "a/b\\c\n.json", "ä/ö .json", "//"]
)
def test_whatever_a_key_is_its_file_stays_in_the_directory(s3: Any, tmp_path: Path, key: str) -> None:
    put(s3, **{key: "here"})
    (found,) = fetcher(s3, tmp_path)(f"s3://{BUCKET}/")
    assert found.read_text() == "here"
    names([found], tmp_path)


def test_nothing_under_a_prefix_is_nothing_fetched(s3: Any, tmp_path: Path) -> None:
    assert fetcher(s3, tmp_path)(f"s3://{BUCKET}/none/") == []


def test_a_url_without_a_bucket_is_refused(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="s3://BUCKET/PREFIX"):
        fetcher(s3, tmp_path)("s3:///day/")


def test_a_bucket_that_is_not_there_is_named(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(RemoteRefused, match=r"s3://none/x: NoSuchBucket: .*; look at the bucket's name"):
        fetcher(s3, tmp_path)("s3://none/x")


@pytest.mark.parametrize(
    ("refusal", "kind", "text"),
    [
        (("AccessDenied", 403), RemoteRefused, "need s3:ListBucket there"),
        (("SlowDown", 503), RemoteUnavailable, "run again"),
        (("ExpiredToken", 400), RemoteRefused, "look at"),
    ],
)
def test_what_s3_refuses_is_said_with_what_to_do(
    s3: Any, tmp_path: Path, refusal: tuple[str, int], kind: type[Exception], text: str
) -> None:
    with Stubber(s3) as stub:
        stub.add_client_error("list_objects_v2", refusal[0], "no.", http_status_code=refusal[1])
        with pytest.raises(kind, match=text):
            fetcher(s3, tmp_path)(f"s3://{BUCKET}/x")


def test_an_object_that_vanishes_or_is_closed_meanwhile_is_named(s3: Any, tmp_path: Path) -> None:
    listing = {"IsTruncated": False, "Contents": [{"Key": "day/1.json", "Size": 3}]}
    for code, status, text in (("404", 404, "look at the bucket's name"), ("403", 403, "need s3:GetObject there")):
        with Stubber(s3) as stub:
            stub.add_response("list_objects_v2", listing)
            stub.add_client_error("head_object", code, "Not", http_status_code=status)
            with pytest.raises(RemoteRefused, match=f"s3://{BUCKET}/day/1.json.*{text}"):
                fetcher(s3, tmp_path)(f"s3://{BUCKET}/day")


def test_a_network_that_breaks_and_a_download_that_boto3_gave_up_are_worth_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        """A client whose every listing fails."""

        def __init__(self, problem: Exception) -> None:
            self.problem = problem

        def get_paginator(self, _name: str) -> Any:
            raise self.problem

    for problem in (
        EndpointConnectionError(endpoint_url="https://s3"),
        boto3.exceptions.RetriesExceededError(OSError("cut off")),
    ):
        with pytest.raises(RemoteUnavailable, match="run again"):
            fetcher(Broken(problem), tmp_path)(f"s3://{BUCKET}/x")


def test_a_disk_that_is_full_is_not_blamed_on_s3(s3: Any, tmp_path: Path) -> None:
    put(s3, **{"1.json": "one"})
    (tmp_path / "000000").write_text("a file where a folder should be")
    with pytest.raises(OSError, match="000000"):
        fetcher(s3, tmp_path)(f"s3://{BUCKET}/")
