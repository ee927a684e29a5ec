module github.com/qr-invalidita/attesta/qrpdf/goqrcode

go 1.26.0

replace github.com/qr-invalidita/attesta => ../..

require (
	github.com/piglig/go-qr v1.1.0
	github.com/qr-invalidita/attesta v0.0.0-00010101000000-000000000000
	github.com/stretchr/testify v1.12.1
	github.com/yeqown/go-qrcode/v2 v2.2.5
)

require (
	github.com/klauspost/compress v1.20.4 // indirect
	github.com/yeqown/reedsolomon v1.0.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/text v0.43.0 // indirect
)
