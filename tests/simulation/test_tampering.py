"""A small share of the tampering; `python -m tests.simulation.tampering --help` tells of the whole."""

import os
import secrets
from random import Random

import pytest
from django.db import transaction

from counterfoil.cli.verify.command import examine
from tests.simulation.tampering import Tamper, guards_off, summary
from tests.simulation.varied import VariedShop

PLACES = int(os.environ.get("COUNTERFOIL_PLACES", "60"))
SEED = os.environ.get("COUNTERFOIL_SEED", "")


@pytest.mark.django_db
def test_whatever_is_changed_behind_the_shops_back_is_seen_and_its_document_named() -> None:
    VariedShop().open()
    assert examine().breaches == []
    seed = int(SEED or secrets.randbelow(10**9))
    with transaction.atomic():
        guards_off()
        tally = Tamper(Random(seed)).run(PLACES)
        transaction.set_rollback(True)
    assert not [*tally.missed, *tally.unnamed], (seed, summary(tally), tally.missed, tally.unnamed)
