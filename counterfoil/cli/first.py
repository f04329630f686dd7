"""The first run: an owner who can sign in, and the demo shop."""

import sys

from django.db import transaction
from django.utils import timezone

from counterfoil.cli.opened import alone
from counterfoil.cli.people import new_password
from counterfoil.people import actions as people
from counterfoil.people.models import Role, User

OWNER = "owner"
DEMO_INVOICES = 400
DEMO_SEED = 1


def first_run(*, with_demo: bool) -> None:
    """Does nothing in a shop that has users. Owner and demo come together or not at all."""
    if User.objects.exists():
        return
    with alone():
        if User.objects.exists():  # somebody else was faster
            return
        password = new_password()
        with transaction.atomic():
            people.create_user(username=OWNER, password=password, role=Role.OWNER, now=timezone.now())
            if with_demo:
                from counterfoil.cli.demo.load import load_demo

                load_demo(invoices=DEMO_INVOICES, seed=DEMO_SEED, now=timezone.now(), out=sys.stdout)
    print(f"Owner: {OWNER}\nPassword: {password}", flush=True)
