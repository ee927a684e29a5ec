package main

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
)

var errShown = errors.New("dry run: shown, not sent")

// showing replaces the network: it prints the request with the secrets masked.
type showing struct {
	w       io.Writer
	secrets []string
	done    atomic.Bool
}

// shown reports whether a message was printed.
func (t *showing) shown() bool { return t.done.Load() }

// RoundTrip implements http.RoundTripper.
func (t *showing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Authorization") != "" {
		r.Header.Set("Authorization", "(masked)")
	}
	dump, err := httputil.DumpRequestOut(r, true)
	if err != nil {
		return nil, err
	}
	text := string(dump)
	for _, secret := range t.secrets {
		text = strings.NewReplacer(secret, "(masked)", url.QueryEscape(secret), "(masked)").Replace(text)
	}
	fmt.Fprintf(t.w, "%s://%s\n%s\n", r.URL.Scheme, r.URL.Host, strings.ReplaceAll(text, "\r\n", "\n"))
	t.done.Store(true)
	return nil, errShown
}

// The commands of SMPP 3.4, section 5.1.2.1, that sending a message takes.
const (
	bindTransceiver = 0x00000009
	submitSM        = 0x00000004
	smppResponse    = 0x80000000
	smppHeader      = 16 // in bytes
)

// dial plays the message centre: it accepts the bind, shows the message and closes the connection.
func (t *showing) dial(_ context.Context, address string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		for {
			var header [smppHeader]byte
			if _, err := io.ReadFull(theirs, header[:]); err != nil {
				return
			}
			size, command := binary.BigEndian.Uint32(header[:]), binary.BigEndian.Uint32(header[4:])
			if size < smppHeader || size > 64<<10 {
				return
			}
			body := make([]byte, size-smppHeader)
			if _, err := io.ReadFull(theirs, body); err != nil {
				return
			}
			switch command {
			case bindTransceiver: // the body holds the password
				fmt.Fprintf(t.w, "%s\nbind_transceiver, %d bytes (masked)\n", address, size)
			case submitSM:
				fmt.Fprintf(t.w, "submit_sm, %d bytes\n%s", size, hex.Dump(append(header[:], body...)))
				t.done.Store(true)
				return
			}
			binary.BigEndian.PutUint32(header[:], smppHeader+1)
			binary.BigEndian.PutUint32(header[4:], command|smppResponse)
			if _, err := theirs.Write(append(header[:], 0)); err != nil { // an empty system_id
				return
			}
		}
	}()
	return ours, nil
}
