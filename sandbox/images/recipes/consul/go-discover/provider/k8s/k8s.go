// Package k8s has the provider that Consul adds itself.
package k8s

import "log"

type Provider struct{}

func (*Provider) Addrs(map[string]string, *log.Logger) ([]string, error) { return nil, nil }
