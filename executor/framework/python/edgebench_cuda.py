"""NVIDIA's devices, as its driver tells of them without any framework. What a framework
offers is another matter: it may be built for the processor alone."""
import ctypes
import os

DRIVER = "nvcuda.dll" if os.name == "nt" else "libcuda.so.1"


class Missing(Exception):
    """Why there is no device, in words for the user."""


def name():
    """What the first device is called."""
    try:
        driver = ctypes.CDLL(DRIVER)
    except OSError:
        raise Missing("NVIDIA's driver (%s) is not installed: it needs an NVIDIA GPU, and nvidia-smi has to list it" % DRIVER)
    _check(driver.cuInit(0))
    count = ctypes.c_int()
    _check(driver.cuDeviceGetCount(ctypes.byref(count)))
    if count.value == 0:
        raise Missing("NVIDIA's driver sees no device: look at nvidia-smi, and at CUDA_VISIBLE_DEVICES")
    text = ctypes.create_string_buffer(256)
    _check(driver.cuDeviceGetName(text, len(text), 0))
    return text.value.decode(errors="replace")


def _check(code):
    if code != 0:
        raise Missing("NVIDIA's driver answers with the error %d of CUresult: look at nvidia-smi, and at CUDA_VISIBLE_DEVICES" % code)


def seen(lacks=""):
    """What hello says of CUDA devices beside others: lists for devices, and names or reasons
    by kind. A reason that the framework lacks them goes first."""
    try:
        if lacks:
            raise Missing(lacks)
        return ["cuda"], {"cuda": name()}, {}
    except Missing as e:
        return [], {}, {"cuda": str(e)}
