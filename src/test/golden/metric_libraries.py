"""Brings the metrics of the other libraries in, from checkouts of their own code.

None of their code is part of this project: a folder holds one checkout for each, named as in CHECKOUTS. What they
import and do not need to compute a metric is replaced by as much of it as they touch.
"""
import enum
import importlib
import sys
import types

import numpy as np
from scipy import ndimage

CHECKOUTS = {
    "torchmetrics": "Lightning-AI/torchmetrics dab0333",
    "monai": "Project-MONAI/MONAI d388d1c (1.5.0)",
    "smp-0.5.1": "qubvel-org/segmentation_models.pytorch 5006616 (0.5.1.dev0)",
    "surface-distance": "google-deepmind/surface-distance 1f805ce",
    "boundary-iou": "bowenc0221/boundary-iou-api 37d2558",
    "panopticapi": "cocodataset/panopticapi 7bb4655",
}


def module(name, **contents):
    made = types.ModuleType(name)
    made.__dict__.update(contents)
    sys.modules[name] = made
    return made


class NameEnum(str, enum.Enum):
    """The enum of lightning_utilities, whose members are found by their names in any case."""

    @classmethod
    def from_str(cls, value, source="key"):
        return next(each for each in cls if each.value.lower() == value.replace("-", "_").lower())

    def __eq__(self, other):
        return self.value.lower() == str(getattr(other, "value", other)).lower()

    def __hash__(self):
        return hash(self.value.lower())


class Absent:
    """The answer of lightning_utilities to whether a package is installed."""

    def __init__(self, *_, **__):
        pass

    def __bool__(self):
        return False


def torchmetrics(folder):
    core = "lightning_utilities.core"
    module("lightning_utilities", apply_to_collection=None)
    module(core)
    module(core + ".apply_func", apply_to_collection=None)
    module(core + ".enums", StrEnum=NameEnum)
    module(core + ".imports", RequirementCache=Absent, package_available=lambda _: False,
           compare_version=lambda *_, **__: False)
    sys.path.insert(0, str(folder / "src"))
    return [importlib.import_module("torchmetrics.functional." + each)
            for each in ("classification", "segmentation", "detection")]


def boundary_iou(folder):
    """The boundary of a mask, with erosion by SciPy in the place of OpenCV: what lies outside erodes nothing."""
    def erode(mask, kernel, iterations):
        return ndimage.binary_erosion(mask, kernel, iterations, border_value=1).astype(mask.dtype)

    module("cv2", BORDER_CONSTANT=0, erode=erode, copyMakeBorder=lambda mask, top, bottom, left, right, _, value:
           np.pad(mask, ((top, bottom), (left, right)), constant_values=value))
    module("pycocotools", mask=module("pycocotools.mask"))
    sys.path.insert(0, str(folder))
    return importlib.import_module("boundary_iou.utils.boundary_utils").mask_to_boundary


def panopticapi(folder):
    """The panoptic quality of COCO, whose images are given as arrays of segment ids, [H, W, 3], lowest byte first."""
    image = module("PIL.Image", open=lambda path: path)
    module("PIL", Image=image)
    sys.path.insert(0, str(folder))
    evaluation = importlib.import_module("panopticapi.evaluation")
    evaluation.os = types.SimpleNamespace(path=types.SimpleNamespace(join=lambda _, array: array))
    evaluation.print = lambda *_: None
    return evaluation


class Libraries:
    """The modules that hold the metrics."""

    def __init__(self, folder):
        self.classification, self.segmentation, self.detection = torchmetrics(folder / "torchmetrics")
        sys.path.insert(0, str(folder / "monai"))
        self.monai = importlib.import_module("monai.metrics")
        self.monai_reduction = importlib.import_module("monai.metrics.utils").do_metric_reduction
        # The package itself loads every network.
        package = module("segmentation_models_pytorch")
        package.__path__ = [str(folder / "smp-0.5.1" / "segmentation_models_pytorch")]
        self.smp = importlib.import_module("segmentation_models_pytorch.metrics.functional")
        sys.path.insert(0, str(folder / "surface-distance"))
        self.deepmind = importlib.import_module("surface_distance.metrics")
        self.mask_to_boundary = boundary_iou(folder / "boundary-iou")
        self.panopticapi = panopticapi(folder / "panopticapi")
