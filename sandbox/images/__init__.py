"""The layers that the registry's images are made of, built from package registries and kept in the user's cache.

A folder of `recipes/` is a layer. `packages.txt` lists Debian packages, with the libraries that they load; `go.mod`
and `go.sum` belong to a Go program; `files/` holds the layer's other files.
"""
