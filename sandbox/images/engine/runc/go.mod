module image

go 1.26

require github.com/opencontainers/runc v1.3.3
