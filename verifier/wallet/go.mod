module github.com/qr-invalidita/attesta/verifier/wallet

go 1.26.0

replace github.com/qr-invalidita/attesta => ../..

require (
	github.com/go-jose/go-jose/v4 v4.1.8
	github.com/qr-invalidita/attesta v0.0.0-00010101000000-000000000000
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
