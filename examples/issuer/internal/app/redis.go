package app

import (
	"net"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// A Redis is the server of -redis. An empty URL means that there is none.
type Redis struct {
	URL string
	// Plain lets everybody on the way to another machine read and change what is sent.
	Plain bool
}

// options refuses a server on another machine whose certificate is not checked, unless Plain says so.
func (r Redis) options() (*redis.Options, error) {
	o, err := redis.ParseURL(r.URL)
	switch {
	case err != nil: // its text quotes the password
		return nil, wrong("redis", "want redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS")
	case !r.Plain && exposed(o):
		return nil, wrong("redis", "a Redis on another machine needs rediss:// without skip_verify, for who "+
			"is on the way can read and change failures and locks; -redis-plain allows it all the same")
	}
	o.ContextTimeoutEnabled = true
	if o.Protocol == 0 { // the URL says nothing else
		o.Protocol = 2 // with 3, the client looks for notices before each answer
	}
	return o, nil
}

// exposed reports whether others on the way can read and change what is sent.
func exposed(o *redis.Options) bool {
	if o.Network == "unix" || o.TLSConfig != nil && !o.TLSConfig.InsecureSkipVerify {
		return false
	}
	host, _, err := net.SplitHostPort(o.Addr)
	return err != nil || !netaddr.IsLoopback(host)
}
