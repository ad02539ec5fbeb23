"""Where one project folder's sandbox keeps its things, and what it calls them."""

import contextlib
import hashlib
import json
import os
import pwd
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
STACK_CONFIG = "Pulumi.sandbox.yaml"
DEFAULTS = PROJECT / "sandbox/stack.yaml"
REGION = "us-east-1"
UNCHECKED = "sandbox"  # signatures are not verified, so the secret half of the access key may be anything
FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "PULUMI_CONFIG_PASSPHRASE")
"""Variables that take precedence over those that lead to the sandbox."""


def invoking_user() -> pwd.struct_passwd:
    """The user who typed the command, also when it runs under sudo."""
    uid = int(os.environ.get("SUDO_UID", os.getuid())) if os.getuid() == 0 else os.getuid()
    return pwd.getpwuid(uid)


def _write_once(path: Path, content: str, owner: pwd.struct_passwd) -> None:
    """A file for `owner` alone, complete from the first moment; a file that exists stays as it is."""
    handle, half = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(content)
    os.chown(half, owner.pw_uid, owner.pw_gid)
    with contextlib.suppress(FileExistsError):
        os.link(half, path)
    Path(half).unlink()


@dataclass(frozen=True)
class Home:
    """Every path and name of the sandbox that belongs to the project folder `root`.

    The environment variable APOLLO_SANDBOX (an absolute folder) moves `dir` elsewhere, and with it the id:
    so two clones, or a test beside a user's cluster, run side by side.
    """

    root: Path = PROJECT

    @property
    def dir(self) -> Path:
        elsewhere = os.environ.get("APOLLO_SANDBOX")
        return Path(elsewhere) if elsewhere else self.root / ".sandbox"

    @property
    def id(self) -> str:
        """4 hex digits, made from the path of `dir`."""
        return hashlib.sha256(str(self.dir).encode()).hexdigest()[:4]

    @property
    def name(self) -> str:
        """Prefix of every namespace; also the network interface on this machine (11 characters)."""
        return f"apollo-{self.id}"

    def netns(self, host: str) -> str:
        """The network namespace of one host."""
        return f"{self.name}-{host}"

    @property
    def cache(self) -> Path:
        """Base images and downloads, shared by all clones of one user."""
        folder = os.environ.get("XDG_CACHE_HOME")
        return (Path(folder) if folder else Path(invoking_user().pw_dir, ".cache")) / "apollo"

    def make_cache(self) -> None:
        """Make the cache's folder, owned by the invoking user also where root makes it."""
        user = invoking_user()
        for folder in (*reversed(self.cache.parents), self.cache):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                os.chown(folder, user.pw_uid, user.pw_gid)

    @property
    def stack_config(self) -> Path:
        """The config of the sandbox stack; the defaults as long as the user has none."""
        own = self.root / STACK_CONFIG
        return own if own.exists() else DEFAULTS

    @property
    def state(self) -> Path:
        """Folder of Pulumi's file backend."""
        return self.dir / "state"

    @property
    def passphrase(self) -> Path:
        """File that holds the passphrase of the stack's secrets."""
        return self.dir / "passphrase"

    @property
    def key(self) -> Path:
        """File that holds the access key id that the EC2 API here requires: without it, any user of this machine
        could order a host from a daemon that runs as root.
        """
        return self.dir / "key"

    @property
    def certificate(self) -> Path:
        """The certificate that was made last, for clients that are to trust it."""
        return self.dir / "certificate.pem"

    @property
    def cloud_json(self) -> Path:
        """Written by the running daemon: endpoint, pid; absent when none runs."""
        return self.dir / "cloud.json"

    @property
    def cloud_lock(self) -> Path:
        """Held by the daemon for as long as it lives."""
        return self.dir / "cloud.lock"

    @property
    def hosts(self) -> Path:
        """One folder for each host, all of it root's."""
        return self.dir / "hosts"

    @property
    def registry(self) -> Path:
        """Storage of the docker registry."""
        return self.dir / "registry"

    @property
    def images(self) -> Path:
        """What the registry offers, a line for each image with its digest."""
        return self.dir / "images.txt"

    @property
    def registry_config(self) -> Path:
        return self.dir / "registry.yml"

    @property
    def log(self) -> Path:
        """Folder of logs: cloud.log of the daemon, <host>.log of each console."""
        return self.dir / "log"

    @property
    def port(self) -> int:
        """The daemon's port, unless another program has it: the same each time, so that exports stay right."""
        return 21000 + int(self.id, 16) % 8000

    def cloud(self) -> dict[str, Any] | None:
        """The content of cloud.json, None where there is none (or half of one)."""
        try:
            announced: dict[str, Any] = json.loads(self.cloud_json.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return announced

    def endpoint(self) -> str:
        """URL of the EC2 API; where no daemon runs, the one that it would have."""
        return str((self.cloud() or {}).get("endpoint", f"http://127.0.0.1:{self.port}"))

    def prepare(self) -> None:
        """Make the folders, the passphrase, the key and the stack's config, owned by the invoking user."""
        user = invoking_user()
        for folder in (self.dir, self.state, self.log):
            if not folder.is_dir():
                folder.mkdir(parents=True)
                os.chown(folder, user.pw_uid, user.pw_gid)
        for secret, content in (
            (self.passphrase, secrets.token_urlsafe(24)),
            (self.key, f"SANDBOX{secrets.token_hex(12).upper()}"),
            (self.root / STACK_CONFIG, DEFAULTS.read_text()),
        ):
            if not secret.exists():
                _write_once(secret, content, user)

    def environ(self) -> dict[str, str]:
        """What a client of AWS, and the Pulumi CLI, need in their environment to reach this sandbox."""
        self.prepare()
        return {
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AWS_ENDPOINT_URL": self.endpoint(),
            "AWS_ACCESS_KEY_ID": self.key.read_text(),
            "AWS_SECRET_ACCESS_KEY": UNCHECKED,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
