# SPDX-License-Identifier: Apache-2.0
"""Writes small ONNX models, in protocol buffers' wire format, with the standard library alone."""
import struct

TYPES = {"f": 1, "B": 2, "b": 3, "i": 6, "q": 7}  # by struct's letter: FLOAT UINT8 INT8 INT32 INT64


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """One field: int, float, str, bytes (a message), or several."""
    if isinstance(value, (list, tuple)):
        return b"".join(field(number, each) for each in value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name, kind, dims, values):
    data = struct.pack(f"<{len(values)}{kind}", *values)
    return field(1, list(dims)) + field(2, TYPES[kind]) + field(8, name) + field(9, data)


def attribute(name, value):
    first = value[0] if isinstance(value, list) else value
    number, kind = {int: (3, 2), float: (2, 1), str: (4, 3), bytes: (5, 4)}[type(first)]
    if isinstance(value, list):
        number, kind = {int: (8, 7), float: (7, 6)}[type(first)]
    return field(1, name) + field(number, value) + field(20, kind)


class Model:
    """The input is "x", N x dims; the output what the last node makes. As some exporters do, it names
    operator sets that it does not use."""

    def __init__(self, *dims, opset=13, batch="N", ir_version=8):
        self.dims, self.opset, self.batch, self.ir_version = dims, opset, batch, ir_version
        self.nodes, self.tensors, self.last = [], [], ""

    def constant(self, name, kind, dims, values):
        self.tensors.append(tensor(name, kind, dims, values))
        return name

    def node(self, kind, inputs, output, **attributes):
        """Named after its output, which is returned."""
        self.nodes.append(
            field(1, list(inputs)) + field(2, output) + field(3, output) + field(4, kind)
            + b"".join(field(5, attribute(name, value)) for name, value in attributes.items())
        )
        self.last = output
        return output

    def bytes(self):
        def info(name, dims):
            shape = b"".join(
                field(1, field(1, dim) if isinstance(dim, int) else field(2, dim)) for dim in dims
            )
            return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))

        graph = field(1, self.nodes) + field(2, "test") + field(5, self.tensors)
        graph += field(11, info("x", [self.batch, *self.dims]))
        graph += field(12, info(self.last, [self.batch, "classes"]))
        sets = [field(1, domain) + field(2, version)
                for domain, version in (("", self.opset), ("com.microsoft", 1), ("ai.onnx.ml", 3))]
        return field(1, self.ir_version) + field(7, graph) + field(8, sets)
