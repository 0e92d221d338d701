"""The processes of `make run` and `make demo`, under honcho: Ctrl-C ends all, and so does the receiver's end.

This uses honcho's manager and not its command line, which would give each process a PORT of its own choice.
"""

import csv
import os
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType

import click
import honcho.manager
from honcho.manager import Manager

from dashboard.cli import require_free_port
from dashboard.settings import DashboardSettings
from ingest.serve import open_port
from ingest.settings import ReceiverSettings
from ingest.simulate.speakers import speakers
from ingest.simulate.sponsors import sponsors
from warehouse.settings import read_env_file, read_environment

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[1]
# The receiver needs up to 20 seconds to store what it accepted. honcho would kill it after 5.
SECONDS_TO_END = 25
# The demo's own, whatever `.env` and the environment say: simulated deliveries never reach real data.
DEMO_DATA = "data/demo"
DEMO = {
    "DATA_DIR": str(ROOT / DEMO_DATA),
    "ZUDDL_WEBHOOK_SECRET": "secret-of-the-demo-alone",
    "ZUDDL_AUTH_HEADER": "",
    "ZUDDL_SIGNATURE_SCHEME": "",
}
# Slow enough to watch the figures grow, in deliveries a second.
DEMO_RATE = 1000
DEMO_SESSIONS, DEMO_SEED = 40, 1


def main(*, is_demo: bool) -> int:
    """Start everything, and wait until the receiver ends, or for Ctrl-C. Returns the exit status."""
    try:
        env = demo_environment() if is_demo else read_environment()
        settings, shown = ReceiverSettings.from_env(env), DashboardSettings.from_env(env)
        if is_demo:
            # Find out before anything starts.
            open_port(settings).close()
            require_free_port(shown)
    except click.ClickException as error:
        print(f"Error: {error.message}", file=sys.stderr)
        return 1
    if sys.stdout.isatty():
        env["FORCE_COLOR"] = "1"  # the log goes through a pipe of honcho's to a person
    honcho.manager.KILL_WAIT = SECONDS_TO_END
    manager = Manager()
    manager.add_process("receiver", "exec " + command("ingest", "serve"), env=env)
    # honcho ends all when one ends. The dashboard's end must not end the receiver, so a shell starts it again.
    dashboard = command("dashboard", "serve")
    again = "echo 'The dashboard ended. It is started again in 5 seconds.'; sleep 5"
    manager.add_process("dashboard", f"while :; do {dashboard}; {again}; done", env=env)
    if is_demo:
        name_speakers_and_sponsors(settings.warehouse.data_dir)
        # The simulator's process waits after its work, for the same reason.
        options = {"--sessions": DEMO_SESSIONS, "--seed": DEMO_SEED, "--rate": DEMO_RATE}
        simulate = command("ingest", "simulate", *(str(word) for option in options.items() for word in option))
        manager.add_process("simulator", f"{simulate} && echo 'Done. {shown.url}' && exec tail -f /dev/null", env=env)
    print(f"Dashboard: {shown.url}   Receiver: http://{settings.host}:{settings.port}/webhooks/zuddl")
    ask = f"DATA_DIR={DEMO_DATA} make sql" if is_demo else "make sql"
    print(f"Data: {settings.warehouse.data_dir}   Ask it with: {ask}   End with: Ctrl-C", flush=True)
    signal.signal(signal.SIGHUP, end_without_terminal)
    manager.loop()
    is_asked_to_end = manager.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    return 0 if is_asked_to_end else manager.returncode or 1


def demo_environment() -> dict[str, str]:
    """The environment with the demo's own folder and secret. What `.env` sets is for real data, and left out."""
    # A blank variable counts as not set. If it were missing, each process would read it from `.env`.
    return {**dict.fromkeys(read_env_file(Path(".env")), ""), **os.environ, **DEMO}


def name_speakers_and_sponsors(folder: Path) -> None:
    """Write the names that Zuddl does not send, as a user would. An existing file is the user's and stays."""
    folder.mkdir(parents=True, exist_ok=True)
    speaking = [(one.speaker_id, one.name) for one in speakers(DEMO_SESSIONS, DEMO_SEED)]
    paying = [(one.sponsor_id, one.name) for one in sponsors(DEMO_SEED)]
    write_names(folder / "speakers.csv", ("speaker_id", "speaker_name"), speaking)
    write_names(folder / "sponsors.csv", ("sponsor_id", "sponsor_name"), paying)


def write_names(path: Path, header: tuple[str, str], names: list[tuple[str, str]]) -> None:
    """Write a file of ids and names, unless there is one."""
    if not path.exists():
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *names])


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
