"""What no classifier of single packets can exceed, since packets of several classes look alike."""

from __future__ import annotations

import numpy as np

from pclip.evaluation.weighted_rows import WeightedRows


def single_packet_bound(rows: WeightedRows) -> dict[str, float]:
    """Upper bounds of accuracy and macro F1, fitted on the very labels that are scored.

    A classifier answers all packets of one distinct input alike. Accuracy is greatest where each
    input gets the class of most of its packets. F1 of class c alone is greatest where the inputs
    with the largest share of c are called c,

        F1_c = max_t 2 TP_t / (N_c + P_t),   the t inputs with the largest share of c called c,

    and no classifier has a macro F1 above the mean of these; one that has them all at once need
    not exist. An answer by lot is a mixture of such, which F1 as a ratio of linear terms forbids
    to exceed the best of them.

    Args:
        rows: of the part that is scored.

    Returns:
        "accuracy" and "macro_f1", over the classes that occur.

    Source: Lipton, Elkan and Naryanaswamy 2014, "Optimal thresholding of classifiers to maximize
    F1 measure".
    """
    distinct, place = np.unique(rows.inputs, return_inverse=True)
    classes, label = np.unique(rows.labels, return_inverse=True)
    packets = np.zeros((len(distinct), len(classes)))
    np.add.at(packets, (place, label), rows.counts)
    of_input = packets.sum(axis=1)
    f1 = []
    for of_class in packets.T:
        order = np.argsort(-of_class / of_input, kind="stable")
        true = np.cumsum(of_class[order])
        called = np.cumsum(of_input[order])
        f1.append(float(np.max(2 * true / (of_class.sum() + called))))
    return {
        "accuracy": float(packets.max(axis=1).sum() / of_input.sum()),
        "macro_f1": float(np.mean(f1)),
    }
