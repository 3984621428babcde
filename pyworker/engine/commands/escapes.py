"""The ways out of the sandbox that the fault `escape` tries: what a worker taken over by a document would try first.

Each way is harmless where it succeeds: it opens and closes, asks for the present value, or puts back what it changed.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

Way = Callable[[], Any]
"""Returns if it succeeded, and raises an OSError if it was refused."""

_ARM = platform.machine() == "aarch64"
# The numbers of calls that Python has no function for: x86-64, aarch64.
_CALLS = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "fanotify_init": (300, 262),
    "inotify_init1": (294, 26),
    "io_uring_setup": (425, 425),
    "mount": (165, 40),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "process_vm_readv": (310, 270),
    "ptrace": (101, 117),
    "rt_sigqueueinfo": (129, 138),
    "semget": (64, 190),
    "setns": (308, 268),
    "setresuid": (117, 147),
    "shmget": (29, 194),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
_CLONE_CALLS = (56, 220)
_SIGCHLD = 17
_PTRACE_SEIZE = 0x4206
_RDONLY_CUT = os.O_RDONLY | getattr(os, "O_TRUNC", 0)


def run(documents: Sequence[tuple[str, int]] = ()) -> dict[str, Any]:
    """Tries every way; returns how many there are, and the names of those that succeeded.

    `documents` were handed over: the path and the descriptor of each.
    """
    ways = _everywhere()
    if sys.platform != "win32":
        ways |= _on_unix()
    if sys.platform == "linux":
        ways |= _on_linux()
        if documents:
            ways |= _of_documents(documents)
    return {"tried": len(ways), "succeeded": [name for name, way in ways.items() if _succeeds(way)]}


def _succeeds(way: Way) -> bool:
    try:
        way()
    except (OSError, ValueError, AttributeError):
        # The last two: this system has no such thing.
        return False
    return True


def _everywhere() -> dict[str, Way]:
    temporary = Path(tempfile.gettempdir()).anchor
    folders = {
        "write_temporary_folder": Path(
            "/tmp" if sys.platform != "win32" else os.environ.get("TEMP", temporary)  # noqa: S108
        ),
        "write_home": Path(os.path.expanduser("~")),  # noqa: PTH111 - Path.home raises where there is none
        "write_current_folder": Path.cwd(),
    }
    ways: dict[str, Way] = {name: partial(_write_in, folder) for name, folder in folders.items()}
    ways["write_own_code"] = partial(_open_to_write, Path(__file__))
    ways["write_standard_library"] = partial(_open_to_write, Path(os.__file__))
    ways["list_home"] = partial(os.listdir, folders["write_home"])
    ways["tcp_socket"] = partial(_socket, socket.AF_INET, socket.SOCK_STREAM)
    ways["udp_socket"] = partial(_socket, socket.AF_INET, socket.SOCK_DGRAM)
    ways["tcp6_socket"] = partial(_socket, socket.AF_INET6, socket.SOCK_STREAM)
    ways["start_program"] = _start_program
    return ways


def _on_unix() -> dict[str, Way]:
    parent = os.getppid()
    own = tempfile.gettempdir()
    return {
        "read_password_file": partial(_read, "/etc/passwd"),
        "list_top_folder": partial(os.listdir, "/"),
        "write_shared_memory": partial(_write_in, Path("/dev/shm")),  # noqa: S108
        "make_folder": partial(_make_and_remove, os.mkdir, os.rmdir, "/tmp"),  # noqa: S108
        "make_fifo": partial(_make_and_remove, os.mkfifo, os.unlink, own),
        "make_link": partial(_make_and_remove, partial(os.symlink, "/"), os.unlink, own),
        "make_hard_link": partial(_make_and_remove, partial(os.link, __file__), os.unlink, own),
        "cut_by_name": lambda: os.truncate(__file__, Path(__file__).stat().st_size),
        "cut_while_reading": lambda: os.close(os.open("/dev/null", _RDONLY_CUT)),
        "change_rights": lambda: os.chmod(own, os.stat(own).st_mode & 0o777),  # noqa: PTH101, PTH116
        "change_owner": lambda: os.chown(own, os.getuid(), os.getgid()),
        "change_times": lambda: os.utime(own),
        "unix_socket": partial(_socket, socket.AF_UNIX, socket.SOCK_STREAM),
        "unix_datagram_socket": partial(_socket, socket.AF_UNIX, socket.SOCK_DGRAM),
        "socket_pair": _socket_pair,
        "fork": _fork,
        "run_program_in_place": _run_in_place,
        "signal_parent": partial(os.kill, parent, 0),
        "signal_group": partial(os.killpg, 0, 0),
        "signal_everybody": partial(os.kill, -1, 0),
        "change_priority_of_parent": lambda: os.setpriority(
            os.PRIO_PROCESS, parent, os.getpriority(os.PRIO_PROCESS, parent)
        ),
        "lock_file": _lock_file,
        "writable_code": lambda: mmap.mmap(
            -1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_WRITE | mmap.PROT_EXEC
        ).close(),
    }


def _on_linux() -> dict[str, Way]:
    parent = os.getppid()
    own = os.fsencode(tempfile.gettempdir())
    buffer = ctypes.create_string_buffer(4096)
    families = {"netlink": 16, "packet": 17, "bluetooth": 31, "kernel_crypto": 38, "virtual_machine": 40}
    ways: dict[str, Way] = {
        f"{name}_socket": partial(
            _socket, family, socket.SOCK_RAW if family in (16, 17) else socket.SOCK_STREAM
        )
        for name, family in families.items()
    }
    # AF_ALG knows one type only.
    ways["kernel_crypto_socket"] = partial(_socket, families["kernel_crypto"], socket.SOCK_SEQPACKET)
    ways |= {
        "read_kernel_version": partial(_read, "/proc/version"),
        "list_processes": partial(os.listdir, "/proc"),
        "list_network_cards": partial(os.listdir, "/sys/class/net"),
        "read_parent_environment": partial(_read, f"/proc/{parent}/environ"),
        "read_parent_memory": partial(_read, f"/proc/{parent}/mem"),
        "read_parent_maps": partial(_read, f"/proc/{parent}/maps"),
        "read_raw_disk": _read_raw_disk,
        "write_own_process_name": partial(_open_to_write, Path("/proc/self/comm")),
        "extended_attribute": partial(_extended_attribute, own),
        "file_handle": partial(
            _reaches, "name_to_handle_at", -100, b"/", buffer, buffer, 0, reached=(errno.EOVERFLOW,)
        ),
        "new_process": _clone,
        "trace_parent": partial(_call, "ptrace", _PTRACE_SEIZE, parent, 0, 0),
        "parent_memory_by_call": partial(_reaches, "process_vm_readv", parent, 0, 0, 0, 0, 0, reached=()),
        "parent_descriptor": partial(_reaches, "pidfd_getfd", -1, 0, 0, reached=(errno.EBADF,)),
        "watch_parent": lambda: os.close(_call("pidfd_open", parent, 0)),
        "queue_signal_to_parent": partial(
            _reaches, "rt_sigqueueinfo", parent, 0, buffer, reached=(errno.EINVAL,)
        ),
        "limits_of_parent": lambda: __import__("resource").prlimit(parent, 7),
        "processors_of_parent": lambda: os.sched_setaffinity(parent, os.sched_getaffinity(parent)),
        "key_ring": partial(_call, "add_key", b"user", b"tach-escape", b"1", 1, -1),
        "io_ring": lambda: os.close(_call("io_uring_setup", 1, buffer)),
        "kernel_program": partial(_reaches, "bpf", 0, 0, 0, reached=(errno.EINVAL, errno.EFAULT)),
        "performance_counters": partial(
            _reaches, "perf_event_open", 0, 0, -1, -1, 0, reached=(errno.EFAULT, errno.EINVAL)
        ),
        "page_faults": lambda: os.close(_call("userfaultfd", 1)),
        "mount": lambda: (_call("mount", b"none", own, b"tmpfs", 0, 0), _call("umount2", own, 2)),
        "change_root": partial(_call, "chroot", b"/"),
        "new_namespace": partial(_call, "unshare", 0),
        "enter_namespace": partial(_reaches, "setns", -1, 0, reached=(errno.EBADF,)),
        "personality": partial(_call, "personality", 0xFFFFFFFF),
        "change_user": partial(_call, "setresuid", -1, -1, -1),
        "shared_memory_segment": partial(_reaches, "shmget", 0, 0, 0, reached=(errno.EINVAL,)),
        "message_queue": partial(_reaches, "msgget", 0x7AC4, 0, reached=(errno.ENOENT,)),
        "semaphore_set": partial(_reaches, "semget", 0x7AC4, 0, 0, reached=(errno.ENOENT, errno.EINVAL)),
        "posix_message_queue": partial(_reaches, "mq_open", b"tach-escape", 0, 0, 0, reached=(errno.ENOENT,)),
        "watch_files": lambda: os.close(_call("inotify_init1", 0)),
        "watch_mounts": lambda: os.close(_call("fanotify_init", 0, 0)),
        "kernel_log": partial(_call, "syslog", 10, 0, 0),
    }
    return ways


def _of_documents(documents: Sequence[tuple[str, int]]) -> dict[str, Way]:
    """Ways from a document that was handed over to more than reading it."""
    path, descriptor = documents[-1]
    folder = os.path.dirname(path)  # noqa: PTH120
    socket_number = int(os.environ["TACH_DOCUMENT_SOCKET"])
    return {
        "read_document_by_path": partial(_read, path),
        "reopen_document": partial(_read, f"/proc/self/fd/{descriptor}"),
        "list_documents": partial(os.listdir, folder),
        "write_document": lambda: os.pwrite(descriptor, b"", 0),
        "cut_document": lambda: os.ftruncate(descriptor, os.fstat(descriptor).st_size),
        "lock_document": partial(_lock, descriptor),
        "change_rights_of_document": lambda: os.fchmod(descriptor, os.fstat(descriptor).st_mode & 0o777),
        "answer_on_document_socket": lambda: os.write(socket_number, b"{}"),
        "send_on_document_socket": partial(_send_descriptor, socket_number, descriptor),
    }


def _lock(descriptor: int) -> None:
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


def _send_descriptor(socket_number: int, descriptor: int) -> None:
    """What a taken over worker would do to pass a descriptor on: `sendmsg` of its own making."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, fileno=os.dup(socket_number))
    try:
        socket.send_fds(end, [b"{}"], [descriptor])
    finally:
        end.close()


def _call(name: str, *arguments: Any) -> int:
    """The result of a system call. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    words = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = int(libc.syscall(ctypes.c_long(_CALLS[name][_ARM]), *words))
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def _reaches(name: str, *arguments: Any, reached: tuple[int, ...]) -> None:
    """A call with wrong arguments: that the kernel says so, with an error of `reached`, shows that it may be made."""
    try:
        _call(name, *arguments)
    except OSError as error:
        if error.errno not in reached:
            raise


def _read(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123
        file.read(1)


def _open_to_write(path: Path) -> None:
    path.open("r+b").close()


def _write_in(folder: Path) -> None:
    path = folder / f"tach-escape-{os.getpid()}"
    path.write_bytes(b"")
    path.unlink()


def _make_and_remove(make: Callable[[str], Any], remove: Callable[[str], Any], folder: str) -> None:
    path = os.path.join(folder, f"tach-escape-{os.getpid()}")  # noqa: PTH118
    make(path)
    remove(path)


def _socket(family: int, kind: int) -> None:
    socket.socket(family, kind).close()


def _socket_pair() -> None:
    for end in socket.socketpair():
        end.close()


def _extended_attribute(folder: bytes) -> None:
    if sys.platform == "linux":
        os.setxattr(folder, b"user.tach", b"1")
        os.removexattr(folder, b"user.tach")


def _start_program() -> None:
    subprocess.run([sys.executable, "--version"], check=False, capture_output=True)


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _clone() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_long(0)
    child = libc.syscall(ctypes.c_long(_CLONE_CALLS[_ARM]), ctypes.c_long(_SIGCHLD), zero, zero, zero, zero)
    if child == 0:
        os._exit(0)
    if child == -1:
        raise OSError(ctypes.get_errno(), "clone")
    os.waitpid(child, 0)


def _run_in_place() -> None:
    """Replaces this process by a file that is no program: that the kernel says so shows that it looked."""
    descriptor = os.memfd_create("tach-escape")
    try:
        os.write(descriptor, b"no program")
        os.execve(descriptor, ["tach-escape"], {})  # noqa: S606
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    finally:
        os.close(descriptor)


def _lock_file() -> None:
    import fcntl

    with Path(__file__).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)


def _disks() -> Iterator[str]:
    for name in ("sda", "vda", "nvme0n1", "xvda", "mmcblk0", "loop0", "mem", "kmsg"):
        yield f"/dev/{name}"


def _read_raw_disk() -> None:
    for disk in _disks():
        with suppress(OSError):
            _read(disk)
            return
    raise OSError(errno.EACCES, "no disk can be read")
