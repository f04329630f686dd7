"""The A4 paper and the receipt: every figure is on it, what is typed stays text, one invoice has one paper."""

import io
import json
import multiprocessing
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pypdf
import pytest

from counterfoil import documents
from counterfoil.documents.wording import grouped, quantity
from tests.documents import papers
from tests.documents.reading import attached, fonts_of, is_pdf_a_3b, pages_of, text_of

pytestmark = pytest.mark.pure

BILLS = [papers.one_line, papers.eight_lines, lambda: papers.many_lines(200), papers.credit_note]
HOSTILE = '#import "x": * *bold* _it_ $x$ `raw` <script>alert(1)</script> \\n // @ref [x] {{ y }} -- 100%'


def figures_of(document: dict[str, Any]) -> list[str]:
    """Everything with digits that the paper must show, as it is written for people."""
    found = [document["number"]]
    for line in document["lines"]:
        found += [line["name"].split(",")[-1].strip(), quantity(line["quantity"])]
        found += [grouped(line[key]) for key in ("unit_price", "taxable", "tax", "total") if Decimal(line[key])]
        found += [grouped(line["discount"])] if Decimal(line["discount"]) else []
    for tax in document["taxes"]:
        found += [tax["name"], grouped(tax["taxable"]), grouped(tax["amount"])]
    found += [grouped(document[key]) for key in ("taxable_total", "tax_total", "net_total", "rounding")]
    found += [f"₹{grouped(document['rounded_payable'])}"]
    found += [f"₹{grouped(payment['amount'])}" for payment in document["payments"]]
    found += [f"₹{grouped(document['change_due'])}"] if Decimal(document["change_due"]) else []
    return found


@pytest.mark.parametrize("paper", ["a4", "receipt"])
@pytest.mark.parametrize("bill", BILLS)
def test_every_figure_of_the_invoice_is_on_the_paper(bill: Any, paper: Any) -> None:
    document = bill()
    made = documents.pdf(document, format=paper)
    text = text_of(made)
    assert [figure for figure in figures_of(document) if figure not in text] == []
    assert is_pdf_a_3b(made)


def test_a_tax_invoice_says_what_rule_46_asks_for() -> None:
    text = text_of(documents.pdf(papers.eight_lines()))
    for said in (
        "Tax invoice", "Shree Ganesh General Store", "14 Gandhi Bazaar Main Road", "GSTIN 29ABCFS1234K1Z3",
        "Karnataka (29)", "Billed to Asha Rao", "22, 4th Cross, Jayanagar", "Invoice number A/26-27/000413",
        "22 Nov 2026, 18:42", "Place of supply Karnataka (29)", "Tax payable on reverse charge: No",
        "HSN 1101", "1.250 kg", "2 pouch", "15.80 5%", "CGST SGST", "22.46 at 2.5 %", "28.30 at 9 %", "0 % 438.38",
        "Round-off −0.58", "Rupees one thousand seven hundred and fifty-two only", "Authorised signatory",
        "Received in cash", "3 × 500, 2 × 200, 1 × 100", "Change given", "1 × 200, 2 × 20, 1 × 5, 1 × 2, 1 × 1",
        "Till A, Meena", "Prices include GST", "Page 1 of 1",
    ):  # fmt: skip
        assert said in text, said


def test_a_bill_to_a_registered_customer_elsewhere_shows_both_gstins_and_igst() -> None:
    text = text_of(documents.pdf(papers.many_lines(3)))
    assert "GSTIN 33AAACT2727Q1ZW" in text
    assert "Tamil Nadu (33)" in text
    assert "IGST" in text
    assert "CGST" not in text
    assert "Prices before GST" in text


def test_a_credit_note_says_what_rule_53_asks_for() -> None:
    for paper in ("a4", "receipt"):
        text = text_of(documents.pdf(papers.credit_note(), format=paper))
        assert "Credit note" in text
        assert "Tax invoice" not in text
        assert "Against invoice A/26-27/000413 of 22 Nov 2026" in text
        assert "Leaking pouch" in text
        assert "Refunded in cash" in text


def test_a_shop_that_is_not_registered_issues_no_tax_invoice() -> None:
    text = text_of(documents.pdf(papers.one_line()))
    assert text.startswith("Corner Shop Invoice")
    assert "Tax invoice" not in text
    assert "GSTIN" not in text
    assert "reverse charge" not in text
    assert "Walk-in customer" in text


@pytest.mark.parametrize("paper", ["a4", "receipt"])
def test_what_is_exempt_goes_out_on_a_bill_of_supply(paper: Any) -> None:
    document = papers.eight_lines()
    document["lines"] = [line for line in document["lines"] if line["tax_rate"] == "0.00"]
    text = text_of(documents.pdf(document, format=paper))
    assert "Bill of supply" in text
    assert "Tax invoice" not in text
    assert documents.letter(document).text.count("Bill of supply A/26-27/000413") == 1
    document["lines"].append(papers.eight_lines()["lines"][0])
    assert "Tax invoice" in text_of(documents.pdf(document, format=paper))
    assert documents.title(document | {"supplier": {"name": "Corner Shop"}}) == "Invoice"
    exempt = document | {"lines": document["lines"][:-1]}
    assert documents.title(exempt | {"tax_regime": "simple"}) == "Tax invoice"
    assert documents.title(exempt | {"kind": "credit-note"}) == "Credit note"


def test_a_receipt_gives_the_buyers_address_where_the_law_wants_it() -> None:
    """Of a registered buyer (Rule 46(d)), and of anybody who buys for 50,000 rupees or more (46(e))."""
    document = papers.eight_lines()
    assert "Jayanagar" not in text_of(documents.pdf(document, format="receipt"))
    for wanted in ({"taxable_total": "50000.00"}, {"customer": papers.ASHA | {"gstin": "29AAPFU0939F1ZR"}}):
        text = text_of(documents.pdf(document | wanted, format="receipt"))
        assert "Asha Rao" in text
        assert "22, 4th Cross, Jayanagar Bengaluru 560011 State: Karnataka (29)" in text
    assert "Jayanagar" not in text_of(documents.pdf(document | {"taxable_total": "49999.99"}, format="receipt"))


def test_two_hundred_lines_repeat_the_head_and_give_totals_once_at_the_end() -> None:
    pages = pages_of(documents.pdf(papers.many_lines(200)))
    for number, page in enumerate(pages, 1):
        assert "Description" in page
        assert f"Page {number} of {len(pages)}" in page
        assert "B/26-27/000200" in page
        assert ("Payable" in page) == (number == len(pages))


def test_a_mixed_bill_marks_the_prices_that_include_tax() -> None:
    document = papers.eight_lines()
    document["lines"][0]["price_includes_tax"] = False
    text = text_of(documents.pdf(document))
    assert text.count("incl. GST") == 7
    assert "Prices include" not in text


def test_the_discount_on_the_whole_bill_shows_on_its_lines() -> None:
    document = papers.eight_lines()
    document["lines"][0]["bill_discount"] = "3.21"
    document["lines"][5]["bill_discount"] = "1.04"
    document["discount"] = "4.25"
    text = text_of(documents.pdf(document))
    assert "bill 3.21" in text
    assert "bill 1.04" in text
    assert "8 lines 30.05" in text
    assert "less 3.21 of the bill’s discount" in text_of(documents.pdf(document, format="receipt"))


@pytest.mark.parametrize("paper", ["a4", "receipt"])
def test_devanagari_tamil_and_the_rupee_have_glyphs(paper: Any) -> None:
    document = papers.eight_lines()
    document["customer"]["name"] = "कीर्ति क्षत्रिय"
    document["lines"][0]["name"] = "அண்ணா ஸ்ரீ தமிழ்"
    made = documents.pdf(document, format=paper)
    assert is_pdf_a_3b(made)  # Typst refuses the standard to a text with a missing glyph
    assert any("Tamil" in font for font in fonts_of(made))
    assert "Mukta-Regular" in fonts_of(made)
    text = text_of(made)
    assert set("कीर्ति क्षत्रिय அண்ணா ஸ்ரீ தமிழ் ₹") <= set(text)
    if shutil.which("pdftotext"):  # reads the text that the PDF gives for joined letters; pypdf does not
        copied = subprocess.run(["pdftotext", "-", "-"], input=made, stdout=subprocess.PIPE, check=True).stdout.decode()
        assert "कीर्ति क्षत्रिय" in copied
        assert "அண்ணா ஸ்ரீ தமிழ்" in copied


def test_what_no_font_can_draw_is_marked_and_the_paper_keeps_its_standard() -> None:
    document = papers.eight_lines()
    document["lines"][0]["name"] = "Cake 🎂 ಕೇಕ್ \u202eevil \ue000\x00\ud800\u2028end"
    document["supplier"]["name"] = "Shop \ud83c"
    made = documents.pdf(document)
    assert is_pdf_a_3b(made)
    assert "Cake ◌ ◌◌◌◌ evil ◌ end" in text_of(made)
    assert attached(made)["lines"][0]["name"].startswith("Cake 🎂 ಕೇಕ್")


@pytest.mark.parametrize("paper", ["a4", "receipt"])
def test_what_is_typed_is_never_a_command(paper: Any) -> None:
    document = papers.eight_lines()
    document["lines"][2]["name"] = HOSTILE
    document["supplier"]["name"] = HOSTILE
    document["customer"].update(name=HOSTILE, address=HOSTILE, gstin="#panic()")
    document["amount_in_words"] = document["cashier"] = document["payments"][0]["reference"] = HOSTILE
    text = text_of(documents.pdf(document, format=paper)).replace(" ", "")
    assert text.count(HOSTILE.replace(" ", "")) >= 4


@pytest.mark.parametrize("paper", ["a4", "receipt"])
def test_ten_thousand_letters_are_all_printed(paper: Any) -> None:
    document = papers.eight_lines()
    document["lines"][3]["name"] = "W" * 10_000
    document["customer"]["name"] = "Q" * 10_000
    made = documents.pdf(document, format=paper)
    assert text_of(made).count("W") >= 10_000
    assert text_of(made).count("Q") >= 10_000
    assert is_pdf_a_3b(made)


@pytest.mark.parametrize("paper", ["a4", "receipt"])
def test_one_invoice_has_one_sequence_of_bytes(paper: Any) -> None:
    first = documents.pdf(papers.eight_lines(), format=paper)
    documents.pdf(papers.many_lines(9), format=paper)
    later = papers.eight_lines() | {"email": {"state": "sent"}, "credit_notes": ["A/26-27/C00007"]}
    assert documents.pdf(later, format=paper) == first
    code = "import json,sys; from counterfoil import documents; d=json.load(sys.stdin);" + (
        f"sys.stdout.buffer.write(documents.pdf(d, format={paper!r}))"
    )
    given = json.dumps(papers.eight_lines()).encode()
    elsewhere = subprocess.run([sys.executable, "-c", code], input=given, stdout=subprocess.PIPE, check=True)
    assert elsewhere.stdout == first


def test_the_invoice_travels_inside_as_json() -> None:
    document = papers.eight_lines()
    inside = attached(documents.pdf(document))
    assert inside == {key: value for key, value in document.items() if key not in ("email", "credit_notes")}


def test_the_paper_says_its_title_author_and_language() -> None:
    reader = pypdf.PdfReader(io.BytesIO(documents.pdf(papers.eight_lines())))
    assert reader.metadata is not None
    assert reader.metadata.title == "Tax invoice A/26-27/000413"
    assert reader.metadata.author == "Shree Ganesh General Store"
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.isoformat().startswith("2026-11-22T13:12:07")
    assert reader.root_object["/Lang"] == "en-IN"


def test_eight_threads_render_at_once() -> None:
    bills = [papers.many_lines(count) for count in range(1, 9)]
    alone = [documents.pdf(bill) for bill in bills]
    start = threading.Barrier(8)

    def render(bill: dict[str, Any]) -> bytes:
        start.wait(timeout=30)
        return documents.pdf(bill)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(render, bills)) == alone


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_of_a_process_that_has_rendered_renders_too() -> None:
    first = documents.pdf(papers.one_line())
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=lambda: answers.put(documents.pdf(papers.one_line())))
    child.start()
    assert answers.get(timeout=60) == first
    child.join(timeout=60)


def test_only_what_the_api_promises_is_needed() -> None:
    document = papers.one_line()
    for key in ("customer", "supplier", "taxes", "discount", "change", "payments", "email", "credit_notes", "digest"):
        document.pop(key)
    for paper in ("a4", "receipt"):
        assert "Milk" in text_of(documents.pdf(document, format=paper))


def test_another_currency_and_tax_are_written_their_way() -> None:
    document = papers.eight_lines() | {"currency": "EUR", "locale": "en-GB", "tax_regime": "simple", "tax_name": "VAT"}
    document["taxes"] = [{"name": "VAT", "rate": "20.00", "taxable": "1651.06", "amount": "101.52"}]
    document["rounded_payable"] = "1234567.00"
    text = text_of(documents.pdf(document))
    assert "€1,234,567.00" in text
    assert "VAT rate" in text
    assert "GST" not in text.replace("GSTIN", "")
    assert "UPI" not in text


def test_a_file_name_holds_no_slash() -> None:
    assert documents.filename(papers.eight_lines()) == "A-26-27-000413.pdf"
    assert documents.filename({"number": '../"x\r\ny'}) == "x-y.pdf"
