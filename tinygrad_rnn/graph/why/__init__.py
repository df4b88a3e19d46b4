"""Why the gradient shrinks: `kinds` of ops, `reasons` by kind, straight `roads`, weights' gains."""
