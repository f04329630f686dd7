"""Addresses: the pages, the API, and what a load balancer asks."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("counterfoil.api.urls")),
    path("", include("counterfoil.api.health")),
    path("", include("counterfoil.web.urls")),
]
