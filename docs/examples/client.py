"""One system's side of the front door: its key, its entry in the registers, its token.

    python docs/examples/client.py register key.jwk CLIENT SERVICE SCOPE...  > client.yaml
    python docs/examples/client.py token key.jwk CLIENT URL

The first makes a key where there is none, and prints what the gateway's operator registers: the
public half alone. The second proves who the client is (private_key_jwt) and prints an access token.
"""  # noqa: INP001 - a script to run, not a package

import json
import sys
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def key(file: Path) -> ECKey:
    """Return the private key in *file*; make one where there is none."""
    if not file.exists():
        made = ECKey.generate_key("P-256", {"kid": str(uuid.uuid4())})
        file.touch(mode=0o600)
        file.write_text(json.dumps(made.as_dict(private=True)))
    return ECKey.import_key(json.loads(file.read_text()))


def register(file: str, client: str, service: str, *scopes: str) -> str:
    """Return the register document of *client*, with its public key."""
    public = key(Path(file)).as_dict(private=False)
    document = {"id": client, "service": service, "scopes": scopes, "jwks": {"keys": [public]}}
    return json.dumps({"clients": [document]}, indent=2)  # JSON is YAML, too


def token(file: str, client: str, url: str) -> str:
    """Return an access token for *client* from the gateway at *url*."""
    private, endpoint, now = key(Path(file)), f"{url}/oauth2/token", int(time.time())
    claims = {
        "iss": client,
        "sub": client,
        "aud": endpoint,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "exp": now + 60,
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": jwt.encode({"alg": "ES256", "kid": private.kid}, claims, private),
    }
    if not url.startswith(("https://", "http://127.0.0.1:")):
        sys.exit("a token is asked for over https, or of this machine")
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(endpoint, body) as answer:  # noqa: S310 - checked above
        return str(json.load(answer)["access_token"])


if __name__ == "__main__":
    commands = {"register": register, "token": token}
    sys.stdout.write(commands[sys.argv[1]](*sys.argv[2:]) + "\n")
