"""One health check of a target, and what several of them in a row make of its state."""

import asyncio
import ssl

import httpx

from sandbox.balancing.spec import HealthCheck, State, Target

_HEADERS = {"User-Agent": "ELB-HealthChecker/2.0"}
_UNVERIFIED = ssl.create_default_context()
_UNVERIFIED.check_hostname, _UNVERIFIED.verify_mode = False, ssl.CERT_NONE


async def failure(target: Target, check: HealthCheck) -> str:
    """What is wrong with the target, as AWS would describe it; empty where the check passes."""
    port = check.port or target.port
    try:
        async with asyncio.timeout(check.timeout):
            if check.protocol == "TCP":
                _, writer = await asyncio.open_connection(str(target.address), port)
                writer.close()
                return ""
            url = f"{check.protocol.lower()}://{target.address}:{port}{check.path}"
            async with httpx.AsyncClient(trust_env=False, verify=_UNVERIFIED, timeout=check.timeout) as client:
                code = (await client.get(url, headers=_HEADERS)).status_code
    except (TimeoutError, httpx.TimeoutException):
        return f"Health checks failed: no answer in {check.timeout:g} s"
    except (httpx.HTTPError, OSError) as problem:
        return f"Health checks failed: {problem or type(problem).__name__}"
    return "" if accepted(code, check.codes) else f"Health checks failed with these codes: [{code}]"


def accepted(code: int, codes: str) -> bool:
    """Whether `codes`, such as 200,301-399, contain the code of an answer."""
    ranges = (part.partition("-") for part in codes.split(","))
    return any(int(first) <= code <= int(last or first) for first, _, last in ranges)


class Verdict:
    """The state of a target by its checks so far: it changes after as many in a row as the settings say."""

    def __init__(self) -> None:
        self.state: State = "initial"
        self.description = ""
        self._passed = self._failed = 0

    def add(self, failed: str, check: HealthCheck) -> bool:
        """Take the result of one more check; returns whether the state or its description is another."""
        before = self.state, self.description
        self._passed, self._failed = (0, self._failed + 1) if failed else (self._passed + 1, 0)
        if self._passed >= check.healthy:
            self.state, self.description = "healthy", ""
        elif self._failed >= check.unhealthy:
            self.state, self.description = "unhealthy", failed
        return before != (self.state, self.description)
