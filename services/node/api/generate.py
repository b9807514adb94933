"""Write the OpenAPI document, or check that the one committed is what the code gives.

python -m services.node.api.generate            write contracts/openapi.json
python -m services.node.api.generate --check    fail, with the differences, if it drifted
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from contracts.generate import HERE, arguments, pretty, run
from services.node.api.app import describe


def openapi_file() -> dict[str, bytes]:
    """The OpenAPI document, by its path below contracts/."""
    return {"openapi.json": pretty(describe().openapi())}


def main(given: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    asked = arguments("The OpenAPI document", given)
    return run(openapi_file(), HERE, check=asked.check)


if __name__ == "__main__":
    sys.exit(main())
