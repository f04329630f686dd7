"""Every part once, in its states: for whoever adds a page."""

from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from counterfoil.till import queries as till
from counterfoil.web import answers
from counterfoil.web.access import allow
from counterfoil.web.icons import ICONS
from counterfoil.web.templatetags.shopui import MAIL

COLOURS = ("desk", "paper", "paper2", "ink", "ink2", "accent", "wash", "good", "warn", "bad")


@allow("settings")
def components(request: HttpRequest) -> HttpResponse:
    context = {
        "colours": COLOURS, "icons": list(ICONS), "mail_states": list(MAIL), "denominations": till.denominations(),
        "values": {
            "price": "3O.00", "name": "Tata Salt 1 kg", "unit": "kg", "enabled": True, "closed": "A/26-27/000042",
            "address": "12 Tilak Road\nPune 411030", "day": "2026-11-22",
        },
        "errors": {"price": "“3O.00” has a letter in it. Write it like 30.00."},
        "shown": Paginator(range(76), 12).page(2),
        "units": [("pkt", "pkt"), ("kg", "kg")],
        "said": [
            Message(constants.SUCCESS, "Saved. Tata Salt 1 kg is now ₹30.00."),
            Message(constants.INFO, "The server is slow. Trying again with the same key."),
            Message(constants.ERROR, "Not sent. Mailbox full (552)."),
        ],
    }  # fmt: skip
    return answers.page(request, "web/components.html", context)
