"""Form fields: label, input, hint and error together. They read `values` and `errors` of the page's context."""

from typing import Any

from django import template
from django.forms.utils import flatatt

register = template.Library()


def _field(context: Any, name: str, label: str, attributes: dict[str, Any]) -> dict[str, Any]:
    prefix = context.get("prefix", "f")
    known = {key: attributes.pop(key, "") for key in ("css", "hint", "wrap", "value")}
    given = context.get("values") or {}
    error = (context.get("errors") or {}).get(name, "")
    own_id = f"{prefix}-{name}"
    described = [f"{own_id}-hint"] if known["hint"] else []
    if error:
        described.insert(0, f"{own_id}-error")
        attributes["aria_invalid"] = "true"
    if described:
        attributes["aria_describedby"] = " ".join(described)
    given_ones = {key.replace("_", "-"): value for key, value in attributes.items() if value not in ("", None, False)}
    return {
        **known, "name": name, "label": label, "id": own_id, "error": error,
        "value": known["value"] or given.get(name, ""),
        "attributes": flatatt(given_ones),
    }  # fmt: skip


@register.inclusion_tag("web/parts/field.html", takes_context=True)
def field(context: Any, name: str, label: str, type: str = "text", **attributes: Any) -> dict[str, Any]:
    return {**_field(context, name, label, attributes), "type": type}


@register.inclusion_tag("web/parts/cell.html", takes_context=True)
def cell(context: Any, name: str, label: str, form: str, **attributes: Any) -> dict[str, Any]:
    """An input in a table's cell: its label is heard only, its error stands in a row below."""
    return _field(context, name, label, {"form": form, **attributes})


@register.inclusion_tag("web/parts/choice.html", takes_context=True)
def choice(context: Any, name: str, label: str, options: Any, **attributes: Any) -> dict[str, Any]:
    """`options`: (value, text) pairs, or with what choosing one fills into the field that `data_fills` names."""
    made = _field(context, name, label, attributes)
    listed = [(str(value), text, str(value) == str(made["value"]), *fill) for value, text, *fill in options]
    return {**made, "options": [(*each, "")[:4] for each in listed]}


@register.inclusion_tag("web/parts/longtext.html", takes_context=True)
def longtext(context: Any, name: str, label: str, **attributes: Any) -> dict[str, Any]:
    return _field(context, name, label, attributes)


@register.inclusion_tag("web/parts/tick.html", takes_context=True)
def tick(context: Any, name: str, label: str, **attributes: Any) -> dict[str, Any]:
    made = _field(context, name, label, attributes)
    return {**made, "checked": made["value"] in (True, "on", "true", "1")}
