"""A delivery's letter as bytes. The same delivery makes the same bytes at every try: Message-ID, Date and the MIME
boundaries are fixed, so a mailbox that gets it twice can tell.
"""

import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings

from counterfoil import documents
from counterfoil.delivery.statements import new_message_id
from counterfoil.delivery.trouble import Kind, Trouble

Render = Callable[[dict[str, Any]], bytes]


class Promise(Protocol):
    """What a letter takes from its delivery: a row, or the claim on one."""

    @property
    def pk(self) -> int: ...
    @property
    def address(self) -> str: ...
    @property
    def message_id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a transport needs. `name` is unique to the delivery and safe as a file's name."""

    sender: str
    recipient: str
    raw: bytes
    name: str
    utf8: bool = False  # the recipient's name is not ASCII: the server must know SMTPUTF8


def seal(*, delivery: Promise, document: dict[str, Any], render: Render) -> Envelope:
    """Write the letter, set the PDF, and pack both."""
    letter = documents.letter(document)
    file = documents.filename(document)
    recipient = address_of(delivery.address)
    sender = address_of(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    utf8 = not recipient.isascii()
    shop = one_line(document["supplier"]["name"])
    reply_to = usable(document["supplier"]["email"])
    head = headers(
        {
            "From": str(Address(shop, addr_spec=sender)),
            "To": recipient,
            "Reply-To": str(Address(shop, addr_spec=reply_to)) if reply_to else "",
            "Subject": one_line(letter.subject),
            "Date": format_datetime(delivery.created_at),
            "Auto-Submitted": "auto-generated",
        },
        utf8=utf8,
    )
    head += id_line(delivery.message_id)
    bodies = multipart(
        "alternative", delivery.message_id, [text_part("plain", letter.text), text_part("html", letter.html)]
    )
    whole = multipart("mixed", delivery.message_id, [bodies, pdf_part(file, render(document))])
    return Envelope(
        sender=sender,
        recipient=recipient,
        raw=head + whole,
        name=f"{file.removesuffix('.pdf')}-{delivery.pk}",
        utf8=utf8,
    )


def trial(*, to: str, shop_name: str, now: datetime) -> Envelope:
    """A letter that only says that letters arrive."""
    message = EmailMessage(policy=SMTP)
    sender = address_of(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    message["From"] = Address(one_line(shop_name), addr_spec=sender)
    recipient = address_of(to)
    message["To"] = recipient
    message["Subject"] = one_line(f"A test from {shop_name}")
    message["Date"] = format_datetime(now)
    message_id = new_message_id()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"Invoices of {one_line(shop_name)} reach this address.\n", cte="quoted-printable")
    name = f"test-{message_id[1:9]}"
    raw = id_line(message_id) + message.as_bytes()
    return Envelope(sender=sender, recipient=recipient, raw=raw, name=name, utf8=not recipient.isascii())


# The parts are put together here: Python's own way of writing a message with a PDF takes three times as long, and the
# outbox does little else. The headers above, where the traps are, stay Python's.


def headers(values: dict[str, str], *, utf8: bool) -> bytes:
    """The header lines alone, each ended; the first part's own follow."""
    return b"".join(header(name, value, utf8) for name, value in values.items() if value) + b"MIME-Version: 1.0\r\n"


@lru_cache(maxsize=256)  # those that say who the shop is are the same in every letter
def header(name: str, value: str, utf8: bool) -> bytes:
    """One header, written and folded by Python's own rules, which refuse a value with a line end in it."""
    rules = SMTPUTF8 if utf8 else SMTP
    _, parsed = rules.header_store_parse(name, value)
    return rules.fold_binary(name, parsed)


def id_line(message_id: str) -> bytes:
    """On one line, however long: Python would fold it after the colon, and not everybody reads that."""
    return f"Message-ID: {one_line(message_id)}\r\n".encode("ascii")


def multipart(kind: str, message_id: str, parts: list[bytes]) -> bytes:
    """The boundary follows from the Message-ID; nothing in base64 or quoted-printable can look like it ("=_")."""
    boundary = b"=_" + hashlib.sha256(f"{message_id} {kind}".encode()).hexdigest()[:32].encode()
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (kind.encode(), boundary)
    return head + b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts) + b"--%s--\r\n" % boundary


def text_part(kind: str, text: str) -> bytes:
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    lines = "\n".join(text.splitlines()) + "\n"
    return head.encode() + binascii.b2a_qp(lines.encode(), istext=True).replace(b"\n", b"\r\n")


def pdf_part(name: str, content: bytes) -> bytes:
    head = (
        "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    text = binascii.b2a_base64(content, newline=False)
    return head.encode() + b"".join(b"%s\r\n" % text[at : at + 76] for at in range(0, len(text), 76))


def one_line(text: str) -> str:
    """No value can begin a header of its own."""
    return " ".join(text.split())


def usable(address: str) -> str:
    """The address as it goes on the wire, or nothing: a shop's mistyped Reply-To must not stop its letters."""
    try:
        return address_of(address)
    except Trouble:
        return ""


def address_of(address: str) -> str:
    """The address with its domain in the ASCII form of international names."""
    local, at, domain = address.strip().rpartition("@")
    bad = not (local and at and domain) or any(ch.isspace() or not ch.isprintable() for ch in address.strip())
    if bad or any(ch in address for ch in '<>"(),:;\\[]'):
        raise Trouble(f"{one_line(address) or 'Nothing'} is no e-mail address.", Kind.PERMANENT)
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise Trouble(f"{address} is no e-mail address: its domain cannot be written.", Kind.PERMANENT) from error
