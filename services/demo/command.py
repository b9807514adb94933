"""`antq demo`."""
import typer
def register(program: typer.Typer) -> None:
    pass
