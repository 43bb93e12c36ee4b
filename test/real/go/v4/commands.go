package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"go-micro.dev/v4"
	"go-micro.dev/v4/client"
	debug "go-micro.dev/v4/debug/proto"
	"go-micro.dev/v4/metadata"
	"go-micro.dev/v4/registry"
	"google.golang.org/protobuf/proto"

	"interop/v4/pb"
)

// Calls end after this time unless they say otherwise.
const defaultTimeout = 30 * time.Second

type command struct {
	ID          json.RawMessage
	Do          string
	Service     string
	Endpoint    string
	ContentType string
	Address     string
	TimeoutMs   int
	Count       int
	Topic       string
	Request     json.RawMessage
	Requests    []json.RawMessage
	Message     json.RawMessage
	Metadata    map[string]string
}

func (c *command) timeout() time.Duration {
	if c.TimeoutMs > 0 {
		return time.Duration(c.TimeoutMs) * time.Millisecond
	}
	return defaultTimeout
}

func (c *command) context() context.Context {
	if len(c.Metadata) == 0 {
		return context.Background()
	}
	return metadata.NewContext(context.Background(), metadata.Metadata(c.Metadata))
}

func (c *command) callOptions() []client.CallOption {
	timeout := c.timeout()
	opts := []client.CallOption{
		client.WithRetries(0),
		client.WithRequestTimeout(timeout),
		// The time of one try, which has no option of its own.
		func(o *client.CallOptions) { o.ConnectionTimeout = timeout },
	}
	if c.Address != "" {
		opts = append(opts, client.WithAddress(c.Address))
	}
	return opts
}

type commander struct {
	service micro.Service
	out     *output
}

// read runs the commands side by side until one says quit, which it returns, or until the input ends.
func (c *commander) read(in io.Reader) (*command, error) {
	decoder := json.NewDecoder(in)
	for {
		cmd := new(command)
		if err := decoder.Decode(cmd); err != nil {
			return nil, err
		}
		if cmd.Do == "quit" {
			return cmd, nil
		}
		go func() {
			if result, err := c.run(cmd); err != nil {
				c.out.fail(cmd.ID, err)
			} else {
				c.out.ok(cmd.ID, result)
			}
		}()
	}
}

func (c *commander) run(cmd *command) (any, error) {
	switch cmd.Do {
	case "call":
		return c.call(cmd)
	case "calls":
		return c.calls(cmd)
	case "stream":
		return c.stream(cmd)
	case "health":
		return c.health(cmd)
	case "publish":
		return c.publish(cmd)
	case "nodes":
		return c.nodes(cmd)
	case "watch":
		return c.watch(cmd)
	default:
		return nil, fmt.Errorf("command %q is not known", cmd.Do)
	}
}

// messages returns an empty request and an empty reply of an endpoint.
// An endpoint that does not exist takes those of Hello, to see what the server says of it.
func messages(endpoint string) (request, reply proto.Message) {
	switch endpoint {
	case "Interop.Echo":
		return new(pb.Blob), new(pb.Blob)
	case "Interop.Fail":
		return new(pb.FailRequest), new(pb.HelloReply)
	case "Interop.Sleep":
		return new(pb.SleepRequest), new(pb.HelloReply)
	case "Interop.Metadata":
		return new(pb.Keys), new(pb.Pairs)
	case "Interop.Countdown":
		return new(pb.CountdownRequest), new(pb.Tick)
	default:
		return new(pb.HelloRequest), new(pb.HelloReply)
	}
}

func (c *commander) invoke(cmd *command) (proto.Message, error) {
	request, reply := messages(cmd.Endpoint)
	if err := fromJSON(cmd.Request, request); err != nil {
		return nil, err
	}
	cl := c.service.Client()
	req := cl.NewRequest(cmd.Service, cmd.Endpoint, request, client.WithContentType(cmd.ContentType))
	if err := cl.Call(cmd.context(), req, reply, cmd.callOptions()...); err != nil {
		return nil, err
	}
	return reply, nil
}

func (c *commander) call(cmd *command) (any, error) {
	reply, err := c.invoke(cmd)
	if err != nil {
		return nil, err
	}
	content, err := toJSON(reply)
	return map[string]any{"reply": content}, err
}

func (c *commander) calls(cmd *command) (any, error) {
	var slowest time.Duration
	for range cmd.Count {
		start := time.Now()
		if _, err := c.invoke(cmd); err != nil {
			return nil, err
		}
		slowest = max(slowest, time.Since(start))
	}
	return map[string]any{"count": cmd.Count, "slowestMs": slowest.Milliseconds()}, nil
}

func (c *commander) stream(cmd *command) (any, error) {
	// The context ends the stream by closing it: go-micro's Recv does not look at it.
	ctx, cancel := context.WithTimeout(cmd.context(), cmd.timeout())
	defer cancel()

	// The opening body is not a message: servers skip it.
	empty, _ := messages(cmd.Endpoint)
	cl := c.service.Client()
	req := cl.NewRequest(cmd.Service, cmd.Endpoint, empty, client.StreamingRequest(), client.WithContentType(cmd.ContentType))
	stream, err := cl.Stream(ctx, req, cmd.callOptions()...)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	context.AfterFunc(ctx, func() { stream.Close() })

	replies := []json.RawMessage{}
	receive := func() error {
		_, reply := messages(cmd.Endpoint)
		if err := stream.Recv(reply); err != nil {
			return err
		}
		content, err := toJSON(reply)
		replies = append(replies, content)
		return err
	}
	for _, content := range cmd.Requests {
		request, _ := messages(cmd.Endpoint)
		if err := fromJSON(content, request); err != nil {
			return nil, err
		}
		if err := stream.Send(request); err != nil {
			return nil, err
		}
		if cmd.Endpoint != "Interop.Countdown" {
			if err := receive(); err != nil {
				return nil, errors.Join(ctx.Err(), err)
			}
		}
	}
	for cmd.Endpoint == "Interop.Countdown" {
		if err := receive(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
	}
	return map[string]any{"replies": replies}, nil
}

func (c *commander) health(cmd *command) (any, error) {
	health := debug.NewDebugService(cmd.Service, c.service.Client())
	reply, err := health.Health(cmd.context(), new(debug.HealthRequest), cmd.callOptions()...)
	if err != nil {
		return nil, err
	}
	content, err := toJSON(reply)
	return map[string]any{"reply": content}, err
}

func (c *commander) publish(cmd *command) (any, error) {
	note := new(pb.Note)
	if err := fromJSON(cmd.Message, note); err != nil {
		return nil, err
	}
	cl := c.service.Client()
	message := cl.NewMessage(cmd.Topic, note, client.WithMessageContentType(cmd.ContentType))
	return map[string]any{}, cl.Publish(cmd.context(), message)
}

func (c *commander) nodes(cmd *command) (any, error) {
	services, err := c.service.Options().Registry.GetService(cmd.Service)
	if err != nil && !errors.Is(err, registry.ErrNotFound) {
		return nil, err
	}
	nodes := []map[string]any{}
	for _, service := range services {
		for _, node := range service.Nodes {
			nodes = append(nodes, map[string]any{
				"id":       node.Id,
				"address":  node.Address,
				"metadata": node.Metadata,
				"version":  service.Version,
			})
		}
	}
	return map[string]any{"nodes": nodes}, nil
}

func (c *commander) watch(cmd *command) (any, error) {
	var opts []registry.WatchOption
	if cmd.Service != "" {
		opts = append(opts, registry.WatchService(cmd.Service))
	}
	watcher, err := c.service.Options().Registry.Watch(opts...)
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			result, err := watcher.Next()
			if err != nil {
				return
			}
			ids := []string{}
			for _, node := range result.Service.Nodes {
				ids = append(ids, node.Id)
			}
			c.out.write(map[string]any{
				"event": "watch", "action": result.Action, "service": result.Service.Name, "nodes": ids,
			})
		}
	}()
	return map[string]any{}, nil
}
