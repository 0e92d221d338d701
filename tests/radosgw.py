"""Ceph's S3 server, radosgw, with one monitor and one store in memory, for drills and benchmarks."""

import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.e2e.machine import eventually, free_port
from tests.objects import KEY, SECRET, makes_bucket, variables
from tests.programs import end_with_parent, program

# Without the modes, daemons without authentication wait for each other for ever. Without `tcp_nodelay`, half of the
# answers wait 40 ms for an acknowledgement of TCP; other servers of S3 don't do that.
CONFIGURATION = """
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{mon_port}/0]
public_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_cluster_mode = crc
ms_service_mode = crc
ms_client_mode = crc
ms_mon_cluster_mode = crc
ms_mon_service_mode = crc
ms_mon_client_mode = crc
mon_data = {folder}/mon
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 8589934592
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
run_dir = {folder}
admin_socket = {folder}/$name.sock
log_file = {folder}/$name.log
pid_file = {folder}/$name.pid
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint={address}:{port} tcp_nodelay=1
rgw_enable_gc_threads = false
"""


@contextmanager
def radosgw(address: str = "127.0.0.1") -> Iterator[dict[str, str]]:
    """Variables by which S3's clients find the server, and `WAREHOUSE_DATA` in a bucket of it. As root only."""
    tools = {name: program(name, package) for name, package in PACKAGES.items()}
    with tempfile.TemporaryDirectory(prefix="radosgw-", ignore_cleanup_errors=True) as name, ExitStack() as running:
        folder, mon_port, port, fsid = Path(name), free_port(), free_port(), str(uuid.uuid4())
        settings = folder / "ceph.conf"
        settings.write_text(
            CONFIGURATION.format(fsid=fsid, mon_port=mon_port, folder=folder, address=address, port=port)
        )
        for part in ("mon", "osd", "rgw"):
            (folder / part).mkdir()

        def run(tool: str, *arguments: str) -> str:
            done = subprocess.run([tools[tool], *arguments], check=True, capture_output=True, text=True, timeout=120)
            return done.stdout

        def start(tool: str, *arguments: str) -> None:
            process = subprocess.Popen(
                [tools[tool], *arguments, "-f", "-c", str(settings)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=end_with_parent,  # noqa: PLW1509 -- it only asks the kernel for a signal
            )
            running.callback(process.wait)
            running.callback(process.kill)

        monitor = f"[v2:127.0.0.1:{mon_port}/0]"
        run("monmaptool", "--create", "--addv", "a", monitor, "--fsid", fsid, str(folder / "monmap"))
        run("ceph-mon", "--mkfs", "-i", "a", "--monmap", str(folder / "monmap"), "-c", str(settings))
        start("ceph-mon", "-i", "a")
        osd = str(uuid.uuid4())
        run("ceph", "-c", str(settings), "--connect-timeout", "60", "osd", "new", osd)
        run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd, "-c", str(settings))
        start("ceph-osd", "-i", "0")
        keys = ("--access-key", KEY, "--secret-key", SECRET)
        run("radosgw-admin", "user", "create", "--uid", "test", "--display-name", "test", *keys, "-c", str(settings))
        start("radosgw", "-n", "client.rgw")
        env = variables(address, port)
        eventually(lambda: makes_bucket(env))
        yield env


PACKAGES = {
    "ceph": "ceph-common",
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "monmaptool": "ceph-common",
    "radosgw": "radosgw",
    "radosgw-admin": "radosgw",
}
