package verifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
// their words in five languages. Errors are [ErrUnknownIssuer], those of the network, and those of an answer
// outside the contract; none contains personal data.
func (c *Client) Benefits(ctx context.Context, issuerName string) (api.Benefits, error) {
	if !slices.ContainsFunc(c.anchors, func(a TrustAnchor) bool { return a.Name == issuerName }) {
		return api.Benefits{}, ErrUnknownIssuer
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.issuer(issuerName).url(api.PathBenefits), nil)
	if err != nil {
		return api.Benefits{}, err
	}
	r.Header.Set("Accept", "application/json")
	client := http.Client{Transport: c.Transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	answer, err := client.Do(r)
	if err != nil {
		return api.Benefits{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, api.MaxBenefits+1))
	if err != nil {
		return api.Benefits{}, err
	}
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	var list api.Benefits
	switch {
	case answer.StatusCode != http.StatusOK:
		return list, fmt.Errorf("list of benefits: status %d", answer.StatusCode)
	case media != "application/json" || len(text) > api.MaxBenefits || json.Unmarshal(text, &list) != nil:
		return api.Benefits{}, errors.New("list of benefits: answer is outside the contract")
	}
	return list, nil
}
