"""A mail server on plain sockets that fails at any stage, with STARTTLS and passwords: what aiosmtpd cannot be made to
do. It speaks just enough SMTP, and it keeps a letter the moment its final dot has arrived.
"""

import base64
import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes
from functools import cache
from typing import Literal, Self

import trustme

# "after" is no stage that is visited: the connection is dropped when the last word was said.
Stage = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "text", "end"]
STAGES: tuple[Stage, ...] = ("connect", "ehlo", "mail", "rcpt", "data", "text", "end")
HANG = "hang"
DROP = "drop"
LOSE = "lose"  # at the end only: drops the connection before it keeps the letter
USER, PASSWORD = "billing", "correct horse"


@cache
def authority() -> trustme.CA:
    """Made anew for each run: no key lies in the project."""
    return trustme.CA()


@cache
def certificate() -> trustme.LeafCert:
    return authority().issue_cert("localhost")


class Dropped(Exception):
    """The connection is to be closed, or was."""


class RawServer:
    """`server.faults["rcpt"] = "550 5.1.1 no such user"` (or HANG, DROP) until it is taken out again."""

    def __init__(self, *, tls: bool = False, password: bool = False) -> None:
        self.faults: dict[str, str] = {}
        self.letters: list[bytes] = []
        self.connections = 0
        self.on_letter: Callable[[], object] = lambda: None
        self.on_visit: Callable[[str], object] = lambda stage: None
        self.extensions = ["SIZE 30000000", "SMTPUTF8", "8BITMIME"]
        self.tls, self.password = tls, password
        self.reached = threading.Condition()
        self.visits: list[str] = []  # the stages, in the order in which clients came to them
        self._end = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def ids(self) -> list[str]:
        return [str(message_from_bytes(raw)["Message-ID"]) for raw in self.letters]

    def wait_until(self, stage: Stage, *, seconds: float = 20) -> None:
        with self.reached:
            assert self.reached.wait_for(lambda: stage in self.visits, seconds), f"nobody came to {stage}"

    def close(self) -> None:
        self._end.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.hang_up_on_all()

    def hang_up_on_all(self) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.append(client)
        talk = Talk(self, client)
        try:
            talk.run()
        except (Dropped, OSError, ValueError):
            pass  # as told, or the client went first
        finally:
            talk.close()

    def fault(self, stage: str) -> str | None:
        """Note the visit; hang or drop here when told so; answer the reply to give instead."""
        with self.reached:
            self.visits.append(stage)
            self.reached.notify_all()
        self.on_visit(stage)
        planned = self.faults.get(stage)
        if planned == HANG:
            self._end.wait()
        if planned in (HANG, DROP):
            raise Dropped
        return planned


class Talk:
    """One connection."""

    def __init__(self, server: RawServer, client: socket.socket) -> None:
        self.server, self.client = server, client
        self.file = client.makefile("rwb")

    def close(self) -> None:
        with suppress(OSError, ValueError):
            self.file.close()
        self.client.close()

    def say(self, line: str) -> None:
        self.file.write(f"{line}\r\n".encode())
        self.file.flush()

    def hear(self) -> str:
        line = self.file.readline()
        if not line:
            raise Dropped
        return line.decode("utf-8", "replace").rstrip("\r\n")

    def run(self) -> None:
        self.say(self.server.fault("connect") or "220 raw.test ESMTP")
        while True:
            self.answer(self.hear())

    def answer(self, line: str) -> None:
        verb = re.split(r"[ :]", line.upper())[0]
        match verb:
            case "EHLO":
                self.ehlo()
            case "STARTTLS":
                self.start_tls()
            case "AUTH":
                self.auth(line)
            case "MAIL" | "RCPT":
                self.say(self.server.fault(verb.lower()) or "250 OK")
            case "DATA":
                self.data()
            case "QUIT":
                self.say("221 bye")
                raise Dropped
            case _:
                self.say("250 OK")

    def ehlo(self) -> None:
        fault = self.server.fault("ehlo")
        extensions = list(self.server.extensions)
        extensions += ["STARTTLS"] if self.server.tls else []
        extensions += ["AUTH PLAIN"] if self.server.password else []
        lines = [f"250-{name}" for name in ("raw.test", *extensions[:-1])]
        self.say(fault or "\r\n".join([*lines, f"250 {extensions[-1]}"]))

    def start_tls(self) -> None:
        fault = self.server.fault("starttls")
        self.say(fault or "220 go ahead")
        if not fault:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate().configure_cert(context)
            self.file.close()
            self.client = context.wrap_socket(self.client, server_side=True)
            self.file = self.client.makefile("rwb")

    def auth(self, line: str) -> None:
        fault = self.server.fault("auth")
        given = base64.b64decode(line.split()[-1]).decode().split("\0")[1:]
        good = given == [USER, PASSWORD]
        self.say(fault or ("235 welcome" if good else "535 5.7.8 username or password not accepted"))

    def data(self) -> None:
        fault = self.server.fault("data")
        self.say(fault or "354 go on")
        if fault:
            return
        self.server.fault("text")
        lines = []
        while (line := self.file.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if not line:
            raise Dropped
        if self.server.faults.get("end") == LOSE:
            raise Dropped
        planned = self.server.faults.get("end", "250")
        if planned in (HANG, DROP) or planned.startswith("250"):
            self.server.letters.append(b"".join(lines))
            self.server.on_letter()
        self.say(self.server.fault("end") or "250 queued")
        if self.server.faults.get("after") == DROP:
            raise Dropped
