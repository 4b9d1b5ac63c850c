"""Every address of the site. The paths of an app live in its own urls.py."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

from config import design

admin.site.site_header = admin.site.site_title = "Stillwater"
admin.site.index_title = "Records and settings"
# One door for everybody: lockout, second factor and idle time apply to the admin as well.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# allauth's own tables: addresses nobody uses here, and second-factor secrets nobody may read.
admin.site.unregister([EmailAddress, Authenticator])


@login_not_required  # browsers ask for it by themselves; it says nothing
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("favicon.svg"))


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon, name="favicon"),
    path("", include("practice.urls")),
    path("", include("scheduling.urls")),
    path("", include("messaging.urls")),
    path("", include("reminders.urls")),
    path("", include("waitlist.urls")),
    path("", include("groups.urls")),
    path("rehearsal/", include("messaging.rehearsal.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("design/", design.page, name="design"))
