package main

import (
	"fmt"

	cgrpc "github.com/go-micro/plugins/v4/client/grpc"
	sgrpc "github.com/go-micro/plugins/v4/server/grpc"
	"go-micro.dev/v4/client"
	"go-micro.dev/v4/server"
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
