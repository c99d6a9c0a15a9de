"""The process that opens a stranger's sheet: ``python -I child.py FILE KIND``.

Everything it does is in ``inside``, which imports nothing of the platform.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))
    importlib.import_module("inside.main").main(*sys.argv[1:3])
