package cost

import (
	"bytes"
	"compress/zlib"
	"io"
	"os"
	"testing"
	"time"

	"github.com/signintech/gopdf"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// sheet is the page as qrpdf writes it: the standard layout in Italian.
func sheet() qrpdf.Document {
	issued := time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)
	return qrpdf.Document{
		DisplayName: "Provincia autonoma di Esempio", Contact: "Via Roma 1, 39100 Esempio, tel. 0471 000000",
		Issued: issued, Expires: issued.AddDate(5, 0, 0), VoidAt: "https://attesta.example/annulla",
	}
}

// block is a text of the page with its position, its greatest width, and the size of letters and lines, in
// points.
type block struct {
	face                         string
	x, top, width, size, leading float64
	text                         string
}

// blocks returns the texts of the page. The library breaks lines but has no layout.
func blocks() []block {
	const regular, bold = "regular", "bold"
	const left, right, column, facts, values = 57.0, 311.0, 226.0, 218.0, 344.0
	list := []block{
		{bold, facts, 52, 320, 12, 15, "Rilasciato da"},
		{regular, facts, 67, 320, 14, 18, "Provincia autonoma di Esempio"},
		{bold, facts, 95, 320, 22, 26, "QR code della condizione di disabilità"},
		{regular, left, 204, 142, 12, 15, "Apra il collegamento del QR"},
	}
	top := 158.0
	for _, fact := range [][2]string{
		{"Data di rilascio", "22 novembre 2026"}, {"Valido fino al", "22 novembre 2031"},
		{"Il QR porta a", "https://qr.example.it/q"},
		{"Contatti", "Via Roma 1, 39100 Esempio, tel. 0471 000000"},
	} {
		list = append(list, block{bold, facts, top, 120, 12, 15, fact[0]},
			block{regular, values, top, 194, 12, 15, fact[1]})
		top += 19.7
	}
	section := func(x, top float64, heading string, steps []string, paragraphs ...string) {
		list = append(list, block{bold, x, top, column, 14, 19, heading})
		top += 22
		for i, step := range steps {
			list = append(list, block{bold, x, top, 18, 12, 15, string(rune('1' + i))},
				block{regular, x + 18, top, column - 18, 12, 15, step})
			top += 32
		}
		for _, text := range paragraphs {
			list = append(list, block{regular, x, top, column, 12, 15, text})
			top += 34
		}
	}
	section(left, 275, "A che cosa serve", nil,
		"Con questo foglio dimostra la sua condizione di disabilità senza mostrare il verbale. La risposta "+
			"la dà l’ente, ogni volta.")
	section(left, 405, "Come si usa",
		[]string{"Mostri il QR, su carta o sul telefono.", "Dica il suo codice fiscale."})
	section(left, 600, "Se lo perde", nil,
		"Se lo perde o teme che qualcuno lo abbia copiato, lo annulli: il QR non vale "+
			"più e ne riceve uno nuovo.",
		"Per annullarlo: https://attesta.example/annulla")
	section(right, 275, "Che cosa dice di lei", nil,
		"Nel QR non ci sono nome, codice fiscale, diagnosi o percentuale.",
		"Chi controlla vede in quali categorie lei rientra, mai la diagnosi. Non vede la percentuale.")
	section(right, 405, "Per chi controlla", []string{
		"Apra la pagina di verifica che già conosce: da un preferito, dal sito dell’ente o dal cartello " +
			"dello sportello.",
		"L’indirizzo deve essere quello dell’ente: quello stampato qui non prova nulla. Inquadri il QR da " +
			"quella pagina.",
		"Digiti il codice fiscale della persona.",
		"Legga la risposta: confermato, non confermato o non si può dire."},
		"Senza conferma la persona può avere lo stesso una disabilità: nell’archivio possono "+
			"mancare dei verbali.")
	section(right, 610, "Come trovarlo al tatto", nil,
		"Tagli l’angolo in alto a sinistra, lungo la linea tratteggiata. Il QR è accanto a quell’angolo: "+
			"quando è in alto a sinistra, il QR è rivolto verso di lei.")
	return list
}

// library draws the page with gopdf as its manual advises: fonts are parsed once, streams have the fastest
// level.
type library struct {
	fonts  gopdf.FontContainer
	blocks []block
}

func newLibrary(tb testing.TB) *library {
	tb.Helper()
	l := &library{blocks: blocks()}
	for face, file := range map[string]string{"regular": "Regular", "bold": "Bold"} {
		data, err := os.ReadFile("../../qrpdf/fonts/AtkinsonHyperlegibleNext-" + file + ".ttf")
		require.NoError(tb, err)
		require.NoError(tb, l.fonts.AddTTFFontByReader(face, bytes.NewReader(data)))
	}
	return l
}

// write draws the texts, the symbol and the link; it cannot tag them, nor name a language.
func (l *library) write(w io.Writer, s *qrpdf.Symbol) error {
	pdf := &gopdf.GoPdf{}
	pdf.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	pdf.SetCompressLevel(zlib.BestSpeed)
	for _, face := range []string{"regular", "bold"} {
		if err := pdf.AddTTFFontFromFontContainer(face, &l.fonts); err != nil {
			return err
		}
	}
	pdf.SetInfo(gopdf.PdfInfo{Title: "QR code della condizione di disabilità",
		Author: "Provincia autonoma di Esempio", Producer: "gopdf"})
	pdf.AddPage()
	const left, top, side = 56.69, 51.02, 141.73
	module := side / float64(s.Size())
	pdf.SetFillColor(0, 0, 0)
	for y := range s.Size() {
		for x := 0; x < s.Size(); x++ {
			start := x
			for s.Dark(x, y) {
				x++
			}
			if x > start {
				pdf.RectFromUpperLeftWithStyle(left+float64(start)*module, top+float64(y)*module,
					float64(x-start)*module, module, "F")
			}
		}
	}
	pdf.AddExternalLink(s.Text(), left, top, side, side)
	pdf.SetLineWidth(0.6)
	pdf.Line(left, 262, 538, 262)
	for _, b := range l.blocks {
		if b.text == "" {
			continue
		}
		if err := pdf.SetFont(b.face, "", b.size); err != nil {
			return err
		}
		pdf.SetTextColor(0, 0, 0)
		if b.face == "bold" {
			pdf.SetTextColor(13, 56, 102)
		}
		lines, err := pdf.SplitTextWithWordWrap(b.text, b.width)
		if err != nil {
			return err
		}
		for i, line := range lines {
			pdf.SetXY(b.x, b.top+float64(i)*b.leading)
			if err := pdf.Cell(nil, line); err != nil {
				return err
			}
		}
	}
	_, err := pdf.WriteTo(w)
	return err
}
