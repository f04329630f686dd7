"""The two runs of an import: the dry run, which only looks, and applying, in one transaction."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from counterfoil.catalog import actions as catalog
from counterfoil.catalog import bulk as products
from counterfoil.customers import bulk as customers
from counterfoil.exchange.keeping import Kept
from counterfoil.exchange.planning import CHANGE, CREATE, REFUSE, Plan, Verdict, make_plan
from counterfoil.rules.errors import Invalid
from counterfoil.shop import queries as shop
from counterfoil.store import crash_point, writing

OTHERWISE = "The shop has changed since you looked, and the rows would do something else now: look at them again."


def check_file(*, kept: Kept) -> dict[str, Any]:
    """The dry run. Its verdicts are kept beside the file; answers the meta data with what was found."""
    meta = kept.read("meta")
    kept.tell("checking", 0, 0)
    new = kept.folder / "plan.new"
    with new.open("w", encoding="utf-8", errors="surrogatepass") as lines:
        plan = make_plan(
            path=kept.file, kind=meta["kind"], options=meta["options"], keep=lines.write,
            tell=lambda done, percent: kept.tell("checking", done, percent),
        )  # fmt: skip
    new.replace(kept.folder / "plan.jsonl")
    meta |= {
        "totals": plan.totals, "rows": plan.rows, "digest": plan.digest, "columns": plan.columns.found,
        "unused": plan.columns.unused,
    }  # fmt: skip
    kept.write("meta", meta)
    kept.tell("checked", plan.rows, 100)
    return meta


def apply_file(*, kept: Kept, only_good: bool, now: datetime) -> dict[str, Any]:
    """Do what the dry run showed, all of it or nothing; rows that were refused are left out only if `only_good`.

    Judging comes before the transaction, so that tills wait for the writing alone. What is judged otherwise than it
    was shown, or is otherwise by the time it is locked, refuses the whole. A second apply answers the first's result.
    """
    meta = kept.read("meta")
    if done := kept.read("result"):
        return done
    if "digest" not in meta:
        raise Invalid("Check the file first.", field="file")
    refused = meta["totals"][REFUSE]
    if refused and not only_good:
        raise Invalid(f"{refused} rows are refused: mend them, or import only the good ones.", field="file")
    plan = make_plan(
        path=kept.file, kind=meta["kind"], options=meta["options"],
        tell=lambda done, percent: kept.tell("checking", done, percent),
    )  # fmt: skip
    if plan.digest != meta["digest"]:
        raise Invalid(OTHERWISE, field="file")
    _write(plan, meta["kind"], kept, now)
    result = {"totals": plan.totals, "at": now.isoformat(timespec="seconds")}
    kept.write("result", result)
    kept.tell("done", len(plan.writes), 100)
    return result


def _write(plan: Plan, kind: str, kept: Kept, now: datetime) -> None:
    most = max(len(plan.writes), 1)
    written = 0

    def count(more: int) -> None:
        nonlocal written
        written += more
        kept.tell("writing", written, written * 100 // most)
        crash_point("import")

    created = [verdict.write for verdict in plan.writes if verdict.verb == CREATE]
    changed = [verdict.write for verdict in plan.writes if verdict.verb == CHANGE]
    kept.tell("writing", 0, 0)
    with writing():
        if kind == "products":
            _give_classes(plan.writes, now)
            products.change_products(changes=changed, now=now, count=count)
            products.add_products(rows=created, now=now, count=count)
        else:
            customers.change_customers(changes=changed, now=now, count=count)
            customers.add_customers(rows=created, now=now, count=count)


def _give_classes(writes: list[Verdict], now: datetime) -> None:
    """A rate becomes the class that has it today; one that no class has yet makes its class."""
    day = now.astimezone(ZoneInfo(shop.settings().time_zone)).date()
    classes: dict[int, int] = {}
    for verdict in writes:
        columns = verdict.write if verdict.verb == CREATE else verdict.write[2]
        if "tax_rate" in columns:
            rate_bp = columns.pop("tax_rate")
            if rate_bp not in classes:
                classes[rate_bp] = catalog.class_for_rate(rate_bp=rate_bp, day=day).pk
            columns["tax_class_id"] = classes[rate_bp]
