"""The layers that the registry's images are made of, built from package registries and kept in the user's cache.

A folder of `recipes/` is a layer: `packages.txt` names Debian packages, exactly those and none that they depend on;
`go.mod` (with go.sum) a Go program; `files/` is what the layer has besides.
"""
