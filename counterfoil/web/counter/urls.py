"""Addresses under /counter/."""

from django.urls import path

from counterfoil.web.counter import form, views

urlpatterns = [
    path("", views.page, name="counter"),
    path("do/", views.do, name="counter-do"),
    path("save/", views.save, name="counter-save"),
    path("till/", views.choose_till, name="counter-till"),
    path("find/", views.matches, name="counter-find"),
    path("buyers/", views.buyers, name="counter-buyers"),
    path("held/", views.held, name="counter-held"),
    path("tiles/", views.tiles, name="counter-tiles"),
    path("upi/", views.upi, name="counter-upi"),
    path("form/", form.page, name="counter-form"),
]
