"""The images that the sandbox's registry offers."""

from collections.abc import Mapping

import yaml

from sandbox.home import PROJECT, Home
from sandbox.images.layers import layers
from sandbox.images.oci import Image, Layer
from sandbox.standins.package import executable as standin
from sandbox.weaver.package import executable

# Stand-in -> the image that it replaces, and the path of the program in that image.
STANDINS = {
    "marathon": ("mesosphere/marathon", "marathon/bin/start"),
    "registrator": ("gliderlabs/registrator", "usr/bin/registrator"),
    "scope": ("weaveworks/scope", "home/weave/scope"),
}
# Where the programs of one image are in it; it has no entrypoint, as the image that it replaces.
MESOS = {"mesos-master": "usr/sbin/mesos-master", "mesos-agent": "usr/sbin/mesos-agent"}
JAVA = "/usr/lib/jvm/java-17-openjdk-amd64"
DEMO = PROJECT / "examples" / "nodejs-rest-api"


def wanted(home: Home) -> bool:
    """Whether the sandbox's stack has services. One without needs only the router's image."""
    config = (yaml.safe_load(home.stack_config.read_text()) or {}).get("config") or {}
    return config.get("apollo:services") != []


def images(home: Home) -> list[Image]:
    """Every image that the stack can use, the router's first. Raises BuildError if a layer is not built."""
    router = Image(
        name="weave",
        tag="2.9.0",
        files={"home/weave/weaver": executable("weaver"), "usr/bin/weaveutil": executable("weaveutil")},
        entrypoint=["/home/weave/weaver"],
    )
    return [router, *_services(layers(home))] if wanted(home) else [router]


def _services(built: Mapping[str, Layer]) -> list[Image]:
    return [
        *_real(built),
        *(
            Image(
                name=name,
                tag="standin",
                layers=[built["bottom"], built["python"]],
                files={path: standin(program)},
                entrypoint=[f"/{path}"],
            )
            for program, (name, path) in STANDINS.items()
        ),
        Image(
            name="mesosphere/mesos",
            tag="standin",
            layers=[built["bottom"], built["python"]],
            files={path: standin(program) for program, path in MESOS.items()},
            entrypoint=[],
        ),
        Image(
            name="apollo/nodejs-rest-api",
            tag="1",
            layers=[built["bottom"], built["nodejs"]],
            files={"app/server.js": (DEMO / "server.js").read_bytes()},
            entrypoint=["node", "server.js"],
            folder="/app",
            ports=[8080],
        ),
    ]


def _real(built: Mapping[str, Layer]) -> list[Image]:
    """The real programs, laid out as in their official images."""
    bottom = built["bottom"]
    return [
        Image(
            name="hashicorp/consul",
            tag="1.22.7",
            layers=[bottom, built["consul"]],
            entrypoint=["docker-entrypoint.sh"],
            command=["agent", "-dev"],
        ),
        Image(
            name="hashicorp/consul-template",
            tag="0.41.1",
            layers=[bottom, built["consul-template"]],
            entrypoint=["/bin/consul-template"],
        ),
        Image(
            name="haproxy",
            tag="2.6",
            layers=[bottom, built["haproxy"]],
            entrypoint=[],
            command=["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"],
        ),
        Image(
            name="zookeeper",
            tag="3.8",
            layers=[bottom, built["zookeeper"]],
            entrypoint=["/docker-entrypoint.sh"],
            command=["zkServer.sh", "start-foreground"],
            environment={"JAVA_HOME": JAVA},
        ),
        Image(
            name="python",
            tag="3.11",
            layers=[bottom, built["python"]],
            entrypoint=[],
            command=["python3"],
        ),
    ]
