package qrpdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// verdicts lets veraPDF check all files of a folder against PDF/UA-1 and PDF/A-2a and returns the
// broken rules of each, such as "ua1 7.1-3". Without a validator the test is skipped, but fails
// in CI.
func verdicts(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.pdf"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	cmd := exec.Command(filepath.Join("..", ".ci", "verapdf", "verapdf.sh"),
		append([]string{"ua1,2a"}, files...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		if os.Getenv("CI") == "true" {
			t.Fatal(stderr.String())
		}
		t.Skip(stderr.String())
	}
	require.True(t, err == nil || exit != nil && exit.ExitCode() == 1, "%v: %s%s", err, stderr.String(), out)

	broken := map[string][]string{}
	judged := 0
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		fields := strings.Split(line, "\t")
		name := strings.TrimSuffix(filepath.Base(fields[2]), ".pdf")
		switch fields[0] {
		case "PASS":
			judged++
		case "FAIL":
			if !strings.Contains(strings.Join(broken[name], " "), fields[1]+" ") {
				judged++
			}
			broken[name] = append(broken[name], fields[1]+" "+fields[3])
		default:
			t.Fatal(line)
		}
	}
	require.Equal(t, 2*len(files), judged, "every file by both profiles")
	return broken
}

// Every kind of file in one run, since the validator takes seconds to start.
func TestVeraPDF(t *testing.T) {
	foreign(t)
	s := printedSymbol(t)
	folder := t.TempDir()
	put := func(name string, file []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+".pdf"), file, 0o600))
	}
	save := func(name string, d qrpdf.Document, s *qrpdf.Symbol) { put(name, write(t, d, s)) }
	eachDocument(func(name string, d qrpdf.Document) {
		save(name, d, s)
		if d.Logo.Data != nil {
			d.Policy, d.SecondLevel, d.VoidPhone = qrpdf.PolicySubKinds, true, "800 000000"
			d.Wording = map[string]qrpdf.Wording{"it": {"title": "Ĥŭ", "person.steps": "Uno"},
				"sl": {"contact": "Šola"}}
			save(name+" in other words", d, fullOf(t, 13))
		}
	})
	for _, lang := range languages {
		put("desk card "+lang, writeCard(t, deskCard(lang)))
		put("code sheet "+lang, writeSheet(t, codeSheet(lang, 41)))
	}
	put("joined", join(t, sheets(t)...))
	gray := page()
	gray.Logo = qrpdf.Logo{Data: grayLogo(t), Alt: "E"}
	gray.Holder, gray.Contact = "Ṣọlá Ĥŭ x\u030C", strings.Repeat("Ŝ", 100)
	save("supplement and grey logo", gray, s)
	bare := qrpdf.Document{DisplayName: "E", Issued: issued, Expires: issued}
	for name, layout := range layouts {
		bare.Layout = layout
		save("bare "+name, bare, fullOf(t, 22))
	}
	assert.Empty(t, verdicts(t, folder))
}

// defects are changes of equal length in a conforming file, with the rules by which veraPDF finds
// each. It cannot see those without a rule: they change what a person hears, or fail our
// comparison of the properties.
var defects = []struct{ name, old, new, rules string }{
	{"figure without alternative text", " /Alt ", " /Alx ", "ua1 7.3-1"},
	{"no language", "/Lang (it)", "/Lxng (it)", "ua1 7.2-33"},
	{"not marked", "/Marked true", "/Mxrked true", "ua1 6.2-1, 2a 6.7.2.2-1"},
	{"title not shown", "/DisplayDocTitle", "/DisplayDocTxtle", "ua1 7.1-10"},
	{"wrong part of UA", "<pdfuaid:part>1<", "<pdfuaid:part>9<", "ua1 5-2"},
	{"first heading H3", "/S /H1 ", "/S /H3 ", "ua1 7.4.2-1"},
	{"header without scope", "/Scope /Row", "/Scxpe /Row", "ua1 7.5-1"},
	{"link without description", " /Contents <", " /Cxntents <", "ua1 7.18.5-2"},
	{"page without StructParents", "/StructParents 0", "/StructPxrents 0", "ua1 7.1-3"},
	{"order of tabs", "/Tabs /S", "/Tabs /R", "ua1 7.18.3-1"},
	{"unknown structure type", "/S /H2 ", "/S /Hq ", "ua1 7.1-5, 2a 6.7.3.4-1"},
	{"fonts without Unicode", "/ToUnicode ", "/ToUnxcode ", "ua1 7.21.7-1, 2a 6.2.11.7.2-1"},
	{"fonts without glyph map", "/CIDToGIDMap ", "/CIDToGXDMap ", "ua1 7.21.3.2-1, 2a 6.2.11.3.2-1"},
	{"no output intent", "/OutputIntents ", "/OutputIntxnts ", "2a 6.2.4.3-4"},
	{"no identifier", "/ID [", "/IX [", "2a 6.1.3-1"},
	{"wrong part of A", "<pdfaid:part>2<", "<pdfaid:part>4<", "2a 6.6.4-2"},
	{"figure without its place", "/BBox [", "/BBxx [", ""},
	{"titles differ", "x-default\">QR code", "x-default\">QR kode", ""},
	{"row headers as data", "/S /TH ", "/S /TD ", ""},
	{"annotation not printed", "/F 4 ", "/F 0 ", "2a 6.3.2-2"},
	{"foreign text without language", "/Lang (de)", "/Lxng (de)", ""},
	{"foreign text in a wrong language", "/Lang (de)", "/Lang (fr)", ""},
	{"link as a span", "/S /Link /P", "/S /Span /P", "ua1 7.18.5-1"},
	{"shifted widths", "", "", "ua1 7.21.5-1, 2a 6.2.11.5-1"},
	{"row as a cell", "/S /TR ", "/S /TD ", "ua1 7.2-3"},
	{"no structure tree", "/StructTreeRoot 8", "/StructTreeRxxt 8", "ua1 7.1-11, 2a 6.7.3.3-1"},
	{"no metadata", "/Metadata 3", "/Metxdata 3", "ua1 7.1-8, 2a 6.6.2.1-1"},
	{"link without its element", "/StructParent 1", "/StructParent 9", "ua1 7.18.5-1"},
	{"no way back to the elements", "/Nums [ 0 [", "/Nums [ 7 [", "ua1 7.1-3"},
}

var firstWidth = regexp.MustCompile(`/W \[(\d+) \[`)

// A test of the tests: veraPDF or our own checks find each of the defects.
func TestSeededDefects(t *testing.T) {
	foreign(t)
	require.Len(t, defects, 29)
	d := page()
	d.Lang = "it+de"
	whole := write(t, d, fullOf(t, 13))
	said := readOutline(t, whole).String()
	folder := t.TempDir()
	for _, v := range defects {
		changed := whole
		if v.old != "" {
			changed = bytes.ReplaceAll(whole, []byte(v.old), []byte(v.new))
		} else {
			changed = firstWidth.ReplaceAllFunc(whole, func(b []byte) []byte {
				b = bytes.Clone(b)
				b[len(b)-3]++
				return b
			})
		}
		require.False(t, bytes.Equal(whole, changed), v.name)
		require.Len(t, changed, len(whole), v.name)
		require.NoError(t, os.WriteFile(filepath.Join(folder, v.name+".pdf"), changed, 0o600))
		if v.rules != "" {
			continue
		}
		if v.name == "titles differ" {
			objects, _ := readPDF(t, changed)
			title := textAfter(t, find(t, objects, "/Producer (").text, "/Title")
			assert.NotContains(t, objects[reference(t, objects[1].text, "/Metadata")].data, ">"+title+"<")
			continue
		}
		assert.NotEqual(t, said, readOutline(t, changed).String(), v.name)
	}
	broken := verdicts(t, folder)
	for _, v := range defects {
		if v.rules == "" {
			assert.Empty(t, broken[v.name], "%s: veraPDF sees more than it did", v.name)
			continue
		}
		for _, rule := range strings.Split(v.rules, ", ") {
			assert.Contains(t, broken[v.name], rule, v.name)
		}
	}
	if t.Failed() {
		for name, rules := range broken {
			fmt.Println(name, rules)
		}
	}
}
