package citizen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/paper"
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

// file signs a token, if the choices name none, and draws it.
func (p *Pages) file(ctx context.Context, v visit, c choices) (paper.File, error) {
	issuer, err := p.Signer(ctx)
	if err != nil {
		return paper.File{}, err
	}
	order := paper.Order{Person: v.person, Offline: c.Offline, Opens: p.Opens, Format: paper.Format(c.Format),
		Cells: c.Cells, Document: p.Document, Token: c.Token}
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
