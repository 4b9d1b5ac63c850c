from practice.forms.audit import AuditSearch
from practice.forms.clients import ClientForm, NewClientForm

__all__ = ["AuditSearch", "ClientForm", "NewClientForm"]
