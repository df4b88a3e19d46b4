"""Benchmarks are run by hand: pytest imports none of them."""

collect_ignore_glob = ["*.py"]
