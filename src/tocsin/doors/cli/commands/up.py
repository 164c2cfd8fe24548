"""`up`, and the two processes it keeps running: `serve` and `work`. Either may be killed alone and comes back."""

from __future__ import annotations

import fcntl
import http.client
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tocsin import wiring
from tocsin.config.catalogue import dump_commented, load
from tocsin.domain.catalogue import Catalogue
from tocsin.doors.cli.answers import answer_rows, print_json
from tocsin.doors.cli.commands.init import NAME, write_config
from tocsin.doors.cli.context import Connection, read_context, write_context
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.http.server import create_server, serve as serve_http
from tocsin.doors.supervise import GaveUpError, Program, Supervisor, end_with_parent
from tocsin.doors.worker import Worker
from tocsin.flows.access import DeniedError, by_token, login_link, make_token
from tocsin.flows.configure import apply
from tocsin.settings import Settings

app = typer.Typer()
