"""A lower page shows ways out that apps above opened, and tells them what it knows."""

from core import doors


def test_a_door_takes_along_what_the_page_knows(monkeypatch):
    monkeypatch.setattr(doors, "_doors", {})
    doors.open_to("core.test", "waitlist:entry-new", label="Wait", icon="hourglass")
    doors.open_to("core.test", "waitlist:entry-new", label="Wait", icon="hourglass")

    [door] = doors.at("core.test", {"type": 3, "client": "", "provider": None})

    assert (door.label, door.icon, door.url) == ("Wait", "hourglass", "/waitlist/new/?type=3")
    assert doors.at("core.elsewhere", {}) == []


def test_a_page_that_knows_nothing_opens_the_plain_address(monkeypatch):
    monkeypatch.setattr(doors, "_doors", {})
    doors.open_to("core.test", "waitlist:entry-new", label="Wait")

    assert doors.at("core.test", {})[0].url == "/waitlist/new/"
