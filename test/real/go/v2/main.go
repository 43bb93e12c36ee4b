// The program that uses go-micro v2 the way its users do and does what it is told on standard input.
package main

//go:generate protoc -I.. --go_out=. ../interop.proto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/micro/go-micro/v2"
	"github.com/micro/go-micro/v2/broker"
	"github.com/micro/go-micro/v2/broker/http"
	"github.com/micro/go-micro/v2/registry"
	"github.com/micro/go-micro/v2/registry/etcd"
	"github.com/micro/go-micro/v2/registry/mdns"
	"github.com/micro/go-plugins/broker/kafka/v2"
)

type options struct {
	Name              string
	Serve             bool
	Protocol          string
	Registry          string
	RegistryAddresses []string
	Broker            string
	BrokerAddresses   []string
	Subscriptions     []subscription
	TTLMs             int
	IntervalMs        int
}

type subscription struct {
	Topic string
	Queue string
}

func main() {
	// go-micro's logger prints to os.Stdout, which belongs to the answers.
	out := &output{writer: os.Stdout}
	os.Stdout = os.Stderr

	if err := run(os.Args[1:], out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, out *output) error {
	if len(args) != 1 {
		return errors.New("usage: program '<options as JSON>'")
	}
	var opts options
	if err := json.Unmarshal([]byte(args[0]), &opts); err != nil {
		return fmt.Errorf("options: %w", err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ready := func() error {
		out.write(map[string]any{"event": "ready"})
		return nil
	}
	service, err := newService(opts, micro.Context(ctx), micro.AfterStart(ready))
	if err != nil {
		return err
	}

	// Gets the one result of serving, or of not serving, when that is over.
	stopped := make(chan error, 1)
	if opts.Serve {
		if err := handle(service, opts.Subscriptions, out); err != nil {
			return err
		}
		go func() { stopped <- service.Run() }()
	} else {
		brk := service.Options().Broker
		if err := brk.Connect(); err != nil {
			return fmt.Errorf("broker: %w", err)
		}
		context.AfterFunc(ctx, func() { stopped <- brk.Disconnect() })
		ready()
	}

	// Gets the command quit, or nothing at the end of the input.
	quit := make(chan *command, 1)
	go func() { quit <- (&commander{service: service, out: out}).read(os.Stdin) }()

	select {
	case err := <-stopped:
		return err
	case cmd := <-quit:
		cancel()
		if err := <-stopped; err != nil {
			return err
		}
		if cmd != nil {
			out.ok(cmd.ID, map[string]any{})
		}
		return nil
	}
}

func newService(opts options, more ...micro.Option) (micro.Service, error) {
	var reg registry.Registry
	switch opts.Registry {
	case "mdns":
		reg = mdns.NewRegistry(registry.Addrs(opts.RegistryAddresses...))
	case "etcd":
		reg = etcd.NewRegistry(registry.Addrs(opts.RegistryAddresses...))
	default:
		return nil, fmt.Errorf("registry %q is not supported", opts.Registry)
	}

	srv, cl, err := protocol(opts.Protocol)
	if err != nil {
		return nil, err
	}

	var brk broker.Broker
	switch opts.Broker {
	case "http":
		brk = http.NewBroker(broker.Addrs("127.0.0.1:0"), broker.Registry(reg))
	case "kafka":
		brk = kafka.NewBroker(broker.Addrs(opts.BrokerAddresses...))
	default:
		return nil, fmt.Errorf("broker %q is not supported", opts.Broker)
	}

	// The parts come first: later options are handed on to them. The default of this version is gRPC.
	settings := []micro.Option{
		micro.Server(srv),
		micro.Client(cl),
		micro.Broker(brk),
		micro.Registry(reg),
		micro.Name(opts.Name),
		micro.Version("1.0.0"),
		micro.Address("127.0.0.1:0"),
	}
	if opts.TTLMs > 0 {
		settings = append(settings, micro.RegisterTTL(time.Duration(opts.TTLMs)*time.Millisecond))
	}
	if opts.IntervalMs > 0 {
		settings = append(settings, micro.RegisterInterval(time.Duration(opts.IntervalMs)*time.Millisecond))
	}
	return micro.NewService(append(settings, more...)...), nil
}
