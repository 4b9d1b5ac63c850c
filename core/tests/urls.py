"""Two pages and a way in, for the middleware tests."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import include, path

from core.htmx import poll


def page(request):
    return HttpResponse("page")


@poll
def ticker(request):
    return HttpResponse("tick")


def elsewhere(request):
    return HttpResponseRedirect("/page/")


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("page/", page),
    path("ticker/", ticker),
    path("elsewhere/", elsewhere),
]
