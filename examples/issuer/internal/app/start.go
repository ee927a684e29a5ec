package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/qr-invalidita/attesta/examples/internal/build"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// logStart logs what runs: the build, its tables, its keys by their public names, and its addresses.
func (a *App) logStart(ctx context.Context) {
	b := build.Read()
	tables, _ := WantedTables() // they were read before
	published, references := a.keyIDs(ctx)
	a.Log.LogAttrs(ctx, slog.LevelInfo, "started", slog.String("version", b.Version),
		slog.Any("commit", unmasked(b.Commit)), slog.String("go", b.Go), slog.String("tables", tables),
		slog.String("database", a.db.Dialect), slog.String("issuer", a.name),
		slog.Any("keys", unmasked(fmt.Sprint(published))),
		slog.Any("references", unmasked(fmt.Sprint(references))), slog.String("addr", a.Addr),
		slog.String("url", a.URL()), slog.String("ops-addr", a.OpsAddr),
		slog.String("cns-addr", a.Login.CardAddr))
}

// keyIDs returns the names of the keys in use, of which the first signs or refers.
func (a *App) keyIDs(ctx context.Context) (published, references []string) {
	if issuer, err := a.keys.Signer(ctx); err == nil {
		for _, r := range issuer.References {
			references = append(references, fmt.Sprintf("%04x", r.ID()))
		}
	}
	keys, _ := a.keys.Published(ctx) // they were read before
	for _, k := range keys {
		published = append(published, k.ID())
	}
	return published, references
}

// A Place is a URL worth opening, with a few words about what is there.
type Place struct{ Address, About string }

// Places returns the URLs to start from.
func (a *App) Places() []Place {
	places := []Place{
		{a.URL() + "/", "begin here"},
		{a.URL() + "/area", "the citizen's own pages: status, QR, who looked"},
		{a.URL() + checkPath, "what the QR opens: check somebody's status"},
		{a.URL() + api.PathOpenAPI, "the API for desks"},
	}
	if a.demo() {
		places = slices.Insert(places, 1, Place{a.URL() + tryPath, "what to try, and as whom"})
	}
	if a.OpsAddr != "" {
		places = append(places, Place{"http://" + a.OpsAddr + "/metrics", "for the operators of the service"})
	}
	return places
}

// Demonstration reports whether people log in as invented personas.
func (a *App) Demonstration() bool { return a.demo() }
