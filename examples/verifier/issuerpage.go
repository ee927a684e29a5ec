package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// maxHealth is the maximum length of an issuer's health in bytes, and pageTimeout is the time allowed for it.
const (
	maxHealth   = 16 << 10
	pageTimeout = 3 * time.Second
)

// issuerPage returns the URL of the checking page that the issuer at the address says it has, or "" if it has
// none that another machine can open.
func issuerPage(ctx context.Context, address string) string {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+api.PathHealth, nil)
	if err != nil {
		return ""
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	var health api.Health
	if json.NewDecoder(io.LimitReader(answer.Body, maxHealth)).Decode(&health) != nil {
		return ""
	}
	page, err := url.Parse(health.Page)
	if err != nil || !netaddr.IsSafe(page) || netaddr.IsLoopback(page.Hostname()) {
		return ""
	}
	return page.String()
}
