package scan

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/internal/typed"
)

// Text returns the text in a file that c should judge. If [Read] returns several texts, Text returns the only
// one that looks like a token. If none does, it returns the first, which c then refuses; but if the texts are
// only links in a PDF, the error is [ErrOtherLinks]. If several do, the error matches [ErrSeveral].
func Text(ctx context.Context, c *verifier.Client, data []byte) (string, error) {
	r, err := read(ctx, data)
	if err != nil {
		return "", err
	}
	texts := ours(ctx, c, r.texts)
	if r.links && len(texts) == 0 {
		if r = (reading{texts: symbols(ctx, data)}); len(r.texts) == 0 {
			return "", cmp.Or(ctx.Err(), error(ErrOtherLinks))
		}
		texts = ours(ctx, c, r.texts)
	}
	switch len(texts) {
	case 0:
		ofINPS := func(text string) bool { _, ok := ReadINPS(text); return ok }
		return r.texts[max(slices.IndexFunc(r.texts, ofINPS), 0)], nil
	case 1:
		return texts[0], nil
	}
	return "", fmt.Errorf("%w: check its %d different QRs one by one", ErrSeveral, len(texts))
}

// ours returns the texts that look like tokens to c.
func ours(ctx context.Context, c *verifier.Client, texts []string) (found []string) {
	for _, t := range texts {
		if c.Check(ctx, t, codicefiscale.Code{}).Code != api.CodeNotOurs {
			found = append(found, t)
		}
	}
	return found
}

// Meant returns the text that a scanner meant to type: text itself, or, if that contains no token and a
// computer with an Italian, German or French keyboard or with Caps Lock made it of a token, the text by key
// position. [verifier.Client.Check] does this itself.
func Meant(text string) string {
	meant, _ := typed.Read(text)
	return meant
}
