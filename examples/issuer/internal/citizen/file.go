package citizen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/token"
)

// attach sends a file for download.
func attach(w http.ResponseWriter, contentType, name string, data []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.Write(data) // an error means that the browser has disconnected
}

// errName reports that the PDF's font or Braille lacks a letter of the person's name.
var errName = errors.New("name cannot be printed")

// file signs a token and draws it.
func (p *Pages) file(ctx context.Context, v visit, c choices) (paper.File, error) {
	issuer, err := p.issuerSince(ctx, v)
	if err != nil {
		return paper.File{}, err
	}
	order := paper.Order{Person: v.person, Offline: c.Offline, Opens: p.Opens, Format: paper.Format(c.Format),
		Cells: c.Cells, Document: p.Document}
	if order.Document.Layout, err = paper.ParseLayout(c.Layout); err != nil {
		return paper.File{}, err
	}
	order.Document.Lang = c.Language
	if c.Name {
		if order.Document.Holder, err = p.name(ctx, v); err != nil {
			return paper.File{}, err
		}
	}
	file, err := order.Make(ctx, issuer)
	if err != nil && c.Name {
		order.Document.Holder = ""
		if _, other := order.Make(ctx, issuer); other == nil {
			return paper.File{}, errName
		}
	}
	return file, err
}

// name returns the name in the registry, or else the name of the login. The second is used only if the
// person acts for themselves.
func (p *Pages) name(ctx context.Context, v visit) (string, error) {
	person, err := p.Registry.Person(ctx, v.person)
	if err != nil {
		return "", err
	}
	if name := person.Name(); name != "" || v.acting() {
		return name, nil
	}
	return strings.TrimSpace(v.who.Name), nil
}

// issuerSince returns an issuer whose clock does not run before the cut-off. The cut-off may be up to a
// second ahead, and a paper dated before it would be void.
func (p *Pages) issuerSince(ctx context.Context, v visit) (*token.Signer, error) {
	cut, err := p.Registry.VoidBefore(ctx, v.person)
	if err != nil {
		return nil, err
	}
	kept, err := p.Signer(ctx)
	if err != nil {
		return nil, err
	}
	issuer, now := *kept, kept.Now
	if now == nil {
		now = time.Now
	}
	issuer.Now = func() time.Time {
		if t := now(); t.After(cut) {
			return t
		}
		return cut
	}
	return &issuer, nil
}
