module image

go 1.26

require github.com/hashicorp/consul v1.22.7

// What 1.22.7 itself was built with lies in its repository alone; this is the first release that has all of it.
require github.com/hashicorp/consul/api v1.34.1

// as Consul's own go.mod has it
exclude (
	github.com/hashicorp/go-msgpack v1.1.5
	github.com/hashicorp/go-msgpack v1.1.6
)

// Servers are joined by address here. Looking for them in a cloud would take half of the time that Consul takes to compile.
replace github.com/hashicorp/go-discover => ./go-discover
