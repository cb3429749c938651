"""Files of fitted estimators: a name, a header of plain values, and the bytes of the frozen step."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from karat._errors import FormatError, ModelIOError


def write(path: str | os.PathLike[str], magic: bytes, head: dict[str, Any], body: bytes) -> None:
    """Write a file whole, or not at all."""
    text = json.dumps(head, sort_keys=True).encode()
    whole = magic + len(text).to_bytes(8, "little") + text + body
    path = Path(path)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(whole)
        part.replace(path)
    except OSError as error:
        raise ModelIOError(f"{path}: cannot write: {error.strerror}") from None


def read(path: str | os.PathLike[str], magic: bytes, what: str) -> tuple[dict[str, Any], bytes]:
    """Return the header and the bytes of the step; `what` says in errors what the file should be."""
    try:
        body = Path(path).read_bytes()
    except OSError as error:
        raise ModelIOError(f"{path}: cannot read: {error.strerror}") from None
    start = len(magic) + 8
    length = int.from_bytes(body[len(magic) : start], "little")
    if body[: len(magic)] != magic or length > len(body):
        raise FormatError(f"{path}: not {what} that was saved by karat")
    try:
        head = json.loads(body[start : start + length])
    except ValueError:
        raise FormatError(f"{path}: the header is damaged") from None
    if not isinstance(head, dict):
        raise FormatError(f"{path}: the header is damaged")
    return head, body[start + length :]
