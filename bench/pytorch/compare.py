#!/usr/bin/env python3
"""Times the Jaccard loss and Dice + cross-entropy + focal loss, value and gradient from logits, in PyTorch: eager and
by torch.compile, with PyTorch's gradient and with the gradient written out, which torch.compile makes one graph of.

Writes the JSON that bench/results holds: {"environment": {...}, "rows": [{"benchmark", "contender", "composition",
"loss", "shape", "element", "layout", "value", "unit", ...}]}. Before anything is timed the formulas must give
SegLoss4J's numbers (cases.json), and each contender those of the formula in double, on the very data that it is timed
with. One that does not is not timed, its row says what is wrong, and the exit code is 1.

    python3 bench/pytorch/compare.py --device cuda --out bench/results/pytorch.json
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import torch

from losses import AUTOGRAD, BY_HAND, by_autograd

SHAPES = ["8x19x512x512", "16x21x512x512", "4x19x1024x2048", "2x150x512x512", "64x1x512x512", "2x4x128x128x128",
          "2x12x360x480", "8x3x128x128"]
SMALL = ["8x19x256x256", "4x4x256x256", "8x1x512x512", "8x3x128x128"]


def forms(loss):
    """Names, and functions of logits and labels to value and gradient."""
    yield "autograd", by_autograd(AUTOGRAD[loss]), AUTOGRAD[loss]
    yield "by_hand", BY_HAND[loss], BY_HAND[loss]


def contenders(loss, modes):
    """Contender, form, function. Of autograd the loss is compiled, and its backward with it."""
    for form, run, graph in forms(loss):
        yield "TORCH_EAGER", form, run
        for mode in modes:
            name = "TORCH_COMPILE" if mode == "default" else "TORCH_COMPILE_" + mode.upper().replace("-", "_")
            compiled = torch.compile(graph, mode=None if mode == "default" else mode, dynamic=False)
            yield name, form, by_autograd(compiled) if form == "autograd" else compiled


def no_compiler(device):
    """Why torch.compile cannot be measured here; None if it can."""
    if not hasattr(torch, "compile"):
        return f"PyTorch {torch.__version__} has no torch.compile, which came with 2.0"
    try:
        torch.compile(lambda x: x + 1)(torch.zeros(4, device=device))
        return None
    except Exception as e:  # Whatever it may be, nothing can be compiled.
        return f"torch.compile fails here: {type(e).__name__}: {str(e).strip().splitlines()[0] if str(e) else ''}"


def data(shape, element, device):
    generator = torch.Generator(device="cpu").manual_seed(7)
    logits = (2 * torch.randn(shape, generator=generator)).to(device=device, dtype=element).requires_grad_(True)
    labels = torch.randint(0, max(2, shape[1]), [shape[0]] + shape[2:], generator=generator).to(torch.uint8).to(device)
    return logits, labels


def difference(answer, value, gradient, bound):
    """What is wrong, or None; and the gradient's largest error, as a part of its largest element."""
    error = ((answer[1].double() - gradient).abs().max() / gradient.abs().max()).item()
    if not abs(answer[0].item() - value) <= bound * max(1, abs(value)):
        return f"value {answer[0].item()} instead of {value}", error
    return (None if error <= bound else f"gradient off by {error:.2g} of its largest element"), error


def check_formulas(device):
    """All forms, in double, against SegLoss4J's numbers."""
    for case in json.loads(pathlib.Path(__file__).with_name("cases.json").read_text(encoding="utf-8")):
        shape = case["shape"]
        logits = torch.tensor(case["logits"], dtype=torch.float64, device=device).view(shape).requires_grad_(True)
        labels = torch.tensor(case["labels"], dtype=torch.uint8, device=device).view([shape[0]] + shape[2:])
        gradient = torch.tensor(case["gradient"], dtype=torch.float64, device=device).view(shape)
        for form, run, _ in forms(case["loss"]):
            wrong, _ = difference(run(logits, labels), case["value"], gradient, 1e-12)
            if wrong:
                raise SystemExit(f"{case['loss']} {form} {shape}: {wrong}")


def check(loss, run, logits, labels):
    exact = logits.detach().double().requires_grad_(True)
    value, gradient = by_autograd(AUTOGRAD[loss])(exact, labels)
    return difference(run(logits, labels), value.item(), gradient, 1e-4 if logits.dtype == torch.float32 else 3e-2)


def timed(run, logits, labels, seconds):
    """Single calls in ms: events on a GPU, with the caches evicted before each; wall clock on a CPU."""
    on_gpu = logits.is_cuda
    evict = torch.empty(256 << 20, dtype=torch.uint8, device=logits.device) if on_gpu else None
    for _ in range(5):
        run(logits, labels)
    times = []
    end = time.monotonic() + seconds
    while len(times) < 10 or (time.monotonic() < end and len(times) < 500):
        if on_gpu:
            evict.zero_()
            start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            run(logits, labels)
            stop.record()
            stop.synchronize()
            times.append(start.elapsed_time(stop))
        else:
            start = time.perf_counter()
            run(logits, labels)
            times.append(1e3 * (time.perf_counter() - start))
    return times


def extra_memory(run, logits, labels):
    """Bytes beyond the inputs at the peak of a call, the gradient included; None on a CPU."""
    if not logits.is_cuda:
        return None
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    run(logits, labels)
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


def spread(times):
    """How far the medians of the first and the second half are apart: differences below are noise."""
    half = len(times) // 2
    return round(abs(statistics.median(times[:half]) - statistics.median(times[half:])), 4)


def figures(loss, run, logits, labels, seconds):
    """The part of a row that is measured."""
    wrong, error = check(loss, run, logits, labels)
    verified = {"verified": not wrong, "gradientError": float(f"{error:.4g}")}
    if wrong:
        return {"value": None, "unit": "ms", "device": {**verified, "wrong": wrong}}
    times = timed(run, logits, labels, seconds)
    return {"value": round(statistics.median(times), 4), "unit": "ms", "calls": len(times), "spread": spread(times),
            "arrayBytes": extra_memory(run, logits, labels), "device": verified}


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def environment(device, skipped):
    gpu = {}
    if device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        gpu = {"gpu": {"name": properties.name, "compute": f"{properties.major}.{properties.minor}",
                       "cuda": torch.version.cuda}}
    if skipped:
        gpu["skipped"] = skipped
    return {"device": device, "cpu": platform.processor() or platform.machine(), "cores": os.cpu_count(),
            "threads": torch.get_num_threads(), **gpu, "torch": torch.__version__, "python": platform.python_version(),
            "os": platform.platform(), "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
            "commit": output("git", "rev-parse", "--short", "HEAD"), "command": " ".join(["python3"] + sys.argv)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--element", choices=["float", "half", "bfloat16"], default="float")
    parser.add_argument("--shapes", nargs="*", help="like 8x19x512x512 (default: those of the tables)")
    parser.add_argument("--modes", nargs="*", default=["default"],
                        help="of torch.compile: default, max-autotune, reduce-overhead; none for eager alone")
    parser.add_argument("--seconds", type=float, default=2, help="per contender (default: 2)")
    parser.add_argument("--out", default="bench/results/pytorch.json")
    arguments = parser.parse_args()
    check_formulas(arguments.device)
    skipped = no_compiler(arguments.device) if arguments.modes else None
    if skipped:
        print(f"skipped: all compiled forms: {skipped}", flush=True)
    rows = []
    for text in arguments.shapes or (SHAPES if arguments.device == "cuda" else SMALL):
        logits, labels = data([int(size) for size in text.split("x")], getattr(torch, arguments.element),
                              arguments.device)
        for loss in AUTOGRAD:
            for contender, form, run in contenders(loss, [] if skipped else arguments.modes):
                if not skipped and arguments.modes:
                    torch._dynamo.reset()
                row = {"benchmark": "loss", "contender": contender, "composition": form, "loss": loss, "shape": text,
                       "element": arguments.element, "layout": "channels_first", "memory": "new",
                       **figures(loss, run, logits, labels, arguments.seconds)}
                rows.append({key: value for key, value in row.items() if value is not None})
                print(rows[-1], flush=True)
                with open(arguments.out, "w", encoding="utf-8") as file:
                    json.dump({"environment": environment(arguments.device, skipped), "rows": rows}, file, indent=2)
                    file.write("\n")
    return any(not row["device"]["verified"] for row in rows)


if __name__ == "__main__":
    sys.exit(main())
