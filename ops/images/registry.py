"""A client of the registry API (OCI distribution specification), as far as a pull without a login needs it.

skopeo could look images up too. But an operator's machine may not have it, and only the words of its errors tell a
missing image, a limit and a registry that is away from each other.
"""

import hashlib
import json
import re
import ssl
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import httpx

from ops.images.reference import is_loopback

SECONDS = 10.0
"""How long one answer may take."""
MIRROR = "name a mirror (imageRegistry; IMAGES_FROM for what the sandbox takes)"
_DOCKER, _OCI = "application/vnd.docker.distribution.manifest", "application/vnd.oci.image"
# With the types of schema 1, a registry that has nothing newer sends it, so that the error can name it.
_TYPES = (
    *(f"{_OCI}.index.v1+json", f"{_OCI}.manifest.v1+json", f"{_DOCKER}.list.v2+json", f"{_DOCKER}.v2+json"),
    *(f"{_DOCKER}.v1+prettyjws", f"{_DOCKER}.v1+json"),
)


class RegistryError(Exception):
    """What a registry answered in place of an image, and what to do about it; `reached` is False without answer."""

    def __init__(self, answer: str, remedy: str, *, reached: bool = True) -> None:
        super().__init__(f"{answer}: {remedy}")
        self.reached = reached


def complaints(failed: Mapping[str, RegistryError]) -> Iterator[str]:
    """A line for each image that a registry answered for, and one for all of which it is silent."""
    silent: dict[str, list[str]] = {}
    for image, error in failed.items():
        if error.reached:
            yield f"{image}: {error}"
        else:
            silent.setdefault(str(error), []).append(image)
    for reason, images in silent.items():
        yield f"{', '.join(images)}: {reason}"


@dataclass(frozen=True)
class Manifest:
    """A manifest as the registry sent it."""

    text: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.text).hexdigest()}"

    @cached_property
    def content(self) -> dict[str, Any]:
        """Raises ValueError if it is not a JSON object."""
        content = json.loads(self.text)
        if not isinstance(content, dict):
            raise ValueError("not a JSON object")  # noqa: TRY004
        return content


class Registry:
    """The registry `host` (host[:port]): https, except on loopback and for a host in `plain`."""

    def __init__(self, host: str, *, plain: Collection[str] = (), seconds: float = SECONDS) -> None:
        insecure = is_loopback(host) or host in plain
        self.host = host
        self._client = httpx.AsyncClient(
            base_url=f"{'http' if insecure else 'https'}://{host}/v2/",
            timeout=seconds,
            follow_redirects=True,
            trust_env=not insecure,  # a proxy is for what is far away
            verify=False if insecure else _authorities(),
        )
        self._seconds = seconds

    async def __aenter__(self) -> "Registry":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def manifest(self, repository: str, wanted: str) -> Manifest:
        """The manifest of a tag or a digest. Raises RegistryError."""
        found = Manifest(await self._get(f"{repository}/manifests/{wanted}", ", ".join(_TYPES)))
        if ":" in wanted and found.digest != wanted:
            raise RegistryError(
                f"{self.host} sent {found.digest} for {wanted}",
                f"its content or a proxy's on the way is damaged; {MIRROR}",
            )
        return found

    async def blob(self, repository: str, digest: str) -> bytes:
        """Raises RegistryError."""
        return await self._get(f"{repository}/blobs/{digest}", "*/*")

    async def _get(self, path: str, accepted: str) -> bytes:
        headers = {"Accept": accepted}
        try:
            answer = await self._client.get(path, headers=headers)
            if answer.status_code == httpx.codes.UNAUTHORIZED and (token := await self._token(answer)):
                answer = await self._client.get(path, headers={**headers, "Authorization": f"Bearer {token}"})
        except httpx.TimeoutException:
            raise self._unreachable(f"did not answer within {self._seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(f"can't be reached ({error})") from None
        if not answer.is_success:
            raise _refusal(self.host, answer)
        return answer.content

    async def _token(self, challenge: httpx.Response) -> str:
        """The token that anybody gets, from where the registry's answer names; empty if there is none."""
        kind, _, words = challenge.headers.get("WWW-Authenticate", "").partition(" ")
        named = dict(re.findall(r'(\w+)="([^"]*)"', words))
        if kind.lower() != "bearer" or "realm" not in named:
            return ""
        answer = await self._client.get(named.pop("realm"), params=named)
        try:
            content = answer.json()
            return str(content.get("token") or content.get("access_token") or "")
        except (ValueError, AttributeError):
            return ""

    def _unreachable(self, why: str) -> RegistryError:
        remedy = f"check the network and HTTPS_PROXY, or {MIRROR}"
        return RegistryError(f"{self.host} {why}", remedy, reached=False)


@cache
def _authorities() -> ssl.SSLContext:
    """Made once, because that takes longer than a request."""
    return httpx.create_ssl_context()


_REMEDIES = {
    401: "it is not there, or can't be pulled without a login, which nodes do not have; name another image",
    403: "it is not there, or can't be pulled without a login, which nodes do not have; name another image",
    404: "name a tag or a digest that the registry has",
    429: f"its limit is for each address and some hours; wait, or {MIRROR}",
}


def _refusal(host: str, answer: httpx.Response) -> RegistryError:
    try:
        first = answer.json()["errors"][0]
        said = str(first.get("message") or first.get("code"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        said = answer.reason_phrase
    remedy = _REMEDIES.get(answer.status_code, f"try again later, or {MIRROR}")
    return RegistryError(f"{host} answered {answer.status_code} ({said})", remedy)
