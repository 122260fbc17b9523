"""For each loss of each library: random arguments, fitting inputs, and the call of the library's own code."""
import numpy as np
import torch


def some(rng, probability):
    return rng.random() < probability


def pick(rng, *values):
    return values[int(rng.integers(0, len(values)))]


def weights(rng, count):
    return [float(k) / 16 for k in rng.integers(1, 49, count)]


def maybe(rng, params, probability=0.5, **values):
    """Sets each argument with some probability to one of its values."""
    for name, choices in values.items():
        if some(rng, probability):
            params[name] = pick(rng, *choices)


def subset(rng, c):
    return [int(k) for k in rng.permutation(c)[: int(rng.integers(1, c + 1))]]


def truth_of(inputs, dtype):
    return torch.from_numpy(np.ascontiguousarray(inputs.truth)).to(dtype)


def labels_of(inputs):
    return torch.from_numpy(inputs.labels).long()


def inside(case, activation):
    """The library applies it."""
    case["activation"] = activation
    case["activation_by"] = "peer"


def of_probabilities(case, inputs, exclusive):
    """Either probabilities as they are, or logits whose activation comes in front of the library."""
    if some(inputs.rng, 0.5):
        inputs.probabilities(exclusive)
        case["pred_is"] = "probs"
    else:
        inputs.logits()
        case["activation"] = "softmax" if exclusive else "sigmoid"
        case["activation_by"] = "harness"


# segmentation_models


def keras_layout(inputs, case, libraries):
    layout = pick(inputs.rng, "channels_first", "channels_last")
    case["layout"] = layout
    if layout == "channels_last":
        inputs.last()
    plus = case.get("bce_variant") == "clip_plus_eps"

    def run_of(loss):
        def run(p, given, dtype):
            libraries.use_keras(layout, plus)
            return loss()(truth_of(given, dtype), p)
        return run
    return layout, run_of


def with_array(params):
    """Weights as the library wants them."""
    made = dict(params)
    if made.get("class_weights") is not None:
        made["class_weights"] = torch.as_tensor(made["class_weights"])
    return made


def keras_region(name, metric=False, **more):
    def draw(libraries, rng, inputs, case):
        exclusive = some(rng, 0.6)
        inputs.shape(int(rng.integers(1, 8)), dims=2)
        inputs.one_hot() if exclusive else inputs.binary(soft=some(rng, 0.3))
        of_probabilities(case, inputs, exclusive and inputs.c > 1)
        params = case["params"]
        maybe(rng, params, 0.5, per_image=[True], smooth=[1e-5, 1.0, 1e-3, 1e-11], **more)
        if some(rng, 0.4):
            params["class_indexes"] = pick(rng, int(rng.integers(0, inputs.c)), subset(rng, inputs.c),
                                           [int(k) for k in rng.integers(0, inputs.c, 3)])
        chosen = params.get("class_indexes", list(range(inputs.c)))
        if some(rng, 0.4):
            params["class_weights"] = pick(rng, weights(rng, 1)[0],
                                           weights(rng, 1 if isinstance(chosen, int) else len(chosen)))
        if metric:
            case["kind"] = "metric"
            maybe(rng, params, 0.6, threshold=[0.5, 0.25, 0.75])
            if case["activation_by"]:
                inputs.probabilities(exclusive and inputs.c > 1)
                case.update(activation="none", activation_by=None, pred_is="probs")
        _, run_of = keras_layout(inputs, case, libraries)
        module = libraries.keras_metrics if metric else libraries.keras
        case["run"] = run_of(lambda: getattr(module, name)(**with_array(params)))
    return draw


def keras_binary(name, **more):
    def draw(libraries, rng, inputs, case):
        inputs.shape(int(rng.integers(1, 6)), dims=2).binary(soft=some(rng, 0.3))
        of_probabilities(case, inputs, False)
        maybe(rng, case["params"], 0.6, **more)
        if name == "BinaryCELoss":
            case["bce_variant"] = pick(rng, "clip", "clip_plus_eps")
        _, run_of = keras_layout(inputs, case, libraries)
        case["run"] = run_of(lambda: getattr(libraries.keras, name)(**case["params"]))
    return draw


def keras_categorical(name, **more):
    def draw(libraries, rng, inputs, case):
        inputs.shape(int(rng.integers(2, 8)), dims=2).one_hot()
        of_probabilities(case, inputs, True)
        params = case["params"]
        maybe(rng, params, 0.6, **more)
        if some(rng, 0.4):
            params["class_indexes"] = pick(rng, int(rng.integers(0, inputs.c)), subset(rng, inputs.c))
        layout, run_of = keras_layout(inputs, case, libraries)
        if name == "CategoricalCELoss" and some(rng, 0.5):
            chosen = params.get("class_indexes", list(range(inputs.c)))
            params["class_weights"] = weights(rng, 1)[0]
            if layout == "channels_last":
                params["class_weights"] = weights(rng, 1 if isinstance(chosen, int) else len(chosen))
        case["run"] = run_of(lambda: getattr(libraries.keras, name)(**with_array(params)))
    return draw


# segmentation_models.pytorch


def smp_inputs(rng, inputs, case, mode, from_logits, void=None, soft=0.3):
    """Inputs of a mode, and what the library applies to logits."""
    inputs.shape(1 if mode == "binary" else int(rng.integers(2, 7)))
    if mode == "multiclass":
        inputs.indices(void=void)
    else:
        inputs.binary(soft=void is None and some(rng, soft), void=void)
    if from_logits:
        inputs.logits()
        inside(case, "softmax" if mode == "multiclass" else "sigmoid")
    else:
        inputs.probabilities(mode == "multiclass")
        case["pred_is"] = "probs"


def smp_run(libraries, source, name, case):
    def run(p, inputs, dtype):
        params = {k: v for k, v in case["params"].items()}
        if case["class"] == "SoftBCEWithLogitsLoss":
            for each in ("weight", "pos_weight"):
                if each in params:
                    params[each] = torch.as_tensor(params[each])
        loss = getattr(libraries.smp[source], name)(**params)
        return loss(p, labels_of(inputs) if inputs.labels is not None else truth_of(inputs, dtype))
    return run


def smp_region(source, name, **more):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        mode = params["mode"] = pick(rng, "binary", "multiclass", "multilabel")
        maybe(rng, params, 0.4, from_logits=[False], log_loss=[True], smooth=[1.0, 1e-3, 0.5], eps=[1e-3, 1e-5], **more)
        newest = source == "smp_0_5_1"
        void = None
        if (name != "JaccardLoss" or newest) and some(rng, 0.4):
            void = params["ignore_index"] = pick(rng, 255, -1) if mode != "multiclass" else pick(rng, 255, -1, 0)
        smp_inputs(rng, inputs, case, mode, params.get("from_logits", True), void)
        if mode != "binary" and some(rng, 0.4):
            params["classes"] = subset(rng, inputs.c)
        if newest and mode != "binary" and some(rng, 0.5):
            params["class_weights"] = weights(rng, inputs.c)
        case["run"] = smp_run(libraries, source, name, case)
    return draw


def smp_lovasz(source):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        mode = params["mode"] = pick(rng, "binary", "multiclass", "multilabel")
        maybe(rng, params, 0.5, per_image=[True, False])
        void = None
        if some(rng, 0.4):
            void = params["ignore_index"] = pick(rng, 255, -1)
        smp_inputs(rng, inputs, case, mode, True, void, soft=0)
        if mode == "multiclass":
            inputs.without_void_images(void)
        inputs.without_ties()
        if mode != "multiclass":
            case["activation"] = "none"
        case["run"] = smp_run(libraries, source, "LovaszLoss", case)
    return draw


def smp_mcc(source):
    def draw(libraries, rng, inputs, case):
        inputs.shape(1).binary(soft=some(rng, 0.3)).probabilities(False)
        case["pred_is"] = "probs"
        maybe(rng, case["params"], 0.7, eps=[1e-3, 1e-5, 1.0])
        case["run"] = smp_run(libraries, source, "MCCLoss", case)
    return draw


def smp_focal(source):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        mode = params["mode"] = pick(rng, "binary", "multiclass", "multilabel")
        maybe(rng, params, 0.5, gamma=[1.0, 2.0, 3.0, 0.5, 0.0, 1.5], alpha=[0.25, 0.75, 0.5, 0.0, 1.0],
              normalized=[True], reduced_threshold=[0.5, 0.25], reduction=["sum", "mean"])
        newest = source == "smp_0_5_1"
        void = None
        # The newest version fails where each class has labels of its own.
        if some(rng, 0.4) and not (newest and mode == "multilabel"):
            void = params["ignore_index"] = pick(rng, 255, -1) if mode != "multiclass" else pick(rng, 255, -1, 0)
        from_logits = not newest or mode == "multiclass" or some(rng, 0.7)
        if not from_logits:
            params["from_logits"] = False
        smp_inputs(rng, inputs, case, mode, from_logits, void, soft=0.6 if from_logits else 0)
        if from_logits:
            inside(case, "sigmoid")
        if newest and mode != "binary" and some(rng, 0.4):
            params["class_weights"] = weights(rng, inputs.c)
        case["run"] = smp_run(libraries, source, "FocalLoss", case)
    return draw


def smp_bce(source):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        maybe(rng, params, 0.5, reduction=["sum", "mean"], smooth_factor=[0.125, 0.25, 0.0, 0.5])
        void = -100
        if some(rng, 0.5):
            void = params["ignore_index"] = pick(rng, 255, -1)
        smp_inputs(rng, inputs, case, pick(rng, "binary", "multilabel"), True, pick(rng, None, void))
        for each in ("weight", "pos_weight"):
            if some(rng, 0.4):
                spread = [inputs.c] + [1] * len(inputs.spatial)
                params[each] = np.array(weights(rng, inputs.c)).reshape(spread).tolist()
        case["run"] = smp_run(libraries, source, "SoftBCEWithLogitsLoss", case)
    return draw


def smp_ce(source):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        # Without it the library multiplies with None.
        params["smooth_factor"] = pick(rng, 0.0, 0.125, 0.5, 1.0)
        maybe(rng, params, 0.5, reduction=["sum", "mean"])
        void = -100
        if some(rng, 0.5):
            void = params["ignore_index"] = pick(rng, 255, -1, 0)
        smp_inputs(rng, inputs, case, "multiclass", True, pick(rng, None, void))
        case["run"] = smp_run(libraries, source, "SoftCrossEntropyLoss", case)
    return draw


def smp(source):
    return {"JaccardLoss": smp_region(source, "JaccardLoss"), "DiceLoss": smp_region(source, "DiceLoss"),
            "TverskyLoss": smp_region(source, "TverskyLoss", alpha=[0.25, 0.75, 1.0, 0.0], beta=[0.25, 0.75, 1.0],
                                      gamma=[2.0, 1.5, 0.5, 1.0]),
            "MCCLoss": smp_mcc(source), "LovaszLoss": smp_lovasz(source), "FocalLoss": smp_focal(source),
            "SoftBCEWithLogitsLoss": smp_bce(source), "SoftCrossEntropyLoss": smp_ce(source)}


# MONAI


def monai_activation(rng, inputs, case, params, single=0.25):
    """Sigmoid of channels, softmax of classes, or probabilities, with labels that fit."""
    kind = pick(rng, "sigmoid", "softmax", "softmax", "none")
    inputs.shape(1 if some(rng, single) else int(rng.integers(2, 6)))
    if kind != "none":
        params[kind] = True
    if kind == "softmax" and inputs.c > 1:
        if some(rng, 0.5):
            params["to_onehot_y"] = True
            inputs.indices()
        elif some(rng, 0.3):
            inputs.mixtures()
        else:
            inputs.one_hot()
    else:
        inputs.binary(soft=some(rng, 0.3))
    if kind == "none" or kind == "softmax" and inputs.c == 1:
        inputs.probabilities(False)
        case["pred_is"] = "probs"
    else:
        inputs.logits()
        inside(case, kind)


def monai_common(rng, params, inputs):
    maybe(rng, params, 0.4, include_background=[False], smooth_nr=[0.0, 1e-3, 1.0], smooth_dr=[1e-5, 1e-3, 1.0],
          batch=[True], reduction=["sum", "mean"])


def monai_target(inputs, dtype):
    return labels_of(inputs).unsqueeze(1).to(dtype) if inputs.labels is not None else truth_of(inputs, dtype)


def monai_run(libraries, name, case):
    module = libraries.monai if hasattr(libraries.monai, name) else libraries.monai_unified

    def run(p, inputs, dtype):
        # The type of one-hot labels is a default of the function, and so that of the time when it was made.
        libraries.monai_one_hot.__defaults__ = (dtype, *libraries.monai_one_hot.__defaults__[1:])
        params = dict(case["params"])
        if "dist_matrix" in params:
            params["dist_matrix"] = torch.as_tensor(params["dist_matrix"])
        if name == "DiceCELoss" and "weight" in params:
            params["weight"] = torch.as_tensor(params["weight"])
        return getattr(module, name)(**params)(p, monai_target(inputs, dtype))
    return run


def class_count(params, inputs):
    return inputs.c if inputs.c == 1 or params.get("include_background", True) else inputs.c - 1


def monai_weight(rng, params, inputs, scalar=True):
    if some(rng, 0.4):
        params["weight"] = weights(rng, class_count(params, inputs))
        if scalar and some(rng, 0.2):
            params["weight"] = weights(rng, 1)[0]


def monai_dice(name):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        monai_activation(rng, inputs, case, params)
        monai_common(rng, params, inputs)
        maybe(rng, params, 0.4, squared_pred=[True], jaccard=[True], soft_label=[True])
        monai_weight(rng, params, inputs)
        case["run"] = monai_run(libraries, name, case)
    return draw


def monai_generalised(libraries, rng, inputs, case):
    params = case["params"]
    monai_activation(rng, inputs, case, params)
    monai_common(rng, params, inputs)
    maybe(rng, params, 0.5, w_type=["square", "simple", "uniform"], soft_label=[True])
    case["run"] = monai_run(libraries, "GeneralizedDiceLoss", case)


def monai_tversky(libraries, rng, inputs, case):
    params = case["params"]
    monai_activation(rng, inputs, case, params)
    monai_common(rng, params, inputs)
    maybe(rng, params, 0.5, alpha=[0.25, 0.75, 1.0], beta=[0.25, 0.75, 1.0], soft_label=[True])
    case["run"] = monai_run(libraries, "TverskyLoss", case)


def monai_wasserstein(libraries, rng, inputs, case):
    params = case["params"]
    # Of several images the library multiplies the labels of each with the predictions of all.
    inputs.shape(int(rng.integers(2, 6)), n=1).indices().logits()
    inside(case, "softmax")
    distances = rng.integers(1, 17, (inputs.c, inputs.c)) / 16
    distances = np.maximum(distances, distances.T)
    np.fill_diagonal(distances, 0)
    params["dist_matrix"] = distances.tolist()
    maybe(rng, params, 0.5, weighting_mode=["default", "GDL"], reduction=["sum", "mean"], smooth_nr=[0.0, 1e-3, 1.0],
          smooth_dr=[1e-5, 1e-3, 1.0])
    case["run"] = monai_run(libraries, "GeneralizedWassersteinDiceLoss", case)


def monai_focal(libraries, rng, inputs, case):
    params = case["params"]
    inputs.shape(1 if some(rng, 0.2) else int(rng.integers(2, 6)))
    softmax = some(rng, 0.5) and inputs.c > 1
    if softmax:
        params["use_softmax"] = True
    if inputs.c > 1 and some(rng, 0.5):
        params["to_onehot_y"] = True
        inputs.indices()
    elif softmax:
        pick(rng, inputs.one_hot, inputs.mixtures)()
    else:
        inputs.binary(soft=some(rng, 0.6))
    inputs.logits()
    inside(case, "softmax" if softmax else "sigmoid")
    maybe(rng, params, 0.5, include_background=[False], gamma=[0.0, 0.5, 1.0, 2.0, 3.0], alpha=[0.25, 0.75, 0.0, 1.0],
          reduction=["sum", "mean"])
    if softmax and inputs.c == 2 and not params.get("include_background", True):
        params["include_background"] = True
    monai_weight(rng, params, inputs)
    case["run"] = monai_run(libraries, "FocalLoss", case)


def monai_dice_ce(libraries, rng, inputs, case):
    params = case["params"]
    monai_activation(rng, inputs, case, params)
    if case["pred_is"] == "probs":
        inputs.logits()
        inside(case, "none")
        params.pop("softmax", None)
        params["sigmoid"] = True
        case["activation"] = "sigmoid"
    monai_common(rng, params, inputs)
    maybe(rng, params, 0.4, squared_pred=[True], jaccard=[True], lambda_dice=[0.5, 0.0, 2.0], lambda_ce=[0.5, 2.0],
          label_smoothing=[0.1, 0.5])
    if some(rng, 0.4) and not (inputs.c == 1 and not params.get("include_background", True)):
        params["weight"] = weights(rng, inputs.c)
    case["run"] = monai_run(libraries, "DiceCELoss", case)


def monai_dice_focal(name):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        monai_activation(rng, inputs, case, params)
        if case["pred_is"] == "probs":
            inputs.logits()
            params.pop("softmax", None)
            params["sigmoid"] = True
            inside(case, "sigmoid")
        monai_common(rng, params, inputs)
        maybe(rng, params, 0.4, gamma=[0.0, 0.5, 1.0, 3.0], lambda_focal=[0.5, 2.0, 0.0])
        if name == "DiceFocalLoss":
            maybe(rng, params, 0.4, squared_pred=[True], jaccard=[True], lambda_dice=[0.5, 2.0], alpha=[0.25, 0.75])
        else:
            maybe(rng, params, 0.4, w_type=["square", "simple", "uniform"], lambda_gdl=[0.5, 2.0])
        monai_weight(rng, params, inputs)
        case["run"] = monai_run(libraries, name, case)
    return draw


def monai_asymmetric(name, **more):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        inputs.shape(2)
        if name != "AsymmetricUnifiedFocalLoss" and some(rng, 0.5):
            params["to_onehot_y"] = True
            inputs.indices()
        else:
            inputs.one_hot()
        if some(rng, 0.5):
            inputs.probabilities(True)
            case["pred_is"] = "probs"
        else:
            # The library clips what it sums up, too, which is felt where predictions are nearly certain.
            inputs.logits(extreme=name == "AsymmetricFocalLoss")
            case.update(activation="softmax", activation_by="harness")
        maybe(rng, params, 0.6, delta=[0.6, 0.3], **more)
        case["run"] = monai_run(libraries, name, case)
    return draw


MONAI = {
    "DiceLoss": monai_dice("DiceLoss"), "GeneralizedDiceLoss": monai_generalised, "TverskyLoss": monai_tversky,
    "GeneralizedWassersteinDiceLoss": monai_wasserstein, "FocalLoss": monai_focal, "DiceCELoss": monai_dice_ce,
    "DiceFocalLoss": monai_dice_focal("DiceFocalLoss"),
    "GeneralizedDiceFocalLoss": monai_dice_focal("GeneralizedDiceFocalLoss"),
    "AsymmetricFocalLoss": monai_asymmetric("AsymmetricFocalLoss", gamma=[0.5, 1.0, 2.0]),
    "AsymmetricFocalTverskyLoss": monai_asymmetric("AsymmetricFocalTverskyLoss", gamma=[0.25, 0.5, 0.75]),
    "AsymmetricUnifiedFocalLoss": monai_asymmetric("AsymmetricUnifiedFocalLoss", gamma=[0.25, 0.5, 0.75],
                                                   weight=[0.25, 0.75]),
}


# torch


def torch_ce(libraries, rng, inputs, case):
    params = case["params"]
    inputs.shape(int(rng.integers(2, 7)))
    void = -100
    if some(rng, 0.3):
        void = params["ignore_index"] = pick(rng, 255, -1, 0)
    if some(rng, 0.7):
        inputs.indices(void=pick(rng, None, void))
    else:
        params.pop("ignore_index", None)
        params["target"] = "probabilities"
        pick(rng, inputs.one_hot, inputs.mixtures)()
    inputs.logits()
    inside(case, "softmax")
    maybe(rng, params, 0.5, reduction=["sum", "mean"], label_smoothing=[0.1, 0.5, 1.0], weight=[weights(rng, inputs.c)])

    def run(p, given, dtype):
        arguments = {k: v for k, v in params.items() if k != "target"}
        if "weight" in arguments:
            arguments["weight"] = torch.as_tensor(arguments["weight"])
        return torch.nn.CrossEntropyLoss(**arguments)(p, truth_of(given, dtype) if given.labels is None
                                                      else labels_of(given))
    case["run"] = run


def torch_bce(name):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        inputs.shape(int(rng.integers(1, 5))).binary(soft=some(rng, 0.4))
        spread = [inputs.c] + [1] * len(inputs.spatial)
        maybe(rng, params, 0.4, reduction=["sum", "mean"],
              weight=[np.array(weights(rng, inputs.c)).reshape(spread).tolist()])
        if name == "BCEWithLogitsLoss":
            inputs.logits()
            inside(case, "sigmoid")
            maybe(rng, params, 0.4, pos_weight=[np.array(weights(rng, inputs.c)).reshape(spread).tolist()])
        else:
            inputs.probabilities(False)
            if some(rng, 0.3):
                # Where such a prediction is the label itself, the library has no slope, and the formula has one of 1.
                certain = pick(rng, 0, 1)
                inputs.pred[(rng.random(inputs.pred.shape) < 0.2) & (inputs.truth != certain)] = certain
                inputs.tags.add("pred:certain")
            case["pred_is"] = "probs"

        def run(p, given, dtype):
            arguments = {k: torch.as_tensor(v) if "weight" in k else v for k, v in params.items()}
            return getattr(torch.nn, name)(**arguments)(p, truth_of(given, dtype))
        case["run"] = run
    return draw


# nnU-Net


def nnunet_dice_params(rng, name):
    params = {}
    maybe(rng, params, 0.5, batch_dice=[True], do_bg=[False], smooth=[1e-5, 0.0, 1.0])
    if name == "SoftDiceLoss":
        maybe(rng, params, 0.3, clip_tp=[1.0, 5.0])
    return params


def nnunet_target(inputs, dtype):
    return truth_of(inputs, dtype) if inputs.labels is None else labels_of(inputs).unsqueeze(1)


def nnunet_alone(name):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        params.update(nnunet_dice_params(rng, name))
        nonlin = pick(rng, "softmax_helper_dim1", "torch.sigmoid", None)
        inputs.shape(int(rng.integers(2, 6)))
        if nonlin == "softmax_helper_dim1":
            pick(rng, inputs.indices, inputs.one_hot)()
        else:
            inputs.binary()
        if nonlin:
            params["apply_nonlin"] = nonlin
            inputs.logits()
            inside(case, "sigmoid" if "sigmoid" in nonlin else "softmax")
        else:
            inputs.probabilities(False)
            case["pred_is"] = "probs"

        def run(p, given, dtype):
            arguments = dict(params, ddp=False)
            if nonlin:
                arguments["apply_nonlin"] = (torch.sigmoid if "sigmoid" in nonlin
                                             else libraries.nnunet.softmax_helper_dim1)
            return getattr(libraries.nnunet, name)(**arguments)(p, nnunet_target(given, dtype))
        case["run"] = run
    return draw


def nnunet_entropy(name):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        inputs.shape(int(rng.integers(2, 6)))
        void = None
        if some(rng, 0.4):
            void = params["ignore_index"] = pick(rng, 255, -1)
        inputs.indices(void=void).without_void_images(void).logits()
        inside(case, "softmax")
        maybe(rng, params, 0.4, weight=[weights(rng, inputs.c)])
        if name == "TopKLoss":
            inputs.without_ties()
            maybe(rng, params, 0.7, k=[10, 20, 50, 100])
        else:
            maybe(rng, params, 0.5, label_smoothing=[0.1, 0.5], reduction=["sum", "mean"])

        def run(p, given, dtype):
            arguments = dict(params)
            if "weight" in arguments:
                arguments["weight"] = torch.as_tensor(arguments["weight"])
            return getattr(libraries.nnunet, name)(**arguments)(p, nnunet_target(given, dtype))
        case["run"] = run
    return draw


def nnunet_sum(name):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        dice = pick(rng, "SoftDiceLoss", "MemoryEfficientSoftDiceLoss")
        if name == "DC_and_topk_loss":
            dice = "SoftDiceLoss"
        params["soft_dice_kwargs"] = nnunet_dice_params(rng, dice)
        kwargs = params["bce_kwargs" if name == "DC_and_BCE_loss" else "ce_kwargs"] = {}
        if name != "DC_and_topk_loss":
            params["dice_class"] = dice
        maybe(rng, params, 0.4, weight_ce=[0.5, 2.0, 0.0], weight_dice=[0.5, 2.0])
        inputs.shape(int(rng.integers(2, 6)))
        if name == "DC_and_BCE_loss":
            inputs.binary().logits()
            inside(case, "sigmoid")
            if some(rng, 0.4):
                params["use_ignore_label"] = True
                mask = rng.random((inputs.n, *inputs.spatial)) < pick(rng, 0.3, 0.9)
                mask[~mask.reshape(inputs.n, -1).any(1)] = True
                inputs.maps["mask"] = mask.astype("<f4")
        else:
            void = None
            if some(rng, 0.5):
                void = params["ignore_label"] = pick(rng, 255, -1, inputs.c)
            inputs.indices(void=void).without_void_images(void).logits()
            inside(case, "softmax")
            maybe(rng, kwargs, 0.4, weight=[weights(rng, inputs.c)])
            if name == "DC_and_topk_loss":
                inputs.without_ties()
                maybe(rng, kwargs, 0.7, k=[10, 20, 50, 100])
            else:
                maybe(rng, kwargs, 0.4, label_smoothing=[0.1, 0.5])

        def run(p, given, dtype):
            parts = dict(soft_dice_kwargs=dict(params["soft_dice_kwargs"], ddp=False))
            own = dict(kwargs)
            if "weight" in own:
                own["weight"] = torch.as_tensor(own["weight"])
            parts["bce_kwargs" if name == "DC_and_BCE_loss" else "ce_kwargs"] = own
            if "dice_class" in params:
                parts["dice_class"] = getattr(libraries.nnunet, dice)
            arguments = {**params, **parts}
            target = nnunet_target(given, dtype)
            if "mask" in given.maps:
                ignored = 1 - torch.from_numpy(given.maps["mask"]).to(dtype).unsqueeze(1)
                target = torch.cat([target, ignored], 1)
            return getattr(libraries.nnunet, name)(**arguments)(p, target)
        case["run"] = run
    return draw


NNUNET = {
    "SoftDiceLoss": nnunet_alone("SoftDiceLoss"),
    "MemoryEfficientSoftDiceLoss": nnunet_alone("MemoryEfficientSoftDiceLoss"),
    "RobustCrossEntropyLoss": nnunet_entropy("RobustCrossEntropyLoss"), "TopKLoss": nnunet_entropy("TopKLoss"),
    "DC_and_CE_loss": nnunet_sum("DC_and_CE_loss"), "DC_and_BCE_loss": nnunet_sum("DC_and_BCE_loss"),
    "DC_and_topk_loss": nnunet_sum("DC_and_topk_loss"),
}


# The papers' own code


def lovasz_softmax(libraries, rng, inputs, case):
    params = case["params"]
    inputs.shape(int(rng.integers(2, 6)), dims=2)
    maybe(rng, params, 0.5, per_image=[True], classes=["present", "all", subset(rng, inputs.c)])
    void = None
    if some(rng, 0.4):
        void = params["ignore"] = 255
    # The library fails where an image of several is void altogether.
    inputs.indices(void=void).without_void_images(void).without_ties()
    case.update(activation="softmax", activation_by="harness")

    def run(p, given, dtype):
        # Newer versions of Python compare words by identity only where both come from one place.
        classes = {"present": "present", "all": "all"}.get(str(params.get("classes", "present")), params.get("classes"))
        return libraries.lovasz.lovasz_softmax(p, labels_of(given), **{**params, "classes": classes})
    case["run"] = run


def lovasz_hinge(libraries, rng, inputs, case):
    params = case["params"]
    params["per_image"] = some(rng, 0.5)
    void = None
    if some(rng, 0.4):
        void = params["ignore"] = 255
    inputs.shape(1, dims=2).binary(void=void).without_ties()

    def run(p, given, dtype):
        return libraries.lovasz.lovasz_hinge(p[:, 0], truth_of(given, dtype)[:, 0], **params)
    case["run"] = run


def unified(name, **more):
    def draw(libraries, rng, inputs, case):
        params = case["params"]
        inputs.shape(2, dims=2).one_hot()
        if some(rng, 0.5):
            inputs.probabilities(True)
            case["pred_is"] = "probs"
        else:
            inputs.logits(extreme=False)
            case.update(activation="softmax", activation_by="harness")
        case["layout"] = "channels_last"
        inputs.last()
        maybe(rng, params, 0.6, delta=[0.6, 0.3], **more)
        case["run"] = lambda p, given, dtype: getattr(libraries.unified, name)(**params)(truth_of(given, dtype), p)
    return draw


def skeleton_recall(libraries, rng, inputs, case):
    params = case["params"]
    maybe(rng, params, 0.6, batch_dice=[True], smooth=[1e-5, 1.0, 0.5])
    inputs.shape(int(rng.integers(2, 6))).indices().logits()
    case.update(activation="softmax", activation_by="harness")
    skeleton = np.where(rng.random(inputs.labels.shape) < 0.4, inputs.labels, 0).astype("<i4")
    inputs.maps["skeleton"] = skeleton

    def run(p, given, dtype):
        target = torch.from_numpy(given.maps["skeleton"]).unsqueeze(1).to(dtype)
        return libraries.skeleton.SoftSkeletonRecallLoss(do_bg=False, ddp=False, **params)(p, target)
    case["run"] = run


UNIFIED = {
    "symmetric_focal_loss": unified("symmetric_focal_loss", gamma=[0.5, 1.0, 2.0]),
    "asymmetric_focal_loss": unified("asymmetric_focal_loss", gamma=[0.5, 1.0, 2.0]),
    "symmetric_focal_tversky_loss": unified("symmetric_focal_tversky_loss", gamma=[0.25, 0.5, 0.75]),
    "asymmetric_focal_tversky_loss": unified("asymmetric_focal_tversky_loss", gamma=[0.25, 0.5, 0.75]),
    "sym_unified_focal_loss": unified("sym_unified_focal_loss", gamma=[0.25, 0.5], weight=[0.25, 0.75]),
    "asym_unified_focal_loss": unified("asym_unified_focal_loss", gamma=[0.25, 0.5], weight=[0.25, 0.75]),
}

GAMMA_ALPHA = {"gamma": [0.5, 1.0, 2.0, 3.0], "alpha": [0.25, 0.5, 0.75]}

SOURCES = {
    "keras_sm": {
        "JaccardLoss": keras_region("JaccardLoss"), "DiceLoss": keras_region("DiceLoss", beta=[0.5, 1, 2]),
        "BinaryCELoss": keras_binary("BinaryCELoss"), "BinaryFocalLoss": keras_binary("BinaryFocalLoss", **GAMMA_ALPHA),
        "CategoricalCELoss": keras_categorical("CategoricalCELoss"),
        "CategoricalFocalLoss": keras_categorical("CategoricalFocalLoss", **GAMMA_ALPHA),
        "IOUScore": keras_region("IOUScore", metric=True),
        "FScore": keras_region("FScore", metric=True, beta=[0.5, 1, 2]),
        "Precision": keras_region("Precision", metric=True), "Recall": keras_region("Recall", metric=True),
    },
    "smp": smp("smp"),
    "smp_0_5": smp("smp_0_5"),
    "smp_0_5_1": smp("smp_0_5_1"),
    "monai": MONAI,
    "torch": {"CrossEntropyLoss": torch_ce, "BCEWithLogitsLoss": torch_bce("BCEWithLogitsLoss"),
              "BCELoss": torch_bce("BCELoss")},
    "nnunet": NNUNET,
    "lovasz": {"lovasz_softmax": lovasz_softmax, "lovasz_hinge": lovasz_hinge},
    "unified_focal": UNIFIED,
    "skeleton_recall": {"SoftSkeletonRecallLoss": skeleton_recall},
}
