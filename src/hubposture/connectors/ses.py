"""Mail by Amazon SES (API version 2, SendEmail with a raw message); what may have been accepted is never sent again."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotReached

from hubposture.connectors.mail import BadAddress, Letter, OneWay
from hubposture.ports.messenger import Sent
from hubposture.render.spans import clean
from hubposture.work.message import Message

_LATER: Final = "run it again later"
_HINTS: Final[Mapping[str, str]] = {
    "MessageRejected": "verify the sender, and in the sandbox of SES the receiver as well",
    "MailFromDomainNotVerifiedException": "verify the MAIL FROM domain of the sender in SES",
    "AccountSuspendedException": "sending is suspended for this account: ask AWS",
    "SendingPausedException": "sending is paused for this account or configuration set: resume it in SES",
    "LimitExceededException": "the quota of SES is used up; have it raised or run it again later",
    "TooManyRequestsException": "SES asks for fewer requests; run it again later",
    "NotFoundException": "correct the sender and the Region in messages.mail",
    "BadRequestException": "correct the sender and the addresses",
    "AccessDeniedException": "allow ses:SendEmail on the sender's identity",
    "AccessDenied": "allow ses:SendEmail on the sender's identity",
    "UnrecognizedClientException": "the credentials are refused: correct them",
    "ExpiredTokenException": "the credentials have expired: get new ones",
}
_BROKEN: Final = 500
_LONGEST: Final = 200


class Client(Protocol):
    """The part of boto3's `sesv2` client that is used. It must not retry by itself (`max_attempts = 1`)."""

    def send_email(self, **given: Any) -> Any:
        """SendEmail."""


class Ses(OneWay):
    """Implements `ports.messenger.Messenger`."""

    def __init__(self, client: Client, letter: Letter) -> None:
        self._client = client
        self._letter = letter

    def send(self, message: Message) -> Sent:
        """See `ports.messenger`."""
        where = f"mail to {clean(message.to)[:100]} by SES"
        try:
            data = self._letter.write(message).as_bytes()
            self._client.send_email(
                FromEmailAddress=self._letter.sender,
                Destination={"ToAddresses": [message.to]},
                Content={"Raw": {"Data": data}},
            )
        except BadAddress as error:
            return Sent(error=f"{where}: {error}")
        except ClientError as error:
            return _answered(where, error)
        except NotReached as error:
            return Sent(error=f"{where}: it cannot be reached ({type(error).__name__}); {_LATER}")
        except HTTPClientError as error:
            why = f"no answer came ({type(error).__name__}); it may have been sent"
            return Sent(error=f"{where}: {why}", is_doubtful=True)
        except BotoCoreError as error:
            return Sent(
                error=f"{where}: {clean(str(error))[:_LONGEST]}; correct the credentials and messages.mail.region"
            )
        return Sent()


def _answered(where: str, error: ClientError) -> Sent:
    told: Mapping[str, Any] = error.response
    code = str(told.get("Error", {}).get("Code", "")) or "no code"
    words = clean(str(told.get("Error", {}).get("Message", ""))).strip()[:_LONGEST]
    status = told.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if isinstance(status, int) and status >= _BROKEN:
        return Sent(error=f"{where}: SES answers {code} ({status}); it may have been sent", is_doubtful=True)
    hint = _HINTS.get(code, "look the code up in the documentation of SES")
    return Sent(error=f"{where}: {code}{f': {words}' if words else ''}; {hint}")
