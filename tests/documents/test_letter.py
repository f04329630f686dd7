"""The letter: one safe line of subject, and two bodies that say the same."""

import os
import re
import subprocess
import sys
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from counterfoil import documents
from tests.documents import papers

pytestmark = pytest.mark.pure

PLACES = re.compile(r"\{\w+\}").findall
HOSTILE = "</td><script>alert(1)</script> \"q\" & 's' {{ x }} {% y %}"


class _Reader(HTMLParser):
    """The text of a page, and the tags that it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_subject_says_number_shop_and_amount() -> None:
    assert documents.letter(papers.eight_lines()).subject == (
        "Invoice A/26-27/000413 from Shree Ganesh General Store, ₹1,752.00"
    )
    assert documents.letter(papers.credit_note()).subject.startswith("Credit note A/26-27/C00007 from ")


@pytest.mark.parametrize("bill", [papers.one_line, papers.eight_lines, papers.credit_note])
def test_both_bodies_say_the_amount_the_items_the_change_and_where_the_shop_is(bill: Any) -> None:
    document = bill()
    letter = documents.letter(document)
    for body in (words(letter.text), words("".join(read(letter.html).said))):
        assert document["number"] in body
        assert document["supplier"]["name"] in body
        for line in document["lines"]:
            assert line["name"] in body
            assert line["total"] in body
        assert "Received in cash" in body or document["kind"] == "credit-note"
        assert ("Change given" in body) == (document["change_due"] != "0.00")
        for reach in ("phone", "email"):
            assert document["supplier"].get(reach, "") in body
    assert "₹1,752.00" in documents.letter(papers.eight_lines()).text
    assert "₹1,752.00" in documents.letter(papers.eight_lines()).html


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_name_can_add_a_header(end: str) -> None:
    document = papers.eight_lines()
    document["supplier"]["name"] = f"Shop{end}Bcc: thief@example.com"
    document["number"] = f"A/1{end}{end}body"
    letter = documents.letter(document)
    assert len(letter.subject.splitlines()) == 1
    message = EmailMessage(policy=SMTP)
    message["Subject"] = letter.subject
    message.set_content(letter.text)
    assert message["Bcc"] is None
    assert not re.search(rb"(?m)^Bcc:", message.as_bytes())


def test_a_very_long_shop_name_is_cut_in_the_subject_only() -> None:
    document = papers.eight_lines()
    document["supplier"]["name"] = "N" * 10_000
    letter = documents.letter(document)
    assert len(letter.subject) < 160
    assert "N" * 10_000 in letter.html


def test_names_are_escaped_in_html_and_literal_in_text() -> None:
    document = papers.eight_lines()
    document["supplier"]["name"] = document["customer"]["name"] = document["lines"][0]["name"] = HOSTILE
    document["supplier"]["upi_id"] = 'x"@bank'
    document["payments"] = [{"method": "account", "amount": "1752.00", "reference": HOSTILE}]
    letter = documents.letter(document)
    page = read(letter.html)
    assert "script" not in {tag for tag, _ in page.tags}
    assert words("".join(page.said)).count(words(HOSTILE)) >= 4
    assert words(letter.text).count(words(HOSTILE)) >= 3


def test_the_html_stands_alone_and_follows_the_readers_theme() -> None:
    letter = documents.letter(papers.eight_lines())
    page = read(letter.html)
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.tags
    assert "prefers-color-scheme: dark" in letter.html
    assert not {"script", "link", "img", "iframe", "form"} & {tag for tag, _ in page.tags}
    assert not re.search(r"url\(|@import|https?:", letter.html)
    assert all("style" in attrs for tag, attrs in page.tags if tag == "td" and "colspan" not in attrs)


def test_what_is_owed_can_be_paid_from_the_letter() -> None:
    letter = documents.letter(papers.many_lines(2))
    owed = papers.many_lines(2)["payments"][1]["amount"]
    links = [attrs["href"] for tag, attrs in read(letter.html).tags if tag == "a"]
    assert len(links) == 1
    assert f"am={owed}" in str(links[0])
    assert "shreeganesh@okbank" in letter.text
    assert "upi://" not in documents.letter(papers.eight_lines()).html


def test_a_bill_of_two_hundred_lines_points_to_the_pdf() -> None:
    letter = documents.letter(papers.many_lines(200))
    assert "and 140 more lines, in the attached PDF" in letter.text
    assert "and 140 more lines, in the attached PDF" in letter.html
    assert len(letter.html.encode()) < 100_000  # above that, mail programs clip a letter


def test_the_letter_speaks_the_shops_language() -> None:
    """Hindi is there; another language is a catalogue of its own in documents/locale."""
    catalogue = Path(documents.__file__).parent / "locale" / "hi" / "LC_MESSAGES" / "django.po"
    said = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', catalogue.read_text(encoding="utf-8"), re.MULTILINE)
    assert [english for english, hindi in said if not hindi or set(PLACES(english)) != set(PLACES(hindi))] == []
    with translation.override("hi"):
        letter, note = documents.letter(papers.eight_lines()), documents.letter(papers.credit_note())
    assert letter.subject == "Shree Ganesh General Store से बीजक A/26-27/000413, ₹1,752.00"
    for body in (letter.text, letter.html):
        assert "प्रिय Asha Rao," in body
        assert "लौटाई गई राशि" in body
        assert not re.search("Thank you|attached|Payable|Change given|Received|Taxable|Questions", body)
    assert 'lang="hi"' in letter.html
    assert "यह बिल A/26-27/000413 of 22 Nov 2026 के विरुद्ध है।" in note.text
    assert documents.letter(papers.eight_lines()).text.startswith("Dear Asha Rao,")


def test_it_needs_no_settings() -> None:
    code = "from counterfoil import documents; from tests.documents import papers;"
    code += "assert 'Asha' in documents.letter(papers.eight_lines()).html"
    subprocess.run([sys.executable, "-c", code], check=True, env={"SYSTEMROOT": os.environ.get("SYSTEMROOT", "")})
