"""A lake in a bucket: objects under a prefix, read through a local cache."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hubposture.errors import RemoteError, RemoteRefused, RemoteUnavailable
from hubposture.lake.cache import Cache
from hubposture.lake.manifest import File
from hubposture.lake.storage import FileDamaged, Stored, compare
from hubposture.reconcile.chunks import chunks

_BLOCK = 1 << 20
_MOST_DELETED = 1000
_SERVER_ERROR = 500
_TRY_AGAIN = frozenset({"SlowDown", "RequestTimeout", "Throttling", "RequestTimeTooSkewed", "ServiceUnavailable"})
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})


class S3Storage:
    """Objects of one bucket under one prefix.

    `client` is a boto3 S3 client: PutObject, GetObject, HeadObject, ListObjectsV2 and DeleteObjects are used. An object
    appears whole or not at all, and is there for everybody once it was put.
    """

    def __init__(self, client: Any, *, bucket: str, prefix: str, cache: Cache) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._cache = cache

    @property
    def shown(self) -> str:
        """See `storage.Storage`."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def scratch(self, name: str) -> Path:
        """See `storage.Storage`."""
        return self._cache.scratch(name)

    def put(self, path: Path, name: str) -> None:
        """See `storage.Storage`. The file is kept in the cache, since whoever wrote it reads it next."""
        with self._errors(name), path.open("rb") as body:
            self._client.put_object(Bucket=self._bucket, Key=self._key(name), Body=body)
        self._cache.keep(path, name)

    def fetch(self, file: File) -> Path:
        """See `storage.Storage`."""
        return self._cache.get(file, lambda path: self._download(file.name, path))

    def verify(self, file: File) -> None:
        """See `storage.Storage`."""
        path = self._cache.scratch(f"verify-{file.name}")
        try:
            self._download(file.name, path)
            compare(path, file)
        finally:
            path.unlink(missing_ok=True)

    def size(self, name: str) -> int | None:
        """See `storage.Storage`."""
        try:
            with self._errors(name):
                return int(self._client.head_object(Bucket=self._bucket, Key=self._key(name))["ContentLength"])
        except RemoteError as error:
            if error.code in _ABSENT:
                return None
            raise

    def listed(self) -> Iterator[Stored]:
        """See `storage.Storage`."""
        token: dict[str, str] = {}
        while True:
            with self._errors(""):
                answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, **token)
            for one in answer.get("Contents", ()):
                yield Stored(one["Key"].removeprefix(self._prefix), one["Size"], one["LastModified"])
            if not answer.get("IsTruncated"):
                return
            token = {"ContinuationToken": answer["NextContinuationToken"]}

    def delete(self, names: Iterable[str]) -> None:
        """See `storage.Storage`."""
        for chunk in chunks(sorted(names), _MOST_DELETED):
            objects = [{"Key": self._key(name)} for name in chunk]
            with self._errors(""):
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
            for error in answer.get("Errors", ()):
                raise RemoteUnavailable(f"{self.shown}: {error['Key']} was not deleted: {error.get('Message', '')}")
            for name in chunk:
                self._cache.forget(name)

    def _key(self, name: str) -> str:
        return self._prefix + name

    def _download(self, name: str, path: Path) -> None:
        try:
            with self._errors(name), path.open("wb") as stream:
                body = self._client.get_object(Bucket=self._bucket, Key=self._key(name))["Body"]
                while block := body.read(_BLOCK):
                    stream.write(block)
        except RemoteError as error:
            if error.code in _ABSENT:
                raise FileDamaged(name, "is missing") from error
            raise

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        """Say in our words what S3 or the way to it refuses."""
        where = f"{self.shown}/{name}".rstrip("/")
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            kind = RemoteUnavailable if code in _TRY_AGAIN or status >= _SERVER_ERROR else RemoteRefused
            raise kind(f"{where}: {error}", code=code) from error
        except BotoCoreError as error:
            raise RemoteUnavailable(f"{where}: {error}", code=type(error).__name__) from error
