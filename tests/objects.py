"""An S3 server for tests: moto's, as a process, with a bucket."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.machine import eventually, free_port
from warehouse.storage.lake import claim

BUCKET = "lake"
KEY, SECRET = "key", "secret"


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Variables by which S3's clients find the server, and `WAREHOUSE_DATA` in a bucket of it."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    try:
        env = variables("127.0.0.1", port)
        eventually(lambda: makes_bucket(env))
        yield env
    finally:
        server.kill()
        server.wait()


def variables(address: str, port: int) -> dict[str, str]:
    """Variables by which S3's clients find a server there, and `WAREHOUSE_DATA` in its bucket."""
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{address}:{port}",
        "WAREHOUSE_DATA": f"s3://{BUCKET}/warehouse/",
    }


def client(env: dict[str, str]) -> Any:  # noqa: ANN401 -- boto3 has no types
    """A client of the server."""
    import boto3  # noqa: PLC0415 -- it comes with moto, and takes long to import

    return boto3.client(
        "s3",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        region_name=env["AWS_REGION"],
    )


def names(env: dict[str, str]) -> set[str]:
    """The names of all objects in the bucket."""
    pages = client(env).get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return {one["Key"] for page in pages for one in page.get("Contents", [])}


def objects(env: dict[str, str]) -> list[bytes]:
    """The contents of all objects in the bucket, without the claim, which holds an identity alone."""
    s3 = client(env)
    found = (name for name in names(env) if not name.endswith(claim.NAME))
    return [s3.get_object(Bucket=BUCKET, Key=name)["Body"].read() for name in found]


def ask_for_known_keys(env: dict[str, str]) -> None:
    """From now on moto refuses all keys, since it knows of none."""
    address = f"{env['AWS_ENDPOINT_URL']}/moto-api/reset-auth"
    urllib.request.urlopen(urllib.request.Request(address, b"0", {"Content-Type": "text/plain"})).close()


def makes_bucket(env: dict[str, str]) -> bool:
    """Make the bucket; False while the server does not answer."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- as above

    try:
        client(env).create_bucket(Bucket=BUCKET)
    except (BotoCoreError, ClientError):
        return False
    return True
