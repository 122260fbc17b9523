#!/usr/bin/env python3
"""Times the Jaccard loss and Dice + cross-entropy + focal loss, value and gradient from logits, in PyTorch.

Writes the JSON that bench/results holds: {"environment": {...}, "rows": [{"benchmark", "contender", "loss", "shape",
"element", "layout", "value", "unit", ...}]}. Each contender's answer is checked in double before it is timed.

    python3 bench/pytorch/compare.py --device cuda --out bench/results/pytorch.json
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

SMOOTH = 1e-5
EPSILON = 1e-7
SHAPES = ["8x19x512x512", "16x21x512x512", "4x19x1024x2048", "2x150x512x512", "64x1x512x512", "2x4x128x128x128",
          "2x12x360x480", "8x3x128x128"]
SMALL = ["8x19x256x256", "4x4x256x256", "8x1x512x512", "8x3x128x128"]


def probabilities(logits):
    return torch.sigmoid(logits) if logits.shape[1] == 1 else torch.softmax(logits, 1)


def one_hot(labels, classes):
    if classes == 1:
        return labels.unsqueeze(1)
    return F.one_hot(labels.long(), classes).movedim(-1, 1)


def class_sums(logits, labels):
    """Intersection, predicted and true mass of each class, [C]."""
    p = probabilities(logits)
    g = one_hot(labels, p.shape[1]).to(p.dtype)
    axes = [0] + list(range(2, p.dim()))
    return p, g, (p * g).sum(axes), p.sum(axes), g.sum(axes)


def jaccard(logits, labels):
    _, _, i, p, g = class_sums(logits, labels)
    return 1 - ((i + SMOOTH) / (p + g - i + SMOOTH)).mean()


def dice_ce_focal(logits, labels):
    """Means over pixels and classes; alpha 0.25, gamma 2."""
    p, g, i, mass, truth = class_sums(logits, labels)
    dice = 1 - ((2 * i + SMOOTH) / (mass + truth + SMOOTH)).mean()
    if logits.shape[1] == 1:
        u = (g * p + (1 - g) * (1 - p)).clamp(EPSILON, 1 - EPSILON)
        alpha = g * 0.25 + (1 - g) * 0.75
    else:
        u = p.gather(1, labels.long().unsqueeze(1)).clamp(EPSILON, 1 - EPSILON)
        alpha = 0.25
    log = u.log()
    outputs = p.numel()
    return dice - log.sum() / outputs - (alpha * (1 - u) ** 2 * log).sum() / outputs


LOSSES = {"jaccard": jaccard, "dice_ce_focal": dice_ce_focal}


def value_and_gradient(loss):
    def run(logits, labels):
        value = loss(logits, labels)
        return value.detach(), torch.autograd.grad(value, logits)[0]
    return run


def compiled(loss, mode):
    """torch.compile of the forward; autograd's backward is compiled with it."""
    return value_and_gradient(torch.compile(loss, mode=mode, dynamic=False))


def contenders(loss, modes):
    yield "TORCH_EAGER", value_and_gradient(loss)
    for mode in modes:
        name = "TORCH_COMPILE" if mode == "default" else "TORCH_COMPILE_" + mode.upper().replace("-", "_")
        yield name, compiled(loss, None if mode == "default" else mode)


def data(shape, element, device):
    generator = torch.Generator(device="cpu").manual_seed(7)
    logits = (2 * torch.randn(shape, generator=generator)).to(device=device, dtype=element).requires_grad_(True)
    labels = torch.randint(0, max(2, shape[1]), [shape[0]] + shape[2:], generator=generator).to(torch.uint8).to(device)
    return logits, labels


def check(loss, run, logits, labels):
    """Compares with the formula in double, eager, on a part that surely fits into memory."""
    part = slice(0, 1)
    small = logits[part].detach().clone().requires_grad_(True)
    value, gradient = run(small, labels[part])
    exact = logits[part].detach().double().clone().requires_grad_(True)
    expected, slope = value_and_gradient(loss)(exact, labels[part])
    bound = 1e-4 if logits.dtype == torch.float32 else 3e-2
    if not abs(value.item() - expected.item()) <= bound * max(1, abs(expected.item())):
        raise SystemExit(f"value {value.item()} instead of {expected.item()}")
    error = (gradient.double() - slope).abs().max().item()
    if not error <= bound * slope.abs().max().item():
        raise SystemExit(f"gradient off by {error}, largest element {slope.abs().max().item()}")


def timed(run, logits, labels, seconds):
    """Median of single calls in ms: events on a GPU, with the caches evicted before each; wall clock on a CPU."""
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


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def environment(device):
    gpu = {}
    if device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        gpu = {"gpu": {"name": properties.name, "compute": f"{properties.major}.{properties.minor}",
                       "cuda": torch.version.cuda}}
    return {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count(),
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
    shapes = arguments.shapes or (SHAPES if arguments.device == "cuda" else SMALL)
    rows = []
    for text in shapes:
        logits, labels = data([int(size) for size in text.split("x")], getattr(torch, arguments.element),
                              arguments.device)
        for name, loss in LOSSES.items():
            for contender, run in contenders(loss, arguments.modes):
                torch._dynamo.reset()
                check(loss, run, logits, labels)
                times = timed(run, logits, labels, arguments.seconds)
                row = {"benchmark": "loss", "contender": contender, "loss": name, "shape": text,
                       "element": arguments.element, "layout": "channels_first", "memory": "new",
                       "value": round(statistics.median(times), 4), "unit": "ms", "calls": len(times),
                       "spread": spread(times), "arrayBytes": extra_memory(run, logits, labels)}
                rows.append({key: value for key, value in row.items() if value is not None})
                print(rows[-1], flush=True)
                with open(arguments.out, "w", encoding="utf-8") as file:
                    json.dump({"environment": environment(arguments.device), "rows": rows}, file, indent=2)
                    file.write("\n")


if __name__ == "__main__":
    main()
