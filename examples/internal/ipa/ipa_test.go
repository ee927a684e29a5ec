package ipa_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/ipa"
)

func TestRead(t *testing.T) {
	const long = "Azienda Unita' Sanitaria Locale Umbria 2"
	tests := []struct {
		name, file string
		want       map[string]string
		unnamed    int
		err        error
	}{
		{"enti.csv", "\ufeffCodice_IPA,Denominazione_ente,Codice_fiscale_ente,Acronimo\r\n" +
			"c_a001,\"Comune di Prova\",00000000000,\r\n055," + long + ",0,ASLUMBRIA2\r\n",
			map[string]string{"c_a001": "Comune di Prova", "C_A001": "Comune di Prova", "055": "ASLUMBRIA2",
				"none": "", "": ""}, 0, nil},
		{"amministrazioni.txt", "cod_amm\tdes_amm\tComune\tacronimo\nand\tAccademia di  Danza\tRoma\t\n",
			map[string]string{"and": "Accademia di Danza"}, 0, nil},
		{"a body's own", "code;name;short\nx;" + long + ";AUSL Umbria 2\n\n;nobody;\n",
			map[string]string{"x": "AUSL Umbria 2"}, 0, nil},
		{"no name that fits", "code,name\nx," + long + "\ny,inps.it\nz,Museo", map[string]string{"x": "",
			"y": "", "z": "Museo"}, 2, nil},
		{"a short row", "name,code\nMuseo\nMuseo,m", map[string]string{"m": "Museo"}, 0, nil},
		{"no columns", "a,b\n1,2", nil, 0, ipa.ErrColumns},
		{"empty", "", nil, 0, ipa.ErrFormat},
		{"twice", "code,name\nx,Museo\nX,Altro", nil, 0, ipa.ErrTwice},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := ipa.Read([]byte(tt.file))
			require.ErrorIs(t, err, tt.err)
			assert.Equal(t, tt.unnamed, r.Unnamed)
			for code, name := range tt.want {
				assert.Equal(t, name, r.Name(code), code)
			}
		})
	}
	assert.Empty(t, ipa.Register{}.Name("x"))
}

func TestSample(t *testing.T) {
	r, err := ipa.Sample()
	require.NoError(t, err)
	assert.Zero(t, r.Unnamed)
	assert.Equal(t, 4, r.Len())
	assert.Equal(t, "Museo Civico", r.Name("museo_prova"))
	assert.Equal(t, "Trasporti di Prova", r.Name("tpl_prova"))
}

func FuzzRead(f *testing.F) {
	f.Add("code,name\nx,Museo")
	f.Add("Codice_IPA\tDenominazione_ente\n\"\t\"")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := ipa.Read([]byte(text)); err != nil {
			assert.Zero(t, r.Len())
			assert.False(t, strings.Contains(err.Error(), "\n"))
		}
	})
}
