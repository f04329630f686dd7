"""The floors: the same durable rows as a sale of the product, by hand-written SQL from the leanest client.

(a) one call of a database function, (b) one statement after another. Same tables, foreign keys, checks, triggers and
indexes. Neither reads input, prices, plans change, or digests: figures are constants of the right shape, so what is
between a floor and the product is what the product does.
"""

from datetime import UTC, datetime
from typing import Any

LINES = 5
UNIT, TAXABLE, TAX, TOTAL = 2000, 10_000, 500, 10_500  # paise: one line's price; the bill
RECEIVED, CHANGE = {50000: 1}, {20000: 1, 10000: 1, 5000: 1, 2000: 2, 500: 1}
FINGERPRINT = "f" * 64

INVOICE_COLUMNS = """number, kind, series_id, sequence, till_id, session_id, original_id, reason, idempotency_key,
  request_digest, issued_at, day, cashier_id, cashier_name, supplier_id, customer_id, customer_name, customer_email,
  customer_phone, customer_gstin, customer_state, customer_address, place_of_supply, discount_paise, taxable_paise,
  tax_paise, net_paise, rounding_paise, waived_paise, payable_rounding, payable_unit_paise, payable_paise, paid_paise,
  change_paise, change_notes, previous_digest, digest"""
LINE_COLUMNS = """invoice_id, position, product_id, code, name, hsn, unit, quantity_milli, unit_price_paise,
  price_includes_tax, value_paise, discount_paise, bill_discount_paise, tax_rate_bp, taxable_paise, tax_paise,
  total_paise"""
DELIVERY_COLUMNS = """invoice_id, address, round, state, message_id, asked_by, created_at, next_attempt_at, attempts,
  fail_count, last_error, claimed_by, accepted_at_risk, ambiguous_attempts"""

FUNCTION = f"""
CREATE OR REPLACE FUNCTION floor_sale(
  p_key text, p_till bigint, p_code text, p_customer bigint, p_email text, p_products bigint[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE s record; n bigint; num text; got int; d text;
BEGIN
  UPDATE catalog_product SET stock_milli = stock_milli - 1000
    WHERE id IN (SELECT id FROM catalog_product WHERE id = ANY(p_products) ORDER BY id FOR NO KEY UPDATE)
      AND stock_milli >= 1000;
  GET DIAGNOSTICS got = ROW_COUNT;
  IF got <> cardinality(p_products) THEN RAISE EXCEPTION 'out of stock'; END IF;
  INSERT INTO billing_numberseries (till_id, kind, year, last_sequence, head_digest)
    VALUES (p_till, 'invoice', '26-27', 1, '')
    ON CONFLICT (till_id, kind, year) DO UPDATE SET last_sequence = billing_numberseries.last_sequence + 1
    RETURNING * INTO s;
  num := p_code || '/26-27/' || lpad(s.last_sequence::text, 6, '0');
  d := encode(sha256(convert_to(s.head_digest || num || p_key, 'UTF8')), 'hex');
  UPDATE billing_numberseries SET head_digest = d WHERE id = s.id;
  INSERT INTO billing_invoice ({INVOICE_COLUMNS}) VALUES (num, 'invoice', s.id, s.last_sequence, p_till, NULL, NULL,
    '', p_key, '{FINGERPRINT}', now(), current_date, NULL, 'bench', 1, p_customer, 'Asha Rao', p_email,
    '', '', '', '', '', 0, {TAXABLE}, {TAX}, {TOTAL}, 0, 0, 'down', 100, {TOTAL}, 50000, 39500,
    '{{"20000": 1, "10000": 1, "5000": 1, "2000": 2, "500": 1}}', s.head_digest, d)
    RETURNING id INTO n;
  INSERT INTO billing_invoiceline ({LINE_COLUMNS})
    SELECT n, w.position, p.id, p.code, p.name, p.hsn, p.unit, 1000, {UNIT}, false, {UNIT}, 0, 0, 500, {UNIT}, 100, 2100
    FROM unnest(p_products) WITH ORDINALITY AS w(id, position) JOIN catalog_product p ON p.id = w.id;
  INSERT INTO billing_invoicetax (invoice_id, position, name, rate_ppm, taxable_paise, amount_paise)
    VALUES (n, 1, 'CGST', 25000, {TAXABLE}, 250), (n, 2, 'SGST', 25000, {TAXABLE}, 250);
  INSERT INTO billing_payment (invoice_id, position, method, amount_paise, reference, notes)
    VALUES (n, 1, 'cash', 50000, '', '{{"50000": 1}}');
  INSERT INTO catalog_stockmovement (product_id, invoice_id, quantity_milli, reason, note, at)
    SELECT unnest(p_products), n, -1000, 'sale', '', now();
  UPDATE till_drawernote d SET count = d.count + w.c
    FROM (VALUES (50000, 1), (20000, -1), (10000, -1), (5000, -1), (2000, -2), (500, -1)) AS w(v, c)
    WHERE d.till_id = p_till AND d.value_paise = w.v;
  INSERT INTO till_drawermovement (till_id, invoice_id, kind, value_paise, count, note, at)
    SELECT p_till, n, w.k, w.v, w.c, '', now() FROM (VALUES ('received', 50000, 1), ('change', 20000, -1),
      ('change', 10000, -1), ('change', 5000, -1), ('change', 2000, -2), ('change', 500, -1)) AS w(k, v, c);
  INSERT INTO delivery_delivery ({DELIVERY_COLUMNS})
    VALUES (n, p_email, 0, 'queued', '<' || gen_random_uuid() || '@bench.invalid>', '', now(), now(), 0, 0, '', '',
      false, 0);
  RETURN num;
END $$
"""


def one_call(
    connection: Any, *, key: str, till: tuple[int, str], customer: tuple[int, str], products: list[int]
) -> None:
    """Floor (a) on PostgreSQL: one prepared call in autocommit."""
    connection.execute(
        "SELECT floor_sale(%s::text, %s::bigint, %s::text, %s::bigint, %s::text, %s::bigint[])",
        (key, *till, *customer, products), prepare=True,
    )  # fmt: skip


def statements(mark: str) -> dict[str, str]:
    """Floor (b)'s statements, for psycopg (`%s`) or sqlite3 (`?`)."""
    invoice = ", ".join([mark] * 37)
    return {
        "take": "UPDATE catalog_product SET stock_milli = stock_milli - 1000 "
        f"WHERE id = {mark} AND stock_milli >= 1000",
        "product": f"SELECT code, name, hsn, unit FROM catalog_product WHERE id = {mark}",
        "series": "INSERT INTO billing_numberseries (till_id, kind, year, last_sequence, head_digest) "
        f"VALUES ({mark}, 'invoice', '26-27', 1, '') ON CONFLICT (till_id, kind, year) "
        "DO UPDATE SET last_sequence = billing_numberseries.last_sequence + 1 "
        "RETURNING id, last_sequence, head_digest",
        "head": f"UPDATE billing_numberseries SET head_digest = {mark} WHERE id = {mark}",
        "invoice": f"INSERT INTO billing_invoice ({INVOICE_COLUMNS}) VALUES ({invoice}) RETURNING id",
        "line": f"INSERT INTO billing_invoiceline ({LINE_COLUMNS}) VALUES ({', '.join([mark] * 17)})",
        "tax": "INSERT INTO billing_invoicetax (invoice_id, position, name, rate_ppm, taxable_paise, amount_paise) "
        f"VALUES ({', '.join([mark] * 6)})",
        "payment": "INSERT INTO billing_payment (invoice_id, position, method, amount_paise, reference, notes) "
        f"VALUES ({', '.join([mark] * 6)})",
        "movement": "INSERT INTO catalog_stockmovement (product_id, invoice_id, quantity_milli, reason, note, at) "
        f"VALUES ({', '.join([mark] * 6)})",
        "note": f"UPDATE till_drawernote SET count = count + {mark} WHERE till_id = {mark} AND value_paise = {mark}",
        "drawer": "INSERT INTO till_drawermovement (till_id, invoice_id, kind, value_paise, count, note, at) "
        f"VALUES ({', '.join([mark] * 7)})",
        "delivery": f"INSERT INTO delivery_delivery ({DELIVERY_COLUMNS}) VALUES ({', '.join([mark] * 14)})",
    }


class OneByOne:
    """Floor (b): the same rows, one statement after another, in one transaction."""

    def __init__(self, connection: Any, *, sqlite: bool) -> None:
        self.connection, self.sqlite = connection, sqlite
        self.sql = statements("?" if sqlite else "%s")

    def run(self, name: str, *params: Any) -> Any:
        if self.sqlite:
            return self.connection.execute(self.sql[name], params)
        return self.connection.execute(self.sql[name], params, prepare=True)

    def sale(self, *, key: str, till: tuple[int, str], customer: tuple[int, str], products: list[int]) -> None:
        now = str(datetime.now(UTC).replace(tzinfo=None)) if self.sqlite else datetime.now(UTC)
        self.connection.execute("BEGIN IMMEDIATE" if self.sqlite else "BEGIN")
        sold = []
        for product in sorted(products):
            assert self.run("take", product).rowcount == 1
            sold.append((product, *self.run("product", product).fetchone()))
        series, sequence, head = self.run("series", till[0]).fetchone()
        number, digest = f"{till[1]}/26-27/{sequence:06}", FINGERPRINT
        (invoice,) = self.run(
            "invoice", number, "invoice", series, sequence, till[0], None, None, "", key, FINGERPRINT, now,
            str(now)[:10], None, "bench", 1, customer[0], "Asha Rao", customer[1], "", "", "", "", "", 0, TAXABLE, TAX,
            TOTAL, 0, 0, "down", 100, TOTAL, 50000, 39500,
            '{"20000": 1, "10000": 1, "5000": 1, "2000": 2, "500": 1}', head, digest,
        ).fetchone()  # fmt: skip
        for position, (product, code, name, hsn, unit) in enumerate(sold, 1):
            self.run("line", invoice, position, product, code, name, hsn, unit, 1000, UNIT, False, UNIT, 0, 0, 500,
                     UNIT, 100, 2100)  # fmt: skip
            self.run("movement", product, invoice, -1000, "sale", "", now)
        for position, head_name in enumerate(("CGST", "SGST"), 1):
            self.run("tax", invoice, position, head_name, 25000, TAXABLE, 250)
        self.run("payment", invoice, 1, "cash", 50000, "", '{"50000": 1}')
        for kind, sign, notes in (("received", 1, RECEIVED), ("change", -1, CHANGE)):
            for value, count in notes.items():
                self.run("note", sign * count, till[0], value)
                self.run("drawer", till[0], invoice, kind, value, sign * count, "", now)
        self.run("delivery", invoice, customer[1], 0, "queued", f"<{key}@bench.invalid>", "", now, now, 0, 0, "", "",
                 False, 0)  # fmt: skip
        self.run("head", digest, series)
        self.connection.execute("COMMIT")
