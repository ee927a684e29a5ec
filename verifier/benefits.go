package verifier

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

	"github.com/qr-invalidita/attesta/verifier/api"
)

// ErrUnknownIssuer means that the client has no trust anchor with the issuer's name.
var ErrUnknownIssuer = errors.New("issuer is not among those that the client trusts")

// Benefits returns the benefits that the issuer answers for today, over HTTP. An id of the list is a Benefit
// of [FirstLevelOptions]; the list also has the codes that an [api.Evidence] for each benefit may have, and
// their words in five languages. The error is [ErrUnknownIssuer] or a [*CallError].
func (c *Client) Benefits(ctx context.Context, issuerName string) (api.Benefits, error) {
	if !slices.ContainsFunc(c.anchors, func(a TrustAnchor) bool { return a.Name == issuerName }) {
		return api.Benefits{}, ErrUnknownIssuer
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	anchor := c.issuer(issuerName)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, anchor.url(api.PathBenefits), nil)
	if err != nil {
		return api.Benefits{}, notSent(err)
	}
	r.Header.Set("Accept", "application/json")
	client := http.Client{Transport: c.transport(anchor), CheckRedirect: notFollowed}
	answer, err := client.Do(r)
	if err != nil {
		return api.Benefits{}, notSent(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, api.MaxBenefits+1))
	if err != nil {
		return api.Benefits{}, notSent(err)
	}
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	var list api.Benefits
	switch {
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		return list, outside(answer, ErrRedirect)
	case answer.StatusCode != http.StatusOK:
		return list, outside(answer, ErrStatus)
	case media != "application/json" || len(text) > api.MaxBenefits || json.Unmarshal(text, &list) != nil:
		return api.Benefits{}, outside(answer, ErrFormat)
	}
	return list, nil
}
