package qrpdf_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

func codeSheet(lang string, rows int) qrpdf.CodeSheet {
	c := qrpdf.CodeSheet{ID: "A7K2QF", Lang: lang, DisplayName: "Provincia autonoma di Esempio",
		Contact: "tel. 0471 000000", Issued: issued, Expires: issued.AddDate(4, 0, 0),
		Logo: qrpdf.Logo{Data: []byte(svgLogo), Alt: "Esempio"}}
	for n := range rows {
		c.Rows = append(c.Rows, qrpdf.CodeRow{YesNo: codeOf(n, 1), OneEntry: codeOf(n, 2),
			Everything: codeOf(n, 3)})
	}
	return c
}

func codeOf(row, column int) string { return fmt.Sprintf("%d%03d 5555", column, row+1) }

func writeSheet(t testing.TB, c qrpdf.CodeSheet) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, c.Write(&b))
	return b.Bytes()
}

// A person hears each code with its row and its column, whatever the language.
func TestCodeSheet(t *testing.T) {
	for _, lang := range languages {
		b := writeSheet(t, codeSheet(lang, 41))
		objects, _ := readPDF(t, b)
		all, _ := pages(t, objects)
		assert.Len(t, all, 4, lang)
		root := readOutline(t, b)
		roles := map[string]int{}
		root.walk("", func(n *node, _ string) { roles[n.role]++ })
		assert.Equal(t, 3, roles["Table"], lang)
		assert.Equal(t, 3*41, roles["TD"], lang)
		assert.Equal(t, 41+3*4, roles["TH"], lang)
		said := root.all()
		for n := range 41 {
			for column := 1; column <= 3; column++ {
				assert.Equal(t, 1, strings.Count(said, codeOf(n, column)), lang)
			}
		}
		for _, part := range strings.Split(lang, "+") {
			built := qrpdf.BuiltIn(part)
			for _, key := range []string{"title", "yes_no", "one_entry", "everything"} {
				assert.Contains(t, said, built["codes."+key], lang)
			}
		}
		assert.NotContains(t, string(b), "/Annots", "it leads nowhere")
	}
	said := readOutline(t, writeSheet(t, codeSheet("it", 2))).String()
	assert.Equal(t, string(golden(t, "code-sheet-it.txt", []byte(said))), said)
}

func TestCodeSheetRefuses(t *testing.T) {
	for name, change := range map[string]func(*qrpdf.CodeSheet){
		"no name":       func(c *qrpdf.CodeSheet) { c.ID = "" },
		"no rows":       func(c *qrpdf.CodeSheet) { c.Rows = nil },
		"too many rows": func(c *qrpdf.CodeSheet) { *c = codeSheet("it", 201) },
		"long code":     func(c *qrpdf.CodeSheet) { c.Rows[0].Everything = strings.Repeat("1", 17) },
		"letter":        func(c *qrpdf.CodeSheet) { c.Rows[0].YesNo = "Ж" },
		"no body":       func(c *qrpdf.CodeSheet) { c.DisplayName = "" },
		"no end":        func(c *qrpdf.CodeSheet) { c.Expires = time.Time{} },
	} {
		c := codeSheet("it", 2)
		change(&c)
		var out bytes.Buffer
		assert.Error(t, c.Write(&out), name)
		assert.Zero(t, out.Len(), name)
	}
	assert.ErrorIs(t, codeSheet("it", 2).Write(&limited{err: errFull}), errFull)
}
