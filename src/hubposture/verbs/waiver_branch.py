"""Waivers onto branches of the baseline's repository: what is asked for on one of its own, what was decided on the common one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hubposture.errors import HubpostureError, InputError, Refusal
from hubposture.model.controls import ControlId
from hubposture.ports.repository import Author, FileMissing, Repository, UnknownRevision
from hubposture.verbs.waiver_book import set_name
from hubposture.waivers.changed import approved_until
from hubposture.waivers.read import read_waivers
from hubposture.waivers.subject_file import from_text, to_text
from hubposture.waivers.waiver import Approval, SubjectSet, Waiver
from hubposture.waivers.write import to_yaml, with_approval, with_expires
from hubposture.waivers.write_list import with_waivers

TRAILER = "Hubposture-Decision"
"""The trailer of a commit on the common branch; the id behind it makes the commit happen once."""


class NotAsApproved(Refusal):
    """The waiver in the repository is not the one that was decided on."""


@dataclass(frozen=True)
class Branch:
    """Writes waivers as commits, never into the working tree. `list_file` is the one list of waivers, '' for a directory.

    `path` gives the place of a file of waivers. With `remote` a branch is first brought up to what is there, and pushed.
    `name` is the common branch, from which people merge; what is asked for lies on a branch beside it.
    """

    repository: Repository
    path: Callable[[str], str]
    name: str
    remote: str = ""
    list_file: str = ""

    def of_request(self, waiver: str) -> str:
        """The branch on which a request lies."""
        return f"{self.name}-{waiver}"

    def read(self, path: str) -> bytes | None:
        """A file as the common branch has it where that is ahead, else as it lies here; None where there is none."""
        for revision in (self.ahead(), None):
            try:
                if revision != "":
                    return self.repository.read(path, revision)
            except FileMissing:
                continue
        return None

    def ahead(self) -> str:
        """The tip of the common branch while something on it is not in the working tree's history; ''."""
        try:
            tip = self.repository.commit(self.name)
            if tip is None or self.repository.is_ancestor(tip.id, "HEAD"):
                return ""
        except InputError:  # no such branch, or no git
            return ""
        return tip.id

    def put(self, branch: str, files: Mapping[str, bytes], *, message: str, author: Author) -> str:
        """Commit files onto a branch and push it; gives the commit. Raises Refusal, InputError, RemoteError."""
        if self.remote:
            self.repository.fetch(branch, self.remote)
        made = self.repository.propose(branch, files=files, message=message, author=author).id
        if self.remote:
            self.repository.push(branch, self.remote)
        return made

    def decided(self, id_: str, files: Callable[[], Mapping[str, bytes]], *, message: str, author: Author) -> str:
        """The commit on the common branch that carries a decision, made now if it is not there, and pushed.

        `files` is asked for after the branch was brought up to date. Raises Refusal, InputError, RemoteError.
        """
        if self.remote:
            self.repository.fetch(self.name, self.remote)
        try:
            held = self.repository.find_commit(self.name, TRAILER, id_)
        except UnknownRevision:
            held = None
        text = f"{message}\n\n{TRAILER}: {id_}\n"
        made = held or self.repository.propose(self.name, files=files(), message=text, author=author).id
        if self.remote:
            self.repository.push(self.name, self.remote)
        return made

    # Files

    def new_files(
        self, waiver: Waiver, subjects: SubjectSet, *, head: Sequence[str], shown: Callable[[ControlId], str]
    ) -> dict[str, bytes]:
        """The files of a waiver that is not in the baseline yet, with its set."""
        if self.list_file:
            base = self.read(self.list_file) or b""
            kept = any(one.id == waiver.id for one in read_waivers({"x.yaml": base}).waivers)
            text = base if kept else with_waivers(base, [waiver], head=head, shown=shown)
            files = {self.list_file: text}
        else:
            files = {self.path(f"{waiver.id}.yaml"): to_yaml(waiver, head=head, shown=shown).encode()}
        return files | {self.path(set_name(waiver.id)): to_text(subjects).encode()}

    def again_files(self, waiver: Waiver, subjects: SubjectSet) -> dict[str, bytes]:
        """The file of a waiver of the baseline with another end, and its set anew."""
        raw = self.whole(waiver)
        return {
            waiver.file: with_expires(raw, waiver.id, waiver.expires),
            self.path(set_name(waiver.id)): to_text(subjects).encode(),
        }

    def whole(self, waiver: Waiver) -> bytes:
        """The file of a waiver. Raises NotAsApproved where there is none."""
        raw = self.read(waiver.file)
        if raw is None:
            raise NotAsApproved(f"{waiver.id}: its file {waiver.file} is not in the baseline any more")
        return raw

    def with_approval(
        self, files: Mapping[str, bytes], waiver: Waiver, approval: Approval, subjects: SubjectSet
    ) -> dict[str, bytes]:
        """The files of a waiver with an approval. Raises NotAsApproved where it is not the waiver that was approved."""
        made = dict(files)
        (name,) = [path for path in files if not path.endswith(".subjects")]
        made[name] = with_approval(files[name], waiver.id, approval)
        self._check(made[name], waiver.id, approval, to_text(subjects))
        return made

    def read_back(self, commit: str, waiver: Waiver, approval: Approval) -> None:
        """Read a commit and see that the approval in it counts. Raises NotAsApproved."""
        file = waiver.file or self.list_file or self.path(f"{waiver.id}.yaml")
        lying, wrong = from_text(self.repository.read(self.path(approval.subjects), commit), approval.subjects)
        if wrong:
            raise NotAsApproved(f"{waiver.id}: {wrong[0]}")
        self._check(self.repository.read(file, commit), waiver.id, approval, to_text(lying))

    @staticmethod
    def _check(raw: bytes, waiver: str, approval: Approval, subjects: str) -> None:
        found = next((one for one in read_waivers({"x.yaml": raw}).waivers if one.id == waiver), None)
        digests = {one.digest for one in found.approvals} if found is not None else set()
        if found is None or approval.digest not in digests or approved_until(found, approval, subjects) is None:
            raise NotAsApproved(
                f"{waiver} in the repository is not what was decided on: it was edited there meanwhile; ask for it anew"
            )


def author_of(who: str) -> Author:
    """Somebody as the author of a commit."""
    name = " ".join("".join(sign if sign.isprintable() and sign not in "<>" else " " for sign in who).split())
    is_address = "@" in name and " " not in name
    local = "".join(sign if sign.isalnum() else "-" for sign in name) or "somebody"
    return Author(name or "somebody", name if is_address else f"{local}@localhost")


def one_line_of(text: str, most: int = 60) -> str:
    """A text for the first line of a commit."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= most else f"{plain[:most]}..."


def why_failed(error: HubpostureError) -> str:
    """What kept something from the repository, in a sentence."""
    return str(error).replace("\n", " ")
