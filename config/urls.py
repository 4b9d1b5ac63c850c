"""Every address of the site. The paths of an app live in its own urls.py."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]
