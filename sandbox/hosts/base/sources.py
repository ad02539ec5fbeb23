"""Which of this machine's apt sources hold the distribution that the hosts run."""

import subprocess

SUITE = "bookworm"
FIELDS = "$(ORIGIN)|$(RELEASE)|$(REPO_URI)|$(COMPONENT)"


def machine_sources() -> list[str]:
    """`deb` lines for mmdebstrap, out of this machine's own sources, mirrors included.

    Empty where the machine runs something else (Ubuntu, a later Debian): mmdebstrap then takes Debian's own.
    """
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", FIELDS, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    return deb_lines(listed.stdout)


def deb_lines(targets: str) -> list[str]:
    """Of `apt-get indextargets` in the format FIELDS, Debian's own of the suite, its updates and its security.

    Third-party sources on the machine have an origin of their own, and stay out; so do suites like backports.
    """
    lines = []
    for target in targets.splitlines():
        origin, release, uri, component = target.split("|")
        if origin == "Debian" and release in (SUITE, f"{SUITE}-updates", f"{SUITE}-security"):
            lines.append(f"deb {uri} {release} {component}")
    main = [line for line in dict.fromkeys(lines) if line.endswith(" main")]
    return main if any(f" {SUITE} " in line for line in main) else []
