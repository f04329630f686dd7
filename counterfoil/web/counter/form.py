"""The plain form: later in this file's history."""

from django.http import HttpRequest, HttpResponse

from counterfoil.web.access import allow


@allow("sell")
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")
