#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SPARQ in plain Python, written from the paper's definitions and docs/conformance.md alone: a second
opinion on the golden model, and an example of an implementation that `sparq conformance` grades.

usage: naive_sparq.py VECTORS.json ANSWERS.json"""
import json
import sys
from fractions import Fraction


def shift_of(x, n, placements):
    """The smallest placement whose window of n bits still holds the leading one of x."""
    return min(s for s in placements if x < 2 ** (n + s))


def window(x, n, placements, rounding):
    """(digit, shift) of one activation."""
    s = shift_of(x, n, placements)
    exact = Fraction(x, 2**s)
    q = min(round(exact), 2**n - 1) if rounding == "nearest" else int(exact)
    return q, s


def lanes_of_pair(x0, x1, f):
    """((digit, shift) of lane 0, of lane 1, select): what the two multipliers of a pair are given."""
    a, n, placements = f["activation_bits"], f["window_bits"], f["placements"]
    if not f["vsparq"] or (x0 and x1) or not (x0 or x1):
        return window(x0, n, placements, f["rounding"]), window(x1, n, placements, f["rounding"]), 0
    x = x0 or x1
    select = 1 if x0 else 2
    if 2 * n >= a:
        return (x % 2 ** (a - n), 0), (x >> (a - n), a - n), select
    wide = [s for s in placements if s + n in placements]
    q, s = window(x, 2 * n, wide, f["rounding"])
    return (q % 2**n, s), (q >> n, s + n), select


def sign(x):
    return -1 if x < 0 else 1


def static4(x, f):
    """The digit of the fixed window at the top."""
    q = round(Fraction(x, 2 ** (f["activation_bits"] - 4)))
    return max(-8, min(q, 7)) if f["signed_activations"] else min(q, 15)


def pair(x0, x1, f):
    """The two values that stand for a pair. Signed ones (an extension) go by their magnitudes."""
    if f["kind"] == "int8":
        return x0, x1
    if f["kind"] == "int4x8":
        return tuple(static4(x, f) << (f["activation_bits"] - 4) for x in (x0, x1))
    (d0, s0), (d1, s1), select = lanes_of_pair(abs(x0), abs(x1), f)
    if select == 0:
        return sign(x0) * (d0 << s0), sign(x1) * (d1 << s1)
    both = (d0 << s0) + (d1 << s1)
    return (sign(x0) * both, 0) if select == 1 else (0, sign(x1) * both)


def value(x, f):
    return pair(x, 0, {**f, "vsparq": False})[0]


def word(x0, x1, f):
    """{select, code1, digit1, code0, digit0}, digit0 lowest; a code is the index of a placement. A
    digit of a signed activation carries its sign, in two's complement of one bit more."""
    if f["kind"] == "int4x8":
        return static4(x0, f) % 16 + static4(x1, f) % 16 * 16
    if not (x0 or x1):
        return 0
    placements = f["placements"]
    digit_bits = f["window_bits"] + (1 if f["signed_activations"] else 0)
    lane_bits = digit_bits + (len(placements) - 1).bit_length()
    (d0, s0), (d1, s1), select = lanes_of_pair(abs(x0), abs(x1), f)
    sign0, sign1 = (sign(x0), sign(x1)) if select == 0 else [sign(x0 or x1)] * 2
    lane0 = sign0 * d0 % 2**digit_bits + (placements.index(s0) << digit_bits)
    lane1 = sign1 * d1 % 2**digit_bits + (placements.index(s1) << digit_bits)
    return lane0 + (lane1 << lane_bits) + (select << 2 * lane_bits)


def stream(case):
    """Rows of words, lowest bit first, each padded to whole memory words of 32 bits, as bytes."""
    f, k, a = case["format"], case["k"], case["format"]["activation_bits"]
    placements, signed = f["placements"] if f["kind"] == "sparq" else [], f["signed_activations"]
    width = {"int8": a, "int4x8": 8}.get(f["kind"])
    if width is None:
        digit_bits = f["window_bits"] + (1 if signed else 0)
        width = 2 * (digit_bits + (len(placements) - 1).bit_length()) + (2 if f["vsparq"] else 0)
    result = []
    for start in range(0, len(case["x"]), k):
        row = case["x"][start : start + k]
        if f["kind"] == "int8":
            words = [x % 2**a for x in row]
        else:
            row = row + [0] * (k % 2)
            words = [word(x0, x1, f) for x0, x1 in zip(row[::2], row[1::2])]
        bits = "".join(format(w, f"0{width}b")[::-1] for w in words)
        bits += "0" * (-len(bits) % 32)
        result += [int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8)]
    return result


def wrapped(total, bits):
    return (total + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)


def dense_dot(x, w, f):
    total = 0
    for k in range(0, len(x), 2):
        x0, x1 = pair(x[k], x[k + 1] if k + 1 < len(x) else 0, f)
        total += x0 * w[k] + (x1 * w[k + 1] if k + 1 < len(x) else 0)
    return total


def sparse_dot(x, w, f):
    """The activations that face the nonzero weights of four are the pair."""
    total = 0
    for group in range(0, len(x), 4):
        facing = [k for k in range(group, min(group + 4, len(x))) if w[k] != 0]
        assert len(facing) <= 2
        values = pair(*([x[k] for k in facing] + [0, 0])[:2], f)
        total += sum(v * w[k] for v, k in zip(values, facing))
    return total


def product(case, dot):
    k, x, w = case["k"], case["x"], case["w"]
    rows = [x[i : i + k] for i in range(0, len(x), k)]
    channels = [w[i : i + k] for i in range(0, len(w), k)]
    p = case["accumulator_bits"]
    return [wrapped(dot(row, channel, case["format"]), p) for row in rows for channel in channels]


def answer(case):
    f, x = case["format"], case["x"]
    pairs = list(zip(x[::2], x[1::2]))
    if case["rule"] == "value":
        return [value(one, f) for one in x]
    if case["rule"] == "pair":
        return [v for x0, x1 in pairs for v in pair(x0, x1, f)]
    if case["rule"] == "word":
        return [word(x0, x1, f) for x0, x1 in pairs]
    if case["rule"] == "stream":
        return stream(case)
    return product(case, {"gemm": dense_dot, "sparse24": sparse_dot}[case["rule"]])


def main():
    with open(sys.argv[1]) as file:
        cases = json.load(file)["cases"]
    with open(sys.argv[2], "w") as file:
        json.dump({"schema_version": 1, "answers": {c["name"]: answer(c) for c in cases}}, file)


if __name__ == "__main__":
    main()
