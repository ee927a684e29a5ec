package scan

import (
	"context"
	"fmt"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/internal/typed"
)

// Text returns the text in a file that c should judge. If [Read] returns several texts, Text returns the only
// one that looks like a token. If none does, it returns the first, which c then refuses. If several do, the
// error matches [ErrSeveral].
func Text(ctx context.Context, c *verifier.Client, data []byte) (string, error) {
	texts, err := Read(ctx, data)
	if err != nil {
		return "", err
	}
	var ours []string
	for _, t := range texts {
		if c.Check(ctx, t, codicefiscale.Code{}).Code != api.CodeNotOurs {
			ours = append(ours, t)
		}
	}
	switch len(ours) {
	case 0:
		return texts[0], nil
	case 1:
		return ours[0], nil
	}
	return "", fmt.Errorf("%w: check its %d different QRs one by one", ErrSeveral, len(ours))
}

// Meant returns the text that a scanner meant to type: text itself, or, if that contains no token and a
// computer with an Italian, German or French keyboard or with Caps Lock made it of a token, the text by key
// position. [verifier.Client.Check] does this itself.
func Meant(text string) string {
	meant, _ := typed.Read(text)
	return meant
}
