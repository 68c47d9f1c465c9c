"""A message as mail: headers that nothing can be put into, text and HTML beside each other, a page attached."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from hubposture.ports.messenger import Sent
from hubposture.render.mail import page, text
from hubposture.render.spans import clean
from hubposture.work.message import Message

SUBJECT: Final = 200
"""The longest subject, in characters."""

_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")
_FILE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class BadAddress(ValueError):
    """An address that mail cannot be sent to; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Letter:
    """How mails are written: from whom, to whom answers go ('' for the sender), and what tells the time (aware UTC)."""

    sender: str
    reply_to: str
    now: Callable[[], dt.datetime]

    def write(self, message: Message) -> EmailMessage:
        """The mail of a message. Raises BadAddress.

        Its Message-ID is made of the message's key, so that what is sent twice is one mail to whoever reads it.
        """
        mail = EmailMessage(policy=SMTP)
        mail["From"] = _address(self.sender)
        mail["To"] = _address(message.to)
        if self.reply_to:
            mail["Reply-To"] = _address(self.reply_to)
        mail["Subject"] = _subject(message.title)
        mail["Date"] = self.now()
        mail["Message-ID"] = message_id(message.key, self.sender)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(_lines(text(message.body)), cte="quoted-printable")
        mail.add_alternative(_lines(page(message.title, message.body)), subtype="html", cte="quoted-printable")
        if message.attachment is not None:
            name, html = message.attachment
            data = _lines(html).encode()
            mail.add_attachment(
                data, maintype="text", subtype="html", filename=_file(name), params={"charset": "utf-8"}
            )
        return mail


class OneWay:
    """What every way of mail has in common: what was sent is neither changed nor looked for (`ports.messenger`)."""

    @property
    def can_update(self) -> bool:
        """Whether a message that was sent can be changed: never."""
        return False

    def update(self, where: str, message: Message) -> Sent:
        """It is never done."""
        del where
        return Sent(error=f"mail to {message.to}: what was sent cannot be changed")

    def find(self, messages: Sequence[Message]) -> dict[str, str]:
        """Nothing is known of any."""
        del messages
        return {}


def message_id(key: str, sender: str) -> str:
    """The Message-ID of a message, made of its key alone."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return f"<{digest}@{sender.rpartition('@')[2] or 'hubposture'}>"


def _address(text_: str) -> Address:
    try:
        if _ADDRESS.fullmatch(text_):
            return Address(addr_spec=text_)
    except (ValueError, IndexError):
        pass
    raise BadAddress(f"{clean(text_)[:100]!r} is no address that mail can be sent to")


def _subject(title: str) -> str:
    line = clean(title).strip() or "hubposture"
    return line if len(line) <= SUBJECT else f"{line[: SUBJECT - 3]}..."


def _lines(body: str) -> str:
    """Text that can be encoded whatever is in it."""
    return body.encode("utf-8", "replace").decode("utf-8") or "\n"


def _file(name: str) -> str:
    return _FILE.sub("-", name).strip("-.")[:100] or "page.html"
