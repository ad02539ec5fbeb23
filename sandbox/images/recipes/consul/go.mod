module image

go 1.16

require github.com/hashicorp/consul v1.12.9
