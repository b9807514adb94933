"""The demonstration from start to end: nodes up, story played, pages served, nodes down."""

from __future__ import annotations

import hashlib
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.markup import escape
from rich.table import Table

from domain.refusals import Text
from services.demo.client import Client, NodeAway
from services.demo.nodes import NODES, Stores
from services.demo.player import Player, StoryError
from services.demo.processes import Processes, StartError, choose_ports
from services.demo.screen import Screen
from services.demo.story import STORY
from services.node.cli.terminal import ExitCode, Terminal

_START_SECONDS: Final = 60.0
_LOOK_EVERY: Final = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line asks for."""

    kafka: str | None
    postgres: str | None
    keep: Path | None
    serve: bool
    port_base: int


def run_demo(plan: Plan, terminal: Terminal) -> ExitCode:
    """Play the story; whether every figure was as expected.

    However it ends, no node is left running: they hear of the end of this process from the kernel.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        stores = stack.enter_context(_stores(plan, terminal))
        _print_profile(terminal, plan)
        processes = Processes(stores, choose_ports(plan.port_base))
        stack.callback(processes.stop)
        clients = {name: Client(name, processes.url(name)) for name in NODES}
        for client in clients.values():
            stack.callback(client.close)
        try:
            wrong = _play(processes, clients, terminal, stop)
        except (StartError, StoryError, NodeAway) as error:
            terminal.tell(
                f"Không chạy tiếp được: {error}", f"Could not go on: {error}", style="bold red"
            )
            return ExitCode.FAILED
        if wrong is None:
            return ExitCode.INTERRUPTED
        _print_end(terminal, wrong)
        if plan.serve:
            _serve(processes, terminal, plan, stop)
        return ExitCode.INCOMPLETE if wrong else ExitCode.DONE


@contextmanager
def _stores(plan: Plan, terminal: Terminal) -> Iterator[Stores]:
    with ExitStack() as stack:
        folder = plan.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="antq-demo-"))
        )
        # The same folder goes on with its own topics and databases, another one has others.
        run = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:8]
        addresses: Mapping[str, str] | None = None
        if plan.postgres is not None:
            import psycopg  # noqa: PLC0415 - the embedded profile needs none

            from services.demo.databases import databases  # noqa: PLC0415

            try:
                addresses = stack.enter_context(
                    databases(plan.postgres, run, kept=plan.keep is not None)
                )
            except psycopg.Error as error:
                # The address may hold a password; the driver's text names host and port only.
                terminal.fail(
                    f"Không dùng được máy chủ PostgreSQL: {error}",
                    f"The PostgreSQL server cannot be used: {error}",
                )
        yield Stores(folder.absolute(), plan.kafka, addresses, run)


def _print_profile(terminal: Terminal, plan: Plan) -> None:
    """On what the nodes run, so that nobody takes files for a broker."""
    carrier = Text(f"Kafka {plan.kafka}", f"Kafka {plan.kafka}")
    if plan.kafka is None:
        carrier = Text("tệp chuyển tin trên máy này", "a carrier file on this machine")
    store = Text("PostgreSQL", "PostgreSQL")
    if plan.postgres is None:
        store = Text("tệp SQLite", "SQLite files")
    terminal.say(
        f"Khởi động sáu nút: {store.vi}, {carrier.vi}…",
        f"Starting six nodes: {store.en}, {carrier.en}…",
    )


def _play(
    processes: Processes,
    clients: Mapping[str, Client],
    terminal: Terminal,
    stop: threading.Event,
) -> list[str] | None:
    """Figures that were wrong; None if the person stopped it. Raises StartError, StoryError."""
    began = time.monotonic()
    processes.start()
    processes.await_all(lambda name: clients[name].answers() or stop.is_set(), _START_SECONDS)
    _print_addresses(terminal, processes, time.monotonic() - began)
    player = Player(clients, Screen(terminal))
    for step in STORY:
        if stop.is_set():
            return None
        processes.check()
        player.play(step)
    seconds = f"{time.monotonic() - began:.1f}"
    terminal.out.print()
    terminal.say(f"Đã chạy hết trong {seconds.replace('.', ',')} giây.", f"Played in {seconds} s.")
    return player.wrong


def _print_addresses(terminal: Terminal, processes: Processes, seconds: float) -> None:
    table = Table.grid(padding=(0, 2))
    for node in NODES.values():
        table.add_row(
            "", escape(terminal.language.of(node.title)), f"[cyan]{processes.url(node.name)}/[/]"
        )
    shown = f"{seconds:.1f}"
    terminal.say(
        f"Sáu nút đã chạy sau {shown.replace('.', ',')} giây; trang của từng nút:",
        f"Six nodes serve after {shown} s; their pages:",
    )
    terminal.out.print(table)


def _print_end(terminal: Terminal, wrong: list[str]) -> None:
    if not wrong:
        terminal.say(
            "Mọi số liệu ở mọi cấp đúng như kịch bản. ✓",
            "Every figure at every level is as the story says. ✓",
            style="bold green",
        )
        return
    terminal.say(
        f"{len(wrong)} số liệu không đúng:",
        f"{len(wrong)} figures are not right:",
        style="bold red",
    )
    for line in wrong:
        terminal.say(f"  ✗ {line}", f"  ✗ {line}", style="red")


def _serve(processes: Processes, terminal: Terminal, plan: Plan, stop: threading.Event) -> None:
    """Keep the pages up until the person has seen enough. Raises StartError."""
    _print_addresses_again(terminal, processes)
    if plan.keep is not None:
        terminal.say(f"Dữ liệu giữ ở {plan.keep}.", f"The data stay in {plan.keep}.")
    while not stop.wait(_LOOK_EVERY):
        try:
            processes.check()
        except StartError as error:
            terminal.tell(f"Một nút đã dừng: {error}", f"A node has ended: {error}", style="red")
            return


def _print_addresses_again(terminal: Terminal, processes: Processes) -> None:
    terminal.say(
        "Các trang vẫn mở; Ctrl-C để dừng:", "The pages stay open; Ctrl-C ends them:", style="bold"
    )
    for node in NODES.values():
        title = terminal.language.of(node.title)
        terminal.out.print(f"  {escape(title)}: [cyan]{processes.url(node.name)}/[/]")
