"""The images that the sandbox's registry offers."""

from collections.abc import Collection, Mapping
from pathlib import Path

from sandbox.home import PROJECT, Home
from sandbox.images.layers import layers
from sandbox.images.oci import Image, Layer
from sandbox.images.recipe import recipes
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
JAVA = "/usr/lib/jvm/java-21-openjdk-amd64"
DEMO = PROJECT / "examples" / "nodejs-rest-api"


def images(home: Home) -> list[Image]:
    """Every image that is built here and whose layers are in the cache, the router's first."""
    built = layers(home)
    return [image for image in _every(built) if all(layer in built.values() for layer in image.layers)]


def names() -> set[str]:
    """The names of all images that are built here, with their tags."""
    return {f"{image.name}:{image.tag}" for image in _every({})}


def recipes_of(wanted: Collection[str]) -> set[str]:
    """The names of the recipes of which the images `wanted` are made, by name with tag and perhaps digest.

    There are none for an image that is not built here.
    """
    tagged = {image.partition("@")[0] for image in wanted}
    return {layer.digest for image in _every({}) if f"{image.name}:{image.tag}" in tagged for layer in image.layers}


def _every(built: Mapping[str, Layer]) -> list[Image]:
    """In place of a layer that is not `built`, one that has the recipe's name as its digest."""
    there = {one.name: built.get(one.name, Layer(file=Path(), digest=one.name, size=0)) for one in recipes()}
    router = Image(
        name="weave",
        tag="2.9.0",
        files={"home/weave/weaver": executable("weaver"), "usr/bin/weaveutil": executable("weaveutil")},
        entrypoint=["/home/weave/weaver"],
    )
    return [router, *_services(there)]


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
            tag="1.22.7-built",
            layers=[bottom, built["consul"]],
            entrypoint=["docker-entrypoint.sh"],
            command=["agent", "-dev"],
        ),
        Image(
            name="hashicorp/consul-template",
            tag="0.41.1-built",
            layers=[bottom, built["consul-template"]],
            entrypoint=["/bin/consul-template"],
        ),
        Image(
            name="haproxy",
            tag="3.0",
            layers=[bottom, built["haproxy"]],
            entrypoint=[],
            command=["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"],
        ),
        Image(
            name="zookeeper",
            tag="3.9",
            layers=[bottom, built["zookeeper"]],
            entrypoint=["/docker-entrypoint.sh"],
            command=["zkServer.sh", "start-foreground"],
            environment={"JAVA_HOME": JAVA},
        ),
        Image(
            name="python",
            tag="3.13",
            layers=[bottom, built["python"]],
            entrypoint=[],
            command=["python3"],
        ),
    ]
