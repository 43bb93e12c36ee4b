// Package quic has the names that go-micro's QUIC transport needs to compile and nothing behind them.
package quic

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

var errMissing = errors.New("quic: not in this program")

type Config struct {
	IdleTimeout time.Duration
	KeepAlive   bool
}

type Stream interface {
	io.ReadWriteCloser
	SetWriteDeadline(time.Time) error
}

type Session interface {
	AcceptStream(context.Context) (Stream, error)
	OpenStreamSync(context.Context) (Stream, error)
	LocalAddr() net.Addr
	RemoteAddr() net.Addr
	Close() error
}

type Listener interface {
	Accept(context.Context) (Session, error)
	Addr() net.Addr
	Close() error
}

func DialAddr(string, *tls.Config, *Config) (Session, error) { return nil, errMissing }

func ListenAddr(string, *tls.Config, *Config) (Listener, error) { return nil, errMissing }
