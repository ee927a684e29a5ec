package intake_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/intake"
)

func rows(t *testing.T, text string) (all []intake.Row) {
	t.Helper()
	r, err := intake.OpenRows(strings.NewReader(text), "given_name", "layout")
	require.NoError(t, err)
	for {
		row, err := r.Next()
		if err == io.EOF {
			position, _ := r.Position()
			assert.Equal(t, int64(len(text)), position)
			return all
		}
		require.NoError(t, err)
		all = append(all, row)
	}
}

func TestRows(t *testing.T) {
	for name, text := range map[string]string{
		"commas": "codice_fiscale,given_name,layout\nRSSMRA80A01H501U,Mario,\n\n12345671510,,wallet",
		"semicolons": "codice_fiscale;given_name;layout\n RSSMRA80A01H501U ; Mario ;\n\n" +
			"12345671510;;wallet\n",
		"a spreadsheet's": "\ufeff\"layout\";codice_fiscale;given_name\r\n" +
			";RSSMRA80A01H501U;\"Mario\"\r\n\r\nwallet;12345671510;\r\n",
	} {
		all := rows(t, text)
		require.Len(t, all, 2, name)
		assert.Equal(t, "RSSMRA80A01H501U", all[0].CF.Reveal())
		assert.Equal(t, map[string]string{"given_name": "Mario"}, all[0].Fields)
		assert.Equal(t, int64(2), all[0].Number)
		assert.Equal(t, "12345671510", all[1].CF.Reveal())
		assert.Equal(t, map[string]string{"layout": "wallet"}, all[1].Fields)
		assert.Equal(t, int64(4), all[1].Number)
	}
}

func TestRowsWithFaults(t *testing.T) {
	all := rows(t, "codice_fiscale,layout\nRSSMRA80A01H501X,\nRSSMRA80A01H501U\n,\n\"x\nx,\xff\n"+
		"RSSMRA80A01H501U,wallet\n")
	var faults []string
	for _, row := range all[:5] {
		require.Error(t, row.Err)
		assert.True(t, row.CF.IsZero())
		faults = append(faults, row.Err.Error())
	}
	assert.Equal(t, []string{
		"codice_fiscale: codice fiscale has a wrong check character", "has 1 columns, the header 2",
		"codice_fiscale: codice fiscale has the wrong length", "quotation marks do not match", "is not UTF-8",
	}, faults)
	assert.NoError(t, all[5].Err)
	assert.Equal(t, int64(7), all[5].Number)
}

func TestRowsRefuse(t *testing.T) {
	for text, says := range map[string]string{
		"":                              "header: is empty",
		"layout\n":                      "header: there is no column codice_fiscale",
		"codice_fiscale,phone\n":        "header: column 2 has a name that is not known",
		"codice_fiscale,codice_fiscale": "header: column codice_fiscale occurs twice",
	} {
		_, err := intake.OpenRows(strings.NewReader(text), "layout")
		assert.EqualError(t, err, says)
	}
}
