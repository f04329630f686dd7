"""What a load balancer and a monitor ask: is the process alive, can it work, how does the mail stand?"""

import os
import secrets
import socket
import threading
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from counterfoil.delivery.metrics import metrics_text

QUEUE_SECONDS = 0.3
DEFAULT_PORTS = {"redis": 6379, "rediss": 6379, "valkey": 6379, "amqp": 5672, "amqps": 5671}


@csrf_exempt  # a wrong method is told so, before anybody asks for a form's token
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@csrf_exempt
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready when the database answers and is migrated. A queue that is away is told but stops no sale."""
    database = database_state()
    ready = database == "ok"
    body = {"status": "ready" if ready else "not ready", "database": database, "queue": queue_state()}
    return JsonResponse(body, status=200 if ready else 503)


def database_state() -> str:
    """`ok`, `not migrated` or `unreachable`."""
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError:
        return "unreachable"
    return "ok" if applied >= _migrations() else "not migrated"


@csrf_exempt
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus. Not there at all until METRICS_TOKEN is set, and then only for who sends it."""
    wanted = os.environ.get("METRICS_TOKEN", "")
    if not wanted:
        return HttpResponse(status=404)
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    if not secrets.compare_digest(given, f"Bearer {wanted}".encode()):
        return HttpResponse("Send METRICS_TOKEN as a bearer token.", status=401, content_type="text/plain",
                            headers={"WWW-Authenticate": "Bearer"})  # fmt: skip
    return HttpResponse(metrics_text(now=timezone.now()), content_type="text/plain; version=0.0.4; charset=utf-8")


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Those that this version of the program brings."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def queue_state() -> str:
    """`none`, `ok` or `unreachable`; never waits longer than QUEUE_SECONDS, whatever the network does."""
    if not settings.CELERY_BROKER_URL:
        return "none"
    found: list[str] = []
    asking = threading.Thread(target=lambda: found.append(_ask_queue(settings.CELERY_BROKER_URL)), daemon=True)
    asking.start()
    asking.join(QUEUE_SECONDS)
    return found[0] if found else "unreachable"


def _ask_queue(url: str) -> str:
    """Whether something takes connections there. For Redis without TLS also whether it speaks."""
    try:
        parts = urlsplit(url)
        address = (parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORTS.get(parts.scheme, 6379))
        with socket.create_connection(address, timeout=QUEUE_SECONDS) as line:
            if parts.scheme not in ("redis", "valkey"):
                return "ok"
            line.sendall(b"PING\r\n")
            return "ok" if line.recv(64)[:1] in (b"+", b"-") else "unreachable"  # "-NOAUTH" speaks, too
    except (OSError, ValueError):
        return "unreachable"


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]
