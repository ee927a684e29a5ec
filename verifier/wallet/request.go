package wallet

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"math/big"
	"strings"

	"github.com/qr-invalidita/attesta/status/benefit"
)

// This file writes the request that a wallet gets: a signed object (RFC 9101) with a query (OpenID4VP 1.0,
// sections 5 and 6) that asks for the claim that decides and what ties the card to the person.

// allowance is the claim that decides: the entitlement to a companion.
const allowance = "constant_attendance_allowance"

// queryID is the name of the card in the query and in the answer.
const queryID = "card"

// Names of one thing in the cards of today and in those of Italy's earlier issuer. A wallet gives one.
var pictures = []string{"picture", "portrait"}

// claimsOf returns the claims that may be disclosed.
func claimsOf(tie benefit.Tie) []string {
	if tie == benefit.TieName {
		return []string{allowance, "given_name", "family_name"}
	}
	return append([]string{allowance}, pictures...)
}

type claimQuery struct {
	ID     string   `json:"id,omitempty"`
	Path   []string `json:"path"`
	Values []bool   `json:"values,omitempty"`
}

type credentialQuery struct {
	ID        string              `json:"id"`
	Format    string              `json:"format"`
	Meta      map[string][]string `json:"meta"`
	Claims    []claimQuery        `json:"claims"`
	ClaimSets [][]string          `json:"claim_sets,omitempty"`
}

// query returns the DCQL query. It asks for the allowance only if it is true, so that the card of a person to
// whom it is not due discloses nothing at all.
func query(types []string, tie benefit.Tie) map[string][]credentialQuery {
	q := credentialQuery{ID: queryID, Format: "dc+sd-jwt", Meta: map[string][]string{"vct_values": types}}
	for _, name := range claimsOf(tie) {
		c := claimQuery{ID: name, Path: []string{name}}
		if name == allowance {
			c.Values = []bool{true}
		}
		q.Claims = append(q.Claims, c)
	}
	if tie == benefit.TiePicture {
		for _, name := range pictures {
			q.ClaimSets = append(q.ClaimSets, []string{allowance, name})
		}
	}
	return map[string][]credentialQuery{"credentials": {q}}
}

// requestObject returns the signed request of a question. walletNonce is what the wallet sent with POST.
func (rp *RelyingParty) requestObject(q *question, walletNonce string) (string, error) {
	point, err := q.key.PublicKey.Bytes() // 4, x and y
	if err != nil {
		return "", err
	}
	responseURI := rp.config.Address + "/response/" + q.id
	algorithms := map[string][]string{"sd-jwt_alg_values": {"ES256"}, "kb-jwt_alg_values": {"ES256"}}
	claims := map[string]any{
		"aud":           "https://self-issued.me/v2", // OpenID4VP 1.0, section 5.8
		"iss":           rp.clientID,                 // the app IO requires it, as RFC 9101 did
		"client_id":     rp.clientID,
		"response_type": "vp_token",
		"response_mode": "direct_post.jwt",
		"response_uri":  responseURI,
		"nonce":         q.nonce,
		"state":         q.state,
		"iat":           q.asked.Unix(),
		"exp":           q.asked.Add(Lifetime).Unix(),
		"dcql_query":    query(rp.config.Types, q.tie),
		"client_metadata": map[string]any{
			"jwks": map[string]any{"keys": []map[string]string{{"kty": "EC", "crv": "P-256", "use": "enc",
				"alg": "ECDH-ES", "kid": keyID, "x": b64.EncodeToString(point[1:33]),
				"y": b64.EncodeToString(point[33:])}}},
			"encrypted_response_enc_values_supported": []string{"A128GCM", "A256GCM"},
			"vp_formats_supported":                    map[string]any{"dc+sd-jwt": algorithms},
			// The Italian profile requires the rest; other wallets show some of it.
			"application_type": "web",
			"client_id":        rp.config.Address,
			"client_name":      rp.config.Name,
			"logo_uri":         rp.config.Logo,
			"request_uris":     []string{rp.config.Address + "/request/" + q.id},
			"response_uris":    []string{responseURI},
		},
	}
	if walletNonce != "" {
		claims["wallet_nonce"] = walletNonce
	}
	return signJWS(rp.config.Key, map[string]any{"alg": "ES256", "typ": "oauth-authz-req+jwt", "x5c": rp.x5c,
		"kid": strings.TrimPrefix(rp.clientID, prefix)}, claims)
}

// signJWS signs with ES256.
func signJWS(key crypto.Signer, header, claims map[string]any) (string, error) {
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	c, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := b64.EncodeToString(h) + "." + b64.EncodeToString(c)
	sum := sha256.Sum256([]byte(text))
	der, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return "", err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return "", err
	}
	var raw [64]byte
	pair.R.FillBytes(raw[:32])
	pair.S.FillBytes(raw[32:])
	return text + "." + b64.EncodeToString(raw[:]), nil
}
