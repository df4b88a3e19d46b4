"""Graph and Flow to DOT, a file a level: `cell` for unrolled networks, `expression` else."""
