"""A mail server for the tests: keeps what it is sent, and fails where it is told to."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern_policy
from typing import Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

Stage = Literal["ehlo", "mail", "rcpt", "data"]
DROP = "drop"  # closes the connection instead of answering
HANG = "hang"  # never answers


@dataclass(frozen=True)
class Received:
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=modern_policy)
        assert isinstance(message, EmailMessage)
        return message


class AnyPort(Controller):
    """On a port that the system chooses; aiosmtpd greets itself after the start and has to be told which."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class SmtpSink:
    """`sink.fail("rcpt", "550 5.1.1 no such user", times=1)` spoils the next RCPT; `times=None` all of them.

    What arrives at the end of DATA is kept before the answer is decided: after `fail("data", DROP)` the mail *was*
    received and the sender cannot know it.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self._failures: dict[Stage, deque[str]] = defaultdict(deque)
        self._always: dict[Stage, str] = {}
        self._controller = AnyPort(self, hostname="127.0.0.1", port=0)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def environment(self) -> dict[str, str]:
        """For a shop in a process of its own."""
        return {"EMAIL_HOST": self.host, "EMAIL_PORT": str(self.port), "EMAIL_USE_TLS": "false"}

    @property
    def recipients(self) -> list[str]:
        return [address for mail in self.received for address in mail.recipients]

    def fail(self, stage: Stage, reply: str = "451 4.3.0 try again later", *, times: int | None = 1) -> None:
        if times is None:
            self._always[stage] = reply
        else:
            self._failures[stage].extend([reply] * times)

    def recover(self) -> None:
        self._failures.clear()
        self._always.clear()

    async def _answer(self, stage: Stage, server: SMTP, otherwise: str) -> str:
        planned = self._failures[stage].popleft() if self._failures[stage] else self._always.get(stage)
        if planned is None:
            return otherwise
        if planned == HANG:
            await asyncio.Event().wait()
        if planned == DROP:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "421 gone"
        return planned

    # The names below are aiosmtpd's.

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        answer = await self._answer("ehlo", server, "")
        return [answer] if answer else responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._answer("mail", server, "250 OK")
        if answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._answer("rcpt", server, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw)
        # A refused mail was not received; one whose answer got lost was.
        answer = await self._answer_data(server, mail)
        return answer

    async def _answer_data(self, server: SMTP, mail: Received) -> str:
        planned = self._failures["data"][0] if self._failures["data"] else self._always.get("data", "250")
        if planned in (DROP, HANG) or planned.startswith("250"):
            self.received.append(mail)
        return await self._answer("data", server, "250 OK")
