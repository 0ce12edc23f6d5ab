import asyncio
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import settings
from gateway.api.app import Parts, create_app
from gateway.composition import open_gateway
from gateway.observability import Metrics, configure
from gateway.security.clients import register_of
from gateway.security.tokens import TokenKeys, Tokens
from gateway.serve import serve
from gateway.storage.pages import LogPages
from gateway.storage.requests import used_token
from gateway.storage.unit import Unit

configure()
with open_gateway(settings.load(Path(sys.argv[1]))) as g:

    async def first_use(client, jti, until):
        await asyncio.wrap_future(
            g.office.committer.submit(Unit(writes=[used_token(client, jti, until)]))
        )
        return True

    async def ready():
        return ()

    tokens = Tokens(
        issuer=g.settings.issuer,
        keys=TokenKeys(Ed25519PrivateKey.from_private_bytes(bytes(32))),
        register=register_of(lambda: g.office.rulebook.registers, first_use),
        ports=g.office.ports,
    )
    parts = Parts(
        exchange=g.exchange,
        tokens=tokens,
        log=LogPages(g.office.committer.log),
        readiness=ready,
        settings=g.settings,
        metrics=Metrics(),
        ports=g.office.ports,
    )
    if len(sys.argv) > 2:
        import cProfile

        p = cProfile.Profile()
        p.enable()
        serve(create_app(parts), g.settings)
        p.disable()
        p.dump_stats(sys.argv[2])
    else:
        serve(create_app(parts), g.settings)
