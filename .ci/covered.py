"""Fail unless the tests ran 95 % of the package's lines, and of its branches.

Reads coverage's report in JSON. Its own limit is for both together, where many lines hide a branch.
"""

import json
import sys
from pathlib import Path

LEAST = 95

totals = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["totals"]
shares = {
    "lines": 100 * totals["covered_lines"] / totals["num_statements"],
    "branches": 100 * totals["covered_branches"] / totals["num_branches"],
}
print(", ".join(f"{share:.1f} % of the {what}" for what, share in shares.items()))
sys.exit(0 if min(shares.values()) >= LEAST else f"expected at least {LEAST} % of each")
