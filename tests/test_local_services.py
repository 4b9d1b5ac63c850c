"""The local servers, without Django: shared, gone with their last user, and back after a kill."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from config.local import browser, keeper, keys, postgres, valkey
from config.local.crew import ChildEnded, Crew
from config.local.places import ROOT, shared_temp, socket_folder
from config.local.trouble import Trouble

USE_IT = """
import sys, time
from pathlib import Path
from config.local.keeper import hold
held = hold(sys.argv[1], Path(sys.argv[2]))  # let go, its server would end
print(held.url, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder():
    """Open to the servers' user, which pytest's own folders are not."""
    path = Path(tempfile.mkdtemp(prefix="stillwater-test-", dir=shared_temp()))
    yield path / "server"
    eventually(lambda: not (path / "server" / "state.json").exists())
    shutil.rmtree(path, ignore_errors=True)


def start_user(service: str, folder: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-c", USE_IT, service, str(folder)]
    user = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return user, user.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    process.stdout.close()


def eventually(question, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.05)
    return False


def test_two_users_share_one_server_that_stops_after_the_last(folder):
    first = keeper.hold("valkey", folder)
    second = keeper.hold("valkey", folder)

    first.release(patience_seconds=0.5)
    still_there = valkey.answers(second.url)
    second.release(patience_seconds=5)

    assert first.url == second.url
    assert still_there
    assert not valkey.answers(second.url)


def test_users_who_begin_at_once_get_the_same_server(folder):
    command = [sys.executable, "-c", USE_IT, "valkey", str(folder)]
    users = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]

    urls = {user.stdout.readline() for user in users}
    for user in users:
        kill(user)

    assert len(urls) == 1


def test_a_killed_user_leaves_no_server(folder):
    user, url = start_user("postgres", folder)
    was_there = eventually(lambda: postgres.answers(url))

    kill(user)

    assert was_there, (url, user.returncode)
    assert eventually(lambda: not postgres.answers(url))
    assert eventually(lambda: not socket_folder(folder).exists())


def test_a_killed_keeper_takes_its_server_along_and_the_next_start_works(folder):
    first = keeper.hold("postgres", folder)
    state = keeper.json.loads((folder / "state.json").read_text())

    os.kill(state["keeper"], signal.SIGKILL)
    gone = eventually(lambda: not postgres.answers(first.url))
    first.release()
    second = keeper.hold("postgres", folder)
    back = postgres.answers(second.url)
    second.release(patience_seconds=5)

    assert gone or sys.platform != "linux"
    assert back


def test_a_server_killed_without_warning_leaves_a_pid_file_that_does_no_harm(folder):
    first = keeper.hold("postgres", folder)
    pid_file = folder / "data" / "postmaster.pid"
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
    first.release(patience_seconds=5)
    left_over = pid_file.exists()

    second = keeper.hold("postgres", folder)
    back = postgres.answers(second.url)
    second.release(patience_seconds=5)

    assert left_over
    assert back


def test_data_of_another_major_version_is_named_in_one_line(folder):
    keeper.hold("postgres", folder).release(patience_seconds=5)
    (folder / "data" / "PG_VERSION").write_text("9\n")

    with pytest.raises(
        Trouble, match=r"^.*/server/data was made by PostgreSQL 9, .*: delete that folder .*$"
    ):
        keeper.hold("postgres", folder)


def test_missing_programs_are_named_in_one_line(folder, monkeypatch):
    monkeypatch.setenv("PG_BINDIR", "/nowhere")

    with pytest.raises(Trouble, match=r"^PG_BINDIR=/nowhere holds no `postgres`\.$"):
        keeper.hold("postgres", folder)


def test_thrown_away_servers_take_their_folder_along(folder):
    with keeper.held({"valkey": folder}, fast=True) as urls:
        there = valkey.answers(urls["REDIS_URL"])

    assert there
    assert eventually(lambda: not folder.exists())


@pytest.mark.parametrize(
    ("port", "line"),
    [
        ("x", "PORT=x is no port: write a number, as in `PORT=8001 make run`."),
        (None, "Port {port} is busy: try `PORT={next} make run`."),
    ],
)
def test_run_refuses_a_port_in_one_line(port, line):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "config.local", "run"],
            cwd=ROOT,
            env=os.environ | {"PORT": port or str(number)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == line.format(port=number, next=number + 1) + "\n"


def test_a_crew_names_the_child_that_ended(capfd):
    crew = Crew()
    crew.start("steady", "-c", "import time; time.sleep(60)")
    crew.start("brittle", "-c", "raise SystemExit(3)")

    crew.children["brittle"].wait()
    with pytest.raises(ChildEnded, match="brittle ended with exit code 3"):
        crew.watch()
    crew.stop(patience_seconds=5)

    assert crew.children["steady"].returncode == -signal.SIGTERM


def test_a_child_that_will_not_leave_is_killed(capfd):
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    crew = Crew()
    crew.start("deaf", "-c", deaf)
    said = []
    eventually(lambda: said.append(capfd.readouterr().out) or "deaf" in "".join(said))

    crew.stop(patience_seconds=0.2)

    assert crew.children["deaf"].returncode == -signal.SIGKILL


def test_local_keys_are_made_once_and_for_our_eyes_only(tmp_path):
    first = keys.local_keys(tmp_path)
    second = keys.local_keys(tmp_path)

    assert first == second
    assert set(first) == {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS"}
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_no_browser_and_no_way_to_get_one_is_one_line(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv("SKIP_BROWSER", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(Trouble, match=r"^No Chromium or Chrome found: .* SKIP_BROWSER=1$"):
        browser.find_or_install()
