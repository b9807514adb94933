"""The command line of a node: `antq serve`, `push`, `status`, `rebuild`, `replay`, `units`,
`version`.

run   runs one command; `services.app` calls it with the four levels' specs
"""

from services.node.cli.program import run

__all__ = ["run"]
