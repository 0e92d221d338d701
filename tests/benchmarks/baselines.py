"""What the receiver is compared with, each on the same server and settings: `baselines.py NAME PORT [DSN or FILE]`.

litestar   a Litestar `@post` that only reads the body
postgres   FastAPI + asyncpg, one INSERT per request, committed before the answer
duckdb     a Litestar `@post` with one DuckDB INSERT per request
"""

# ruff: noqa: PLC0415 -- postgres runs in an environment that has no Litestar, the others in one without FastAPI

import sys
from collections.abc import Callable
from typing import Any

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

PATH = "/webhooks/zuddl"


def litestar_app() -> Any:  # noqa: ANN401 -- an ASGI application, of either framework
    from litestar import Litestar, Request, post

    @post(PATH, status_code=200)
    async def receive(request: Request[Any, Any, Any]) -> dict[str, str]:
        await request.body()
        return {"status": "stored"}

    return Litestar([receive], logging_config=None, openapi_config=None)


def postgres_app(dsn: str) -> Any:  # noqa: ANN401 -- an ASGI application, of either framework
    from contextlib import asynccontextmanager

    import asyncpg  # type: ignore[import-not-found]  # in the benchmark's environment only
    from fastapi import FastAPI, Request  # type: ignore[import-not-found]  # in the benchmark's environment only

    @asynccontextmanager
    async def lifespan(app: Any):  # type: ignore[no-untyped-def]  # noqa: ANN202, ANN401 -- FastAPI's own shape
        async with asyncpg.create_pool(dsn, min_size=16, max_size=16) as pool:
            await pool.execute("CREATE TABLE IF NOT EXISTS deliveries (id bigserial PRIMARY KEY, body bytea NOT NULL)")
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post(PATH)  # type: ignore[untyped-decorator]
    async def receive(request: Request) -> dict[str, str]:
        await request.app.state.pool.execute("INSERT INTO deliveries (body) VALUES ($1)", await request.body())
        return {"status": "stored"}

    return app


def duckdb_app(file: str) -> Any:  # noqa: ANN401 -- an ASGI application, of either framework
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


async def serve(app: Any, port: int) -> None:  # noqa: ANN401 -- an ASGI application, of either framework
    await Server(
        app,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        backlog=2048,
        backpressure=2048,
    ).serve()


if __name__ == "__main__":
    name, port, *arguments = sys.argv[1:]
    apps: dict[str, Callable[..., Any]] = {"litestar": litestar_app, "postgres": postgres_app, "duckdb": duckdb_app}
    uvloop.run(serve(apps[name](*arguments), int(port)))
