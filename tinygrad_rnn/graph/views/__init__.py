"""What a picture shows, as plain data between a Flow and its drawings.

`columns` for steps, `wiring` and `scalars` for ops and numbers, `boxes` for a plain expression;
`roles` tells states, inputs and weights apart, `blocks` lays steps over each other, `layers` puts
nodes in order, `summary` says a value in a few characters.
"""
