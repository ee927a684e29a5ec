package qrpdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/qrpdf"
)

func Example() {
	symbol, err := qrpdf.Encoder{}.Encode("https://attesta.example/v#eyJhbGciOiJFUzI1NiJ9.e30.c2ln")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(symbol, "with", symbol.Size(), "modules a side")

	page := qrpdf.Document{
		DisplayName: "Provincia autonoma di Esempio",
		Issued:      time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC),
		Expires:     time.Date(2031, time.November, 22, 0, 0, 0, 0, time.UTC),
	}
	var file bytes.Buffer // or an *os.File, or an http.ResponseWriter
	if err := page.Write(&file, symbol); err != nil {
		fmt.Println(err)
		return
	}
	_, link, _ := strings.Cut(file.String(), "/URI (")
	link, _, _ = strings.Cut(link, ")")
	fmt.Println(link)
	// Output:
	// 4-M with 33 modules a side
	// https://attesta.example/v#eyJhbGciOiJFUzI1NiJ9.e30.c2ln
}

func ExampleEncoder_Encode() {
	_, err := qrpdf.Encoder{MaxVersion: 5}.Encode("https://attesta.example/v#" + strings.Repeat("A", 100))
	fmt.Println(errors.Is(err, qrpdf.ErrTooLong), err)
	// Output:
	// true text too long for the symbol: 126 bytes, version 5 at level M holds 84
}

func ExamplePNG_Write() {
	symbol, err := qrpdf.Encoder{}.Encode("https://attesta.example")
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	if err := (qrpdf.PNG{Scale: 4}).Write(&file, symbol); err != nil {
		fmt.Println(err)
		return
	}
	config, err := png.DecodeConfig(&file)
	fmt.Println(config.Width, config.Height, err) // (25 + 2×4) modules of 4 pixels
	// Output:
	// 132 132 <nil>
}

func ExampleBraille_Write() {
	symbol, err := qrpdf.Encoder{}.Encode("https://attesta.example/v#eyJhbGciOiJFUzI1NiJ9.e30.c2ln")
	if err != nil {
		fmt.Println(err)
		return
	}
	page := qrpdf.Document{
		DisplayName: "Provincia autonoma di Esempio",
		Issued:      time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC),
		Expires:     time.Date(2031, time.November, 22, 0, 0, 0, 0, time.UTC),
	}
	var file strings.Builder
	if err := (qrpdf.Braille{Document: page, Cells: 32}).Write(&file, symbol); err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range strings.Split(file.String(), "\r\n")[:2] {
		fmt.Println(strings.TrimSpace(line)) // .R is a capital R
	}
	// Output:
	// .RILASCIATO DA .PROVINCIA
	// AUTONOMA DI .ESEMPIO
}

//revive:disable:line-length-limit the first line of the file is longer

func ExampleSVG_Write() {
	symbol, err := qrpdf.Encoder{}.Encode("https://attesta.example")
	if err != nil {
		fmt.Println(err)
		return
	}
	var file strings.Builder
	if err := (qrpdf.SVG{Title: "Codice di verifica", Lang: "it"}).Write(&file, symbol); err != nil {
		fmt.Println(err)
		return
	}
	head, _, _ := strings.Cut(file.String(), "<path")
	fmt.Print(head)
	// Output:
	// <svg xmlns="http://www.w3.org/2000/svg" width="16.5mm" height="16.5mm" viewBox="0 0 33 33" role="img" lang="it" xml:lang="it" aria-labelledby="qr-title" shape-rendering="crispEdges">
	// <title id="qr-title">Codice di verifica</title>
	// <rect width="33" height="33" fill="#fff"/>
}

//revive:enable:line-length-limit
