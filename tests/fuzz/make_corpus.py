#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Regenerates the fuzz targets' corpus and dictionaries: small files that are valid, and some that nearly are.

    tests/fuzz/make_corpus.py [FOLDER]      # tests/fuzz/corpus unless given

Needs Python's own library only, and writes the same bytes wherever it runs. Files named found-* are what fuzzing has
found; they are kept as they are. Recipes of HDF5 files are explained in recipe.hpp, "===" lines in support.hpp.
"""

import gzip
import json
import struct
import sys
import zlib
from pathlib import Path


def idx(images, height, width, magic=0x803, bytes_given=None):
    pixels = bytes(k * 7 % 256 for k in range(images * height * width))
    return struct.pack(">IIII", magic, images, height, width) + (pixels if bytes_given is None else pixels[:bytes_given])


def zipped(data):
    return gzip.compress(data, mtime=0)


def idx_files():
    whole = idx(3, 4, 5)
    return {
        "plain": whole,
        "gzipped": zipped(whole),
        "one_pixel": idx(1, 1, 1),
        "truncated": idx(3, 4, 5, bytes_given=59),
        "trailing": whole + b"\0",
        "labels": struct.pack(">II", 0x801, 3) + bytes([1, 2, 3]),
        "promises_everything": struct.pack(">IIII", 0x803, 0xFFFFFFFF, 1 << 14, 1 << 14) + bytes(9),
        "gzip_cut": zipped(whole)[:-6],
        "gzip_sum": zipped(whole)[:-8] + bytes(8),
        "two_members": zipped(whole[:30]) + zipped(whole[30:]),
        "twice_gzipped": zipped(zipped(whole)),
        "swollen": zipped(idx(16, 64, 64, bytes_given=0) + bytes(16 * 64 * 64)),
        "header_only": whole[:16],
        "empty": b"",
    }


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits=8, kind=0, rows=None, interlaced=0, before=b"", after=b""):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    stride = (width * channels * bits + 7) // 8
    if rows is None:
        rows = b"".join(bytes([y % 5]) + bytes((x * 11 + y) % 256 for x in range(stride)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(rows, 9)) + after
            + chunk(b"IEND", b""))


def png_files():
    return {
        "grey8": png(5, 4),
        "grey16": png(3, 2, 16),
        "grey1": png(9, 2, 1),
        "colour": png(2, 2, 8, 2),
        "palette": png(2, 2, 8, 3, before=chunk(b"PLTE", bytes(6))),
        "alpha": png(2, 2, 8, 4),
        "interlaced": png(9, 9, interlaced=1, rows=bytes(200)),
        "transparent": png(2, 2, before=chunk(b"tRNS", b"\0\1")),
        "texts": png(2, 2, before=chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"tEXt", b"Title\0a"),
                     after=chunk(b"zTXt", b"Note\0\0" + zlib.compress(bytes(500)))),
        "promises_everything": png(1000000, 1000000, rows=bytes(20)),
        "short_rows": png(8, 8, rows=bytes(20)),
        "long_rows": png(2, 2, rows=bytes(4000)),
        "cut": png(5, 4)[:-20],
        "wrong_sum": png(5, 4)[:-17] + b"\0" + png(5, 4)[-16:],
        "no_size": png(0, 4),
        "signature_only": png(1, 1)[:8],
    }


def config_files():
    return {
        "empty": "{}\n",
        "nothing": "",
        "dotted": "network.beta: 5\nnetwork.lambda: 1e-2\ndata.source: hdf5\ndata.path: \"a b.h5\"\n",
        "nested": "data:\n  source: mnist\n  images: 60\n  noise: {sigma: 0.5, seed: 3}\n"
                  "network: {filters: 8, arrangements: 16, constraints: none}\n"
                  "optimizer:\n  name: adam\n  betas: [0.9, 0.99]\n  epochs: 20\n  dual: {name: newton, preconditioner_mib: 64}\n"
                  "run:\n  networks: [primal, dual]\n  precision: fp64\n  checkpoint: {every: 0, keep: 3}\n"
                  "  stop: {gap: 1e-4}\n",
        "continuation": "continuation: {parameter: beta, values: [50, 20, 10]}\noptimizer.dual.name: newton\n"
                        "run.networks: [dual]\n",
        "earlier_names": "path: {over: beta, values: [50, 20, 10]}\noptimizer.dual: {name: newton, memory: 64}\n"
                         "run: {networks: [dual], overlap: 2}\ncertificate:\n  widths: [1e-2]\n"
                         "data.all_test_images_at_end: true\nnetwork.hard.most: 5\n",
        "removed": "init: {kind: greedy, greedy: {starts: 16, seed: 18446744073709551615}}\nnetwork.form: ball\n",
        "pricing": "arrangements: {source: primal, path: runs/a, include_random: true, pricing: {rounds: 2, add: 4}}\n"
                   "optimizer.dual: {name: newton}\n",
        "set": "{}\n=== set\nnetwork.beta=5\ndata.path=pngs #2\nrun.networks=[dual]\noptimizer.betas=[0.5, 0.5]\n"
               "data={images: 4}\n",
        "unknown": "netwrok: {beta: 5}\n",
        "anchors": "network: &n {beta: 5}\ndata: *n\n<<: *n\n",
        "two_documents": "{}\n---\n{}\n",
        "tags": "network.beta: !!float 5\ndata.path: ! 5\nrun.networks: !!set {primal}\n",
        "strange_keys": "? [a, b]\n: 1\n? {c: d}\n: 2\n",
        "numbers": "network: {beta: +.5, lambda: 0x10, rho: 1e999}\ndata.images: 08\ninit.std: .inf\n",
        "deep": "[" * 200 + "]" * 200 + "\n",
        "bytes": "\ufeffdata.path: \"\\x41\\u00e9\\0\"\n# \u00e9\n",
        "long_text": "data.path: |\n  a\n  b\ninit.path: >\n  c\n  d\n",
    }


def sweep_files():
    return {
        "grid": "config: {data: {images: 4}, network: {filters: 2}}\naxes:\n  network.beta: [5, 10]\n"
                "  network: {lambda: [0.1, 0.2]}\nseeds: 2\nexclude:\n  - {network.beta: 10, network.lambda: [0.2]}\n",
        "zip": "zip:\n  - {network.lambda: [0.1, 0.2], network.rho: [0, 0.01]}\n  - optimizer.lr: [0.1, 0.01]\n"
               "seeds: {init: [3, 4], noise: 2}\nsweep: {ranks_per_cell: 2, retries: 0}\n",
        "log": "log:\n  network.beta: {from: 1, to: 100, points: 5}\nchain: network.beta\nconfig.run.networks: [dual]\n",
        "base": "base: base.yaml\naxes: {init.kind: [normal, zero], optimizer.name: [sgd, adam]}\nseeds: {init: 2}\n"
                "=== base.yaml\nnetwork: {beta: 5}\noptimizer.epochs: 7\n=== set\nsweep.retries=3\nnetwork.rho=0\n",
        "no_base": "base: nowhere.yaml\n",
        "no_map": "- a\n",
        "empty_axis": "axes: {network.beta: []}\n",
        "twice": "axes: {network.beta: [1, 1.0]}\n",
        "all_excluded": "axes: {network.beta: [1]}\nexclude: [{network.beta: 1}]\n",
        "million": "axes: {network.beta: [1, 2]}\nseeds: {init: 1000, data: 1000}\n",
        "many": "".join(f"{key}: {{from: 1, to: 9, points: 9000}}\n" if k else "log:\n" for k, key in
                        enumerate(["", "  network.beta", "  network.lambda", "  network.rho", "  init.std"])),
        "lists": "axes: {run.networks: [[primal], [dual]], optimizer.betas: [[0.9, 0.9], [0.5, 0.5]]}\n",
        "anchors": "config: &c {network.beta: 5}\naxes: &a {network.rho: &v [0, 0.1]}\nzip: {network.lambda: *v}\n",
        "stops": "config: {run: {stop: {seconds: 5}}}\n",
        "seeds_wrong": "seeds: {init: -1, weights: 3}\n",
    }


def history_files():
    line = json.dumps({"epoch": 250, "seconds": 1.5, "dual": {"objective": 3.0, "gap": None}}) + "\n"
    return {
        "whole": f"{2 * len(line)}\n{line}{line}",
        "half": f"{len(line) + 7}\n{line}{line}",
        "cut": f"{2 * len(line)}\n{line}{line[:9]}",
        "no_line": f"5\n{line[:9]}",
        "fresh": "0\n",
        "negative": f"-1\n{line}",
        "long": "5000\n" + "x" * 4500 + "\n" + "y" * 400,
        "nulls": "9\n\0\0\n\0\n\n\n\n",
        "not_utf8": b"30\n\xff\xfe\n{\"a\": \"\xc3\n",
    }


IMAGES = "array clean f8 3x4x4\n"
FILTERS = "array primal/u f8 2x9\narray primal/v f8 2\n"
BLOCKS = "array dual/g f4 2x9\narray dual/w f4 2x9\narray dual/w_prime f4 2x9\n"


def hdf5_files():
    return {
        "clean": IMAGES,
        "some": IMAGES + "take 2\nnormalise\n",
        "noisy": IMAGES + "array noisy f4 3x4x4\narray test/clean u1 2x4x4\n",
        "patches": "array patches f8 70x9\narray target f8 70\narray test/patches f4 3x9\narray test/target i8 3\n",
        "gzip": "array clean u1 3x16x16 gzip\n",
        "compact": "array clean i4> 1x2x2 compact\n",
        "never": "array clean f8 3x4x4 never\n",
        "never_chunked": "array clean f8 3000x16000x16000 chunked\n",
        "promises_everything": "array clean f8 4611686018427387904x1x1 never\n",
        "promises_patches": "array patches f4 1099511627776x1048576 chunked\narray target f4 1099511627776 chunked\n",
        "empty": "array clean f8 0x4x4\n",
        "flat": "array clean f8 16\n",
        "scalar": "array clean f8 scalar\n",
        "null": "array clean f8 null\n",
        "texts": "array clean texts 1x1x1\n",
        "bits": "array clean bits 1x2x2\n",
        "group": "group clean\n",
        "nan": "array clean f8 1x2x2 values=0,nan\n",
        "infinite": "array clean f8 1x2x2 values=1e300\n",
        "black": "array clean f8 1x2x2 values=0\n",
        "soft": "array a f8 1x2x2\nsoft clean a\nsoft noisy nowhere\nsoft test test\n",
        "hard": "array a f8 1x2x2\nhard clean a\nhard test /\n",
        "elsewhere": "elsewhere clean clean\n",
        "external": "array clean f8 1x2x2 external\n",
        "virtual": "array clean f8 1x2x2 virtual\n",
        "one_pixel": "array clean f8 1x1x1\n",
        "no_target": "array patches f8 4x9\n",
        "wide": "array patches f8 1x2000000 never\narray target f8 1\n",
        "cut": IMAGES + "cut 2000\n",
        "foreign": "cut 0\nappend 504b0304\n",
        "long_numbers": "array clean f1073741824 1x1x1 never\n",
        "nothing": "",
    }


def checkpoint():
    words = {
        "config": "text data: {images: 4}\\nnetwork: {filters: 2, arrangements: 2}",
        "position/epoch": "integer 2", "position/evaluated_epoch": "integer 2", "position/last_report": "text {}",
        "position/history": "integer 100", "position/complete": "integer 1",
        "position/programs": "text {\\\"value\\\": 0}".replace("\\\"", "\""), "position/rounds": "text {}",
        "seconds": "real 1.5", "data/train_hash": "text 342655d00668525a", "data/test_hash": "text de78b13e0d525995",
        "versions/target": "text AVX3", "progress/primal/epoch": "integer 2", "progress/dual/epoch": "integer 2",
    }
    return "checkpoint\n" + FILTERS + BLOCKS + "".join(f"attribute {key} {value}\n" for key, value in words.items())


def weights_files():
    whole = checkpoint()
    programs = json.dumps({"value": 1, "rho": 0.5, "done": False, "hardness": 0, "last_gap": 0.1, "steps": 3,
                           "seconds": 1.0, "records": []})
    path = whole.replace("arrangements: 2}", "arrangements: 2}\\npath: {over: beta, values: [5, 2]}\\n"
                         "optimizer.dual.name: newton\\nrun.networks: [dual]")
    return {
        "weights": FILTERS + BLOCKS + "attribute / lambda real 0.1\nstart file\nstart dual\nload primal\nload dual\n"
                   "load mapped\nload mapped_gate network.form=relative network.lambda=0\n",
        "filters": FILTERS + "attribute / lambda integer 1\nattribute / mean real 0.5\nattribute / deviation real 2\n",
        "blocks": BLOCKS,
        "checkpoint": whole,
        "best": whole + "array best/primal/u f4 2x9\narray best/primal/v f4 2\n",
        "several_programs": path.replace("text {\"value\": 0}", "text " + programs),
        "bad_programs": path,
        "normalised": whole.replace("images: 4", "images: 4, normalise: true, pool: 4"),
        "altered": whole + "patch 800 ff\n",
        "no_seal": whole + "cut 3000\n",
        "nan_lambda": FILTERS + "attribute / lambda real nan\n",
        "text_lambda": FILTERS + "attribute / lambda text 0.1\n",
        "long_numbers": "array primal/u i1073741824 1x9 never\narray primal/v f16 1\nattribute / lambda real 0.1\n",
        "no_square": "array primal/u f8 2x8\narray primal/v f8 2\nattribute / lambda real 0.1\n",
        "promises_everything": "array primal/u f8 1099511627776x9 never\narray primal/v f8 1099511627776 never\n"
                               "attribute / lambda real 0.1\n",
        "promises_rows": "array dual/g f8 2x4611686018427387904x4 chunked\n",
        "other_kinds": "array a u1 2x2\narray b i2> 3\narray c text 1\narray d texts 1\narray e f8 scalar\n"
                       "array f f8 null\narray g bits 2\ngroup h\nsoft i a\nhard j /\nelsewhere k a\n"
                       "attribute a t texts x\\ny\nattribute a l list 3\nattribute h n integer 5\nattribute / s text abc\n",
        "zeros": FILTERS.replace("2x9", "2x9 values=0") + "attribute / lambda real 0.1\n",
        "nothing": "",
    }


def store_files():
    def section(name, content):
        return f"=== {name}\n" + (content if isinstance(content, str) else json.dumps(content)) + "\n"

    def cell(name, network, **more):
        return dict({"name": name, "network": network, "identity": f"network: {network}\nrun.stop.gap: 0.1\n", "point": 0,
                     "points": 1, "settings": {"network.beta": "5", "data.path": "\"a b\""}, "pairs": 100.0,
                     "bytes": 1000.0, "certified": network == "dual", "start": ""}, **more)

    def result(cell, **more):
        part = {"psnr": 20.0, "objective": 3.5, "gap": 0.25, "test": {"psnr": 19.0}, "width_bounds": [1, 2]}
        return dict({"status": "complete", "seconds": 1.5, "pairs_per_second": 5.0, "lambda": 0.2, "epoch": 4,
                     "data": {"images": 4, "train_hash": "ab"}, "arrangements": {"count": 2},
                     "machine": {"host": "h", "ranks": 1, "grid": [1, 1], "kernels": "cpu"},
                     "versions": {"zerogap": "0.1.0 abc", "hdf5": "1.10.8"}, cell["network"]: part,
                     "steps": {cell["network"]: 4}, "best": {cell["network"]: part},
                     "cell": {"schema": 1, "name": cell["name"], "identity": cell["identity"],
                              "network": cell["network"], "certified": cell["certified"], "job": None}}, **more)

    def plan(name, cells, **more):
        return dict({"format": "zerogap sweep", "schema": 1, "name": name, "file": "s.yaml", "base_name": "s.yaml",
                     "base": "{}", "config": "network: {filters: 2}", "overrides": ["network.rho=0"],
                     "ranks_per_cell": 1, "retries": 1, "chain": "",
                     "axes": [{"section": "axes", "keys": ["network.beta"], "values": [["5"], ["10"]]}],
                     "points": [{"network.beta": "5"}, {"network.beta": "10"}], "cells": cells}, **more)

    owner = {"host": "h", "pid": 1, "start": 2, "boot": "b", "pid_namespace": "n", "job": None, "restarts": 0,
             "since": "2026-03-05T12:00:00+0000"}
    line = {"epoch": 2, "seconds": 1.0, "dual": {"objective": 3.0, "gap": 0.5}, "primal": {"objective": 1.0}}
    history = json.dumps(line) + "\n" + json.dumps(line) + "\n"
    a, b = cell("a", "primal"), cell("b", "dual", start="a", settings={"network.beta": ""})
    store = section("store.json", {"format": "zerogap store", "schema": 1})
    both = store + section("sweeps/s.json", plan("s", [a, b]))
    one = store + section("sweeps/s.json", plan("s", [a]))
    done = section("cells/a/result.json", result(a))
    return {
        "finished": both + done + section("cells/b/result.json", result(b)),
        "at_work": both + done + section("cells/b/claim.3", owner) + section("cells/b/history.jsonl", history),
        "released": both + section("cells/a/claim.1", "released"),
        "failed": both + section("cells/a/failure.json", {"attempts": 2, "message": "m", "host": "h", "when": "w"}),
        "retry": both + section("cells/a/failure.json", {"attempts": 1, "message": "m"}),
        "diverged": one + section("cells/a/result.json", result(a, status="diverged", message="a NaN")),
        "damaged": one + section("cells/a/result.json", "{"),
        "other_cell": one + section("cells/a/result.json", result(b)),
        "other_types": one + section("cells/a/result.json", result(a, machine=5, steps=[1], data="x", best=None, lambda_=[[]])),
        "other_program": both + done + section("cells/b/result.json", result(b, versions={"zerogap": "0.2"})),
        "two_sweeps": both + section("sweeps/t.json", plan("t", [b, a], overrides=["network.rho=1"])) + done,
        "damaged_history": both + section("cells/b/claim.1", owner)
        + section("cells/b/history.jsonl", '{"epoch": "two", "dual": 5}'),
        "claim_of_nobody": both + section("cells/b/claim.1", "x"),
        "in_the_way": both + section("cells/a", "a file") + section("cells/b/checkpoints/00000001.h5", "no HDF5"),
        "newer": section("store.json", {"format": "zerogap store", "schema": 2}),
        "foreign": section("store.json", [1]),
        "no_plan": store + section("sweeps/s.json", {"format": "zerogap sweep", "schema": 1}),
        "no_points": store + section("sweeps/s.json", plan("s", [cell("a", "primal", point=-1)], points=[])),
        "nothing": "",
    }


def dictionaries():
    own = ["=== set", "=== base.yaml", "network", "network.beta", "network.lambda", "network.rho", "network.form",
           "data.path", "data.images", "optimizer.dual.name", "optimizer.betas", "run.networks", "run.stop.gap",
           "init.kind", "init.greedy.seed", "continuation.values", "arrangements.pricing.rounds", "primal", "dual", "newton",
           "greedy", "true", "null", "~", ".nan", ".inf", "1e999", "0x", "18446744073709551616", "9223372036854775807",
           "-1", "<<: *a", "&a", "*a", "!!", "! ", "? ", ": ", "- ", "---", "...", "|", ">", "{", "}", "[", "]", "%YAML 1.2",
           "\\\"", "\\x00", "\\xff", "\\x0a  "]
    sweep = own + ["axes:", "zip:", "log:", "seeds:", "exclude:", "chain:", "sweep:", "config:", "base:", "from", "to", "points",
                   "ranks_per_cell", "retries", "noise", "1000000"]
    recipe = ["array ", "attribute ", "group ", "soft ", "hard ", "elsewhere ", "patch ", "cut ", "append ", "checkpoint\\x0a",
              "clean", "noisy", "test/clean", "patches", "target", "test/patches", "test/target", "primal/u", "primal/v",
              "dual/g", "dual/w", "dual/w_prime", "best/primal/u", "best/dual/w", "/", "meta", "meta/config", "lambda", "mean", "deviation", "format", "schema", "checksum",
              "zerogap checkpoint", "config", "position/programs", "position/epoch", "f8", "f4", "u1", "i8", "f8>", "text", "texts",
              "bits", "scalar", "null", "list", "real", "integer", "chunked", "gzip", "compact", "never", "external",
              "virtual", "values=", "take ", "normalise", "start file", "start dual", "load primal", "load dual", "load mapped",
              "load mapped_gate", "network.lambda=", "network.form=ball", "data.path=", "nan", "inf", "-1e308", "3x4x4", "2x9", "x", "0", "18446744073709551615", "4294967296",
              "normalise: true", "network.form: relative"]
    png_words = ["IHDR", "IDAT", "IEND", "PLTE", "tRNS", "gAMA", "cHRM", "iCCP", "sRGB", "sBIT", "bKGD", "hIST", "tIME", "zTXt",
                 "iTXt", "tEXt", "pHYs", "sPLT", "eXIf", "oFFs", "pCAL", "sCAL", "acTL", "\\x89PNG\\x0d\\x0a\\x1a\\x0a"]
    store = ["=== store.json", "=== sweeps/s.json", "=== sweeps/t.json", "=== cells/a/result.json",
             "=== cells/b/claim.1", "=== cells/b/history.jsonl", "=== cells/a/failure.json",
             "=== cells/a/checkpoints/00000001.h5", "\\\"epoch\\\":", "\\\"seconds\\\":", "\\\"status\\\":", "\\\"cell\\\":",
             "\\\"steps\\\":", "\\\"grid\\\":", "\\\"machine\\\":", "\\\"settings\\\":", "\\\"point\\\":", "null", "true", "1e999", "-1",
             "18446744073709551616", "{}", "[]", "\\\"\\\"", "[[[[[[[[", "\\xff", "\\\\ud800", "diverged"]
    idx_words = ["\\x00\\x00\\x08\\x03", "\\x1f\\x8b\\x08", "\\xff\\xff\\xff\\xff", "\\x00\\x00\\x40\\x00"]
    return {"config": own, "sweep": sweep, "hdf5": recipe, "weights": recipe, "png": png_words, "store": store, "idx": idx_words}


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "corpus"
    kinds = {"config": config_files, "sweep": sweep_files, "idx": idx_files, "png": png_files, "hdf5": hdf5_files,
             "weights": weights_files, "history": history_files, "store": store_files}
    for kind, files in kinds.items():
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for old in (folder / kind).iterdir():
            if not old.name.startswith("found-"):
                old.unlink()
        for name, content in files().items():
            (folder / kind / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for kind, words in dictionaries().items():
        (folder / f"{kind}.dict").write_text("".join(f'"{word}"\n' for word in words))


if __name__ == "__main__":
    main()
