package main

import (
	"fmt"

	"github.com/micro/go-micro/v2/client"
	cgrpc "github.com/micro/go-micro/v2/client/grpc"
	cmucp "github.com/micro/go-micro/v2/client/mucp"
	"github.com/micro/go-micro/v2/server"
	sgrpc "github.com/micro/go-micro/v2/server/grpc"
	smucp "github.com/micro/go-micro/v2/server/mucp"
)

// protocol returns a server and a client that speak mucp, or gRPC.
func protocol(name string) (server.Server, client.Client, error) {
	switch name {
	case "", "mucp":
		return smucp.NewServer(), cmucp.NewClient(client.Retries(0)), nil
	case "grpc":
		return sgrpc.NewServer(), cgrpc.NewClient(client.Retries(0)), nil
	default:
		return nil, nil, fmt.Errorf("protocol %q is not supported", name)
	}
}
