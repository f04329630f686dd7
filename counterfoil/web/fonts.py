"""Mukta, out of the package that carries it: packed once, kept by browsers for a year."""

import gzip
from functools import cache
from importlib.resources import files

from django.http import Http404, HttpRequest, HttpResponse

NAMES = frozenset({"Mukta-Regular.ttf", "Mukta-SemiBold.ttf", "Mukta-Bold.ttf", "Mukta-ExtraBold.ttf"})


def font(request: HttpRequest, name: str) -> HttpResponse:
    if name not in NAMES:
        raise Http404
    packs = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(_packed(name) if packs else gzip.decompress(_packed(name)), content_type="font/ttf")
    if packs:
        answer["Content-Encoding"] = "gzip"
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    answer["Vary"] = "Accept-Encoding"
    return answer


@cache
def _packed(name: str) -> bytes:
    return gzip.compress((files("fontpkg_mukta") / "files" / name).read_bytes(), compresslevel=6, mtime=0)
