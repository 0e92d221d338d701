"""An S3 server for tests: moto's, as a process, with a bucket."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.machine import eventually, free_port

BUCKET = "lake"


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Variables by which S3's clients find the server, and `WAREHOUSE_DATA` in a bucket of it."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _makes_bucket(url))
        yield {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": url,
            "WAREHOUSE_DATA": f"s3://{BUCKET}/warehouse/",
        }
    finally:
        server.kill()
        server.wait()


def objects(env: dict[str, str]) -> list[bytes]:
    """The contents of all objects in the bucket."""
    import boto3  # noqa: PLC0415 -- it comes with moto, and takes long to import

    client = boto3.client(
        "s3",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [client.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read() for one in listed]


def _makes_bucket(url: str) -> bool:
    try:
        request = urllib.request.Request(f"{url}/{BUCKET}", method="PUT")
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
