# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Small well-formed inputs from which scripts/fuzz-parsers starts: random bytes alone seldom look like a picture.

    python Tests/Fuzz/parser_seeds.py FOLDER
"""

import json
import struct
import sys
import zlib
from pathlib import Path

MACHINE = b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
SETTINGS = b"a harbour\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"
GRAPH = b'{"3":{"class_type":"KSampler","inputs":{}}}'
STORE_TYPE = bytes.fromhex("63327061001100108000 00aa00389b71")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
STORE_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", len(content) + 8) + kind + content


def xmp(description: bytes) -> bytes:
    return (
        b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        + description
        + b"</rdf:RDF></x:xmpmeta>"
    )


STORE = box(b"jumb", box(b"jumd", STORE_TYPE, b"\x03c2pa\0"), box(b"cbor", b"xF" + MACHINE))
ATTRIBUTE = xmp(
    b'<rdf:Description xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" i:DigitalSourceType="' + MACHINE + b'"/>'
)
ELEMENT = xmp(
    b'<d xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><!-- x --><i:DigitalSourceType rdf:resource="'
    + MACHINE
    + b'"/><i:DigitalSourceType><rdf:Bag><rdf:li>&#x41;<![CDATA[b]]></rdf:li></rdf:Bag></i:DigitalSourceType></d>'
)
PROGRAMS = xmp(
    b'<d xmlns:a="http://ns.adobe.com/xap/1.0/" a:CreatorTool="Adobe Firefly" xmlns:n="http://ns.adobe.com/xmp/note/" '
    b'n:HasExtendedXMP="0123456789ABCDEF0123456789ABCDEF" xmlns:t="http://purl.org/dc/terms/" t:provenance="http://192.0.2.1/"/>'
)


def exif(order: str) -> bytes:
    comment = b"UNICODE\0" + SETTINGS.decode().encode("utf-16-be")
    software = b"ComfyUI\0"
    start = 8 + 2 + 24 + 4
    detail = struct.pack(order + "HHHII", 1, 0x9286, 7, len(comment), start + 18 + len(software)) + bytes(4)
    return (
        (b"II" if order == "<" else b"MM")
        + struct.pack(order + "HIH", 42, 8, 2)
        + struct.pack(order + "HHII", 0x0131, 2, len(software), start + 18)
        + struct.pack(order + "HHII", 0x8769, 4, 1, start)
        + bytes(4)
        + detail
        + software
        + comment
    )


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + b"".join([
        chunk(b"IHDR", bytes(13)), chunk(b"tEXt", b"prompt\0" + GRAPH), chunk(b"zTXt", b"parameters\0\0" + zlib.compress(SETTINGS)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0en\0\0" + zlib.compress(ATTRIBUTE)), chunk(b"eXIf", exif("<")),
        chunk(b"tEXt", b"Raw profile type exif\0\nexif\n  4\n4949 2a00\n"), chunk(b"caBX", STORE), chunk(b"IDAT", b"x"),
        chunk(b"IEND", b""),
    ])  # fmt: skip


def jpeg() -> bytes:
    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    guid = b"0123456789ABCDEF0123456789ABCDEF"
    extended = b"http://ns.adobe.com/xmp/extension/\0" + guid
    half = len(ELEMENT) // 2
    return b"\xff\xd8" + b"".join([
        segment(0xE1, b"Exif\0\0" + exif(">")), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PROGRAMS),
        segment(0xE1, extended + struct.pack(">II", len(ELEMENT), half) + ELEMENT[half:]),
        segment(0xE1, extended + struct.pack(">II", len(ELEMENT), 0) + ELEMENT[:half]),
        segment(0xEB, b"JP" + struct.pack(">HI", 1, 1) + STORE[:30]),
        segment(0xEB, b"JP" + struct.pack(">HI", 1, 2) + STORE[:8] + STORE[30:]), segment(0xFE, SETTINGS), b"\xff\xda\0\x03\0\xff\xd9",
    ])  # fmt: skip


def webp() -> bytes:
    body = b"WEBP"
    for kind, data in [(b"VP8 ", b"xyz"), (b"EXIF", exif("<")), (b"XMP ", ELEMENT), (b"C2PA", STORE)]:
        body += kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif() -> bytes:
    def blocks(data: bytes) -> bytes:
        return b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"

    return (
        b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + b"\x21\xff\x0bXMP DataXMP" + ATTRIBUTE + b"\1" + bytes(range(255, -1, -1)) + b"\0"
        + b"\x21\xfe" + blocks(SETTINGS) + b"\x21\xff\x0bC2PA_GIF\1\0\0" + blocks(STORE)
        + b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0\x3b"
    )  # fmt: skip


def boxes() -> bytes:
    tag = box(b"\xa9cmt", box(b"data", bytes(8), GRAPH))
    meta = box(b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"ilst", tag))
    return (
        box(b"ftyp", b"isom\0\0\0\0") + box(b"uuid", XMP_UUID, ATTRIBUTE)
        + box(b"uuid", STORE_UUID, bytes(4), b"manifest\0", bytes(8), STORE)
        + box(b"moov", box(b"udta", meta, box(b"XMP_", ELEMENT))) + struct.pack(">I4sQ", 1, b"free", 16)
    )  # fmt: skip


def heif() -> bytes:
    items = [b"\0\0\0\6Exif\0\0" + exif("<"), ATTRIBUTE]
    names = [box(b"infe", b"\2\0\0\0\0\1\0\0Exif\0"), box(b"infe", b"\2\0\0\0\0\2\0\0mime\0application/rdf+xml\0")]

    def head(place: int) -> bytes:
        extents = b""
        for number, item in enumerate(items, 1):
            extents += struct.pack(">HHHII", number, 0, 1, place, len(item))
            place += len(item)
        inner = box(b"iinf", bytes(4), b"\0\2", *names) + box(b"iloc", bytes(4), b"\x44\0\0\2", extents)
        return box(b"ftyp", b"heic\0\0\0\0mif1") + box(b"meta", bytes(4), inner)

    return head(len(head(0)) + 8) + box(b"mdat", *items)


def report() -> bytes:
    action = {"action": "c2pa.created", "digitalSourceType": MACHINE.decode(), "when": [1, -2.5e3, True, None]}
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [action]}}
    generator, signature = {"name": "Adobe_Firefly \u00e9"}, {"issuer": "Makers \u00e9", "common_name": "Camera"}
    manifest = {"claim_generator_info": [generator], "assertions": [actions], "signature_info": signature}
    failure = [{"code": "signingCredential.untrusted", "url": "self#jumbf=/c2pa"}]
    return json.dumps({
        "active_manifest": "urn:a", "manifests": {"urn:a": manifest}, "validation_status": failure,
        "validation_results": {"activeManifest": {"success": [], "failure": failure}}, "validation_state": "Valid",
    }).encode()  # fmt: skip


def raw_deflate(data: bytes, strategy: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy)
    return packer.compress(data) + packer.flush()


def onnx() -> bytes:
    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2, len(data)]) + data

    weights = field(8, b"w") + bytes([14 << 3, 0])
    inner = field(1, field(1, b"x") + field(5, field(1, b"then_branch") + field(6, field(5, weights))))
    return bytes([1 << 3, 8]) + field(7, inner + field(5, weights))


def record() -> bytes:
    names = b"".join(struct.pack("<H", len(name)) + name for name in (b"chat", b"!room", b"@ari", b"$event", b"mxc://m"))
    return names + struct.pack("<q", 1_700_000_000_000_000) + bytes(range(1, 256)) * 3


HASH = b"00ff" * 16
RECIPE = (
    b"engine=openvino;steps=resize:256x256,jpeg:75,crop:224x224,pad:192x192:0;order=bgr;layout=nhwc;"
    b"mean=104.0,117.0,123.0;scale=1.0,1.0,1.0;reading=scores;outputs=,nudity"
)
SEEDS = {
    "png": [png()], "jpeg": [jpeg()], "webp": [webp()], "gif": [gif()], "bmff": [boxes(), heif()], "exif": [exif("<"), exif(">")],
    "xmp": [ATTRIBUTE, ELEMENT, PROGRAMS], "inflate": [raw_deflate(SETTINGS * 9, kind) for kind in (0, 2, 4)], "jumbf": [STORE],
    "c2pa-json": [report()],
    "decoder-reply": [
        b"picture png 64 48 whole nearest-512\nhash 90 " + HASH + b"\ndihedrals" + (b" " + HASH) * 7 + b"\nvariant trimmed 80 " + HASH
        + b"\nmanifest invalid assertion.dataHash.mismatch\nclaim a camera\nmark generator png-text a1111\ntime decode 12",
        b"video mp4 64 48 cut 2.5\nframe 0 90 " + HASH + b" 0.0\npreview 4\nraster stretch:8x8 8 8 3 192 0.5\n\n\xff\xd8\xff\xd9" + bytes(192),
        b"undecodable the jpeg header can't be read",
    ],
    "thinker-reply": [
        b"scores 2\ntime 5\n\n" + struct.pack("<2d", 0.25, 0.75), b"regions 1\ntime 5\n\n" + struct.pack("<5d", 0.1, 0.1, 0.5, 0.5, 0.9),
        b"vector 2\ntime 5\n\n" + struct.pack("<2f", 1, -1), b"text\ntime 5\n\nwords", b"label ko sure\ntime 5", b"unknown no model\ntime 5",
        b"tensor 1x2x2x1\ntime 5\n\n" + struct.pack("<4f", 1, 2, 3, 4),
    ],
    "greeting": [b"ready role=thinker seccomp=on landlock=on rlimits=on\nmodel faces 1 on f32\nmodel nudity 1 off no file"],
    "decoder-request": [
        b"method=fast dihedrals=0 borders=1 crops=0 background=- video=key frames=120 rasters=stretch:256x256,fit:512,grey:1600 "
        b"rasterframes=8 preview=1 provenance=1",
        b"method=nearest-512 video=1.5 background=255",
    ],
    "thinker-request": [b"run nudity raster 2 2 3\n\n" + bytes(12), b"prepare faces raster 1 1 1\n\n\0", b"run intent text\n\nwords"],
    "format": [
        jpeg()[:64], png()[:64], gif()[:64], webp()[:64], boxes()[:64], heif()[:64], b"\x1a\x45\xdf\xa3",
        box(b"ftyp", b"mif1\0\0\0\0miafavif"), box(b"wide") + box(b"mdat"),
    ],
    "segments": [jpeg(), b"\xff\xd8" + b"\xff\xfe\0\2" * 5_000, b"\xff\xd8" + b"\xff\xda\0\2\0" * 600],
    "onnx": [onnx()], "look-alike": [record()],
    "recipe": [RECIPE, b"faces|1|f32|" + HASH + b"|" + RECIPE + b"|/models/faces.tflite"],
    "inference-json": [
        b'{"name":"mlserver","version":"1.7.1","extensions":["binary_tensor_data"]}',
        b'{"name":"m","versions":["1"],"inputs":[{"name":"input:0","datatype":"FP32","shape":[-1,224,224,3]}],"outputs":[]}',
        b'{"id":"1","model_version":null,"outputs":[{"name":"outputs","datatype":"FP32","shape":[1,2],"data":[[0.1,null]],"parameters":null}]}',
    ],
    "punycode": [b"bcher-kva", b"80akhbyknj4f", b"fiqs8s", b"-"],
    "links": ["see https://b\u00fccher.example/a?b#c and xn--bcher-kva.example:8080/x t.me/name http://[::1]/".encode()],
    "contacts": [
        b"t.me/somebody discord.gg/abcdef wa.me/821012345678 @name telegram: name line id name open.kakao.com/o/abc",
        b"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq 1BoatSLRHtKNngkdXEeobR76b53LETtpyT DE89370400440532013000",
    ],
    "numbers": ["010-1234-5678 +82 10 1234 5678 900101-1234568 4111 1111 1111 1111 a@example.org GB82 WEST 1234 5698 7654 32".encode()],
}  # fmt: skip


def main() -> None:
    folder = Path(sys.argv[1])
    for name, seeds in SEEDS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (folder / name / f"seed-{number}").write_bytes(seed)


if __name__ == "__main__":
    main()
