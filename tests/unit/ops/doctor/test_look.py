"""A look at nodes over SSH, of which one does not answer."""

from infra.services import registry
from ops.doctor.look import look
from ops.doctor.program import Program
from tests.unit.ops.conftest import Nodes
from tests.unit.plans import plan


async def test_a_node_that_does_not_answer_is_named_and_the_others_are_compared(nodes: Nodes) -> None:
    whole = plan(masterCount=1, slaveCount=2, services=[])
    program = Program(
        init=whole.settings.system.init,
        nodes={node.name: node for node in whole.nodes},
        steps=registry.steps(whole, registry.chosen(whole.settings)),
    )
    connections = nodes.connections("slave-1")
    try:
        findings = await look(connections, program, list(program.nodes))
    finally:
        connections.close()
    assert [found.node for found in findings] == ["master-1", "slave-1", "slave-2"]
    assert [found.failure.partition(":")[0] for found in findings] == ["", "no SSH connection to 127.0.0.9", ""]
    # These servers have none of what the steps make.
    assert all(found.differences for found in findings if not found.failure)
