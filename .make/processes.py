"""The processes of `make run` and `make demo`, under honcho: when one ends, all end; Ctrl-C ends all.

This uses honcho's manager and not its command line, which would give each process a PORT of its own choice.
"""

import csv
import os
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType

import honcho.manager
from honcho.manager import Manager

from ingest.settings import ReceiverSettings
from ingest.simulate.speakers import speakers
from warehouse.settings import SettingsError, read_environment

BIN = Path(sys.executable).parent
DASHBOARD = "http://localhost:8501"
# The receiver needs up to 20 seconds to store what it accepted. honcho would kill it after 5.
SECONDS_TO_END = 25
DEMO_SECRET = "demo-secret"  # noqa: S105 -- for simulated deliveries to a receiver on this machine
# Slow enough to watch the figures grow, in deliveries a second.
DEMO_RATE = 1000
DEMO_SESSIONS, DEMO_SEED = 40, 1


def main(*, is_demo: bool) -> int:
    """Start everything, and wait until a process ends, or for Ctrl-C. Returns the exit status."""
    env = read_environment()
    if is_demo:
        env.setdefault("ZUDDL_WEBHOOK_SECRET", DEMO_SECRET)
    if sys.stdout.isatty():
        env["FORCE_COLOR"] = "1"  # the log goes through a pipe of honcho's to a person
    try:
        settings = ReceiverSettings.from_env(env)
    except SettingsError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    honcho.manager.KILL_WAIT = SECONDS_TO_END
    manager = Manager()
    manager.add_process("receiver", "exec " + command("ingest", "serve"), env=env)
    manager.add_process("dashboard", "exec " + command("streamlit", "run", "dashboard"), env=env)
    if is_demo:
        # honcho ends all when one ends, so the simulator's process waits after its work.
        name_speakers(settings.warehouse.speakers_path)
        conference = {"--sessions": DEMO_SESSIONS, "--seed": DEMO_SEED, "--rate": DEMO_RATE}
        simulate = command("ingest", "simulate", *(str(word) for option in conference.items() for word in option))
        manager.add_process("simulator", f"{simulate} && echo 'Done. {DASHBOARD}' && exec tail -f /dev/null", env=env)
    print(f"Dashboard: {DASHBOARD}   Receiver: http://{settings.host}:{settings.port}/webhooks/zuddl")
    print(f"Data: {settings.warehouse.data_dir}   Ask it with: make sql   End with: Ctrl-C", flush=True)
    signal.signal(signal.SIGHUP, end_without_terminal)
    manager.loop()
    is_asked_to_end = manager.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    return 0 if is_asked_to_end else manager.returncode or 1


def name_speakers(path: Path) -> None:
    """Write the names that Zuddl does not send, as a user would. An existing file is the user's and stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with path.open("w", encoding="utf-8", newline="") as file:
            named = ((one.speaker_id, one.name) for one in speakers(DEMO_SESSIONS, DEMO_SEED))
            csv.writer(file).writerows([("speaker_id", "speaker_name"), *named])


def command(*words: str) -> str:
    """A command of this environment, quoted for the shell."""
    return shlex.join([str(BIN / words[0]), *words[1:]])


def end_without_terminal(_signal: int, _frame: FrameType | None) -> None:
    """End all as Ctrl-C does, now that the terminal is closed, and discard the output."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(is_demo=sys.argv[1:] == ["demo"]))
