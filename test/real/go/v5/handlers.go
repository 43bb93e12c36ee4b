package main

import (
	"context"
	"errors"
	"io"
	"time"

	"go-micro.dev/v5"
	"go-micro.dev/v5/debug/handler"
	merrors "go-micro.dev/v5/errors"
	"go-micro.dev/v5/metadata"
	"go-micro.dev/v5/server"

	"interop/v5/pb"
)

// handle registers what the service answers and what it listens to.
func handle(service micro.Service, subscriptions []subscription, out *output) error {
	srv := service.Server()
	if err := micro.RegisterHandler(srv, new(Interop)); err != nil {
		return err
	}
	// This version registers no Debug handler by itself.
	debug := handler.NewHandler(service.Client())
	if err := micro.RegisterHandler(srv, debug, server.InternalHandler(true)); err != nil {
		return err
	}
	for _, sub := range subscriptions {
		var opts []server.SubscriberOption
		if sub.Queue != "" {
			opts = append(opts, server.SubscriberQueue(sub.Queue))
		}
		if err := micro.RegisterSubscriber(sub.Topic, srv, tell(sub.Topic, out), opts...); err != nil {
			return err
		}
	}
	return nil
}

// tell returns a subscriber that writes each event it gets.
func tell(topic string, out *output) func(context.Context, *pb.Note) error {
	return func(ctx context.Context, note *pb.Note) error {
		content, err := toJSON(note)
		if err != nil {
			return err
		}
		md, _ := metadata.FromContext(ctx)
		out.write(map[string]any{"event": "note", "topic": topic, "note": content, "metadata": md})
		return nil
	}
}

// Interop serves the endpoints of interop.proto.
type Interop struct{}

func (*Interop) Hello(_ context.Context, req *pb.HelloRequest, rsp *pb.HelloReply) error {
	rsp.Greeting = "Hello " + req.Name
	return nil
}

func (*Interop) Echo(_ context.Context, req *pb.Blob, rsp *pb.Blob) error {
	rsp.Content = req.Content
	return nil
}

func (*Interop) Fail(_ context.Context, req *pb.FailRequest, _ *pb.HelloReply) error {
	return merrors.New(req.Id, req.Detail, req.Code)
}

func (*Interop) Sleep(_ context.Context, req *pb.SleepRequest, rsp *pb.HelloReply) error {
	time.Sleep(time.Duration(req.Milliseconds) * time.Millisecond)
	rsp.Greeting = "Slept"
	return nil
}

func (*Interop) Metadata(ctx context.Context, req *pb.Keys, rsp *pb.Pairs) error {
	rsp.Pairs = make(map[string]string)
	for _, key := range req.Keys {
		if value, ok := metadata.Get(ctx, key); ok {
			rsp.Pairs[key] = value
		}
	}
	return nil
}

func (*Interop) Countdown(_ context.Context, stream server.Stream) error {
	req := new(pb.CountdownRequest)
	if err := stream.Recv(req); err != nil {
		return err
	}
	for n := req.From; n > 0; n-- {
		if err := stream.Send(&pb.Tick{Number: n}); err != nil {
			return err
		}
		// go-micro's server stream overwrites its own send buffer when sends follow one another quickly.
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

func (*Interop) Chat(_ context.Context, stream server.Stream) error {
	for {
		req := new(pb.HelloRequest)
		if err := stream.Recv(req); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := stream.Send(&pb.HelloReply{Greeting: "Hello " + req.Name}); err != nil {
			return err
		}
	}
}
