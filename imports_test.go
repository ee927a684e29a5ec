package attesta_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/qr-invalidita/attesta"

// rooms lists the packages of this project that each room may import. A room is a folder with
// everything below it that is not a room itself; "." is the root package. The outermost rooms
// are the examples, which may import every room but the lab, and the lab (the folder lab,
// whose module's path is below examples), which may import everything. No room imports either.
var rooms = map[string][]string{
	".":                    {},
	"internal":             {},
	"status":               {"status/codicefiscale", "internal"},
	"status/codicefiscale": {},
	"status/benefit":       {"status", "status/codicefiscale"},
	"token":                {"status/codicefiscale", "internal"},
	"token/jwks":           {"token", "internal"},
	"otp":                  {"otp/sms/gsm7", "internal"},
	"otp/sms":              {"otp", "internal"},
	"otp/sms/commify":      {"otp", "otp/sms", "otp/sms/httpsend", "otp/sms/gsm7"},
	"otp/sms/gsm7":         {},
	"otp/sms/httpsend":     {"otp", "otp/sms", "internal"},
	"otp/sms/infobip":      {"otp", "otp/sms", "otp/sms/httpsend"},
	"otp/sms/router":       {"otp"},
	"otp/sms/smpp":         {"otp", "otp/sms", "otp/sms/gsm7"},
	"otp/sms/twilio":       {"otp", "otp/sms", "otp/sms/httpsend", "internal"},
	"otp/sms/vonage":       {"otp", "otp/sms", "otp/sms/httpsend", "otp/sms/gsm7"},
	"otp/sms/webhook":      {"otp", "otp/sms", "otp/sms/httpsend", "internal"},
	"otp/store/redis":      {"otp", "internal"},
	"otp/store/sql":        {"otp"},
	"otp/otptest":          {"otp"},
	"otp/internal/trial":   {"otp", "otp/otptest"},
	"qrpdf":                {"internal"},
	"qrpdf/goqrcode":       {"qrpdf"},
	"verifier":             {"verifier/api", "token", "token/jwks", "status", "status/codicefiscale", "status/benefit", "internal"},
	"verifier/api":         {},
	"verifier/page":        {"verifier", "verifier/api", "status", "status/codicefiscale", "status/benefit", "internal"},
	"verifier/service":     {"verifier/api", "otp", "token", "token/jwks", "status", "status/codicefiscale", "status/benefit", "internal"},
	"verifier/service/servicetest": {"verifier/service", "verifier", "otp", "otp/otptest", "token", "status", "status/codicefiscale",
		"status/benefit"},
	"examples":                 nil,
	"examples/lab":             nil,
	"verifier/accesslog":       {"verifier/accesslog/proof", "verifier/service", "status/codicefiscale"},
	"verifier/accesslog/proof": {},
	"verifier/wallet":          {"verifier", "verifier/api", "token", "status", "status/benefit", "internal"},
}

// verifierModules are the foreign modules that verifier may link, each with the package that
// needs it.
var verifierModules = map[string]string{
	"github.com/golang-jwt/jwt/v5":     "signature check",
	"github.com/go-jose/go-jose/v4":    "JWK and JWKS",
	"golang.org/x/crypto":              "Argon2id of the offline profile",
	"golang.org/x/sys":                 "golang.org/x/crypto asks it for the processor's features",
	"github.com/qr-invalidita/attesta": "ourselves",
}

// verifierRefuses are patterns of import paths, as go list reads them, that verifier must not
// link. Every database driver imports database/sql; its folder driver holds only interfaces,
// which our types use to refuse to be stored. verifierModules refuses the foreign modules
// among them too; here they have the reason, for a developer who adds one there.
var verifierRefuses = map[string]string{
	"database/sql":                      "a checking desk keeps no database",
	"modernc.org/sqlite/...":            "a checking desk keeps no database",
	"github.com/jackc/pgx/...":          "a checking desk keeps no database",
	"github.com/redis/go-redis/...":     "a checking desk keeps no store",
	"image/...":                         "reading a picture is the program's business",
	"golang.org/x/image/...":            "reading a picture is the program's business",
	"github.com/makiuchi-d/gozxing/...": "reading a picture is the program's business",
	"github.com/piglig/go-qr/...":       "only an issuer draws symbols",
	"github.com/klauspost/compress/...": "only an issuer writes PDF",
	"github.com/yeqown/go-qrcode/...":   "only an issuer draws symbols",
	"github.com/boombuler/barcode/...":  "only an issuer draws symbols",
	"github.com/pquerna/otp/...":        "it links a barcode library",
	modulePath + "/otp/...":             "it links a barcode library",
	modulePath + "/qrpdf/...":           "only an issuer draws symbols and writes PDF",
	modulePath + "/verifier/service":    "it is the issuer's half of the contract",
	modulePath + "/verifier/page/...":   "it reads pictures and draws pages",
	modulePath + "/verifier/wallet/...": "it is an HTTP server, with JWE",
	"testing/...":                       "test code is not for programs",
	"github.com/stretchr/testify/...":   "test code is not for programs",
}

// listed is the part of go list's answer that the checks read.
type listed struct {
	ImportPath   string
	Standard     bool
	Module       *struct{ Path string }
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestImportDirections(t *testing.T) {
	packages := goList(t, "work")
	require.NotEmpty(t, packages)
	assert.Empty(t, misdirected(packages))
}

func TestVerifierLinks(t *testing.T) {
	deps := goList(t, "-deps", "./verifier")
	require.NotEmpty(t, deps)
	assert.Empty(t, mislinked(deps))
}

// The checking pages draw no symbols and ask no wallets: who does gives them both.
func TestPageLinks(t *testing.T) {
	deps := goList(t, "-deps", "./verifier/page")
	require.NotEmpty(t, deps)
	for _, p := range deps {
		for _, folder := range []string{"/verifier/wallet", "/qrpdf", "/otp", "/verifier/service"} {
			assert.False(t, within(p.ImportPath, modulePath+folder), p.ImportPath)
		}
	}
}

// A program that checks a person's file links neither SQL nor anything else that the log
// needs.
func TestProofLinks(t *testing.T) {
	deps := goList(t, "-deps", "./verifier/accesslog/proof")
	require.NotEmpty(t, deps)
	for _, p := range deps {
		assert.False(t, within(p.ImportPath, "database/sql") || within(p.ImportPath, "net"), p.ImportPath)
		if p.Module != nil {
			modules := []string{modulePath + "/verifier/accesslog", "golang.org/x/mod"}
			assert.Contains(t, modules, p.Module.Path, p.ImportPath)
		}
	}
}

func TestRoomsAllowOnlyRooms(t *testing.T) {
	for room, allowed := range rooms {
		for _, other := range allowed {
			assert.Contains(t, rooms, other, "allowed for %s", room)
			assert.NotContains(t, rooms[other], room, "%s and %s allow each other", room, other)
		}
	}
}

func TestMisdirected(t *testing.T) {
	ours := func(folder string, imports ...string) listed {
		return listed{ImportPath: modulePath + folder, Imports: imports}
	}
	tests := []struct {
		name  string
		graph listed
		want  []string
	}{
		{"allowed", ours("/token", modulePath+"/status/codicefiscale", "crypto"), nil},
		{"own room", ours("/token", modulePath+"/token/internal/codec"), nil},
		{"out of an inner package", ours("/token/internal/codec", modulePath+"/status/codicefiscale"), nil},
		{"a namesake of another module", ours("/token", "example.org/attesta/otp", modulePath+"-tools/otp"),
			nil},
		{"examples import everything", ours("/examples/issuer", modulePath+"/qrpdf",
			modulePath+"/examples/internal/x"), nil},
		{"the lab imports the examples", ours("/examples/lab/cost", modulePath+"/examples/internal/x"), nil},
		{"the examples import the lab", listed{ImportPath: modulePath + "/examples/issuer",
			TestImports: []string{modulePath + "/examples/lab/cost"}},
			[]string{"examples imports examples/lab"}},
		{"a room that is not allowed", ours("/token", modulePath+"/status"),
			[]string{"token imports status"}},
		{"a room inside an allowed one", ours("/token/jwks", modulePath+"/token",
			modulePath+"/status/codicefiscale"),
			[]string{"token/jwks imports status/codicefiscale"}},
		{"against the arrow", ours("/status/codicefiscale", modulePath+"/token"),
			[]string{"status/codicefiscale imports token"}},
		{"from an inner package", ours("/qrpdf/internal/pdf", modulePath+"/token"),
			[]string{"qrpdf imports token"}},
		{"otp stands alone", ours("/otp", modulePath+"/token"), []string{"otp imports token"}},
		{"the root imports nothing", ours("", modulePath+"/token"), []string{". imports token"}},
		{"verifier and otp", ours("/verifier", modulePath+"/otp"), []string{"verifier imports otp"}},
		{"an example", ours("/verifier", modulePath+"/examples/internal/x"),
			[]string{"verifier imports examples"}},
		{"an example, from a test", listed{ImportPath: modulePath + "/token",
			TestImports: []string{modulePath + "/examples/x"}},
			[]string{"token imports examples"}},
		{"an example, from an outer test", listed{ImportPath: modulePath,
			XTestImports: []string{modulePath + "/examples/x"}},
			[]string{". imports examples"}},
		{"another room, from a test", listed{ImportPath: modulePath + "/token",
			XTestImports: []string{modulePath + "/qrpdf"}}, nil},
		{"no room", ours("/util"), []string{"util is no room"}},
		{"a sibling by its name only", ours("/tokens"), []string{"tokens is no room"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, misdirected([]listed{test.graph}))
		})
	}
}

func TestMislinked(t *testing.T) {
	of := func(module, path string) listed {
		return listed{ImportPath: path, Module: &struct{ Path string }{module}}
	}
	std := func(path string) listed { return listed{ImportPath: path, Standard: true} }
	tests := []struct {
		name string
		dep  listed
		want int
	}{
		{"standard library", std("net/http"), 0},
		{"an allowed module", of("github.com/golang-jwt/jwt/v5", "github.com/golang-jwt/jwt/v5"), 0},
		{"our token", of(modulePath, modulePath+"/token"), 0},
		{"our API, a neighbour of the service", of(modulePath, modulePath+"/verifier/api"), 0},
		{"what every SQL driver imports", std("database/sql"), 1},
		{"the interfaces of SQL drivers", std("database/sql/driver"), 0},
		{"pictures", std("image/png"), 1},
		{"a namesake of a refused path", std("imagery"), 0},
		{"our writer of PDF", of(modulePath, modulePath+"/qrpdf"), 1},
		{"our OTP", of(modulePath, modulePath+"/otp/sms/router"), 1},
		{"a module that nobody allowed", of("example.org/sms", "example.org/sms"), 1},
		{"a later major of an allowed module", of("github.com/golang-jwt/jwt/v6",
			"github.com/golang-jwt/jwt/v6"), 1},
		{"a refused module", of("github.com/piglig/go-qr", "github.com/piglig/go-qr"), 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Len(t, mislinked([]listed{test.dep}), test.want)
		})
	}
}

// misdirected returns one sentence for each import that rooms does not allow.
func misdirected(packages []listed) []string {
	var wrong []string
	for _, p := range packages {
		from, ok := roomOf(p.ImportPath)
		if !ok {
			wrong = append(wrong, from+" is no room")
			continue
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			to, ok := roomOf(path)
			if ok && !mayImport(from, to, !slices.Contains(p.Imports, path)) {
				wrong = append(wrong, from+" imports "+to)
			}
		}
	}
	return wrong
}

// mayImport reports whether a room may import another one. A test may import every room except
// the outermost ones.
func mayImport(from, to string, inTestOnly bool) bool {
	switch {
	case from == to || from == "examples/lab":
		return true
	case to == "examples" || to == "examples/lab":
		return false
	}
	return from == "examples" || inTestOnly || slices.Contains(rooms[from], to)
}

// roomOf returns the innermost room that holds an import path, or the path itself and false.
func roomOf(path string) (string, bool) {
	folder, ok := strings.CutPrefix(path, modulePath+"/")
	if path == modulePath {
		folder, ok = ".", true
	}
	if !ok {
		return path, false
	}
	room := ""
	for name := range rooms {
		if within(folder, name) && len(name) > len(room) {
			room = name
		}
	}
	if room == "" {
		return folder, false
	}
	return room, true
}

// mislinked returns one sentence for each package that verifier must not link.
func mislinked(deps []listed) []string {
	var wrong []string
	for _, p := range deps {
		for refused, reason := range verifierRefuses {
			folder, below := strings.CutSuffix(refused, "/...")
			if p.ImportPath == refused || below && within(p.ImportPath, folder) {
				wrong = append(wrong, fmt.Sprintf("%s: %s", p.ImportPath, reason))
			}
		}
		if p.Module != nil && verifierModules[p.Module.Path] == "" {
			wrong = append(wrong, fmt.Sprintf("%s: no reason is given for module %s", p.ImportPath,
				p.Module.Path))
		}
	}
	return wrong
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func goList(t *testing.T, arguments ...string) []listed {
	t.Helper()
	// go test caches a result by the files that the test itself reads, and go list reads in
	// another process. So visit every folder here.
	_ = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		return nil
	})

	command := exec.Command("go", append([]string{"list",
		"-json=ImportPath,Standard,Module,Imports,TestImports,XTestImports"}, arguments...)...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	require.NoError(t, err, stderr.String())

	var packages []listed
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
}
