"""`python -m tests.simulation.settle`: the morning after. Every worker is gone; what they held is freed as five minutes
later, what is due is delivered, and the outbox is printed as JSON."""

import json

import django


def main() -> None:
    django.setup()
    from django.utils import timezone

    from counterfoil.delivery import actions, outbox, policy
    from counterfoil.delivery.models import Delivery

    actions.sweep(now=timezone.now() + policy.DEAD_AFTER)
    tried = 0
    while due := outbox.due(now=timezone.now(), at_most=100):
        if not (now_tried := sum(actions.deliver(delivery_id) for delivery_id in due)):
            break
        tried += now_tried
    columns = ("invoice__number", "address", "message_id", "state", "attempts", "ambiguous_attempts", "last_error")
    rows = [
        {**row, "next_attempt_at": bool(due_at)}
        for *values, due_at in Delivery.objects.order_by("id").values_list(*columns, "next_attempt_at")
        for row in [dict(zip(columns, values, strict=True))]
    ]
    print(json.dumps({"tried": tried, "deliveries": rows}))


if __name__ == "__main__":
    main()
