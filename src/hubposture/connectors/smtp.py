"""Mail over SMTP (RFC 5321), with TLS that is verified; what may have been accepted is never sent again."""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, Self

from hubposture.connectors.mail import BadAddress, Letter, OneWay
from hubposture.ports.messenger import Sent
from hubposture.render.spans import clean
from hubposture.work.message import Message

_TLS_PORT: Final = 465
_GO_ON: Final = 354
_DONE: Final = 250
_LATER: Final = "run it again later"
_HINTS: Final = {
    421: "the server is busy or going down; run it again later",
    450: "the mailbox is not to be had just now; run it again later",
    451: "the server has a trouble of its own; run it again later",
    452: "the server has no room; run it again later",
    530: "the server wants a sign-in first; set messages.mail.user and password",
    535: "correct messages.mail.user and password",
    550: "correct the address in teams.yaml or the settings, or let messages.mail.sender send to it",
    551: "correct the address in teams.yaml or the settings",
    552: "the mail is larger than the server takes; set messages.mail.attach_page = false",
    553: "correct the address in teams.yaml or the settings",
    554: "the server does not take it; ask who runs it",
}
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server. On port 465 TLS begins at once, else by STARTTLS; only on this machine mail goes without.

    `user` and `password` may be ''. `trust` makes what verifies certificates; the system's authorities by default.
    """

    host: str
    port: int = 587
    user: str = ""
    password: str = ""
    answer_seconds: float = 60.0
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        return self.host in ("127.0.0.1", "localhost", "::1")


class Refused(Exception):
    """The server, or the way to it, refuses before the mail was handed over: it was surely not sent."""


class Smtp(OneWay):
    """Implements `ports.messenger.Messenger`: one connection a mail."""

    def __init__(self, server: Server, letter: Letter) -> None:
        self._server = server
        self._letter = letter

    def send(self, message: Message) -> Sent:
        """See `ports.messenger`. From the mail's first byte to the server's answer a cut leaves it in doubt."""
        try:
            mail = self._letter.write(message)
            with _Session(self._server) as session:
                session.begin(self._letter.sender, message.to)
                try:
                    session.hand_over(mail)
                except (OSError, smtplib.SMTPException) as error:
                    return Sent(error=self._said(message, _unanswered(error)), is_doubtful=True)
        except (BadAddress, Refused) as error:
            return Sent(error=self._said(message, str(error)))
        return Sent()

    def _said(self, message: Message, why: str) -> str:
        secret = self._server.password
        shown = f"mail to {clean(message.to)[:100]} by {self._server.host}:{self._server.port}: {why}"
        return shown.replace(secret, "***") if len(secret) > 3 else shown  # noqa: PLR2004 - shorter ones are words


class _Session:
    """A connection from its beginning to the answer to the mail. Everything raises Refused but `hand_over`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        try:
            self._smtp = self._connected()
            self._secured(self._smtp)
        except Refused:
            self.close()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise Refused(_why(error)) from None
        except ValueError:
            self.close()
            raise Refused("messages.mail.user or password holds letters that SMTP cannot carry") from None
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; whatever is said to that changes nothing any more."""
        if self._smtp is not None:
            self._smtp.close()

    def begin(self, sender: str, to: str) -> None:
        """Everything before the mail itself: from whom, to whom, and the server's word to go on."""
        assert self._smtp is not None
        try:
            for code, said in (self._smtp.mail(sender), self._smtp.rcpt(to)):
                _accepted(code, said, _DONE, 251)
            code, said = self._smtp.docmd("DATA")
            _accepted(code, said, _GO_ON)
        except (OSError, smtplib.SMTPException) as error:
            raise Refused(_why(error)) from None

    def hand_over(self, mail: EmailMessage) -> None:
        """The mail and its end. Raises Refused where the server says no, SMTPException and OSError where it says nothing."""
        assert self._smtp is not None
        data = re.sub(rb"(?m)^\.", b"..", mail.as_bytes())
        self._smtp.send(data + (b"" if data.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, said = self._smtp.getreply()
        _accepted(code, said, _DONE)

    def _connected(self) -> smtplib.SMTP:
        host, port, seconds = self._server.host, self._server.port, self._server.answer_seconds
        if port == _TLS_PORT:
            return smtplib.SMTP_SSL(host, port, timeout=seconds, context=self._server.trust())
        return smtplib.SMTP(host, port, timeout=seconds)

    def _secured(self, smtp: smtplib.SMTP) -> None:
        """TLS and the sign-in."""
        smtp.ehlo_or_helo_if_needed()
        if not isinstance(smtp, smtplib.SMTP_SSL):
            if smtp.has_extn("starttls"):
                smtp.starttls(context=self._server.trust())
                smtp.ehlo()
            elif not self._server.is_here:
                raise Refused("the server offers no STARTTLS, and mail is not sent in the clear; use its port for TLS")
        if self._server.user:
            smtp.login(self._server.user, self._server.password)


def _accepted(code: int, said: bytes, *wanted: int) -> None:
    if code not in wanted:
        raise Refused(_answered(code, said))


def _answered(code: int, said: bytes | str) -> str:
    words = clean(said.decode("utf-8", "replace") if isinstance(said, bytes) else said).strip()[:_LONGEST]
    hint = _HINTS.get(code, _LATER if code < 500 else "ask who runs the server")  # noqa: PLR2004 - SMTP's border of for good
    return f"the server answers {code}{f' ({words})' if words else ''}; {hint}"


def _why(error: Exception) -> str:
    """What went wrong before the mail was handed over, in words."""
    match error:
        case smtplib.SMTPAuthenticationError():
            why = f"the sign-in is refused ({error.smtp_code}); correct messages.mail.user and password"
        case smtplib.SMTPResponseException():
            why = _answered(error.smtp_code, error.smtp_error)
        case smtplib.SMTPNotSupportedError():
            why = "the server takes no sign-in over this connection; correct messages.mail.port or user"
        case ssl.SSLError():
            why = "TLS fails: the certificate cannot be verified, or the port speaks none; correct host and port"
        case smtplib.SMTPException() | TimeoutError() | ConnectionResetError():
            why = f"the connection broke before the mail was sent ({type(error).__name__}); {_LATER}"
        case OSError(strerror=strerror):
            why = f"it cannot be reached ({strerror or type(error).__name__}); check host and port"
        case _:
            why = type(error).__name__
    return why


def _unanswered(error: Exception) -> str:
    return f"no answer came after the mail was sent ({type(error).__name__}); it may have been sent"
