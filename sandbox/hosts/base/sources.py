"""Which apt sources hold the Debian release that a host runs."""

import subprocess

FIELDS = "$(ORIGIN)|$(RELEASE)|$(REPO_URI)|$(COMPONENT)"
RELEASES = ("bookworm", "trixie")


def machine_sources(suite: str) -> list[str]:
    """`deb` lines of the release `suite` for mmdebstrap, from this machine's own sources, mirrors included.

    Empty where the machine has no source of Debian's (Ubuntu): mmdebstrap then takes Debian's own.
    """
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", FIELDS, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    return deb_lines(listed.stdout, suite)


def deb_lines(targets: str, suite: str) -> list[str]:
    """Of `apt-get indextargets` in the format FIELDS, Debian's own sources of `suite`, its updates and its security.

    Where there is no source of `suite`, another of RELEASES takes its place: a mirror that has one has all.
    Third-party sources on the machine have an origin of their own and are left out, as are suites like backports.
    """
    rows = [target.split("|") for target in targets.splitlines()]
    for release in (suite, *RELEASES):
        suites = (release, f"{release}-updates", f"{release}-security")
        lines = [
            f"deb {uri} {name.replace(release, suite)} main"
            for origin, name, uri, component in rows
            if (origin, component) == ("Debian", "main") and name in suites
        ]
        if any(line.endswith(f" {suite} main") for line in lines):
            return list(dict.fromkeys(lines))
    return []
