"""Addresses: the pages, the API, and what a load balancer asks."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("counterfoil.api.urls")),
    path("", include("counterfoil.api.health")),
    path("", include("counterfoil.web.urls")),
]

handler400 = "counterfoil.config.failures.bad_request"
handler404 = "counterfoil.config.failures.not_found"
handler500 = "counterfoil.config.failures.server_error"
