"""Which batches may carry a label with our code.

Source: Food Safety Law article 52 (only what passed the factory inspection leaves the factory).
"""

from __future__ import annotations

from shilian.problems import Problem


def check_label(*, is_void: bool, has_failed: bool) -> list[Problem]:
    """Why no label of the batch is printed; empty when one may be."""
    if is_void:
        message = "这一批已经作废，不能再打印标签；登记了新的批次，请打印新批次的标签。"
        return [Problem("label_of_void_batch", "", message)]
    if has_failed:
        message = "这一批出厂检验不合格，不得出厂，不能打印标签；复检合格后，登记检验再打印。"
        return [Problem("label_of_failed_batch", "", message)]
    return []
