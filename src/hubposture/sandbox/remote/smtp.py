"""A small SMTP server on loopback that keeps what it got, and fails where it is told to."""

import base64
import contextlib
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Self

_LONGEST_LINE = 998 + 2


@dataclass(frozen=True, slots=True)
class Got:
    """A mail as it came: who sent it to whom, by the envelope, and its bytes."""

    sender: str
    to: tuple[str, ...]
    data: bytes
    user: str = ""
    is_secured: bool = False

    @property
    def mail(self) -> EmailMessage:
        """The mail, parsed."""
        found = message_from_bytes(self.data, policy=default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass(slots=True)
class Fault:
    """What goes wrong the next `times` times at a step: `connect`, `ehlo`, `auth`, `mail`, `rcpt`, `data`, or `body`.

    `code` is answered; 0 cuts the connection. At `body` the mail was handed over: with `is_kept` it is kept all the same.
    """

    at: str
    code: int = 0
    words: str = "trouble"
    times: int = 1
    is_kept: bool = False


@dataclass(slots=True)
class Mailbox:
    """What came, whom there is (empty: everybody), who may sign in by password (empty: nobody needs to), and faults."""

    got: list[Got] = field(default_factory=list)
    known: frozenset[str] = frozenset()
    users: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, at: str) -> Fault | None:
        """The fault of a step, used up once."""
        with self.lock:
            for one in self.faults:
                if one.at == at:
                    one.times -= 1
                    if one.times <= 0:
                        self.faults.remove(one)
                    return one
        return None


class SmtpServer:
    """Serves a mailbox from threads; a context manager. With `tls` it offers STARTTLS, or begins with it (`is_tls`)."""

    def __init__(self, mailbox: Mailbox, *, tls: ssl.SSLContext | None = None) -> None:
        self.mailbox = mailbox
        self._server = _Server(mailbox, tls)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name="smtp")
        self.host = "127.0.0.1"
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, mailbox: Mailbox, tls: ssl.SSLContext | None) -> None:
        self.mailbox = mailbox
        self.tls = tls
        super().__init__(("127.0.0.1", 0), _Session)


class _Cut(Exception):
    """The connection is to break."""


class _Session(socketserver.BaseRequestHandler):
    """One connection."""

    server: _Server

    def setup(self) -> None:
        self._socket: socket.socket = self.request
        self._file = self._socket.makefile("rb")
        self._user = ""
        self._is_secured = False
        self._sender = ""
        self._to: list[str] = []

    def handle(self) -> None:
        with contextlib.suppress(_Cut, OSError):
            if self._step("connect", "220 sandbox ESMTP"):
                while (line := self._file.readline(_LONGEST_LINE)) and self._obey(
                    line.decode("utf-8", "replace").strip()
                ):
                    pass
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def finish(self) -> None:
        self._file.close()
        self._socket.close()

    def _obey(self, line: str) -> bool:
        """Do one command; False after the last one."""
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO" | "HELO":
                self._hello()
            case "STARTTLS" if self.server.tls is not None and not self._is_secured:
                self._secure(self.server.tls)
            case "AUTH":
                self._sign_in(rest)
            case "MAIL":
                self._from(rest)
            case "RCPT":
                self._receiver(rest)
            case "DATA":
                self._data()
            case "RSET" | "NOOP":
                self._say("250 OK")
            case "QUIT":
                self._say("221 Bye")
                return False
            case _:
                self._say("502 not implemented")
        return True

    def _hello(self) -> None:
        extensions = ["sandbox", "8BITMIME", "SIZE 10485760"]
        if self.server.tls is not None and not self._is_secured:
            extensions.append("STARTTLS")
        if self.server.mailbox.users:
            extensions.append("AUTH PLAIN LOGIN")
        lines = [f"250-{one}" for one in extensions[:-1]] + [f"250 {extensions[-1]}"]
        self._step("ehlo", "\r\n".join(lines))

    def _secure(self, tls: ssl.SSLContext) -> None:
        self._say("220 go ahead")
        self._socket = tls.wrap_socket(self._socket, server_side=True)
        self._file = self._socket.makefile("rb")
        self._is_secured = True

    def _sign_in(self, rest: str) -> None:
        kind, _, given = rest.partition(" ")
        if kind.upper() == "LOGIN":
            user = _decoded(given) if given else self._asked("VXNlcm5hbWU6")
            password = self._asked("UGFzc3dvcmQ6")
        else:
            _, user, password = ([*_decoded(given or self._asked("")).split("\0"), "", "", ""])[:3]
        if self.server.mailbox.users.get(user) == password:
            self._user = user
            self._step("auth", "235 accepted")
        else:
            self._say("535 5.7.8 authentication failed")

    def _asked(self, prompt: str) -> str:
        self._say(f"334 {prompt}")
        return _decoded(self._file.readline(_LONGEST_LINE).decode("ascii", "replace").strip())

    def _from(self, rest: str) -> None:
        if self.server.mailbox.users and not self._user:
            self._say("530 5.7.0 authentication required")
        elif self._step("mail", "250 OK"):
            self._sender, self._to = _between(rest), []

    def _receiver(self, rest: str) -> None:
        to, known = _between(rest), self.server.mailbox.known
        if known and to not in known:
            self._say("550 5.1.1 no such user")
        elif self._step("rcpt", "250 OK"):
            self._to.append(to)

    def _data(self) -> None:
        if not self._to:
            self._say("503 who is it for")
        elif self._step("data", "354 go on"):
            data = self._read()
            fault = self.server.mailbox.fault("body")
            if fault is None or fault.is_kept:
                got = Got(self._sender, tuple(self._to), data, self._user, self._is_secured)
                with self.server.mailbox.lock:
                    self.server.mailbox.got.append(got)
            self._answer(fault, "250 2.0.0 kept")

    def _read(self) -> bytes:
        lines = []
        while (line := self._file.readline()) != b".\r\n":
            if not line:
                raise _Cut
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _step(self, at: str, words: str) -> bool:
        """Answer a step as it should be, or with its fault; whether it went well."""
        return self._answer(self.server.mailbox.fault(at), words)

    def _answer(self, fault: Fault | None, words: str) -> bool:
        if fault is not None and not fault.code:
            raise _Cut
        self._say(words if fault is None else f"{fault.code} {fault.words}")
        return fault is None

    def _say(self, words: str) -> None:
        self._socket.sendall(f"{words}\r\n".encode())


def _between(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""
