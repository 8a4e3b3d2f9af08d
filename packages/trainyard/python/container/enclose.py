"""Gives a command the places of a container, in Linux namespaces of its own, and becomes it: no Docker, no root.

    python enclose.py --folder DIR --at /opt/ml[/…] [--network FILE] [--names FILE] -- PROGRAM [ARGUMENT…]

The command finds DIR at that path and works there; what else the machine has in /opt/ml it does not see, nor does the
machine see its mounts. With `--network` it has loopback and no other network; commands with the same FILE share it, as
the instances of an isolated training job reach each other. With `--names` that file is its /etc/hosts. Exit code 126:
the machine allows no namespaces; 127: there is no such program. See namespaces(7), user_namespaces(7), mount(2).
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
from typing import Any

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWNET = 0x4000_0000
MS_BIND, MS_REC, MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18
SIOCSIFFLAGS = 0x8914
IFF_UP = 1

PARENT = "/opt"
HIDDEN = "ml"
"""In PARENT. It may not exist, and only root could make it: an empty PARENT with the rest bound into it stands in."""

NOT_ALLOWED, NOT_FOUND = 126, 127

UNSTARTED = "the entrypoint could not be started"
"""Known to whoever reads the output: a shell too ends with 127 where it finds no program."""

libc = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--at", required=True)
    parser.add_argument("--network")
    parser.add_argument("--names")
    parser.add_argument("command", nargs="+")
    asked = parser.parse_args()
    try:
        if asked.network:
            enter_network(asked.network)
            call("unshare", CLONE_NEWNS)
        else:
            enter_own(CLONE_NEWNS)
        call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
        if asked.names:
            bind(asked.names, "/etc/hosts")
        show(asked.folder, asked.at)
    except OSError as error:
        print(f"no namespaces: {error}", file=sys.stderr)
        return NOT_ALLOWED
    # Python ignores these, and what is ignored stays so in the program that takes its place.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execvp(asked.command[0], asked.command)
    except OSError as error:
        print(f"{UNSTARTED} ({asked.command[0]}: {error.strerror})", file=sys.stderr)
        return NOT_FOUND


def enter_own(more: int) -> None:
    """A user namespace, in which whoever asks is root, as in a container; with it the others of `more`."""
    user, group = os.getuid(), os.getgid()
    call("unshare", CLONE_NEWUSER | more)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"0 {user} 1")
    write("/proc/self/gid_map", f"0 {group} 1")


def enter_network(path: str) -> None:
    """The network of the first that asked with this path and still runs, else a new one."""
    with open(path, "a+", encoding="ascii") as shared:
        fcntl.flock(shared, fcntl.LOCK_EX)
        shared.seek(0)
        if joined(shared.read()):
            return
        enter_own(CLONE_NEWNET)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
        shared.truncate(0)
        shared.write(str(os.getpid()))


def joined(pid: str) -> bool:
    try:
        namespaces = [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY) for kind in ("user", "net")]
        for namespace in namespaces:
            call("setns", namespace, 0)
    except OSError:
        return False  # it has ended
    return True


def show(folder: str, at: str) -> None:
    """Mounts the folder at a path below /opt/ml and goes there."""
    # Kept open: their names are gone once the new /opt lies over the old one.
    shown, parent = os.open(folder, os.O_PATH), os.open(PARENT, os.O_PATH)
    call("mount", b"tmpfs", PARENT.encode(), b"tmpfs", 0, b"mode=0755")
    for entry in os.scandir(opened(parent)):
        if entry.name != HIDDEN:
            bring(entry, f"{PARENT}/{entry.name}")
    os.makedirs(at)
    bind(opened(shown), at)
    os.chdir(at)


def bring(entry: os.DirEntry[str], path: str) -> None:
    if entry.is_symlink():
        os.symlink(os.readlink(entry.path), path)
        return
    if entry.is_dir():
        os.mkdir(path)
    else:
        os.close(os.open(path, os.O_CREAT))
    bind(entry.path, path)


def bind(source: str, target: str) -> None:
    call("mount", source.encode(), target.encode(), None, MS_BIND | MS_REC, None)


def opened(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def call(name: str, *arguments: Any) -> None:
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(main())
