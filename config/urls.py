"""Every address of the site. The paths of an app live in its own urls.py."""

from importlib.util import find_spec

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from config import design

admin.site.site_header = admin.site.site_title = "Stillwater"
admin.site.index_title = "Records and settings"
# One door for everybody: lockout, second factor and idle time apply to the admin as well.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# allauth's own tables: addresses nobody uses here, and second-factor secrets nobody may read.
admin.site.unregister([EmailAddress, Authenticator])

# Browsers ask for it by themselves, signed in or not; it says nothing.
favicon = login_not_required(RedirectView.as_view(url=static("favicon.svg"), permanent=False))

APPS = [
    ("", "practice.urls"),
    ("", "scheduling.urls"),
    ("", "messaging.urls"),
    ("rehearsal/", "messaging.rehearsal.urls"),
    ("", "reminders.urls"),
    ("settings/", "availability.urls"),
]

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon, name="favicon"),
    *(path(prefix, include(module)) for prefix, module in APPS if find_spec(module)),
]
if settings.DEBUG:
    urlpatterns.append(path("design/", design.page, name="design"))
