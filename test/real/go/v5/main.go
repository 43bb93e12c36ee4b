// The program that uses go-micro v5 the way its users do and does what it is told on standard input.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go-micro.dev/v5"
	"go-micro.dev/v5/broker"
	"go-micro.dev/v5/registry"
	"go-micro.dev/v5/registry/etcd"
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
	service, err := newService(ctx, opts, ready)
	if err != nil {
		return err
	}

	// Closed when the service has stopped; served then says why.
	stopped := make(chan struct{})
	var served error
	if opts.Serve {
		if err := handle(service, opts.Subscriptions, out); err != nil {
			return err
		}
		go func() {
			served = service.Run()
			close(stopped)
		}()
	} else {
		if err := service.Options().Broker.Connect(); err != nil {
			return fmt.Errorf("broker: %w", err)
		}
		go func() {
			<-ctx.Done()
			close(stopped)
		}()
		ready()
	}

	// The commands end with quit or with the end of the input.
	type ending struct {
		quit *command
		err  error
	}
	ended := make(chan ending, 1)
	go func() {
		quit, err := (&commander{service: service, out: out}).read(os.Stdin)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		ended <- ending{quit, err}
	}()

	select {
	case <-stopped:
		return served
	case end := <-ended:
		cancel()
		<-stopped
		if end.quit != nil && served == nil {
			out.ok(end.quit.ID, map[string]any{})
		}
		return errors.Join(end.err, served)
	}
}

func newService(ctx context.Context, opts options, ready func() error) (micro.Service, error) {
	var reg registry.Registry
	switch opts.Registry {
	case "mdns":
		reg = registry.NewMDNSRegistry(registry.Addrs(opts.RegistryAddresses...))
	case "etcd":
		reg = etcd.NewEtcdRegistry(registry.Addrs(opts.RegistryAddresses...))
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
		brk = broker.NewHttpBroker(broker.Addrs(opts.BrokerAddresses...), broker.Registry(reg))
	case "kafka":
		return nil, errors.New("broker \"kafka\" is not supported: go-micro v5 has none in its core and no plugin for it is built in")
	default:
		return nil, fmt.Errorf("broker %q is not supported", opts.Broker)
	}

	settings := []micro.Option{
		micro.Context(ctx),
		micro.Server(srv),
		micro.Client(cl),
		micro.Broker(brk),
		micro.Registry(reg),
		micro.Name(opts.Name),
		micro.Version("1.0.0"),
		micro.Address("127.0.0.1:0"),
		micro.AfterStart(ready),
	}
	if opts.TTLMs > 0 {
		settings = append(settings, micro.RegisterTTL(time.Duration(opts.TTLMs)*time.Millisecond))
	}
	if opts.IntervalMs > 0 {
		settings = append(settings, micro.RegisterInterval(time.Duration(opts.IntervalMs)*time.Millisecond))
	}
	return micro.NewService(settings...), nil
}
