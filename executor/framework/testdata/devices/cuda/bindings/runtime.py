"""Stands in for CUDA's runtime. The device's memory is this process's own, and what is queued
there happens when it is waited for."""
import ctypes
import enum

from device_log import record

_memory = {}
queue = []  # what the device has still to do


class cudaError_t(enum.IntEnum):
    cudaSuccess = 0
    cudaErrorInvalidValue = 1


class cudaMemcpyKind(enum.IntEnum):
    cudaMemcpyHostToDevice = 1
    cudaMemcpyDeviceToHost = 2


class cudaStream_t(int):
    pass


def cudaMalloc(size):
    buffer = ctypes.create_string_buffer(size)
    _memory[ctypes.addressof(buffer)] = buffer
    record("allocate", size)
    return cudaError_t.cudaSuccess, ctypes.addressof(buffer)


def cudaMemcpy(dst, src, count, kind):
    on_device = dst if kind == cudaMemcpyKind.cudaMemcpyHostToDevice else src
    if on_device not in _memory or count > len(_memory[on_device]):
        return (cudaError_t.cudaErrorInvalidValue,)
    ctypes.memmove(dst, src, count)
    record("copy to device" if on_device == dst else "copy from device", count)
    return (cudaError_t.cudaSuccess,)


def cudaStreamCreate():
    return cudaError_t.cudaSuccess, cudaStream_t(7)


def cudaStreamSynchronize(stream):
    assert stream == 7
    record("wait")
    while queue:
        queue.pop(0)()
    return (cudaError_t.cudaSuccess,)
