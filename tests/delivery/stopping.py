"""A worker that stops at a named stage, to be killed there: `python -m tests.delivery.stopping STAGE DELIVERY_ID`.

The database and the mail server are the environment's. At the stage it prints a line and waits for its end.
"""

import sys
import threading

import django


def main(stage: str, delivery_id: int) -> None:
    django.setup()
    from counterfoil.delivery import actions, outbox

    def watch(reached: str) -> None:
        if reached == stage:
            print(f"at {stage}", flush=True)
            threading.Event().wait()

    actions.deliver(delivery_id, worker=outbox.worker_name("postman"), watch=watch)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
