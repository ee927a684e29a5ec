// Package wallets lets wallets that are not ours answer package wallet: irmago's client, the wallet Yivi, and
// in Node the packages of PagoPA that are in the app IO. It is a module of its own, outside the workspace, so
// that what these link reaches nobody: bash .ci/wallets.sh.
package wallets

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/privacybydesign/irmago/common/clientmodels"
	"github.com/privacybydesign/irmago/eudi"
	"github.com/privacybydesign/irmago/eudi/credentials/sdjwtvc"
	"github.com/privacybydesign/irmago/eudi/credentials/statuslist"
	eudijwt "github.com/privacybydesign/irmago/eudi/jwt"
	"github.com/privacybydesign/irmago/eudi/openid4vp"
	"github.com/privacybydesign/irmago/eudi/openid4vp/dcql"
	"github.com/privacybydesign/irmago/eudi/openid4vp/eudi_sdjwt_dcql"
	"github.com/privacybydesign/irmago/eudi/sdjwt"
	"github.com/privacybydesign/irmago/eudi/storage"
	"github.com/privacybydesign/irmago/eudi/storage/db"
	"github.com/privacybydesign/irmago/eudi/storage/db/models"
	"github.com/privacybydesign/irmago/eudi/storage/filesystem"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gorm.io/datatypes"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/wallet"
)

const (
	allowance = "constant_attendance_allowance"
	cardType  = "urn:it-wallet:EuropeanDisabilityCard:1"
	picture   = "data:image/jpeg;base64,/9j/2Q=="
)

type certificate struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

func (c certificate) base64() string { return base64.StdEncoding.EncodeToString(c.Raw) }

func certify(t *testing.T, by *certificate, name string) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true}
	parent, signer := template, key
	if by == nil {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	} else {
		parent, signer = by.Certificate, by.key
		template.KeyUsage, template.DNSNames = x509.KeyUsageDigitalSignature, []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	c, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate{c, key}
}

// world is a museum that asks, and an issuer with a status list that irmago makes and serves.
type world struct {
	rp                      *wallet.RelyingParty
	authority, root, issuer certificate // authority: of access certificates
	list                    string
}

func newWorld(t *testing.T) *world {
	w := &world{}
	w.authority = certify(t, nil, "Access authority")
	access := certify(t, &w.authority, "museum.example")
	w.root = certify(t, nil, "Card authority")
	w.issuer = certify(t, &w.root, "issuer.example")
	signer := &statuslist.TestStatusListSigner{PrivKey: w.issuer.key, Cert: w.issuer.Certificate,
		DERBytes: w.issuer.Raw}
	lists := statuslist.NewTestStatusListServer(t, nil)
	w.list = lists.URL()
	lists.Serve(t, signer, statuslist.TestStatusListOpts{Subject: w.list, TTLSeconds: 60, Bits: 2,
		Statuses: map[uint64]uint8{6: 1}})
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	var err error
	w.rp, err = wallet.New(wallet.Config{Key: access.key, Chain: []*x509.Certificate{access.Certificate},
		Anchors: []wallet.Anchor{{Certificate: w.root.Certificate}}, Address: server.URL, Name: "Museum",
		Logo: server.URL + "/logo.png", Scheme: "openid4vp://", Benefits: benefit.Default()})
	require.NoError(t, err)
	handler = w.rp.Handler()
	return w
}

// yivi is irmago's wallet with one card.
func (w *world) yivi(t *testing.T, index int64, claim bool) *openid4vp.Client {
	t.Helper()
	eudi.Logger = logrus.New()
	eudi.Logger.SetOutput(t.Output())
	keys := sdjwt.NewDefaultKeyBinderWithInMemoryStorage()
	public, err := keys.CreateKeyPairs(1)
	require.NoError(t, err)
	holder, err := sdjwt.HolderKeyClaim(public[0])
	require.NoError(t, err)
	until := time.Now().AddDate(0, 1, 0)
	raw, err := sdjwtvc.NewSdJwtVcBuilder().WithPayload(sdjwt.Claim("iss", "https://issuer.example"),
		sdjwt.Claim("vct", cardType), sdjwt.Claim("nbf", time.Now().Unix()-60),
		sdjwt.Claim("exp", until.Unix()), holder,
		sdjwt.Object("status", sdjwt.Object("status_list", sdjwt.Claim("idx", index),
			sdjwt.Claim("uri", w.list))), sdjwt.SdClaim(allowance, claim),
		sdjwt.SdClaim("picture", picture), sdjwt.SdClaim("given_name", "Ada"),
	).WithIssuerCertificateChain([]string{w.issuer.base64()}).Build(sdjwt.NewJwtCreator(w.issuer.key))
	require.NoError(t, err)
	store, err := storage.NewStorageWithDialector(sqlite.Open(":memory:"),
		filesystem.NewFileSystemStorage([32]byte{}, t.TempDir()))
	require.NoError(t, err)
	cards := db.NewCredentialStore(store.Db())
	payload, err := json.Marshal(map[string]any{"vct": cardType, allowance: claim, "picture": picture,
		"given_name": "Ada"})
	require.NoError(t, err)
	require.NoError(t, cards.StoreBatch(&models.CredentialBatch{IssuerURL: "https://issuer.example",
		CredentialIssuer: "https://issuer.example", VerifiableCredentialType: cardType,
		Format: models.CredentialFormatSdJwtVc, Hash: "card", ProcessedSdJwtPayload: datatypes.JSON(payload),
		IssuedAt:  datatypes.NullTime{V: time.Now().Add(-time.Minute), Valid: true},
		ExpiresAt: datatypes.NullTime{V: until, Valid: true}, BatchSize: 1, RemainingCount: 1,
		Instances: []models.IssuedCredentialInstance{{RawCredential: []byte(raw)}}}))
	locale := clientmodels.NewCurrentLocale("en")
	handler := eudi_sdjwt_dcql.NewSdJwtVcDcqlHandler(store, cards, nil, nil, keys, locale, nil)
	roots := x509.NewCertPool()
	roots.AddCert(w.authority.Certificate)
	trust := &eudijwt.StaticVerificationContext{VerifyOpts: x509.VerifyOptions{Roots: roots,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}}
	requests := openid4vp.NewRequestorCertificateStoreVerifierValidator(trust,
		&openid4vp.MockQueryValidatorFactory{})
	client, err := openid4vp.NewClient(nil, []dcql.DcqlCredentialQueryHandler{handler}, requests, locale)
	require.NoError(t, err)
	return client
}

// person is who holds the phone: approves what the wallet offers, or declines if it has nothing to offer.
type person struct {
	ended  chan string
	asking string // who asks, as the wallet shows it
}

func (p *person) Failure(err *clientmodels.SessionError)       { p.ended <- "failure: " + err.WrappedError }
func (p *person) Cancelled()                                   { p.ended <- "cancelled" }
func (p *person) Success(string, []clientmodels.LogCredential) { p.ended <- "success" }
func (p *person) DeliverDcApiResponse(string)                  {}
func (p *person) RequestVerificationPermission(plan *clientmodels.DisclosurePlan,
	by *clientmodels.TrustedParty, queries map[string]string, answer openid4vp.PermissionHandler) {
	p.asking = by.Name
	var selections []dcql.DisclosureSelection
	for _, choice := range plan.DisclosureChoicesOverview {
		for _, bundle := range choice.OwnedOptions {
			card := bundle.Credentials[0]
			s := dcql.DisclosureSelection{QueryId: queries[card.Hash], CredentialHash: card.Hash}
			for _, a := range card.Attributes {
				s.ClaimPaths = append(s.ClaimPaths, a.ClaimPath)
			}
			selections = append(selections, s)
		}
	}
	answer(len(selections) > 0, selections)
}

func ask(t *testing.T, w *world) wallet.Question {
	t.Helper()
	q, err := w.rp.Start(wallet.Ask{Desk: "desk", Benefit: "museums"})
	require.NoError(t, err)
	return q
}

// TestYivi: the wallet shows who asks, offers what was asked for and nothing else, and its answer is taken.
func TestYivi(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name  string
		index int64
		claim bool
		ended string
		want  wallet.Cause
	}{
		{"with the allowance", 5, true, "success", wallet.ErrNotCompared},
		{"revoked", 6, true, "success", wallet.ErrRevoked},
		{"without the allowance", 5, false, "cancelled", ""}, // nothing is disclosed
	} {
		t.Run(c.name, func(t *testing.T) {
			q := ask(t, w)
			p := &person{ended: make(chan string, 1)}
			w.yivi(t, c.index, c.claim).NewSession(q.Link, p)
			require.Equal(t, c.ended, <-p.ended)
			assert.Equal(t, "Museum", p.asking)
			report, waiting, err := w.rp.Answer("desk", q.ID, "")
			require.NoError(t, err)
			assert.Equal(t, c.want == "", waiting)
			assert.Equal(t, c.want, report.Cause)
			if c.want == wallet.ErrNotCompared {
				report, err = w.rp.Compare(t.Context(), "desk", q.ID, status.Yes)
				require.NoError(t, err)
				assert.Equal(t, api.Confirmed, report.Verdict)
			}
		})
	}
}

// TestIO: PagoPA's packages fetch, parse and answer; @sd-jwt/sd-jwt-vc makes the card; dcql reads the query.
func TestIO(t *testing.T) {
	w := newWorld(t)
	key, err := jwk.Import(w.issuer.key)
	require.NoError(t, err)
	q := ask(t, w)
	input, err := json.Marshal(map[string]any{"link": q.Link, "key": key, "x5c": []string{w.issuer.base64()},
		"vct": cardType, "list": w.list, "picture": picture})
	require.NoError(t, err)
	command := exec.Command("node", os.Getenv("ATTESTA_WALLET")+"/peer.mjs")
	command.Env = append(os.Environ(), "INPUT="+string(input))
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	t.Log(string(output))
	report, _, err := w.rp.Answer("desk", q.ID, "")
	require.NoError(t, err)
	assert.Equal(t, wallet.ErrNotCompared, report.Cause)
	report, err = w.rp.Compare(t.Context(), "desk", q.ID, status.Yes)
	require.NoError(t, err)
	assert.Equal(t, api.Confirmed, report.Verdict)
}
