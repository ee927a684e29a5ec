package wallet

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// made is a case before its presentation is made.
type made struct {
	name, comment string
	want          Cause
	edit          func(*draft)
}

// replaced returns an edit of a text that must change it.
func replaced(old, with string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic("not there: " + old)
		}
		return strings.Replace(s, old, with, 1)
	}
}

func reordered(s string) string { // the two disclosures the other way round, as the holder did not sign them
	p := strings.Split(s, "~")
	p[1], p[2] = p[2], p[1]
	return strings.Join(p, "~")
}

func dropped(s string) string { // one disclosure fewer than the holder signed
	p := strings.Split(s, "~")
	return strings.Join(append(p[:1:1], p[2:]...), "~")
}

// unsigned puts another header and another signature in the place of the issuer's.
func unsigned(header string, sign func(input string) string) func(string) string {
	return func(s string) string {
		jwt, rest, _ := strings.Cut(s, "~")
		part := strings.Split(jwt, ".")
		input := b64.EncodeToString([]byte(header)) + "." + part[1]
		return input + "." + sign(input) + "~" + rest
	}
}

func shapes(m *mint) []made {
	certificate := `"x5c":["` + base64.StdEncoding.EncodeToString(m.leaf.Raw) + `"]}`
	confused := func(input string) string { // the public key as a secret
		mac := hmac.New(sha256.New, must(x509.MarshalPKIXPublicKey(m.leaf.key.Public())))
		mac.Write([]byte(input))
		return b64.EncodeToString(mac.Sum(nil))
	}
	nothing := func(string) string { return "" }
	set := func(name string, v any) func(*draft) { return func(d *draft) { d.header[name] = v } }
	whole := func(f func(string) string) func(*draft) { return func(d *draft) { d.whole = f } }
	return []made{
		{"size", "one byte more than a presentation may have", ErrSize,
			func(d *draft) { d.pad = MaxPresentation }},
		{"empty", "nothing", ErrShape, whole(nothing)},
		{"jwt_alone", "an issuer's JWT without a tilde", ErrShape,
			whole(func(s string) string { jwt, _, _ := strings.Cut(s, "~"); return jwt })},
		{"two_parts", "the issuer's JWT has no signature part", ErrShape, whole(func(s string) string {
			jwt, rest, _ := strings.Cut(s, "~")
			return jwt[:strings.LastIndex(jwt, ".")] + "~" + rest
		})},
		{"empty_header", "the issuer's JWT has an empty header", ErrShape,
			whole(func(s string) string { return s[strings.Index(s, "."):] })},
		{"empty_payload", "the issuer's JWT has an empty payload", ErrShape, whole(func(s string) string {
			part := strings.SplitN(s, ".", 3)
			return part[0] + ".." + part[2]
		})},
		{"no_canonical", "the last character of the signature has unused bits", ErrShape,
			whole(func(s string) string {
				jwt, rest, _ := strings.Cut(s, "~")
				return jwt[:len(jwt)-1] + string(jwt[len(jwt)-1]+1) + "~" + rest
			})},
		{"padding", "base64url with padding", ErrShape, whole(replaced(".", "=."))},
		{"line_break", "a line break within the header, which decoders skip", ErrShape,
			whole(replaced(".", "\n."))},
		{"empty_disclosure", "two tildes in a row", ErrShape, whole(replaced("~", "~~"))},
		{"disclosure_alphabet", "a disclosure in another alphabet", ErrShape, whole(replaced("~", "~+"))},
		{"space", "a space at the end", ErrShape, whole(func(s string) string { return s + " " })},
		{"json", "the JSON serialisation", ErrShape,
			whole(func(string) string { return `{"payload":"e30"}` })},
		{"many_disclosures", "65 disclosures", ErrShape, func(d *draft) {
			for range 63 {
				d.more = append(d.more, disclosure("salt", "x", 1))
			}
		}},
		{"unbound", "no JWT of the holder", ErrUnbound,
			whole(func(s string) string { return s[:strings.LastIndex(s, "~")+1] })},

		{"typ_older", "the typ of earlier drafts", ErrHeader, set("typ", "vc+sd-jwt")},
		{"typ_jwt", "typ JWT", ErrHeader, set("typ", "JWT")},
		{"no_typ", "no typ", ErrHeader, func(d *draft) { delete(d.header, "typ") }},
		{"crit", "a critical member of the header", ErrHeader, set("crit", []string{"exp"})},
		{"no_x5c", "no x5c, a kid in its place", ErrHeader,
			func(d *draft) { delete(d.header, "x5c"); d.header["kid"] = "1" }},
		{"header_twice", "alg twice in the header", ErrHeader,
			whole(unsigned(`{"alg":"none","alg":"ES256","typ":"dc+sd-jwt",`+certificate, nothing))},
		{"header_array", "the header is an array", ErrHeader, whole(unsigned(`[]`, nothing))},
		{"header_more", "the header goes on behind its end", ErrHeader,
			whole(unsigned(`{"alg":"ES256","typ":"dc+sd-jwt",`+certificate+"}", nothing))},
		{"alg_none", "alg none without a signature", ErrAlgorithm,
			whole(unsigned(`{"alg":"none","typ":"dc+sd-jwt",`+certificate, nothing))},
		{"alg_confused", "HS256 with the public key as the secret", ErrAlgorithm,
			whole(unsigned(`{"alg":"HS256","typ":"dc+sd-jwt",`+certificate, confused))},
		{"alg_es384", "ES384", ErrAlgorithm, set("alg", "ES384")},
		{"no_alg", "no alg", ErrAlgorithm, func(d *draft) { delete(d.header, "alg") }},
	}
}

func chains(m *mint) []made {
	leaf := func(by *authority, edit func(*x509.Certificate)) func(*draft) {
		return func(d *draft) {
			a := certify(by, "Another issuer", newKey(), func(c *x509.Certificate) {
				isIssuer(c)
				if edit != nil {
					edit(c)
				}
			})
			d.issuerKey, d.header["x5c"] = a.key, x5c(a, m.middle)
		}
	}
	stranger := certify(nil, "Test root", newKey(), isCA) // the name of the anchor, another key
	list := func(v ...any) func(*draft) { return func(d *draft) { d.header["x5c"] = append([]any{}, v...) } }
	return []made{
		{"x5c_empty", "x5c is empty", ErrCertificate, list()},
		{"x5c_text", "x5c is a text", ErrCertificate, func(d *draft) { d.header["x5c"] = x5c(m.leaf)[0] }},
		{"x5c_no_certificate", "x5c has bytes that are no certificate", ErrCertificate, list("AAAA")},
		{"x5c_base64url", "a certificate in base64url", ErrCertificate,
			list(b64.EncodeToString(m.leaf.Raw) + "_")},
		{"x5c_line_break", "a line break in a certificate", ErrCertificate,
			list(strings.Join([]string{x5c(m.leaf)[0].(string)[:64], x5c(m.leaf)[0].(string)[64:]}, "\n"))},
		{"x5c_five", "five certificates", ErrCertificate,
			func(d *draft) { d.header["x5c"] = x5c(m.leaf, m.middle, m.middle, m.middle, m.middle) }},
		{"x5c_anchor", "the trust anchor is in x5c", ErrCertificate,
			func(d *draft) { d.header["x5c"] = x5c(m.leaf, m.middle, m.root) }},
		{"self_signed", "a leaf that signed itself", ErrCertificate, leaf(nil, nil)},
		{"leaf_is_authority", "the leaf is an authority", ErrCertificate,
			leaf(m.middle, func(c *x509.Certificate) { c.IsCA = true })},
		{"leaf_not_for_signatures", "the leaf's key usage is key agreement only", ErrCertificate,
			leaf(m.middle, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement })},
		{"leaf_expired", "the leaf has expired", ErrCertificateTime,
			leaf(m.middle, func(c *x509.Certificate) { c.NotAfter = clock.Add(-time.Second) })},
		{"leaf_future", "the leaf is not yet valid", ErrCertificateTime,
			leaf(m.middle, func(c *x509.Certificate) { c.NotBefore = clock.Add(time.Second) })},
		{"middle_expired", "the authority between has expired", ErrCertificateTime, func(d *draft) {
			middle := certify(m.root, "Old authority", newKey(),
				func(c *x509.Certificate) { isCA(c); c.NotAfter = clock.Add(-time.Second) })
			a := certify(middle, "Another issuer", newKey(), isIssuer)
			d.issuerKey, d.header["x5c"] = a.key, x5c(a, middle)
		}},
		{"unknown_anchor", "an authority with the name of the anchor and another key", ErrUnknownAnchor,
			func(d *draft) {
				a := certify(stranger, "Another issuer", newKey(), isIssuer)
				d.issuerKey, d.header["x5c"] = a.key, x5c(a)
			}},
		{"missing_middle", "the certificate between is missing", ErrUnknownAnchor,
			func(d *draft) { d.header["x5c"] = x5c(m.leaf) }},
		{"middle_no_authority", "a leaf that vouches for another leaf", ErrUnknownAnchor, func(d *draft) {
			a := certify(m.leaf, "Another issuer", newKey(), isIssuer)
			d.issuerKey, d.header["x5c"] = a.key, x5c(a, m.leaf, m.middle)
		}},
		{"no_eku", "the leaf has no extended key usage", ErrCertificateUse,
			leaf(m.middle, func(c *x509.Certificate) { c.UnknownExtKeyUsage = nil })},
		{"eku_server", "the leaf is that of a TLS server", ErrCertificateUse,
			leaf(m.middle, func(c *x509.Certificate) {
				c.UnknownExtKeyUsage, c.ExtKeyUsage = nil, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			})},
		{"eku_other", "the leaf is for something else", ErrCertificateUse,
			leaf(m.middle, func(c *x509.Certificate) {
				c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 99999, 2}}
			})},
		{"signature", "the holder signed in the issuer's place", ErrSignature,
			func(d *draft) { d.issuerKey = m.holder }},
		{"signature_middle", "the authority between signed", ErrSignature,
			func(d *draft) { d.issuerKey = m.middle.key }},
		{"signature_changed", "a claim was changed after the signature", ErrSignature,
			func(d *draft) {
				d.whole = func(s string) string {
					jwt, rest, _ := strings.Cut(s, "~")
					part := strings.Split(jwt, ".")
					payload, _ := decode(part[1])
					part[1] = b64.EncodeToString(bytes.Replace(payload, []byte(`"IT"`), []byte(`"FR"`), 1))
					return strings.Join(part, ".") + "~" + rest
				}
			}},
		{"signature_long", "a zero more in the signature, before s", ErrSignature, func(d *draft) {
			d.whole = func(s string) string {
				jwt, rest, _ := strings.Cut(s, "~")
				dot := strings.LastIndex(jwt, ".") + 1
				pair, _ := decode(jwt[dot:])
				return jwt[:dot] + b64.EncodeToString(slices.Insert(pair, 32, 0)) + "~" + rest
			}
		}},
		{"signature_der", "the signature is in ASN.1", ErrSignature, func(d *draft) {
			d.whole = func(s string) string {
				jwt, rest, _ := strings.Cut(s, "~")
				input := jwt[:strings.LastIndex(jwt, ".")]
				sum := sha256.Sum256([]byte(input))
				der := must(m.leaf.key.Sign(nil, sum[:], crypto.SHA256))
				return input + "." + b64.EncodeToString(der) + "~" + rest
			}
		}},
	}
}

func claims(m *mint) []made {
	set := func(name string, v any) func(*draft) { return func(d *draft) { d.payload[name] = v } }
	without := func(name string) func(*draft) { return func(d *draft) { delete(d.payload, name) } }
	onPayload := func(f func(string) string) func(*draft) { return func(d *draft) { d.onPayload = f } }
	key := func(name string, v any) func(*draft) {
		return func(d *draft) {
			k := jwk(&m.holder.PublicKey)
			k[name] = v
			d.payload["cnf"] = object{"jwk": k}
		}
	}
	return []made{
		{"payload_twice", "vct twice", ErrClaims, onPayload(replaced(`{`, `{"vct":"urn:other:1",`))},
		{"payload_text", "the payload is a text", ErrClaims,
			onPayload(func(string) string { return `"claims"` })},
		{"payload_utf8", "the payload is not UTF-8", ErrClaims, onPayload(replaced("IT", "I\xff"))},
		{"payload_deep", "nine objects in one another", ErrClaims,
			onPayload(replaced(`{`, `{"x":`+strings.Repeat(`{"x":`, 8)+`1`+strings.Repeat(`}`, 8)+`,`))},
		{"no_vct", "no vct", ErrClaims, without("vct")},
		{"no_cnf", "not bound to a key", ErrClaims, without("cnf")},
		{"cnf_kid", "the key is named, not given", ErrClaims, set("cnf", object{"kid": "1"})},
		{"cnf_kty", "the holder's key is of another kind", ErrClaims, key("kty", "OKP")},
		{"cnf_length", "a byte of x stands in y", ErrClaims, func(d *draft) {
			k := jwk(&m.holder.PublicKey)
			x, _ := decode(k.text("x"))
			y, _ := decode(k.text("y"))
			k["x"], k["y"] = b64.EncodeToString(x[:31]), b64.EncodeToString(append(x[31:], y...))
			d.payload["cnf"] = object{"jwk": k}
		}},
		{"cnf_curve", "the holder's key is of another curve", ErrClaims, key("crv", "P-384")},
		{"cnf_point", "the holder's key is not on the curve", ErrClaims,
			key("y", b64.EncodeToString(make([]byte, 32)))},
		{"cnf_private", "the card has the holder's private key", ErrClaims, key("d", "AAAA")},
		{"no_exp", "no exp", ErrClaims, without("exp")},
		{"exp_text", "exp is a text", ErrClaims, set("exp", "1900000000")},
		{"exp_milliseconds", "exp in milliseconds", ErrClaims, set("exp", clock.UnixMilli())},
		{"exp_before_nbf", "exp before nbf", ErrClaims, set("nbf", clock.AddDate(2, 0, 0).Unix())},
		{"iss_number", "iss is a number", ErrClaims, set("iss", 1)},
		{"sd_text", "_sd is a text", ErrClaims, set("_sd", "AAAA")},
		{"status_text", "status is a text", ErrClaims, set("status", "valid")},
		{"status_negative", "a negative index", ErrClaims,
			set("status", object{"status_list": object{"idx": -1, "uri": listURL}})},
		{"status_without_uri", "no address of the list", ErrClaims,
			set("status", object{"status_list": object{"idx": 1}})},
		{"date_of_expiry", "date_of_expiry is no day", ErrClaims, set("date_of_expiry", "31/10/2027")},
		{"date_of_expiry_number", "date_of_expiry is a number", ErrClaims, set("date_of_expiry", 20271031)},
		{"expiry_date_null", "expiry_date is null", ErrClaims, set("expiry_date", nil)},
		{"sd_alg", "_sd_alg sha-512", ErrHash, set("_sd_alg", "sha-512")},
		{"sd_alg_none", "_sd_alg none", ErrHash, set("_sd_alg", "none")},
		{"vct", "another credential of the same issuer", ErrType, set("vct", "urn:it-wallet:mDL:1")},
		{"vct_case", "the vct in other letters", ErrType, set("vct", strings.ToUpper(Types()[0]))},
		{"iss_other", "iss is not a name of the leaf", ErrIssuer, set("iss", "https://other.example")},
		{"iss_prefix", "iss begins with a name of the leaf", ErrIssuer,
			set("iss", issuerName+".evil.example")},
		{"iss_length", "iss is as long as a name of the leaf, with a path", ErrIssuer,
			set("iss", "https://ossuer.example/1-0")},
		{"iss_not_vouched", "the anchor does not vouch for this issuer", ErrUnknownAnchor, func(d *draft) {
			a := certify(m.middle, "Another issuer", newKey(), func(c *x509.Certificate) {
				isIssuer(c)
				c.URIs, c.DNSNames = nil, []string{"other.example"}
			})
			d.issuerKey, d.header["x5c"], d.payload["iss"] = a.key, x5c(a, m.middle), "https://other.example"
		}},
		{"no_iss", "no iss, and the anchor has no name of the leaf", ErrUnknownAnchor, func(d *draft) {
			a := certify(m.middle, "Another issuer", newKey(),
				func(c *x509.Certificate) { isIssuer(c); c.URIs = nil })
			d.issuerKey, d.header["x5c"] = a.key, x5c(a, m.middle)
			delete(d.payload, "iss")
		}},
		{"not_yet_valid", "nbf is six minutes ahead", ErrNotYetValid,
			set("nbf", clock.Add(6*time.Minute).Unix())},
		{"iat_future", "iat is six minutes ahead", ErrNotYetValid,
			set("iat", clock.Add(6*time.Minute).Unix())},
		{"expired", "exp is now", ErrExpired, set("exp", clock.Unix())},
		{"day_over", "the day date_of_expiry is over", ErrExpired, set("date_of_expiry", "2026-11-28")},
	}
}
