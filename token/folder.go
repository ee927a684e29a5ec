package token

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/qr-invalidita/attesta/internal/file"
)

// DefaultSigning is the default time for which a key signs before it retires: 2 years of 365
// days, within the 1 to 3 years that NIST SP 800-57 Part 1 Rev. 5, section 5.3.6, table 1,
// suggests for a private signature key.
const DefaultSigning = 2 * 365 * 24 * time.Hour

// ErrOldFolder means that a folder's reference keys are of another format of the references: the
// documents made under them are void, and new ones need a new folder.
var ErrOldFolder = errors.New("keys are of an earlier format, whose documents are void: " +
	"start with an empty folder and issue the documents again")

// Folder keeps an issuer's signing keys and reference keys on disk: one file per key, a JWK with
// its dates, readable only by its owner. The private keys are not encrypted; if that is not
// enough, keep them in an HSM and build each [SigningKey] yourself. Files are replaced as a
// whole, so several processes may share a folder. A process sees the keys as they were when it
// read them.
type Folder struct {
	// Dir is created with mode 0700 when the first key is added. If it exists and is open to
	// others, adding or changing a key closes it; it is an error if it holds other files too, or
	// belongs to somebody else.
	Dir string
	// IssuerName is the issuer name for new keys; empty means that of the existing keys. A folder
	// serves one issuer.
	IssuerName string
	// Signing is how long a new key signs; zero means DefaultSigning.
	Signing time.Duration
	// Years is for how many calendar years a token is valid, as in [Signer]. A key is published for
	// that long and 3 days more after it stops signing. Zero means DefaultYears.
	Years int
	// Zone is where the last day of a token ends, as in [Signer].
	Zone *time.Location
	// CutOffs are those of the signer; see [Signer].
	CutOffs CutOffs
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	signingPrefix   = "signing-"
	referencePrefix = "reference-"
	keySuffix       = ".jwk"
)

// SigningKeys returns all signing keys, oldest first, including those that are not yet or no
// longer in use. If the folder does not exist, there are none. It is an error if the file of a
// key is damaged, accessible to other users or of another issuer, or if others may write the folder.
func (f Folder) SigningKeys(ctx context.Context) ([]*SigningKey, error) {
	var keys []*SigningKey
	err := f.each(ctx, signingPrefix, func(path string, data []byte) error {
		signer, err := parseSigner(data)
		if err != nil {
			return err
		}
		var file keyFile
		if err := json.Unmarshal(data, &file); err != nil {
			return errors.New("dates of the key are damaged")
		}
		key, err := NewSigningKey(ctx, file.Issuer, signer)
		if err != nil {
			return err
		}
		if want := f.signingPath(key.public.id); filepath.Base(path) != filepath.Base(want) {
			return fmt.Errorf("file holds the key %s", key.public.id)
		}
		if f.IssuerName != "" && file.Issuer != f.IssuerName ||
			len(keys) > 0 && file.Issuer != keys[0].public.issuer {
			return fmt.Errorf("key belongs to the issuer %s: use another folder for another issuer",
				file.Issuer)
		}
		key.Dates = file.dates()
		if last := f.lastExpiry(key.SignUntil); !key.PublishUntil.IsZero() && key.PublishUntil.Before(last) {
			key.PublishUntil = last // the file was written when tokens were valid for less
		}
		keys = append(keys, key)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(keys, func(a, b *SigningKey) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.public.id, b.public.id))
	})
	return keys, nil
}

// ReferenceKeys returns all reference keys, newest first, in the order that [Signer] needs.
func (f Folder) ReferenceKeys(ctx context.Context) ([]ReferenceKey, error) {
	dated, err := f.datedReferences(ctx)
	if err != nil {
		return nil, err
	}
	keys := make([]ReferenceKey, len(dated))
	for i, d := range dated {
		keys[i] = d.key
	}
	return keys, nil
}

// datedReference is a reference key with its time in seconds. Identifiers say nothing about the order.
type datedReference struct {
	key     ReferenceKey
	created int64
}

// datedReferences returns the reference keys, newest first.
func (f Folder) datedReferences(ctx context.Context) ([]datedReference, error) {
	var keys []datedReference
	err := f.each(ctx, referencePrefix, func(path string, data []byte) error {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), referencePrefix), keySuffix)
		id, err := strconv.ParseUint(name, 16, 16)
		if err != nil || name != referenceName(uint16(id)) {
			return errors.New("file name is not the key's identifier")
		}
		var jwk jose.JSONWebKey
		if err := jwk.UnmarshalJSON(data); err != nil {
			return errors.New("not a JSON Web Key")
		}
		secret, ok := jwk.Key.([]byte)
		if !ok || jwk.KeyID != name {
			return errors.New("file does not contain the reference key in its name")
		}
		var file keyFile
		if err := json.Unmarshal(data, &file); err != nil {
			return errors.New("members of the key are damaged")
		}
		if file.Format != referenceFormat {
			return ErrOldFolder
		}
		key, err := NewReferenceKey(uint16(id), secret)
		if err != nil {
			return err
		}
		keys = append(keys, datedReference{key, file.Created})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(keys, func(a, b datedReference) int {
		return cmp.Or(cmp.Compare(b.created, a.created), cmp.Compare(b.key.id, a.key.id))
	})
	return keys, nil
}

// Published returns the public keys that belong in the key set now.
func (f Folder) Published(ctx context.Context) ([]PublicKey, error) {
	keys, err := f.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	var published []PublicKey
	for _, k := range keys {
		if k.IsPublished(f.now()) {
			published = append(published, k.public)
		}
	}
	return published, nil
}

// Signer returns a Signer with the keys that are in the folder now, and with the folder's Years, Zone,
// CutOffs and clock. Call it for each request and do not keep the result: a Signer that is kept goes on
// using a key that was revoked, and does not know one that was added. If no key may sign now, the
// methods of the Signer return [ErrNoSigningKey], or [ErrClock] if it is the clock that is wrong.
func (f Folder) Signer(ctx context.Context) (*Signer, error) {
	keys, err := f.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	references, err := f.ReferenceKeys(ctx)
	if err != nil {
		return nil, err
	}
	return &Signer{Keys: keys, References: references, Years: f.Years, Zone: f.Zone, CutOffs: f.CutOffs,
		Now: f.Now}, nil
}

// AddSigningKey generates a P-256 key, stores it and returns it. The key begins to sign after
// [PublicationLead], when verifiers have fetched it. If no other key can sign, it begins at once,
// because waiting would help nobody.
func (f Folder) AddSigningKey(ctx context.Context) (*SigningKey, error) {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return f.ImportSigningKey(ctx, signer)
}

// ImportSigningKey is like [Folder.AddSigningKey] with the caller's key: an *ecdsa.PrivateKey on
// P-256 or an ed25519.PrivateKey, for instance from [ReadKeyFile]. It is an error if the folder
// already contains the key.
func (f Folder) ImportSigningKey(ctx context.Context, signer crypto.Signer) (*SigningKey, error) {
	others, err := f.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	issuer := f.IssuerName
	if issuer == "" && len(others) > 0 {
		issuer = others[0].public.issuer
	}
	key, err := NewSigningKey(ctx, issuer, signer)
	if err != nil {
		return nil, err
	}
	now := f.now().Truncate(time.Second)
	key.Created, key.NotBefore = now, now
	if slices.ContainsFunc(others, func(k *SigningKey) bool { return k.CanSign(now) }) {
		key.NotBefore = now.Add(PublicationLead)
	}
	key.SignUntil = key.NotBefore.Add(cmp.Or(f.Signing, DefaultSigning))
	key.PublishUntil = f.lastExpiry(key.SignUntil)
	if err := f.writeSigningKey(key, true); err != nil {
		return nil, err
	}
	return key, nil
}

// AddReferenceKey generates a reference key with a random identifier, which no other key in the folder has,
// stores it and returns it. Issuers that read the folder afterwards use it for new references. The older keys
// still recognise the tokens issued under them. Two folders that are made apart do not agree on an identifier
// for two keys, except by chance, once in 65535.
func (f Folder) AddReferenceKey(ctx context.Context) (ReferenceKey, error) {
	for {
		keys, err := f.datedReferences(ctx)
		if err != nil {
			return ReferenceKey{}, err
		}
		created := f.now().Unix()
		if len(keys) > 0 {
			created = max(created, keys[0].created+1) // newer than the others, within the same second too
		}
		key := generateReferenceKey(randomID())
		name := referenceName(key.id)
		data, err := marshalKeyFile(jose.JSONWebKey{Key: (*key.secret).key[:], KeyID: name},
			keyFile{Created: created, Format: referenceFormat})
		if err != nil {
			return ReferenceKey{}, err
		}
		err = f.write(filepath.Join(f.Dir, referencePrefix+name+keySuffix), data, true)
		if errors.Is(err, fs.ErrExist) {
			continue // the identifier is taken
		}
		if err != nil {
			return ReferenceKey{}, err
		}
		return key, nil
	}
}

// randomID returns an identifier from 1.
func randomID() uint16 {
	var b [2]byte
	for {
		rand.Read(b[:]) // never fails since Go 1.24
		if id := binary.BigEndian.Uint16(b[:]); id != 0 {
			return id
		}
	}
}

// Retire stops a key from signing, from now on. The key stays published until its last token has
// expired.
func (f Folder) Retire(ctx context.Context, id string) (*SigningKey, error) {
	return f.change(ctx, id, func(k *SigningKey, now time.Time) {
		if k.SignUntil.IsZero() || now.Before(k.SignUntil) {
			k.SignUntil = now
			k.PublishUntil = f.lastExpiry(now)
		}
	})
}

// Revoke marks a key as compromised: it is no longer used to sign and no longer published. Once
// verifiers have fetched the key set, everything under the key has an unknown key for them, so
// people need new documents. Revoke cannot be undone. If no other key is left, add one first: an
// empty set is not served, and verifiers would keep the revoked key.
func (f Folder) Revoke(ctx context.Context, id string) (*SigningKey, error) {
	return f.change(ctx, id, func(k *SigningKey, now time.Time) {
		if k.Revoked.IsZero() {
			k.Revoked = now
		}
	})
}

func (f Folder) change(ctx context.Context, id string,
	change func(*SigningKey, time.Time)) (*SigningKey, error) {
	keys, err := f.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(keys, func(k *SigningKey) bool { return k.public.id == id })
	if i < 0 {
		return nil, fmt.Errorf("no signing key %q in %s", id, f.Dir)
	}
	change(keys[i], f.now().Truncate(time.Second))
	if err := f.writeSigningKey(keys[i], false); err != nil {
		return nil, err
	}
	return keys[i], nil
}

// referenceName returns a reference key's identifier as in its file name: four lower-case
// hexadecimal digits.
func referenceName(id uint16) string { return fmt.Sprintf("%04x", id) }

func (f Folder) signingPath(id string) string {
	return filepath.Join(f.Dir, signingPrefix+id+keySuffix)
}

func (f Folder) writeSigningKey(k *SigningKey, mustBeNew bool) error {
	jwk := jose.JSONWebKey{Key: *k.signer, KeyID: k.public.id, Algorithm: k.public.Algorithm(), Use: "sig"}
	data, err := marshalKeyFile(jwk, k.Dates.file(k.public.issuer))
	if err != nil {
		return errors.New("only keys in memory can be kept in a folder")
	}
	return f.write(f.signingPath(k.public.id), data, mustBeNew)
}

func (f Folder) write(path string, data []byte, mustBeNew bool) error {
	if _, err := file.PrivateFolder(f.Dir, isKeyFile); err != nil {
		return err
	}
	if mustBeNew {
		return file.Create(path, data)
	}
	return file.Write(path, data, 0o600)
}

func isKeyFile(name string) bool {
	return strings.HasSuffix(name, keySuffix) &&
		(strings.HasPrefix(name, signingPrefix) || strings.HasPrefix(name, referencePrefix))
}

func (f Folder) each(ctx context.Context, prefix string, read func(path string, data []byte) error) error {
	if err := file.CheckFolder(f.Dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(f.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || !strings.HasSuffix(e.Name(), keySuffix) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		path := filepath.Join(f.Dir, e.Name())
		data, err := file.ReadPrivate(path, maxKeyFile)
		if err != nil {
			return err
		}
		if err := read(path, data); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// lastExpiry returns a time at which every token has expired that was signed until then. Three days
// are enough for the last day, which is included, and for the greatest distance of a zone from UTC.
func (f Folder) lastExpiry(signed time.Time) time.Time {
	if signed.IsZero() {
		return signed
	}
	return signed.UTC().AddDate(cmp.Or(f.Years, DefaultYears), 0, 3).In(signed.Location())
}

func (f Folder) now() time.Time {
	if f.Now == nil {
		return time.Now()
	}
	return f.Now()
}
