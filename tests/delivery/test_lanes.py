"""Two letters at a time in one worker, and nothing of either is lost."""

import threading

import pytest

from counterfoil.delivery import lanes, tasks
from counterfoil.delivery.models import Delivery, State
from tests.delivery.mailserver import RawServer
from tests.delivery.post import sell
from tests.shop import open_small_shop

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_while_one_letter_waits_for_the_mail_server_another_is_sent(raw_mail: RawServer) -> None:
    open_small_shop()
    for n in range(4):
        sell(f"sale-{n:04}")
    meeting = threading.Barrier(2)
    raw_mail.on_visit = lambda stage: stage == "text" and meeting.wait(20)  # a letter alone would wait in vain
    tasks.deliver_due()
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.SENT, 1)}
    assert sorted(raw_mail.ids) == sorted(Delivery.objects.values_list("message_id", flat=True))
    assert raw_mail.connections == lanes.LANES


def test_a_lane_that_fails_is_heard_and_stops_no_other() -> None:
    done = []

    def go() -> int:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the disk is full")
        done.append("main")
        return 1

    with pytest.raises(RuntimeError, match="the disk is full"):
        lanes.at_once(go)
    assert done == ["main"]
    assert lanes.at_once(lambda: 3) == 3 * lanes.LANES
