"""Talking to a mail server so that the exact stage of a failure is known.

smtplib does the lines; the dialogue is driven here. The letter's text is sent first, then `before_end` marks the row,
and only then the final dot: until it, the server cannot have accepted anything. One connection serves many letters.
"""

import logging
import os
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from counterfoil.delivery.envelope import Envelope
from counterfoil.delivery.trouble import Kind, Trouble

log = logging.getLogger(__name__)
IMPLICIT_TLS_PORT = 465
LETTERS_PER_CONNECTION = 100
IDLE_SECONDS = 30.0  # servers hang up on the idle; so do we, before them
LETTER_SECONDS = 180.0  # all stages together; well below policy.DEAD_AFTER
SIZE_EXCEEDED = 552
HANDED_OVER = "The letter was handed over in full, and then"

# The settings that may be to blame, for the page on which mail is tried out.
WHERE = "EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS"
ENCRYPTED = "EMAIL_USE_TLS, EMAIL_PORT"
WHO = "EMAIL_HOST_USER, EMAIL_HOST_PASSWORD"
SENDER = "DEFAULT_FROM_EMAIL, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD"

Stage = Callable[[str], None]


def nobody_watches(stage: str) -> None:
    """Tests pass their own, to stop a worker at a named stage."""


class Stale(Exception):
    """An open connection that takes no further letter. Nothing of this one was said: another connection may."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters go, from the mailer's OPTIONS."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    use_tls: bool = False
    use_ssl: bool = False
    timeout: float = 20.0

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "Server":
        use_ssl = bool(options.get("use_ssl")) or (
            bool(options.get("use_tls")) and int(options.get("port") or 0) == IMPLICIT_TLS_PORT
        )
        return cls(
            host=str(options["host"]),
            port=int(options.get("port") or 25),
            username=str(options.get("username") or ""),
            password=str(options.get("password") or ""),
            use_tls=bool(options.get("use_tls")) and not use_ssl,
            use_ssl=use_ssl,
            timeout=float(options.get("timeout") or 20.0),
        )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Line:
    """One connection, greeted, encrypted and logged in."""

    def __init__(self, server: Server, watch: Stage = nobody_watches) -> None:
        self.server = server
        self.process = os.getpid()  # an open line must not be shared with a forked child
        self.letters = 0
        self.used_at = time.monotonic()
        watch("connect")
        self.smtp = self._connect()
        try:
            with self.limited():
                self._introduce(watch)
        except BaseException:
            self.hang_up()
            raise

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        # A name is given, so that smtplib does not ask the DNS for its own; it is replaced below.
        with reworded(f"Could not reach the mail server {server}", WHERE):
            if server.use_ssl:
                context = ssl.create_default_context()
                return smtplib.SMTP_SSL(
                    server.host, server.port, local_hostname="localhost", timeout=server.timeout, context=context
                )
            return smtplib.SMTP(server.host, server.port, local_hostname="localhost", timeout=server.timeout)

    def _introduce(self, watch: Stage) -> None:
        smtp, server = self.smtp, self.server
        assert smtp.sock is not None
        smtp.sock.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # the final dot must not wait for the text's ACK
        own = smtp.sock.getsockname()[0]
        smtp.local_hostname = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
        watch("ehlo")
        with reworded(f"{server} did not greet back", WHERE):
            self._greet()
        if server.use_tls:
            watch("starttls")
            with reworded(f"No encrypted connection (TLS) to {server}", ENCRYPTED):
                smtp.starttls(context=ssl.create_default_context())
                self._greet()
        if server.username:
            watch("auth")
            with reworded(f"{server} did not let {server.username} in", WHO):
                smtp.login(server.username, server.password)

    def _greet(self) -> None:
        """EHLO, or HELO for a server of old; not for one that is closing."""
        code, answer = self.smtp.ehlo()
        if 500 <= code < 600:
            code, answer = self.smtp.helo()
        self.expect(250, code, answer, letter=False)

    def post(self, envelope: Envelope, before_end: Callable[[], None], watch: Stage) -> None:
        """Hand one letter over, or raise Trouble. After trouble the line is not used again."""
        self.letters += 1
        with self.limited():
            self._address(envelope, watch)
            watch("data")
            with reworded("The mail server broke off before the letter's text"):
                self.expect(354, *self.smtp.docmd("DATA"), letter=True)
            with reworded("The mail server broke off while the letter's text was sent"):
                self.smtp.send(dotted(envelope.raw))
            watch("text")
            before_end()
            watch("end")
            self._end()
        self.used_at = time.monotonic()

    def _address(self, envelope: Envelope, watch: Stage) -> None:
        smtp = self.smtp
        options = []
        if smtp.has_extn("size"):
            options.append(f"SIZE={len(envelope.raw)}")
        if envelope.utf8:
            if not smtp.has_extn("smtputf8"):
                raise Trouble("The mail server cannot write to addresses outside ASCII.", Kind.PERMANENT)
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            smtp.command_encoding = "utf-8"
        watch("mail")
        with reworded("The mail server broke off at the sender's address"):
            code, answer = self._begin(envelope.sender, options)
            self.expect(250, code, answer, letter=code == SIZE_EXCEEDED, look_at=SENDER)
        watch("rcpt")
        with reworded("The mail server broke off at the recipient's address"):
            code, answer = smtp.rcpt(envelope.recipient)
            self.expect(250, 250 if code == 251 else code, answer, letter=True)

    def _begin(self, sender: str, options: list[str]) -> tuple[int, bytes]:
        """The first words about a letter. Since the last one the server may have hung up, or had enough."""
        reused = self.letters > 1
        try:
            code, answer = self.smtp.mail(sender, options)
        except (OSError, smtplib.SMTPException) as error:
            if reused:
                raise Stale from error
            raise
        if reused and code not in (250, SIZE_EXCEEDED):
            raise Stale
        return code, answer

    def _end(self) -> None:
        """The final dot. From here on silence is ambiguous."""
        try:
            self.smtp.send(b".\r\n")
            code, answer = self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            words = f"{HANDED_OVER} no answer came ({plain(error)}): it may have arrived"
            raise Trouble(words, Kind.AMBIGUOUS) from error
        if not 200 <= code < 600:
            raise Trouble(f"{HANDED_OVER} the answer made no sense: {said(code, answer)}", Kind.AMBIGUOUS)
        self.expect(250, 250 if code < 300 else code, answer, letter=True)

    def expect(self, wanted: int, code: int, answer: bytes, *, letter: bool, look_at: str = "") -> None:
        """`letter`: a lasting refusal (5xx) is about this letter, not about the shop's set-up."""
        if code == wanted:
            return
        kind = Kind.PERMANENT if letter and 500 <= code < 600 else Kind.TEMPORARY
        raise Trouble(f"The mail server said {said(code, answer)}", kind, code, look_at)

    @contextmanager
    def limited(self) -> Iterator[None]:
        """A timeout holds for each wait; a server that sends a byte now and then is cut off here."""
        timer = threading.Timer(LETTER_SECONDS, self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def cut(self) -> None:
        if self.smtp.sock is not None:
            with suppress(OSError):
                self.smtp.sock.shutdown(2)

    def hang_up(self) -> None:
        self.smtp.close()

    def leave(self) -> None:
        """Politely, and without waiting for long."""
        with suppress(OSError, smtplib.SMTPException):
            if self.smtp.sock is not None:
                self.smtp.sock.settimeout(1)
            self.smtp.quit()
        self.smtp.close()

    @property
    def worn(self) -> bool:
        return self.letters >= LETTERS_PER_CONNECTION or time.monotonic() - self.used_at > IDLE_SECONDS


@contextmanager
def reworded(doing: str, look_at: str = "") -> Iterator[None]:
    """Whatever goes wrong before the final dot is temporary, unless the server said otherwise."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        raise Trouble(f"{doing}: {said(error.smtp_code, text)}", code=error.smtp_code, look_at=look_at) from error
    except (OSError, smtplib.SMTPException, ValueError) as error:  # ssl.SSLError is an OSError
        raise Trouble(f"{doing}: {plain(error)}", look_at=_suspects(error, look_at)) from error


def _suspects(error: Exception, look_at: str) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        return "EMAIL_HOST"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "EMAIL_HOST, SSL_CERT_FILE"
    return ENCRYPTED if isinstance(error, ssl.SSLError) else look_at


def plain(error: Exception) -> str:
    """An exception in words that a shopkeeper can act on."""
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "it did not answer in time"
    if isinstance(error, socket.gaierror | UnicodeError):
        return "no machine has this name"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there (connection refused)"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"it speaks no TLS here ({error.reason or error})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"it does not offer that ({error})"
    if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionError):
        return "it closed the connection"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def said(code: int, answer: bytes) -> str:
    """The server's own words, without what no page and no database can show."""
    text = "".join(char if char.isprintable() else " " for char in answer.decode("utf-8", "replace"))
    text = " ".join(text.split())[:200]
    return f"{text} ({code})" if text else f"({code})"


def dotted(raw: bytes) -> bytes:
    """The text as it goes on the wire, without the final dot: lines end in CRLF, a leading dot is doubled."""
    text = raw.replace(b"\r\n.", b"\r\n..")
    text = b"." + text if text.startswith(b".") else text
    return text if text.endswith(b"\r\n") else text + b"\r\n"


# ---- One open line per thread ---------------------------------------------------------------------------------------

_threads = threading.local()


def post(server: Server, envelope: Envelope, *, before_end: Callable[[], None], watch: Stage = nobody_watches) -> None:
    """Send one letter over this thread's open line, or over a new one."""
    line = _take(server)
    if line is not None:
        try:
            return _post(line, envelope, before_end, watch)
        except Stale:
            log.info("the mail server ended an open connection; the letter takes a new one")
    _post(Line(server, watch), envelope, before_end, watch)


def _take(server: Server) -> Line | None:
    line: Line | None = _threads.__dict__.pop("line", None)
    if line is not None and line.process != os.getpid():
        return None
    if line is not None and (line.server != server or line.worn):
        line.leave()
        return None
    return line


def _post(line: Line, envelope: Envelope, before_end: Callable[[], None], watch: Stage) -> None:
    try:
        line.post(envelope, before_end, watch)
    except BaseException:
        line.hang_up()
        raise
    _threads.line = line


def hang_up_if_idle(*, at_once: bool = False) -> None:
    """Called where there is nothing to send."""
    line: Line | None = _threads.__dict__.get("line")
    if line is not None and (at_once or line.worn):
        del _threads.line
        line.leave()
