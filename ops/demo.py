"""`make demo`: the demonstration of the article, on any stack."""

import asyncio
from collections.abc import Mapping
from typing import Any

import click

from ops.article import Demonstration, say, step
from ops.stack import OperatorError, Stack, complain
from ops.stage import Scene, Stage, connected, definition_of


async def demonstrate(scene: Scene, definition: Mapping[str, Any], *, keep: bool) -> None:
    """All of it; raises OperatorError with the step that failed. The app goes at the end unless it is to stay."""
    async with connected(scene, definition["id"].strip("/")) as stage:
        say(f"Marathon is at {stage.app.marathon.base_url} while this runs, Consul at {stage.app.consul.base_url}")
        async with step("what an earlier demonstration left is removed", stage.hops):
            say("removed" if await stage.app.remove() else "there was nothing")
        try:
            await Demonstration(stage).play(definition)
        except BaseException:
            await _end(stage, keep=keep, must=False)
            raise
        await _end(stage, keep=keep, must=True)


async def _end(stage: Stage, *, keep: bool, must: bool) -> None:
    """Leave the app or take it away; `must`: that it can't be taken away is the demonstration's failure."""
    if keep:
        print(f"\n{stage.app.name} stays; DELETE /v2/apps/{stage.app.name} at Marathon removes it")
        return
    try:
        async with step("the app is removed", stage.hops):
            await stage.app.remove()
            say("gone")
    except OperatorError as error:
        if must:
            raise
        say(str(error))


@click.command()
@click.argument("stack")
@click.option("--image", default="", help="The image of the app, in place of the one in its definition.")
@click.option("--keep", is_flag=True, help="Leave the app running at the end.")
def main(stack: str, image: str, keep: bool) -> None:
    """Run the article's demonstration on the stack STACK; status 1 when a step does not come out."""
    chosen = Stack(stack)
    try:
        asyncio.run(demonstrate(Scene.of(chosen), definition_of(chosen, image), keep=keep))
    except OperatorError as error:
        print()
        complain(error)
    print("\nAll of it came out as the article has it.")


if __name__ == "__main__":
    main()
