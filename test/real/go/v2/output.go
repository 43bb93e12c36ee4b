package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/golang/protobuf/jsonpb"
	"github.com/golang/protobuf/proto"
	"github.com/micro/go-micro/v2/errors"
)

// output writes one JSON object a line.
type output struct {
	mutex  sync.Mutex
	writer io.Writer
}

func (o *output) write(value any) {
	line, err := json.Marshal(value)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.writer.Write(append(line, '\n'))
}

func (o *output) ok(id json.RawMessage, result any) {
	o.write(map[string]any{"id": id, "ok": result})
}

func (o *output) fail(id json.RawMessage, err error) {
	parsed := errors.Parse(err.Error())
	o.write(map[string]any{"id": id, "error": map[string]any{
		"id":     parsed.Id,
		"code":   parsed.Code,
		"detail": parsed.Detail,
		"status": parsed.Status,
		"text":   err.Error(),
	}})
}

func toJSON(message proto.Message) (json.RawMessage, error) {
	text, err := new(jsonpb.Marshaler).MarshalToString(message)
	return json.RawMessage(text), err
}

// fromJSON reads a message; none given means an empty one.
func fromJSON(content json.RawMessage, message proto.Message) error {
	if len(content) == 0 {
		return nil
	}
	return jsonpb.UnmarshalString(string(content), message)
}
