from scheduling.models.appointments import Appointment
from scheduling.models.attendances import Attendance
from scheduling.models.charges import Charge
from scheduling.models.days import ProviderDay
from scheduling.models.replans import Replan
from scheduling.models.series import Series
from scheduling.models.types import AppointmentType, TypeOffer

__all__ = [
    "Appointment",
    "AppointmentType",
    "Attendance",
    "Charge",
    "ProviderDay",
    "Replan",
    "Series",
    "TypeOffer",
]
