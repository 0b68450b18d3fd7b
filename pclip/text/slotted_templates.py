"""Slotted templates: sentences about one flow whose gaps are `SLOTS`."""

from __future__ import annotations

# Forward and backward are CICFlowMeter's: forward is from the side that sent the first packet.
# Every sentence stays grammatical for any value: no verb agrees with a slot.
SLOTTED_TEMPLATES: tuple[str, ...] = (
    "This <PROTOCOL> flow lasts <DURATION_S> seconds and carries <PACKETS> packets.",
    "This <PROTOCOL> flow sends <FORWARD_PACKETS> packets forward "
    "and <BACKWARD_PACKETS> packets backward.",
    "The <PROTOCOL> exchange moves <FORWARD_BYTES> bytes of payload forward "
    "and <BACKWARD_BYTES> bytes backward.",
    "The <PROTOCOL> conversation proceeds at <PACKET_RATE> packets per second "
    "and <BYTE_RATE> bytes per second.",
    "Within <DURATION_S> seconds, this <PROTOCOL> exchange transfers <BYTES> bytes of payload.",
    "This <LIFETIME> <PROTOCOL> flow consists of <PACKETS> packets "
    "carrying <BYTES> bytes of payload in total.",
    "In this <PROTOCOL> flow of <PACKETS> packets, the average gap between packets "
    "is <MEAN_GAP_MS> milliseconds.",
    "The packets of this <PROTOCOL> flow carry <MEAN_BYTES> bytes of payload on average.",
    "On average, this <PROTOCOL> flow has <FORWARD_MEAN_BYTES> bytes of payload "
    "in a forward packet and <BACKWARD_MEAN_BYTES> bytes in a backward packet.",
    "In this <LIFETIME> <PROTOCOL> flow, the largest packet holds <LARGEST_BYTES> bytes "
    "of payload and the smallest holds <SMALLEST_BYTES> bytes.",
    "This <PROTOCOL> connection of <PACKETS> packets shows <SYN_FLAGS> SYN flags, "
    "<ACK_FLAGS> ACK flags and <RST_FLAGS> RST flags.",
    "Among its <PACKETS> packets, the <LIFETIME> <PROTOCOL> session counts "
    "<PSH_FLAGS> PSH flags and <FIN_FLAGS> FIN flags.",
    "This <LIFETIME> <PROTOCOL> flow sends <FORWARD_SHARE> percent of its <BYTES> bytes "
    "of payload forward.",
    "Over <PROTOCOL>, this flow sends <FORWARD_PACKETS> packets forward "
    "with <FORWARD_BYTES> bytes of payload and gets <BACKWARD_PACKETS> packets backward "
    "with <BACKWARD_BYTES> bytes.",
    "This <PROTOCOL> flow takes <DURATION_S> seconds, at <PACKET_RATE> packets per second.",
    "At <BYTE_RATE> bytes per second, the <LIFETIME> <PROTOCOL> flow delivers <BYTES> bytes "
    "of payload.",
)
