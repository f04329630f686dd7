"""Addresses of import and export, under the list that they belong to."""

from django.urls import path, re_path

from counterfoil.web import exchange

KIND = r"(?P<kind>products|customers)/import/(?P<token>[0-9a-f]{32})/"

urlpatterns = [
    path("products/import/", exchange.import_products, name="import_products"),
    path("customers/import/", exchange.import_customers, name="import_customers"),
    re_path(rf"^{KIND}$", exchange.import_file, name="import_file"),
    re_path(rf"^{KIND}check/$", exchange.import_check, name="import_check"),
    re_path(rf"^{KIND}apply/$", exchange.import_apply, name="import_apply"),
    re_path(rf"^{KIND}progress/$", exchange.import_progress, name="import_progress"),
    re_path(rf"^{KIND}refused\.csv$", exchange.import_refused, name="import_refused"),
    path("products/export/", exchange.export_products, name="export_products"),
    path("customers/export/", exchange.export_customers, name="export_customers"),
    path("invoices/export/", exchange.export_invoices, name="export_invoices"),
]
