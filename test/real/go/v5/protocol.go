package main

import (
	"fmt"

	"go-micro.dev/v5/client"
	cgrpc "go-micro.dev/v5/client/grpc"
	"go-micro.dev/v5/server"
	sgrpc "go-micro.dev/v5/server/grpc"
)

// protocol returns a server and a client that speak mucp, or gRPC.
func protocol(name string) (server.Server, client.Client, error) {
	switch name {
	case "", "mucp":
		return server.NewServer(), client.NewClient(client.Retries(0)), nil
	case "grpc":
		return sgrpc.NewServer(), cgrpc.NewClient(client.Retries(0)), nil
	default:
		return nil, nil, fmt.Errorf("protocol %q is not supported", name)
	}
}
