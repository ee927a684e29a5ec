package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"

	"github.com/qr-invalidita/attesta/examples/internal/certificate"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/keybook"
	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/otp"
)

// Reload reads again what may change in a running process: certificates, lists of revoked cards, keys and
// peppers. What cannot be used stays as it was. The log has what became of each.
func (a *App) Reload(ctx context.Context) {
	for _, read := range a.reloads {
		read(ctx)
	}
}

// rereads adds what Reload reads. read returns what is loaded now, or an error if all stays as it was.
func (a *App) rereads(name string, read func(context.Context) (loaded string, err error)) {
	a.reloads = append(a.reloads, func(ctx context.Context) {
		loaded, err := read(ctx)
		a.logRead(ctx, name, loaded, err)
	})
}

// awaitHangups calls Reload at each signal.
func (a *App) awaitHangups(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.Hangup:
			a.Reload(ctx)
		}
	}
}

func (a *App) logRead(ctx context.Context, name, loaded string, err error) {
	if err == nil {
		a.Log.LogAttrs(ctx, slog.LevelInfo, "read again", slog.String("what", name),
			slog.Any("loaded", unmasked(loaded)))
		return
	}
	text := cause.Text(err)
	var setting *FlagError
	if errors.As(err, &setting) { // the program's own words
		text = setting.Error()
	}
	a.Log.LogAttrs(ctx, slog.LevelError, "not read again, so nothing changes", slog.String("what", name),
		slog.String("cause", text))
}

func (a *App) rereadKeys(ctx context.Context) (string, error) {
	if err := a.checkKeys(ctx); err != nil {
		return "", dataFault("data", err)
	}
	published, references := a.keyIDs(ctx)
	return fmt.Sprint(published, references), nil
}

// rereadPeppers reads the file of -pepper-file again. Codes that are on their way need their pepper, which
// the comparison with the database sees to.
func (a *App) rereadPeppers(ctx context.Context) (string, error) {
	a.comparing.Lock()
	defer a.comparing.Unlock()
	ring, proofs, err := peppers(a.PepperFile, a.secret)
	if err != nil {
		return "", &FlagError{"pepper-file", err}
	}
	entered, err := a.book.Check(ctx, []keybook.Kind{keybook.Pepper},
		func(context.Context) ([]keybook.Key, error) {
			return pepperKeys(ring, proofs, a.book.Clock()), nil
		})
	if err != nil {
		return "", dataFault("pepper-file", err)
	}
	for _, codes := range []*otp.Challenges{a.challenges, a.area.Codes} {
		if codes == nil { // no message can be sent
			continue
		}
		if err := codes.SetKeys(ring); err != nil {
			return "", &FlagError{"pepper-file", err}
		}
	}
	a.ring, a.pepperProofs = ring, proofs
	a.logEntered(ctx, entered)
	others := len(ring.Peppers) - 1
	return fmt.Sprintf("%s, and %d for codes on their way", ring.Current, others), nil
}

// watchCertificate logs when the certificate was read again, which happens without Reload too.
func (a *App) watchCertificate(files *certificate.Files) {
	a.observeCertificate(files.Leaf)
	files.Reread = func(c *x509.Certificate, err error) {
		if err != nil {
			err = &FlagError{"tls-cert", err}
		}
		a.logRead(context.Background(), "certificate", certificate.Name(c), err)
	}
	a.reloads = append(a.reloads, func(context.Context) { files.Reload() })
}

// rereadAuthorities reads the file of -cns-ca again.
func (a *App) rereadAuthorities(context.Context) (string, error) {
	roots, count, err := a.authorities()
	if err != nil {
		return "", err
	}
	next := *a.cards.Load()
	next.Rules.Roots = roots
	a.cards.Store(&next)
	return fmt.Sprintf("%d authorities", count), nil
}
