"""Products from files: what each row would do, doing it, and that many at once are as one by one."""

from typing import Any

import pytest

from counterfoil.rules.errors import Invalid
from tests.exchange.conftest import NOW, Look
from tests.exchange.files import ZEROS, csv_bytes, excel
from tests.shop import SmallShop

HEAD = "Code,Item,Barcode/EAN,Rate,GST %,HSN/SAC,Qty/Stock"


def test_a_file_says_what_it_would_do_and_does_nothing(look: Look, shop: SmallShop) -> None:
    found = look(csv_bytes(
        "Code;Name;Barcode;Price;Tax %;Stock;Colour",
        "P001;Milk;8901234567894;21.00;5;48;white",
        "P003;Shampoo;;118;18;12;",
        "N100;Salt;0012345678905;₹ 1,250.50;5%;2.5;",
        "N101;;1;1;5;;",
    ))  # fmt: skip
    assert found.totals == (1, 1, 1, 1)
    assert found.row(2).details == [("unit_price", "20.00", "21.00"), ("stock", "50", "48")]
    assert found.row(4).details == [
        ("unit_price", "1250.50"), ("tax_rate", "5"), ("stock", "2.500"), ("barcode", "0012345678905")
    ]  # fmt: skip
    assert found.why(5) == "name: Give a name."
    assert found.meta["unused"] == ["Colour"]
    assert shop.stock_milli("P001") == 50_000


def test_all_or_nothing_and_only_the_good(look: Look, shop: SmallShop) -> None:
    from counterfoil.catalog.models import Product

    data = csv_bytes(HEAD, "N100,Salt,0012345678905,20,5,2501,10", "N101,Sugar,,twenty,5,,")
    found = look(data)
    with pytest.raises(Invalid, match="1 rows are refused"):
        found.apply()
    assert not Product.objects.filter(code__startswith="N").exists()
    found.apply(only_good=True)
    assert list(Product.objects.filter(code__startswith="N").values_list("code", "barcode")) == [
        ("N100", "0012345678905")
    ]


def test_the_same_file_twice_changes_nothing_the_second_time(look: Look, shop: SmallShop) -> None:
    from counterfoil.audit.models import Entry
    from counterfoil.catalog.models import StockMovement

    data = csv_bytes(
        HEAD, "P001,Fresh milk,8901234567894,22.00,12,0401,40", "N100,Salt,,20,5,2501,10", encoding="utf-16"
    )
    look(data).apply()
    before = (Entry.objects.count(), StockMovement.objects.count())
    again = look(data)
    assert again.totals == (0, 0, 2, 0)
    again.apply()
    assert (Entry.objects.count(), StockMovement.objects.count()) == before


def test_the_same_token_twice_answers_the_first_result(look: Look, shop: SmallShop) -> None:
    found = look(csv_bytes(HEAD, "N100,Salt,,20,5,2501,10"))
    assert found.apply() == found.apply()


def test_bulk_leaves_the_rows_that_single_actions_leave(look: Look, shop: SmallShop) -> None:
    """Two products by the page's actions, their twins by an import: same columns, movements and audit entries."""
    from counterfoil.audit.models import Entry
    from counterfoil.catalog import actions
    from counterfoil.catalog.models import Product, StockMovement

    tax_class = actions.class_for_rate(rate_bp=500, day=NOW.date())
    values = {"name": "Salt", "barcode": "", "hsn": "2501", "unit_price_paise": 2000, "tax_class_id": tax_class.pk}
    for code, stock_milli in (("A1", 10_000), ("A2", None)):
        actions.add_product(values={**values, "code": code}, stock_milli=stock_milli, now=NOW)
    actions.change_product(
        code="A1", changes={"name": "Rock salt", "unit_price_paise": 2500, "stock_milli": 7_000}, now=NOW
    )
    look(csv_bytes(HEAD, "B1,Salt,,20,5,2501,10", "B2,Salt,,20,5,2501,")).apply()
    look(csv_bytes(HEAD, "B1,Rock salt,,25,5,2501,7", encoding="utf-16")).apply()

    def left(letter: str) -> list[object]:
        products = Product.objects.filter(code__startswith=letter).order_by("code")
        plain = [{**row, "code": row["code"][1:], "id": 0} for row in products.values()]
        movements = StockMovement.objects.filter(product__in=products).order_by("id")
        entries = Entry.objects.filter(what="product", which__startswith=letter).order_by("which", "id")
        noted = [
            (
                e.at,
                e.actor_id,
                e.via,
                e.verb,
                e.which[1:],
                e.before,
                {**e.after, "code": ""} if e.before == {} else e.after,
            )
            for e in entries
        ]
        return [plain, list(movements.values_list("quantity_milli", "reason", "note", "at", "invoice_id")), noted]

    assert left("A") == left("B")


@pytest.mark.parametrize("line, why", [
    ("N1,Salt,8.90123E+12,20,5,,", "barcode: Excel shortened this"),
    ("8.9E+05,Salt,,20,5,,", "code: Excel shortened this"),
    ("N1,Salt,8901234567894,20,5,,", "barcode: The product P001 has this barcode."),
    ("N1,Salt,,twenty,5,,", "unit_price: Give a plain number"),
    ("N1,Salt,,-20,5,,", "unit_price: Give at least 0.00."),
    ("N1,Salt,,20,101,,", "tax_rate: Give at most 100.00."),
    ("N1,Salt,,20,5,25011,-1", "stock: Give at least 0.000."),
    ("N1,Salt,,20,,,", "tax_rate: Give the tax"),
    ("N1,Salt,,20,5,#N/A,", "hsn: The spreadsheet shows an error here."),
    (",Salt,,20,5,,", "code: Give the product a code."),
    ("../x,Salt,,20,5,,", "code: Use printable"),
    (f"{'N' * 41},Salt,,20,5,,", "code: Write at most 40"),
    ("P001,Milk,8901234500011,20,5,,", "barcode: The product P003 has this barcode."),
])  # fmt: skip
def test_a_refusal_says_where_and_why(look: Look, line: str, why: str) -> None:
    assert why in look(csv_bytes(HEAD, line)).why(2)


def test_twins_inside_the_file(look: Look) -> None:
    found = look(csv_bytes(HEAD, "N1,Salt,111,20,5,,", "N1,Sugar,,20,5,,", "N2,Tea,111,20,5,,"))
    assert found.totals == (1, 0, 0, 2)
    assert (found.why(3), found.why(4)) == ("code: Row 2 has the same code.", "barcode: Row 2 has the same barcode.")


def test_an_empty_cell_and_a_missing_column_leave_what_is_there(look: Look, shop: SmallShop) -> None:
    look(csv_bytes("SKU,Rate,Barcode,Stock", "P001,25,,")).apply()
    milk = type(shop.milk).objects.get(code="P001")
    assert (milk.unit_price_paise, milk.barcode, milk.stock_milli, milk.name) == (2500, "8901234567894", 50_000, "Milk")


def test_stock_can_be_left_alone(look: Look, shop: SmallShop) -> None:
    found = look(csv_bytes("Code,Stock,Name", "P001,1,Milk", "N1,5,Salt"), set_stock=False)
    assert found.row(2).verb == "same"


def test_mrp_has_its_tax_in_it(look: Look, shop: SmallShop) -> None:
    look(csv_bytes("Code,Name,MRP,GST", "N1,Salt,20,18")).apply()
    look(csv_bytes("Code,Name,MRP,Rate,GST", "N2,Salt,20,15,18")).apply()
    model = type(shop.milk)
    assert list(model.objects.filter(code__startswith="N").values_list("unit_price_paise", "price_includes_tax")) == [
        (2000, True), (1500, False)
    ]  # fmt: skip


def test_a_rate_that_no_class_has_yet_makes_one(look: Look, shop: SmallShop) -> None:
    from counterfoil.catalog.models import TaxClass

    look(csv_bytes(HEAD, "N1,Salt,,20,7.5,,", "N2,Tea,,20,7.5%,,")).apply()
    assert TaxClass.objects.filter(name="Tax 7.50 %").count() == 1


def test_decimal_commas_only_where_they_are_certain(look: Look) -> None:
    found = look(
        csv_bytes("Code;Name;Price;Tax;Stock", "N1;Salt;12,50;5;1", "N2;Tea;1.234,50;5;1", "N3;Oil;12;5;1,250")
    )
    assert found.row(2).details[0] == ("unit_price", "12.50")
    assert found.row(3).details[0] == ("unit_price", "1234.50")
    assert "a thousand or a part" in found.why(4)


def test_leading_zeros_in_a_workbook(look: Look, shop: SmallShop) -> None:
    rows: list[list[Any]] = [
        ["Code", "Name", "Barcode", "Price", "GST %", "HSN"],
        ["007", "Salt", ("12345678905", ZEROS), ("20", 0), ("5", 0), ("401", 0)],
    ]
    look(excel(rows)).apply()
    salt = type(shop.milk).objects.get(code="007")
    assert (salt.barcode, salt.hsn) == ("0012345678905", "0401")


def test_a_sale_between_looking_and_applying_refuses_the_whole(look: Look, shop: SmallShop) -> None:
    from counterfoil.catalog import actions

    found = look(csv_bytes("Code,Stock", "P001,50", "P003,10"))
    actions.move_stock(code="P001", quantity_milli=-2000, reason="adjusted", note="", now=NOW)
    with pytest.raises(Invalid, match="changed since you looked"):
        found.apply()
    assert (shop.stock_milli("P001"), shop.stock_milli("P003")) == (48_000, 12_000)


def test_a_change_after_judging_is_seen_under_the_lock(look: Look, shop: SmallShop) -> None:
    from counterfoil.catalog import bulk

    with pytest.raises(Invalid, match="meanwhile"):
        bulk.change_products(changes=[(shop.milk.pk, {"unit_price_paise": 1}, {"name": "x"})], now=NOW)
    row = {"code": "P001", "name": "x", "unit_price_paise": 1, "enabled": True, "price_includes_tax": True}
    row |= {"tax_class_id": shop.milk.tax_class_id, "category": "", "unit": "", "hsn": ""}
    with pytest.raises(Invalid, match="meanwhile"):
        bulk.add_products(rows=[dict.fromkeys(bulk.COLUMNS) | row], now=NOW)
    assert shop.milk.name == "Milk"


def test_headings_may_stand_lower_and_must_be_there(look: Look) -> None:
    assert look(csv_bytes("Price list 2026,,", "Code,Name,Price", "P001,Milk,20")).totals == (0, 0, 1, 0)
    with pytest.raises(Invalid, match="No column is called Code"):
        look(csv_bytes("Foo,Bar", "1,2"))
    with pytest.raises(Invalid, match="mean the same"):
        look(csv_bytes("Code,Name,Price,Rate", "1,2,3,4"))
    with pytest.raises(Invalid, match="no rows"):
        look(csv_bytes("Code,Name,Price"))
