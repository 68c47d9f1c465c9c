import datetime as dt
import re
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings

from connectors.messages_made import mail as message
from hubposture.connectors.mail import BadAddress, Letter, message_id
from hubposture.connectors.ses import Ses
from hubposture.connectors.smtp import Server, Smtp
from hubposture.sandbox.remote.smtp import Fault, Mailbox, SmtpServer
from hubposture.work.body import Body
from render.bodies import BODIES, HOSTILE, TEXTS

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
LETTER = Letter("hubposture@example.com", "security@example.com", lambda: NOW)


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(box: Mailbox) -> Iterator[SmtpServer]:
    with SmtpServer(box) as found:
        yield found


def smtp(server: SmtpServer, **options: Any) -> Smtp:
    return Smtp(Server(server.host, server.port, answer_seconds=5, **options), LETTER)


def test_a_mail_has_text_html_and_the_page_and_comes_from_whom_it_should(server: SmtpServer, box: Mailbox) -> None:
    assert smtp(server).send(message()).error == ""
    (got,) = box.got
    mail = got.mail
    assert (got.sender, got.to) == ("hubposture@example.com", ("web@example.com",))
    assert (mail["Subject"], mail["Reply-To"]) == ("Security Hub: team web", "security@example.com")
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == message_id(message().key, "hubposture@example.com")
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "WEB-7: https://jira.example/browse/WEB-7" in text.get_content()
    assert '<a href="https://jira.example/browse/WEB-7">WEB-7</a>' in html.get_content()
    (page,) = mail.iter_attachments()
    assert (page.get_filename(), page.get_content_type()) == ("page.html", "text/html")
    assert "<p>Hi</p>" in page.get_payload(decode=True).decode()  # type: ignore[union-attr]


def test_the_same_message_is_the_same_mail(box: Mailbox, server: SmtpServer) -> None:
    for one in (message(), message(), message("another")):
        smtp(server).send(one)
    ids = [got.mail["Message-ID"] for got in box.got]
    assert ids[0] == ids[1] != ids[2]
    assert box.got[0].data.count(b"Message-ID") == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TEXTS, BODIES)
def test_nothing_in_a_message_becomes_a_header_or_ends_the_mail(title: str, body: Body) -> None:
    data = LETTER.write(replace(message(title=title), body=body)).as_bytes()
    head = data.partition(b"\r\n\r\n")[0]
    names = re.findall(rb"(?m)^([A-Za-z-]+):", head)
    assert sorted(names) == sorted(
        [b"From", b"To", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted", b"MIME-Version",
         b"Content-Type"]
    )  # fmt: skip
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))


@pytest.mark.parametrize("word", [*HOSTILE, "x\r\nBcc: all@example.com", "x\nBcc: all@example.com\n\n.\n", "."])
def test_hostile_words_arrive_as_words(server: SmtpServer, box: Mailbox, word: str) -> None:
    hostile = replace(message(key=word, title=word), attachment=(word, word))
    assert smtp(server).send(hostile).error == ""
    (got,) = box.got
    assert got.mail["Bcc"] is None
    assert got.to == ("web@example.com",)


@pytest.mark.parametrize(
    "to", ["", "web", "web@example.com\r\nBcc: a@b.c", "a@b.c, d@e.f", "<a@b.c>", "a b@c.d", "ä@example.com", "..@x"]
)
def test_an_address_that_is_none_is_told_and_nothing_is_sent(server: SmtpServer, box: Mailbox, to: str) -> None:
    sent = smtp(server).send(message(to=to))
    assert sent.error
    assert not sent.is_doubtful
    assert "\r" not in sent.error
    assert box.got == []


@pytest.mark.parametrize("at", ["connect", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("code", [0, 421, 450, 550])
def test_what_fails_before_the_mail_was_handed_over_was_surely_not_sent(
    server: SmtpServer, box: Mailbox, at: str, code: int
) -> None:
    box.faults = [Fault(at, code, times=2 if at == "ehlo" else 1)]
    sent = smtp(server).send(message())
    assert sent.error.startswith(f"mail to web@example.com by 127.0.0.1:{server.port}: ")
    assert not sent.is_doubtful
    assert box.got == []
    if code and at != "ehlo":
        assert f"the server answers {code} (trouble); " in sent.error
    box.faults.clear()
    assert smtp(server).send(message()).error == ""


@pytest.mark.parametrize("code", [421, 450, 550])
def test_a_mail_that_the_server_refuses_was_not_sent(server: SmtpServer, box: Mailbox, code: int) -> None:
    box.faults = [Fault("body", code)]
    sent = smtp(server).send(message())
    assert (sent.is_doubtful, f"the server answers {code}" in sent.error) == (False, True)


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_cut_after_the_mail_was_handed_over_leaves_it_in_doubt(
    server: SmtpServer, box: Mailbox, is_kept: bool
) -> None:
    box.faults = [Fault("body", is_kept=is_kept)]
    sent = smtp(server).send(message())
    assert sent.is_doubtful
    assert "it may have been sent" in sent.error
    assert len(box.got) == is_kept


def test_nobody_knows_a_receiver_and_the_hint_says_where_to_correct_it(server: SmtpServer, box: Mailbox) -> None:
    box.known = frozenset({"data@example.com"})
    sent = smtp(server).send(message())
    assert "550 (5.1.1 no such user); correct the address in teams.yaml" in sent.error


def test_it_signs_in_where_a_user_is_set_and_a_wrong_password_is_not_repeated(server: SmtpServer, box: Mailbox) -> None:
    box.users = {"hub": "s3cret-pass"}
    assert "530" in smtp(server).send(message()).error
    wrong = smtp(server, user="hub", password="wrong-s3cret").send(message())
    assert "the sign-in is refused (535); correct messages.mail.user" in wrong.error
    assert "s3cret" not in wrong.error
    assert "cannot carry" in smtp(server, user="hub", password="pässwörd").send(message()).error
    assert smtp(server, user="hub", password="s3cret-pass").send(message()).error == ""
    assert box.got[0].user == "hub"


def test_a_server_that_is_not_there_is_told() -> None:
    with SmtpServer(Mailbox()) as gone:
        pass
    sent = smtp(gone).send(message())
    assert "it cannot be reached" in sent.error
    assert not sent.is_doubtful


def test_mail_cannot_be_changed_or_looked_for(server: SmtpServer) -> None:
    found = smtp(server)
    assert not found.can_update
    assert found.find([message()]) == {}
    assert "cannot be changed" in found.update("", message()).error


# --- TLS ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `localhost` and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_it_goes_over_tls_where_the_certificate_can_be_verified(box: Mailbox, certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with SmtpServer(box, tls=tls) as server:
        known = Server("localhost", server.port, trust=lambda: ssl.create_default_context(cafile=certificate))
        assert Smtp(known, LETTER).send(message()).error == ""
        strange = Smtp(Server("localhost", server.port), LETTER).send(message())
        other = Smtp(replace(known, host="127.0.0.1"), LETTER).send(message())
    assert [got.is_secured for got in box.got] == [True]
    assert "the certificate cannot be verified" in strange.error
    assert "the certificate cannot be verified" in other.error
    assert not strange.is_doubtful


# --- SES ---------------------------------------------------------------------------------------------------------------


class Client:
    """SES as boto3's client has it: keeps what it got, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.got: list[dict[str, Any]] = []

    def send_email(self, **given: Any) -> dict[str, str]:
        self.got.append(given)
        if self.error is not None:
            raise self.error
        return {"MessageId": "1"}


def answered(code: str, status: int) -> ClientError:
    error: Any = {"Error": {"Code": code, "Message": "words\r\nof AWS"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "SendEmail")


def test_ses_gets_the_raw_mail() -> None:
    client = Client()
    assert Ses(client, LETTER).send(message()).error == ""
    (got,) = client.got
    assert got["Destination"] == {"ToAddresses": ["web@example.com"]}
    assert got["FromEmailAddress"] == "hubposture@example.com"
    assert b"Message-ID: <" in got["Content"]["Raw"]["Data"]


@pytest.mark.parametrize(
    ("error", "is_doubtful", "said"),
    [
        (answered("MessageRejected", 400), False, "MessageRejected: words of AWS; verify the sender"),
        (answered("TooManyRequestsException", 429), False, "fewer requests"),
        (answered("Strange", 400), False, "look the code up"),
        (answered("InternalFailure", 500), True, "may have been sent"),
        (ConnectTimeoutError(endpoint_url="https://email.example"), False, "cannot be reached"),
        (EndpointConnectionError(endpoint_url="https://email.example"), False, "cannot be reached"),
        (ReadTimeoutError(endpoint_url="https://email.example"), True, "may have been sent"),
        (NoCredentialsError(), False, "correct the credentials"),
    ],
)
def test_errors_of_ses_say_what_to_do_and_whether_it_may_have_been_sent(
    error: Exception, is_doubtful: bool, said: str
) -> None:
    client = Client(error)
    sent = Ses(client, LETTER).send(message())
    assert (sent.is_doubtful, said in sent.error, len(client.got)) == (is_doubtful, True, 1), sent.error


def test_ses_is_not_asked_for_an_address_that_is_none() -> None:
    client = Client()
    assert "is no address" in Ses(client, LETTER).send(message(to="a\nb")).error
    assert client.got == []
    assert not Ses(client, LETTER).can_update
    assert Ses(client, LETTER).find([message()]) == {}
    with pytest.raises(BadAddress):
        LETTER.write(message(to=""))
