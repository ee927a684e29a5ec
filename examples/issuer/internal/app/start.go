package app

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/qr-invalidita/attesta/examples/internal/build"
)

// logStart logs what runs: the build, its tables, its keys by their public names, and its addresses.
func (a *App) logStart(ctx context.Context) {
	b := build.Read()
	tables, _ := WantedTables() // they were read before
	var published, references []string
	if issuer, err := a.keys.Signer(ctx); err == nil {
		for _, r := range issuer.References {
			references = append(references, fmt.Sprintf("%04x", r.ID()))
		}
	}
	keys, _ := a.keys.Published(ctx) // they were read before
	for _, k := range keys {
		published = append(published, k.ID())
	}
	a.Log.LogAttrs(ctx, slog.LevelInfo, "started", slog.String("version", b.Version),
		slog.Any("commit", unmasked(b.Commit)), slog.String("go", b.Go), slog.String("tables", tables),
		slog.String("database", a.db.Dialect), slog.String("issuer", a.name),
		slog.Any("keys", unmasked(fmt.Sprint(published))),
		slog.Any("references", unmasked(fmt.Sprint(references))), slog.String("addr", a.Addr),
		slog.String("url", a.URL()), slog.String("ops-addr", a.OpsAddr),
		slog.String("cns-addr", a.Login.CardAddr))
}
