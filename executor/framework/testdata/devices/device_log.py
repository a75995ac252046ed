"""What the fakes of this folder record, a line an event, in the order in which it happens."""
import os

_file = open(os.environ["EDGEBENCH_DEVICE_LOG"], "a", encoding="utf-8")


def record(*event):
    _file.write(" ".join(str(part) for part in event) + "\n")
    _file.flush()
