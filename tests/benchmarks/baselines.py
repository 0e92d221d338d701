"""What the receiver is compared with, each on the same server and settings: `baselines.py NAME PORT [DSN or FILE]`.

litestar   a Litestar `@post` that only reads the body
postgres   FastAPI + asyncpg, one INSERT per request, committed before the answer
duckdb     a Litestar `@post` with one DuckDB INSERT per request
"""

# ruff: noqa: PLC0415 -- postgres runs in an environment that has no Litestar, the others in one without FastAPI

import sys
from pathlib import Path
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.metrics import Metrics
from ingest.receive.http_server import HttpServer, bind
from ingest.receive.refusals import Refusals

PATH = "/webhooks/zuddl"


async def litestar_app() -> Any:  # noqa: ANN401 -- an ASGI application, of either framework
    from litestar import Litestar, Request, post

    @post(PATH, status_code=200)
    async def receive(request: Request[Any, Any, Any]) -> dict[str, str]:
        await request.body()
        return {"status": "stored"}

    return Litestar([receive], logging_config=None, openapi_config=None)


async def postgres_app(dsn: str) -> Any:  # noqa: ANN401 -- an ASGI application, of either framework
    import asyncpg  # type: ignore[import-not-found]  # in the benchmark's environment only
    from fastapi import FastAPI, Request  # type: ignore[import-not-found]  # in the benchmark's environment only

    pool = await asyncpg.create_pool(dsn, min_size=16, max_size=16)
    await pool.execute("CREATE TABLE IF NOT EXISTS deliveries (id bigserial PRIMARY KEY, body bytea NOT NULL)")
    app = FastAPI()

    @app.post(PATH)  # type: ignore[untyped-decorator]
    async def receive(request: Request) -> dict[str, str]:
        await pool.execute("INSERT INTO deliveries (body) VALUES ($1)", await request.body())
        return {"status": "stored"}

    return app


async def duckdb_app(file: str) -> Any:  # noqa: ANN401 -- an ASGI application, of either framework
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    import duckdb
    from litestar import Litestar, Request, post

    connection = duckdb.connect(file)
    connection.execute("CREATE TABLE deliveries (body BLOB)")
    writer = ThreadPoolExecutor(1)

    def insert(body: bytes) -> None:
        connection.execute("INSERT INTO deliveries VALUES (?)", [body])

    @post(PATH, status_code=200)
    async def receive(request: Request[Any, Any, Any]) -> dict[str, str]:
        body = await request.body()
        await asyncio.get_running_loop().run_in_executor(writer, insert, body)
        return {"status": "stored"}

    return Litestar([receive], logging_config=None, openapi_config=None)


async def serve(name: str, port: str, *arguments: str) -> None:
    """Serve one of them, as the receiver is served."""
    apps: dict[str, Any] = {
        "litestar": litestar_app,
        "postgres": postgres_app,
        "duckdb": duckdb_app,
    }
    app = await apps[name](*arguments)
    await HttpServer(app, Refusals(Metrics())).serve([bind("127.0.0.1", int(port))])


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
