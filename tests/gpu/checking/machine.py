# SPDX-License-Identifier: Apache-2.0
"""Says what machine this is, and writes it down: machine.py OUT.json

Raises the loopback where it is down and this may: ranks of one host find each other over it. Every question may stay
without an answer; nothing fails for that.
"""

import ctypes
import fcntl
import json
import os
import pathlib
import platform
import re
import socket
import struct
import subprocess
import sys

ASKED = (
    "name",
    "driver_version",
    "memory.total",
    "clocks.max.sm",
    "clocks.max.mem",
    "power.limit",
    "persistence_mode",
    "ecc.mode.current",
    "mig.mode.current",
    "compute_mode",
    "pci.bus_id",
)
ATTRIBUTES = {
    "SM clock, kHz": 13,
    "multiprocessors": 16,
    "pageable memory access": 88,
    "concurrent managed access": 89,
    "memory pools": 115,
}
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            answer = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
            flags = struct.unpack("16sh14x", answer)[1]
            if flags & IFF_UP:
                return "up"
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
            return "was down, is up now"
        except OSError as error:
            return f"cannot be raised: {error.strerror}"


def said(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=15, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"({command[0]}: {error})"
    return done.stdout.strip() if done.returncode == 0 else f"({command[0]} ended with {done.returncode})"


def card():
    """The first GPU, from nvidia-smi; a field that this driver does not know leaves all of them unknown."""
    text = said("nvidia-smi", f"--query-gpu={','.join(ASKED)}", "--format=csv,noheader")
    values = [value.strip() for value in text.splitlines()[0].split(",")] if text else []
    return dict(zip(ASKED, values)) if len(values) == len(ASKED) else {"nvidia-smi": text}


def attributes():
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        return {"driver": f"none ({error})"}
    if code := cuda.cuInit(0):
        return {"driver": f"cuInit gives {code}"}
    found, value = {}, ctypes.c_int()
    cuda.cuDriverGetVersion(ctypes.byref(value))
    found["driver serves CUDA"] = f"{value.value // 1000}.{value.value % 1000 // 10}"
    cuda.cuDeviceGetCount(ctypes.byref(value))
    found["devices"] = value.value
    for name, number in ATTRIBUTES.items():
        code = cuda.cuDeviceGetAttribute(ctypes.byref(value), number, 0)
        found[name] = value.value if code == 0 else f"error {code}"
    return found


def system():
    release = pathlib.Path("/etc/os-release")
    name = re.search(r'PRETTY_NAME="?([^"\n]*)', release.read_text()) if release.exists() else None
    text = said("lscpu")
    model = re.search(r"Model name: *(.*)", text)
    return {
        "system": name.group(1) if name else platform.platform(),
        "kernel": platform.release(),
        "glibc": " ".join(platform.libc_ver()),
        "processor": model.group(1).strip() if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "nvcc": said("nvcc", "--version").splitlines()[-1:],
    }


def pytorch():
    try:
        import torch
    except Exception as error:  # noqa: BLE001  # a library that it lacks, or whatever
        return {"torch": f"({type(error).__name__}: {error})"}
    found = {"torch": torch.__version__, "torch's CUDA": torch.version.cuda, "torch at": torch.__file__}
    try:
        found["torch's NCCL"] = ".".join(map(str, torch.cuda.nccl.version()))
    except Exception as error:  # noqa: BLE001  # built without
        found["torch's NCCL"] = f"({error})"
    return found


def main(out):
    about = {"loopback": loopback()} | {"card": card()} | {"attributes": attributes()} | system()
    write(out, about)
    write(out, about | pytorch())


def write(out, about):
    pathlib.Path(out).write_text(json.dumps(about, indent=1) + "\n")
    print(json.dumps(about, indent=1), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
