"""Where letters go: to the mail server, or, where none is set, to files that the pages can show."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from counterfoil.delivery import smtp
from counterfoil.delivery.envelope import Envelope
from counterfoil.delivery.models import Delivery
from counterfoil.delivery.trouble import Trouble
from counterfoil.documents import filename

TRY_SECONDS = 8.0


def options() -> dict[str, Any]:
    """The mailer's options; with a host it is a server."""
    mailer: dict[str, Any] = settings.MAILERS["default"]
    return dict(mailer.get("OPTIONS") or {})


def post(envelope: Envelope, *, before_end: Callable[[], None], watch: smtp.Stage = smtp.nobody_watches) -> None:
    """Hand the letter over, or raise Trouble. `before_end` is called at the last moment at which it is certain that
    nobody has the letter yet; a file needs none, because writing it again changes nothing."""
    given = options()
    if given.get("host"):
        smtp.post(smtp.Server.from_options(given), envelope, before_end=before_end, watch=watch)
    else:
        watch("file")
        write(folder() / f"{envelope.name}.eml", envelope.raw)


def try_now(envelope: Envelope) -> None:
    """One letter while somebody waits for the answer: over a connection of its own, and without long patience."""
    given = options()
    smtp.hang_up_if_idle(at_once=True)
    try:
        if given.get("host"):
            server = smtp.Server.from_options(
                {**given, "timeout": min(given.get("timeout") or TRY_SECONDS, TRY_SECONDS)}
            )
            smtp.post(server, envelope, before_end=lambda: None)
        else:
            post(envelope, before_end=lambda: None)
    finally:
        smtp.hang_up_if_idle(at_once=True)


def to_files() -> bool:
    return not options().get("host")


def folder() -> Path:
    return Path(settings.MAIL_DIR)


def letter_file(delivery: Delivery, *, number: str) -> Path:
    """Where this delivery's letter lies when mails go to files."""
    return folder() / f"{filename({'number': number}).removesuffix('.pdf')}-{delivery.pk}.eml"


def write(path: Path, raw: bytes) -> None:
    """Whole or not at all, and on the disk before it counts as sent."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise Trouble(f"The letter could not be written to {path.parent}: {error.strerror}.") from error
