"""The log of acknowledged answers against the shop as it is in the end: every way in which they disagree, in words."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.simulation.books import milli, noted
from tests.simulation.clients import FLOAT, PRODUCTS, TILLS, Line

Entry = Mapping[str, Any]
SETTLED = ("sent", "failed", "unknown")


def acknowledged(log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in log if entry["status"] in (200, 201)]


def all_invoices(line: Line) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        status, page = line.call("GET", f"/invoices?limit=200{cursor}")
        assert status == 200, page
        yield from page["items"]
        if not page["next"]:
            return
        cursor = f"&cursor={page['next']}"


def check_documents(log: list[dict[str, Any]], line: Line) -> Iterator[str]:
    """None lost, none doubled, none that nobody was told of, no number missing."""
    there = {}
    for invoice in all_invoices(line):
        if invoice["number"] in there:
            yield f"{invoice['number']} is there twice"
        there[invoice["number"]] = invoice
    told: dict[str, dict[str, Any]] = {}
    for entry in acknowledged(log):
        answer = entry["answer"]
        if answer["number"] in told:
            yield f"{answer['number']} answers two keys, {entry['key']} for one"
        told[answer["number"]] = answer
    keys = Counter(entry["key"] for entry in log)
    yield from (f"key {key} has {count} answers" for key, count in keys.items() if count > 1)
    yield from (f"{number} was acknowledged and is not there" for number in sorted(told.keys() - there.keys()))
    yield from (f"{number} is there and nobody was told" for number in sorted(there.keys() - told.keys()))
    for number in sorted(told.keys() & there.keys()):
        for name in ("digest", "rounded_payable", "change", "lines", "till", "issued_at"):
            if told[number][name] != there[number][name]:
                yield f"{number}: {name} was {told[number][name]} when acknowledged, is {there[number][name]}"
    sequences = defaultdict(list)
    for number in there:
        series, _, sequence = number.rpartition("/")
        sequences[series].append(int(sequence))
    for series, found in sequences.items():
        missing = sorted(set(range(1, max(found) + 1)) - set(found))
        yield from (f"number {sequence} of {series} is missing" for sequence in missing)


def check_things(log: list[dict[str, Any]], line: Line) -> Iterator[str]:
    """Shelves and drawers, from nothing but the acknowledged answers."""
    stock = {code: 1000 * start for code, (_, _, start) in PRODUCTS.items()}
    drawers = {till: Counter(noted(FLOAT)) for till in TILLS}
    for entry in acknowledged(log):
        document = entry["answer"]
        drawer, back = drawers[document["till"]], document["kind"] == "credit-note"
        for row in document["lines"]:
            stock[row["product"]] += milli(row["quantity"]) * (1 if back else -1)
        for payment in document["payments"]:
            for value, count in noted(payment.get("notes", {})).items():
                drawer[value] += -count if back else count
        for value, count in noted(document["change"]).items():
            drawer[value] -= count
    for code, expected in stock.items():
        held = milli(line.call("GET", f"/products/{code}")[1]["stock"])
        if held != expected:
            yield f"{held} thousandths of {code} are in stock, the log makes {expected}"
    for till, drawer in drawers.items():
        notes = noted(line.call("GET", f"/tills/{till}/drawer")[1]["notes"])
        if {v: n for v, n in notes.items() if n} != {v: n for v, n in drawer.items() if n}:
            yield f"till {till} holds {notes}, the log makes {dict(drawer)}"


def check_mail(log: list[dict[str, Any]], outbox: Sequence[Entry], letters: Counter[str]) -> Iterator[str]:
    """One promise for each document with an address, each kept, to be kept, or given up with its reason."""
    promised = Counter(
        entry["answer"]["number"] for entry in acknowledged(log) if (entry["answer"]["customer"] or {}).get("email")
    )
    rows = Counter(row["invoice__number"] for row in outbox)
    yield from (f"{n}: {promised[n]} letters promised, {rows[n]} in the outbox" for n in {*promised, *rows}
                if promised[n] != rows[n])  # fmt: skip
    for row in outbox:
        name, state, came = row["invoice__number"], row["state"], letters[row["message_id"]]
        if state == "queued" and not row["next_attempt_at"]:
            yield f"{name}: queued for no time"
        elif state in ("failed", "unknown") and not row["last_error"]:
            yield f"{name}: {state}, and nobody says why"
        elif state not in ("queued", *SETTLED):
            yield f"{name}: still {state}"
        elif state == "sent" and not came:
            yield f"{name}: sent, says the shop, and it never came"
        if came > 1 + row["ambiguous_attempts"]:
            yield f"{name}: {came} letters after {row['ambiguous_attempts']} ambiguous tries"
    strangers = letters.keys() - {row["message_id"] for row in outbox}
    yield from (f"a letter {message_id} that no delivery knows" for message_id in strangers)


def check_verify(output: str, log: list[dict[str, Any]]) -> Iterator[str]:
    """What `counterfoil verify --json` printed."""
    found = json.loads(output)
    yield from (f"verify: {breach['row']}: {breach['wrong']} [{breach['check']}]" for breach in found["breaches"])
    if found["documents"] != len(acknowledged(log)):
        yield f"verify counts {found['documents']} documents, {len(acknowledged(log))} were acknowledged"
