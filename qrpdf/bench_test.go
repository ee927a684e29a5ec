package qrpdf_test

import (
	"io"
	"math/rand/v2"
	"testing"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// An address with a token as digits: version 8 at level M.
func benchmarkText(b *testing.B) string {
	b.Helper()
	b.ReportAllocs()
	return "https://qr.example.it/q#" + letters(rand.New(rand.NewPCG(1, 1)), "0123456789", 277)
}

func BenchmarkEncode(b *testing.B) {
	text := benchmarkText(b)
	for b.Loop() {
		encode(b, qrpdf.Encoder{}, text)
	}
}

func benchmarkWrite(b *testing.B, v writer) {
	b.Helper()
	s := encode(b, qrpdf.Encoder{}, benchmarkText(b))
	size := len(write(b, v, s))
	for b.Loop() {
		if err := v.Write(io.Discard, s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size), "file-bytes")
}

func BenchmarkPNG(b *testing.B) { benchmarkWrite(b, qrpdf.PNG{}) }
func BenchmarkSVG(b *testing.B) { benchmarkWrite(b, qrpdf.SVG{}) }

func BenchmarkDocument(b *testing.B) {
	supplement := page()
	supplement.Holder = "Nguyễn Thị Ĥ"
	large, wallet, pair := page(), page(), page()
	large.Layout, wallet.Layout, pair.Lang = qrpdf.LargePrint, qrpdf.Wallet, "it+de"
	logo := page()
	logo.Logo = qrpdf.Logo{Data: pngLogo(), Alt: "Esempio"}
	for _, v := range []struct {
		name string
		d    qrpdf.Document
	}{{"standard", page()}, {"supplement", supplement}, {"logo", logo}, {"large", large}, {"wallet", wallet},
		{"pair", pair}} {
		b.Run(v.name, func(b *testing.B) { benchmarkWrite(b, v.d) })
	}
}

// From the text to the page.
func BenchmarkEncodeDocument(b *testing.B) {
	text := benchmarkText(b)
	d := page()
	for b.Loop() {
		if err := d.Write(io.Discard, encode(b, qrpdf.Encoder{}, text)); err != nil {
			b.Fatal(err)
		}
	}
}
