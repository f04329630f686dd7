"""Addresses of the pages. Each view says by `@allow` who may open it."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from counterfoil.web.fonts import font
from counterfoil.web.pages import login

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", login.log_in, name="login"),
    path("logout/", login.log_out, name="logout"),
    path("fonts/<str:name>", font, name="font"),
]
if find_spec("counterfoil.web.counter") and find_spec("counterfoil.web.counter.urls"):
    urlpatterns.append(path("counter/", include("counterfoil.web.counter.urls")))
