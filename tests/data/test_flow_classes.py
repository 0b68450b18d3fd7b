"""A flow's class, with ties, absent flows and packets that have no say."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from pclip.data import flow_classes


def flows_of(flow_of_packet, flows):
    class Flows(SimpleNamespace):
        def __len__(self):
            return flows

    return Flows(flow_of_packet=np.array(flow_of_packet, np.int32))


def test_a_flow_is_of_its_most_frequent_class():
    dataset = SimpleNamespace(
        classes=("a", "b", "c"),
        labels=np.array([2, 2, 1, 0, 1, 1, 0, 2], np.int8),
        flows=flows_of([0, 0, 0, 1, 1, -1, -1, 2], 3),
    )
    # Flow 1 is tied between 0 and 1: the lower number.
    np.testing.assert_array_equal(flow_classes(dataset), [2, 0, 2])
    # Of flow 0 packet 2 alone, of flow 1 packet 4: nobody speaks for flow 2.
    np.testing.assert_array_equal(flow_classes(dataset, np.array([2, 4])), [1, 1, 0])
