#!/usr/bin/env python3
"""Records what the metrics of other libraries compute, in double, of random label maps, masks, probabilities and
segments. README.md beside this file says more.

    python3 record_metrics.py --libraries DIR --seed 1 --each 100 --out cases.jsonl.gz
"""
import argparse
import gzip
import json
import pathlib

import numpy as np
import torch

from libraries import precision
from metric_libraries import Libraries

SMP_METRICS = ["fbeta_score", "f1_score", "iou_score", "accuracy", "recall", "specificity", "balanced_accuracy",
               "precision", "negative_predictive_value", "false_negative_rate", "false_positive_rate",
               "false_discovery_rate", "false_omission_rate", "positive_likelihood_ratio", "negative_likelihood_ratio"]
SMP_REDUCTIONS = ["none", "micro", "macro", "weighted", "micro-imagewise", "macro-imagewise", "weighted-imagewise"]
MONAI_METRICS = ["tpr", "tnr", "ppv", "npv", "fnr", "fpr", "fdr", "for", "pt", "ts", "acc", "ba", "f1", "mcc", "fm",
                 "bm", "mk"]


class Maps:
    """A true and a predicted label map of a few images. Regions hang together, and some classes may be absent."""

    def __init__(self, rng, sizes=None, classes=None):
        self.rng = rng
        self.n = int(rng.integers(1, 4))
        self.classes = classes or int(rng.integers(2, 6))
        self.sizes = sizes or [int(s) for s in rng.integers(3, 11, size=2)]
        # From mostly right to as good as random.
        wrong = rng.choice([0, 0.05, 0.3, 1])
        self.truth = np.stack([self.regions() for _ in range(self.n)])
        other = np.stack([self.regions() for _ in range(self.n)])
        self.predicted = np.where(rng.random(self.truth.shape) < wrong, other, np.roll(self.truth, 1, -1))

    def regions(self):
        points = self.rng.integers(1, 7)
        at = self.rng.random((points, len(self.sizes))) * self.sizes
        of = self.rng.integers(0, self.classes, points)
        places = np.stack(np.meshgrid(*[np.arange(s) for s in self.sizes], indexing="ij"), -1)
        return of[np.argmin(((places[..., None, :] - at) ** 2).sum(-1), -1)]

    def case(self, kind, **more):
        return {"kind": kind, "n": self.n, "sizes": self.sizes, "classes": self.classes, "truth": digits(self.truth),
                "predicted": digits(self.predicted), **more}

    def one_hot(self, of):
        return torch.nn.functional.one_hot(torch.from_numpy(of).long(), self.classes).movedim(-1, 1)


def digits(array):
    return "".join(str(int(v)) for v in np.asarray(array).reshape(-1))


def classes(libraries, rng):
    """Scores of one confusion matrix: torchmetrics, classification."""
    maps = Maps(rng)
    c = maps.classes
    # A label that is no class, or one that is.
    ignored = [None, c, 0][rng.integers(0, 3)]
    if ignored == c:
        maps.truth[rng.random(maps.truth.shape) < 0.2] = c
    p, t, k = torch.from_numpy(maps.predicted), torch.from_numpy(maps.truth), libraries.classification
    given, values = {"num_classes": c, "ignore_index": ignored}, {}
    counted = maps.truth != ignored
    if not counted.any():
        return classes(libraries, rng)
    same = set(maps.truth[counted]) == set(maps.predicted[counted])
    # An ignored class is left out of Jaccard alone there, and never takes part here.
    for name in ("jaccard_index", "f1_score", "precision", "recall", "specificity")[:1 if ignored == 0 else 5]:
        for average in ("none", "macro", "micro", "weighted"):
            # Classes of one side alone are 0 in these means there, and drop out here.
            if average == "macro" and (name == "specificity" or name in ("precision", "recall") and not same):
                continue
            values[f"{name} {average}"] = getattr(k, "multiclass_" + name)(p, t, average=average, **given)
    values["accuracy micro"] = k.multiclass_accuracy(p, t, average="micro", **given)
    # Where one side has one class alone, that of two classes is no correlation there: 1, -1 or anything between.
    if c > 2 or len(set(maps.truth[counted])) == len(set(maps.predicted[counted])) == 2:
        values["matthews_corrcoef"] = k.multiclass_matthews_corrcoef(p, t, **given)
    for weights in (None, "linear", "quadratic"):
        values[f"cohen_kappa {weights}"] = k.multiclass_cohen_kappa(p, t, weights=weights, **given)
    return maps.case("classes", ignored=ignored), values


def images(libraries, rng):
    """Scores of each image: torchmetrics, segmentation; MONAI."""
    maps = Maps(rng)
    p, t, c = torch.from_numpy(maps.predicted), torch.from_numpy(maps.truth), maps.classes
    background = bool(rng.integers(0, 2))
    values = {}
    given = {"num_classes": c, "include_background": background, "input_format": "index"}
    for average in ("none", "macro", "micro", "weighted"):
        for level in ("samplewise", "global"):
            values[f"dice_score {average} {level}"] = libraries.segmentation.dice_score(
                p, t, average=average, aggregation_level=level, **given)
    for per_class in (False, True):
        values[f"mean_iou {per_class}"] = libraries.segmentation.mean_iou(p, t, per_class=per_class, **given)
        if all((t == k).flatten(1).any(1).all() for k in range(0 if background else 1, c)):
            for weights in ("square", "simple", "linear"):
                values[f"generalized_dice_score {weights} {per_class}"] = libraries.segmentation.generalized_dice_score(
                    p, t, per_class=per_class, weight_type=weights, **given)
    monai, p, t = libraries.monai, maps.one_hot(maps.predicted), maps.one_hot(maps.truth)
    for empty in (False, True):
        given = {"include_background": background, "ignore_empty": empty}
        values[f"compute_dice {empty}"] = monai.compute_dice(p.bool(), t.bool(), **given)
        values[f"compute_iou {empty}"] = monai.compute_iou(p, t, **given)
        values[f"compute_dice {empty} mean"] = mean(libraries, values[f"compute_dice {empty}"])
    for weights in ("square", "simple", "uniform"):
        for added in (False, True):
            values[f"compute_generalized_dice {weights} {added}"] = monai.compute_generalized_dice(
                p, t, background, weights, added)
    matrix = monai.get_confusion_matrix(p, t)
    values["get_confusion_matrix"] = matrix
    for metric in MONAI_METRICS:
        values[f"compute_confusion_matrix_metric {metric}"] = monai.compute_confusion_matrix_metric(metric, matrix)
        values[f"compute_confusion_matrix_metric {metric} mean"] = mean(
            libraries, values[f"compute_confusion_matrix_metric {metric}"])
    return maps.case("images", background=background), values


def stats(libraries, rng):
    """Scores of each image with all reductions: segmentation_models.pytorch."""
    mode = ["multiclass", "multilabel", "binary"][rng.integers(0, 3)]
    if mode == "multiclass":
        maps = Maps(rng)
        ignored = [None, maps.classes][rng.integers(0, 2)]
        if ignored:
            maps.truth[rng.random(maps.truth.shape) < 0.2] = ignored
        case = maps.case("stats", mode=mode, ignored=ignored)
        counts = libraries.smp.get_stats(torch.from_numpy(maps.predicted), torch.from_numpy(maps.truth), mode,
                                         ignore_index=ignored, num_classes=maps.classes)
    else:
        # Each label is a map of two classes of its own; probabilities are eighths, so that some are the threshold.
        labels = 1 if mode == "binary" else int(rng.integers(2, 5))
        maps = Maps(rng, classes=2)
        truth = np.stack([maps.regions() for _ in range(maps.n * labels)]).reshape(maps.n, labels, *maps.sizes)
        eighths = np.clip(truth * 3 + rng.integers(0, 6, truth.shape), 0, 8)
        threshold = float(rng.choice([0.25, 0.5, 0.625]))
        case = {"kind": "stats", "mode": mode, "n": maps.n, "sizes": maps.sizes, "classes": labels,
                "threshold": threshold, "truth": digits(truth), "predicted": digits(eighths)}
        counts = libraries.smp.get_stats(torch.from_numpy(eighths / 8), torch.from_numpy(truth), mode,
                                         threshold=threshold)
    values = {"get_stats": torch.stack(counts)}
    case["weights"] = [int(w) for w in rng.integers(1, 9, case["classes"])]
    case["zero"] = float(rng.choice([0, 1, 0.5]))
    for name in SMP_METRICS:
        for reduction in SMP_REDUCTIONS:
            beta = {"beta": 2} if name == "fbeta_score" else {}
            weights = case["weights"] if "weighted" in reduction else None
            values[f"{name} {reduction}"] = getattr(libraries.smp, name)(
                *counts, reduction=reduction, class_weights=weights, zero_division=case["zero"], **beta)
    return case, values


def calibration(libraries, rng):
    """Calibration errors: torchmetrics. Probabilities are 64ths below 1, so that some lie on the borders of bins."""
    bins = int(rng.choice([4, 8, 10, 15, 16]))
    binary = bool(rng.integers(0, 2))
    maps = Maps(rng, classes=2 if binary else None)
    c = maps.classes
    ignored = [None, c][rng.integers(0, 2)]
    if ignored:
        maps.truth[rng.random(maps.truth.shape) < 0.2] = ignored
    shares = rng.dirichlet(np.full(c, 0.7), size=maps.truth.shape)
    parts = np.stack([rng.multinomial(64 - c, each) + 1 for each in shares.reshape(-1, c)])
    parts = np.moveaxis(parts.reshape(*maps.truth.shape, c), -1, 1)
    t, values = torch.from_numpy(maps.truth), {}
    for norm in ("l1", "l2", "max"):
        if binary:
            values[f"binary_calibration_error {norm}"] = libraries.classification.binary_calibration_error(
                torch.from_numpy(parts[:, 1] / 64), t, n_bins=bins, norm=norm, ignore_index=ignored)
        values[f"multiclass_calibration_error {norm}"] = libraries.classification.multiclass_calibration_error(
            torch.from_numpy(parts / 64), t, c, n_bins=bins, norm=norm, ignore_index=ignored)
    case = maps.case("calibration", bins=bins, ignored=ignored, probabilities=parts.reshape(-1).tolist())
    del case["predicted"]
    return case, values


def surfaces(libraries, rng):
    """Distances of surfaces: MONAI, DeepMind, torchmetrics; and boundary IoU."""
    solid = rng.random() < 0.4
    # torchmetrics takes square images alone.
    side = int(rng.integers(4, 12))
    square = rng.random() < 0.5
    maps = Maps(rng, classes=int(rng.integers(2, 4)), sizes=[int(s) for s in rng.integers(3, 7, 3)] if solid else
                [side, side] if square else [int(s) for s in rng.integers(3, 12, 2)])
    spacing = [float(s) for s in rng.choice([1, 1, 0.5, 2, 0.8, 1.25, 3.3], len(maps.sizes))]
    tolerance = float(rng.choice([0, 0.5, 1, 1.5, 2.6]))
    p, t, monai, values = maps.one_hot(maps.predicted), maps.one_hot(maps.truth), libraries.monai, {}
    given = {"include_background": True, "spacing": spacing}
    for percentile in (None, 95, 70):
        for directed in (False, True):
            values[f"compute_hausdorff_distance {percentile} {directed}"] = monai.compute_hausdorff_distance(
                p, t, percentile=percentile, directed=directed, **given)
    for symmetric in (False, True):
        values[f"compute_average_surface_distance {symmetric}"] = monai.compute_average_surface_distance(
            p, t, symmetric=symmetric, **given)
    for subvoxels in (False, True):
        values[f"compute_surface_dice {subvoxels}"] = monai.compute_surface_dice(
            p, t, [tolerance] * maps.classes, use_subvoxels=subvoxels, **given)
    for each in ("hausdorff_distance None False", "average_surface_distance True", "surface_dice False",
                 "surface_dice True"):
        values[f"mean compute_{each}"] = mean(libraries, values["compute_" + each])
    if not solid and square and all(of.flatten(2).any(2).all() for of in (p, t)):
        for directed in (False, True):
            values[f"hausdorff_distance {directed}"] = libraries.segmentation.hausdorff_distance(
                p, t, maps.classes, include_background=True, spacing=spacing, directed=directed)
    pairs = [(maps.predicted[n] == c, maps.truth[n] == c) for n in range(maps.n) for c in range(maps.classes)]
    values.update(of_masks(libraries, pairs, spacing, tolerance))
    if not solid:
        ratio = float(rng.choice([0.02, 0.1, 0.2]))
        edges = [[libraries.mask_to_boundary(m.astype(np.uint8), ratio) for m in pair] for pair in pairs]
        values[f"mask_to_boundary {ratio}"] = [float((a & b).sum() / np.float64((a | b).sum())) for a, b in edges]
    return maps.case("surfaces", spacing=spacing, tolerance=tolerance), values


def of_masks(libraries, pairs, spacing, tolerance):
    """DeepMind's, which have no classes."""
    dice, largest, average = [], [], []
    # Where the part ends at a border between two elements, rounding decides there.
    percentiles = {percent: [] for percent in (95 - 1e-9, 95, 95 + 1e-9)}
    for predicted, truth in pairs:
        distances = libraries.deepmind.compute_surface_distances(truth, predicted, spacing)
        dice.append(libraries.deepmind.compute_surface_dice_at_tolerance(distances, tolerance))
        largest.append(libraries.deepmind.compute_robust_hausdorff(distances, 100))
        average.extend(libraries.deepmind.compute_average_surface_distance(distances))
        for percent, each in percentiles.items():
            each.append(libraries.deepmind.compute_robust_hausdorff(distances, percent))
    values = {"compute_surface_dice_at_tolerance": dice, "compute_robust_hausdorff 100": largest,
              "compute_average_surface_distance of DeepMind": average}
    below, at, above = percentiles.values()
    if below == above:
        values["compute_robust_hausdorff 95"] = at
    return values


def segments(libraries, rng):
    """Panoptic quality: torchmetrics, COCO's panopticapi where no prediction is void, MONAI where nothing is."""
    maps = Maps(rng)
    c = maps.classes
    things = [k for k in range(c) if rng.random() < 0.6]
    stuff = [k for k in range(c) if k not in things]
    void = [None, "truth", "both"][rng.integers(0, 3)]
    instances = [np.stack([maps.regions() for _ in range(maps.n)]) for _ in range(2)]
    # Instances are alike often enough to match.
    instances[1] = np.where(rng.random() < 0.7, np.roll(instances[0], 1, -1), instances[1])
    if void:
        maps.truth[rng.random(maps.truth.shape) < 0.25] = c
    if void == "both":
        maps.predicted[rng.random(maps.truth.shape) < 0.25] = c
    p = torch.from_numpy(np.stack([maps.predicted, instances[1]], -1))
    t = torch.from_numpy(np.stack([maps.truth, instances[0]], -1))
    given = {"allow_unknown_preds_category": True, "return_per_class": True, "return_sq_and_rq": True}
    values = {"panoptic_quality": libraries.detection.panoptic_quality(p, t, things, stuff, **given)}
    values["panoptic_quality average"] = libraries.detection.panoptic_quality(
        p, t, things, stuff, allow_unknown_preds_category=True, return_sq_and_rq=True)
    if stuff:
        values["modified_panoptic_quality"] = libraries.detection.modified_panoptic_quality(
            p, t, things, stuff, allow_unknown_preds_category=True)
    if void != "both":
        values["panopticapi"] = coco(libraries, maps, instances, things)
    if not void and things:
        counts = torch.zeros(len(things), 4)
        for n in range(maps.n):
            for k, thing in enumerate(things):
                pred, truth = [torch.from_numpy((of[n] == thing) * (instance[n] + 1)) for of, instance in
                               ((maps.predicted, instances[1]), (maps.truth, instances[0]))]
                if pred.any() and truth.any():
                    counts[k] += libraries.monai.compute_panoptic_quality(pred, truth, output_confusion_matrix=True)
                else:
                    counts[k] += torch.tensor([0, len(pred[pred > 0].unique()), len(truth[truth > 0].unique()), 0])
        values["compute_panoptic_quality"] = counts
    return maps.case("segments", things=things, stuff=stuff, ignored=c if void else None,
                     trueInstances=digits(instances[0]), predictedInstances=digits(instances[1])), values


def coco(libraries, maps, instances, things):
    categories = {k: {"isthing": int(k in things)} for k in range(maps.classes)}
    annotations = []
    for n in range(maps.n):
        pair = []
        for of, instance in ((maps.truth[n], instances[0][n]), (maps.predicted[n], instances[1][n])):
            # Of each class and instance an id above 0, which is void; a class of stuff is one segment.
            ids = np.where(of == maps.classes, 0, 1 + 10 * of + np.where(np.isin(of, things), instance, 0))
            pair.append({"image_id": n, "file_name": np.stack([ids, 0 * ids, 0 * ids], -1), "segments_info":
                         [{"id": int(k), "category_id": int(k - 1) // 10, "area": int((ids == k).sum()), "iscrowd": 0}
                          for k in np.unique(ids) if k]})
        annotations.append(tuple(pair))
    result = libraries.panopticapi.pq_compute_single_core(0, annotations, None, None, categories)
    average, each = result.pq_average(categories, None)
    order = things + [k for k in categories if k not in things]
    return [[each[k][q] for q in ("pq", "sq", "rq")] for k in order] + [[average[q] for q in ("pq", "sq", "rq")]]


KINDS = {each.__name__: each for each in (classes, images, stats, calibration, surfaces, segments)}


def mean(libraries, scores):
    """MONAI's reduction, which writes into what it is given."""
    return libraries.monai_reduction(scores.clone(), "mean")[0]


def numbers(value):
    """A list of all numbers, rounded to what the tests look at; what JSON has no number for is a text."""
    return [float(f"{v:.14g}") if np.isfinite(v) else "NaN" if np.isnan(v) else "Infinity" if v > 0 else "-Infinity"
            for v in np.asarray(value, dtype=np.float64).reshape(-1)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--libraries", type=pathlib.Path, required=True, help="folder with the checkouts")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--each", type=int, default=100, help="cases of each kind")
    arguments.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    given = arguments.parse_args()
    libraries = Libraries(given.libraries)
    lines = []
    for kind in given.kinds:
        rng = np.random.default_rng([given.seed, *kind.encode()])
        for k in range(given.each):
            with precision(torch.float64), np.errstate(all="ignore"):
                case, values = KINDS[kind](libraries, rng)
            case["id"] = f"{kind}-{given.seed}-{k}"
            case["values"] = {name: numbers(value) for name, value in values.items()}
            lines.append(json.dumps(case, separators=(",", ":")))
        print(kind, given.each)
    given.out.write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0))


if __name__ == "__main__":
    main()
