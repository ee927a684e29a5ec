package wallet

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// This file asks whether a card was revoked (Token Status List, draft-ietf-oauth-status-list). The list says
// about everybody at once, so its host does not learn which card is asked about, only that somebody asks.

const (
	// MaxList is the maximum length of a status list as it is sent, in bytes. Italy issues some hundred
	// thousand cards, thirty credentials each.
	MaxList = 2 << 20
	// MaxStatuses is the maximum length of a list once inflated, in bytes: 33 million credentials with one
	// bit each.
	MaxStatuses = 4 << 20
	// maxLists is the maximum number of lists kept, so they take 32 MiB at most.
	maxLists = 8
	// listTimeout is how long a list may take. The person waits.
	listTimeout = 5 * time.Second
	// listLife is how long a list counts as new if it says nothing, and maxListLife the longest that it may
	// say: a card revoked in the morning should not pass in the evening.
	listLife    = 5 * time.Minute
	maxListLife = time.Hour
)

// lists keeps status lists. The zero value with a client is ready. It is safe for concurrent use.
type lists struct {
	client *http.Client
	local  bool // lists may come by http from this machine
	mu     sync.Mutex
	kept   map[string]statusList
}

// statusList is a list that was verified.
type statusList struct {
	anchor  *Anchor
	bits    int
	entries []byte
	until   time.Time // when it has to be fetched again
}

// check returns nil if the list says that the card is valid.
func (l *lists) check(ctx context.Context, c *card, anchors []Anchor, now time.Time) error {
	if c.statusless {
		return nil
	}
	if c.list == "" {
		return ErrNoStatus
	}
	l.mu.Lock()
	list, ok := l.kept[c.list]
	l.mu.Unlock()
	if !ok || !now.Before(list.until) {
		text, err := l.fetch(ctx, c.list)
		if err != nil {
			return err
		}
		if list, err = readList(text, c.list, anchors, now); err != nil {
			return err
		}
		l.keep(c.list, list)
	}
	if list.anchor != c.anchor {
		return ErrStatusIssuer
	}
	return list.status(c.index)
}

// keep keeps the list, and drops the one that runs out first if there are too many.
func (l *lists) keep(address string, list statusList) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil {
		l.kept = map[string]statusList{}
	}
	l.kept[address] = list
	if len(l.kept) <= maxLists {
		return
	}
	first := address
	for a, s := range l.kept {
		if s.until.Before(l.kept[first].until) {
			first = a
		}
	}
	delete(l.kept, first)
}

// fetch gets a list. The address comes from a card that a trust anchor vouches for.
func (l *lists) fetch(ctx context.Context, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || !netaddr.IsSafe(u) || u.Scheme != "https" && !l.local || u.Fragment != "" {
		return "", ErrStatusList
	}
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", ErrStatusList
	}
	request.Header.Set("Accept", "application/statuslist+jwt")
	response, err := l.client.Do(request)
	if err != nil {
		return "", ErrStatusUnavailable
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", ErrStatusUnavailable
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, MaxList+1))
	switch {
	case err != nil:
		return "", ErrStatusUnavailable
	case len(body) > MaxList:
		return "", ErrStatusSize
	}
	return string(body), nil
}

// readList verifies a status list token that came from the address.
func readList(text, address string, anchors []Anchor, now time.Time) (statusList, error) {
	token, ok := splitJWS(text)
	if !ok {
		return statusList{}, ErrStatusList
	}
	header, ok := parseObject(token.header)
	if _, critical := header["crit"]; !ok || critical || header.text("typ") != "statuslist+jwt" ||
		header.text("alg") != "ES256" {
		return statusList{}, ErrStatusList
	}
	leaf, anchor, err := chain(header, anchors, now)
	if err != nil || !token.signedBy(leaf.PublicKey.(*ecdsa.PublicKey)) {
		return statusList{}, ErrStatusIssuer
	}
	payload, ok := parseObject(token.payload)
	made, ok1 := payload.seconds("iat")
	end, ok2 := payload.seconds("exp")
	ttl, ok3 := payload.seconds("ttl")
	if !ok || !ok1 || !ok2 || !ok3 || made == 0 || payload.text("sub") != address {
		return statusList{}, ErrStatusList
	}
	if time.Unix(made, 0).After(now.Add(Leeway)) || end != 0 && !now.Before(time.Unix(end, 0)) {
		return statusList{}, ErrStatusExpired
	}
	list := statusList{anchor: anchor, until: now.Add(listLife)}
	if ttl != 0 {
		list.until = now.Add(min(time.Duration(min(ttl, timeLimit/100))*time.Second, maxListLife))
	}
	if end != 0 && time.Unix(end, 0).Before(list.until) {
		list.until = time.Unix(end, 0)
	}
	err = list.inflate(payload)
	return list, err
}

// inflate reads the member status_list.
func (s *statusList) inflate(payload object) error {
	member, _ := payload["status_list"].(object)
	number, _ := member["bits"].(json.Number)
	s.bits, _ = strconv.Atoi(string(number))
	packed, ok := decode(member.text("lst"))
	if !ok || s.bits != 1 && s.bits != 2 && s.bits != 4 && s.bits != 8 {
		return ErrStatusList
	}
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return ErrStatusList
	}
	s.entries, err = io.ReadAll(io.LimitReader(r, MaxStatuses+1))
	switch {
	case len(s.entries) > MaxStatuses:
		return ErrStatusSize
	case err != nil:
		return ErrStatusList
	}
	return nil
}

// status returns nil for VALID, or what the entry says (section 7.1 of the draft).
func (s statusList) status(index int64) error {
	perByte := int64(8 / s.bits)
	if index/perByte >= int64(len(s.entries)) {
		return ErrStatusList
	}
	entry := s.entries[index/perByte] >> (int(index%perByte) * s.bits) & byte(1<<s.bits-1)
	switch entry {
	case 0:
		return nil
	case 1:
		return ErrRevoked
	}
	return ErrSuspended
}

// noRedirect refuses redirects: the address of a list is the name that the list must have.
func noRedirect(*http.Request, []*http.Request) error { return errors.New("a redirect") }
