package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/status"
)

// credential holds the flags with which an operator of the second level proves who they are: an access
// token, or a login.
type credential struct{ file, identity, client, scope *string }

func credentialFlags(fs *flag.FlagSet) credential {
	return credential{
		file: fs.String("token-file", "",
			"`FILE` with your access token (default the variable ATTESTA_TOKEN)"),
		identity: fs.String("oidc-issuer", "",
			"`URL` of the identity provider at which to log in, such as http://127.0.0.1:8080/dev/idp"),
		client: fs.String("oidc-client-id", "desk",
			"`ID` by which the identity provider knows this program"),
		scope: fs.String("oidc-scope", "openid second-level", "what the token is for"),
	}
}

// maxToken is the maximum length of an access token in bytes: what a server accepts in a header.
const maxToken = 64 << 10

// loginTime is the time allowed for a login.
const loginTime = 5 * time.Minute

// token returns a function that adds the operator's access token (RFC 6750) to a request. It returns nil
// if there is no token but the operator can log in.
func (c credential) token() (func(*http.Request) error, error) {
	text := []byte(os.Getenv("ATTESTA_TOKEN"))
	if *c.file != "" {
		var err error
		if text, err = file.Read(*c.file, maxToken); err != nil {
			return nil, err
		}
	}
	if len(text) == 0 && *c.identity != "" {
		return nil, nil
	}
	t := trimmed(text)
	if !regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`).MatchString(t) {
		return nil, words.Errorf(
			"none is given, or it is not one: use -token-file FILE, " +
				"the variable ATTESTA_TOKEN or -oidc-issuer URL")
	}
	return func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+t)
		return nil
	}, nil
}

// login shows the operator where to log in and waits until the login is complete.
func (c credential) login(ctx context.Context, s cli.Streams,
	lang status.Language) (func(*http.Request) error, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	token, err := login.Loopback(ctx, *c.identity, *c.client, *c.scope, func(address string) error {
		_, err := fmt.Fprintf(s.Err, "%s:\n%s\n", words.Say(lang, words.LabelLogInAt), address)
		return err
	})
	if err != nil {
		return nil, err
	}
	return func(r *http.Request) error {
		token.SetAuthHeader(r)
		return nil
	}, nil
}
