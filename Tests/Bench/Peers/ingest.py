"""The peer of ingest in the bench: POST /api/activities/log and GET /api/alerts/active by FastAPI and asyncpg.

One transaction a request, by the same SQL function; keys are remembered for five seconds, as ingest does. There is no rate
limit, no request id, no metrics: what is left out is to the peer's advantage.

    DATABASE_URL=… uvicorn ingest:app --app-dir Tests/Bench/Peers --loop uvloop --http httptools --workers 2
"""

import hashlib
import json
import os
import time
import uuid
from contextlib import asynccontextmanager
from typing import Literal

import asyncpg
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import ORJSONResponse
from pydantic import BaseModel, ConfigDict, Field


@asynccontextmanager
async def life(app: FastAPI):
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=8)
    app.state.keys = {}
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=life, default_response_class=ORJSONResponse)


class Activity(BaseModel):
    model_config = ConfigDict(extra="forbid")
    leadId: str = Field(min_length=1, max_length=200)
    channel: Literal["whatsapp", "email", "call", "sms", "other"]
    direction: Literal["in", "out"]
    status: str = Field(default="sent", min_length=1, max_length=64)
    messageSnippet: str | None = Field(default=None, max_length=10_000)
    meta: dict | None = None


async def tenant_of(authorization: str | None, tenant: str | None, scope: str) -> str:
    if authorization is None or not authorization.startswith("Bearer "):
        raise HTTPException(401)
    digest = hashlib.sha256(authorization[7:].encode()).digest()
    known = app.state.keys.get(digest)
    if known is None or known[0] < time.monotonic():
        row = await app.state.pool.fetchrow(
            "select tenant_id, scopes from relance.api_keys where key_hash = $1 and revoked_at is null"
            " and (expires_at is null or expires_at > now())",
            digest,
        )
        known = (time.monotonic() + 5, row)
        app.state.keys[digest] = known
    if known[1] is None:
        raise HTTPException(401)
    if tenant is None:
        raise HTTPException(400)
    if known[1]["tenant_id"] != tenant or scope not in known[1]["scopes"]:
        raise HTTPException(403)
    return tenant


LOG = """
select logged_at, raised, resolved
from relance.log_activities(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]::jsonb[])
"""


@app.post("/api/activities/log")
async def log(activity: Activity, authorization: str | None = Header(None), x_tenant: str | None = Header(None)):
    tenant = await tenant_of(authorization, x_tenant, "ingest")
    identifier = str(uuid.uuid4())
    snippet = activity.messageSnippet[:100] if activity.messageSnippet else None
    meta = json.dumps(activity.meta) if activity.meta is not None else None
    row = await app.state.pool.fetchrow(
        LOG, [identifier], [tenant], [activity.leadId], [activity.channel], [activity.direction], [activity.status], [snippet],
        [meta],
    )
    return {
        "success": True,
        "activity": {
            "id": identifier, "lead_id": activity.leadId, "channel": activity.channel, "direction": activity.direction,
            "created_at": row["logged_at"],
        },
        "alerts": {
            "created": [row["raised"]] if row["raised"] else [],
            "resolved": row["resolved"].split(",") if row["resolved"] else [],
        },
    }


COUNT = """
select severity, type, count(*) as alerts from max_alerts where tenant_id = $1 and resolved_at is null group by severity, type
"""
LIST = """
select a.id, a.tenant_id, a.lead_id, a.type, a.severity, a.message, a.suggested_action, a.created_at, l.name, l.email
from max_alerts a
left join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id
where a.tenant_id = $1 and a.resolved_at is null
order by case a.severity when 'high' then 1 when 'med' then 2 else 3 end, a.created_at desc, a.id desc
limit 200
"""


@app.get("/api/alerts/active")
async def alerts(authorization: str | None = Header(None), x_tenant: str | None = Header(None)):
    tenant = await tenant_of(authorization, x_tenant, "read")
    async with app.state.pool.acquire() as connection:
        counts = await connection.fetch(COUNT, tenant)
        rows = await connection.fetch(LIST, tenant)
    by_severity, by_type = {"high": 0, "med": 0, "low": 0}, {}
    for row in counts:
        by_severity[row["severity"]] += row["alerts"]
        by_type[row["type"]] = by_type.get(row["type"], 0) + row["alerts"]
    listed = [
        {
            "id": str(row["id"]), "tenant_id": row["tenant_id"], "lead_id": row["lead_id"], "type": row["type"],
            "severity": row["severity"], "message": row["message"],
            "suggested_action": json.loads(row["suggested_action"]) if row["suggested_action"] else None,
            "created_at": row["created_at"], "resolved_at": None, "lead_name": row["name"], "lead_email": row["email"],
        }
        for row in rows
    ]
    return {
        "success": True,
        "stats": {"total": sum(by_severity.values()), "by_severity": by_severity, "by_type": by_type},
        "alerts": listed,
        "next_cursor": None,
    }
