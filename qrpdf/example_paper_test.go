package qrpdf_test

import (
	"bytes"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// exampleSheet returns a sheet and its symbol.
func exampleSheet() (qrpdf.Document, *qrpdf.Symbol) {
	symbol, err := qrpdf.Encoder{}.Encode("https://qr.example.it/q#173327592")
	if err != nil {
		log.Fatal(err)
	}
	return qrpdf.Document{
		DisplayName: "Regione di Esempio",
		Issued:      time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC),
		Expires:     time.Date(2031, time.November, 22, 0, 0, 0, 0, time.UTC),
	}, symbol
}

// A sheet in two languages says what holds for the body that issues it.
func ExampleDocument_Write() {
	page, symbol := exampleSheet()
	page.Lang = "it+de"
	page.Policy = qrpdf.PolicyAny // as in the service: a check shows no category
	page.SecondLevel = true       // codes may come by telephone
	page.VoidPhone = "800 000 000"
	var file bytes.Buffer
	if err := page.Write(&file, symbol); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.8s\n", file.Bytes())

	page.Lang = "it+en"
	fmt.Println(page.Write(&file, symbol))
	// Output:
	// %PDF-1.7
	// unknown language: there are it, en, de, fr, sl, it+de, it+fr and it+sl
}

// The text of a sheet is for people who have it read to them.
func ExampleText_Write() {
	page, symbol := exampleSheet()
	page.Lang = "en"
	var text strings.Builder
	if err := (qrpdf.Text{Document: page}).Write(&text, symbol); err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range strings.Split(text.String(), "\n") {
		if strings.Contains(line, "2031") {
			fmt.Println(line)
		}
	}
	// Output:
	// Valid until: 22 November 2031
}

// A body's own sentence takes the place of the one in the package.
func ExampleBuiltIn() {
	page, symbol := exampleSheet()
	fmt.Println(qrpdf.BuiltIn("it")["title"])
	page.Wording = map[string]qrpdf.Wording{"it": {"title": "Documento della Regione"}}
	var text strings.Builder
	if err := (qrpdf.Text{Document: page}).Write(&text, symbol); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Contains(text.String(), "Documento della Regione"))
	// Output:
	// QR code della condizione di disabilità
	// true
}

// A desk keeps a card with the address of the right page, because a forger prints sheets too.
func ExampleDeskCard_Write() {
	card := qrpdf.DeskCard{Address: "https://qr.example.it/q", DisplayName: "Regione di Esempio",
		Issued: time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)}
	var file bytes.Buffer
	fmt.Println(card.Write(&file), file.Len() > 0)

	card.Address = "https://qr.example.it/q#token"
	fmt.Println(card.Write(&file))
	// Output:
	// <nil> true
	// text is not an http or https address
}

// A print shop takes one file for many people.
func ExampleJoin() {
	page, symbol := exampleSheet()
	var sheets [][]byte
	for range 3 {
		var file bytes.Buffer
		if err := page.Write(&file, symbol); err != nil {
			fmt.Println(err)
			return
		}
		sheets = append(sheets, file.Bytes())
	}
	var all bytes.Buffer
	err := qrpdf.Join(&all, len(sheets), func(i int) ([]byte, error) { return sheets[i], nil })
	fmt.Println(err, bytes.Count(all.Bytes(), []byte("/URI (")), "links")
	fmt.Println("smaller than the three:", all.Len() < 3*len(sheets[0]))
	// Output:
	// <nil> 3 links
	// smaller than the three: true
}

// The modules of another encoder become a symbol that all writers take.
func ExampleNewSymbol() {
	_, other := exampleSheet() // yours: a matrix of the encoder
	symbol, err := qrpdf.NewSymbol("https://qr.example.it/q#173327592", qrpdf.M, other.Size(), other.Dark)
	fmt.Println(symbol, err)
	_, err = qrpdf.NewSymbol("https://qr.example.it", qrpdf.M, 25, func(x, y int) bool { return false })
	fmt.Println(err)
	// Output:
	// 3-M <nil>
	// not a symbol: finder pattern missing
}
