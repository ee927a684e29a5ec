// The instruments: tests and measurements of the whole, with the libraries that only they need. The module's path lies below
// that of the examples, though its folder does not, so that Go lets it import examples/internal. Nothing imports it, and it
// is never tagged.
module github.com/qr-invalidita/attesta/examples/lab

go 1.26.0

replace (
	github.com/qr-invalidita/attesta => ../
	github.com/qr-invalidita/attesta/examples => ../examples
	github.com/qr-invalidita/attesta/otp/store/redis => ../otp/store/redis
	github.com/qr-invalidita/attesta/otp/store/sql => ../otp/store/sql
	github.com/qr-invalidita/attesta/verifier/accesslog => ../verifier/accesslog
	github.com/qr-invalidita/attesta/verifier/page => ../verifier/page
)

require (
	github.com/getkin/kin-openapi v0.152.0
	github.com/go-jose/go-jose/v4 v4.1.8
	github.com/qr-invalidita/attesta v0.0.0-00010101000000-000000000000
	github.com/qr-invalidita/attesta/examples v0.0.0-00010101000000-000000000000
	github.com/qr-invalidita/attesta/otp/store/sql v0.0.0-00010101000000-000000000000
	github.com/qr-invalidita/attesta/verifier/accesslog v0.0.0-00010101000000-000000000000
	github.com/signintech/gopdf v0.33.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/mod v0.43.0
	golang.org/x/sys v0.49.0
)

require github.com/klauspost/compress v1.20.4 // indirect

require (
	github.com/boombuler/barcode v1.0.1-0.20190219062509-6c824513bacc // indirect
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/go-openapi/jsonpointer v0.22.5 // indirect
	github.com/go-openapi/swag/jsonname v0.25.5 // indirect
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/gorilla/mux v1.8.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/pgx/v5 v5.12.0 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/makiuchi-d/gozxing v0.1.1 // indirect
	github.com/mattn/go-isatty v0.0.21 // indirect
	github.com/mfridman/interpolate v0.0.2 // indirect
	github.com/ncruces/go-strftime v1.0.0 // indirect
	github.com/oasdiff/yaml v0.1.1 // indirect
	github.com/oasdiff/yaml3 v0.0.14 // indirect
	github.com/phpdave11/gofpdi v1.0.14-0.20211212211723-1f10f9844311 // indirect
	github.com/piglig/go-qr v1.1.0 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/pquerna/otp v1.5.0 // indirect
	github.com/pressly/goose/v3 v3.27.1 // indirect
	github.com/qr-invalidita/attesta/verifier/page v0.0.0-00010101000000-000000000000
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/rogpeppe/go-internal v1.16.0 // indirect
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // indirect
	github.com/sethvargo/go-retry v0.3.0 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/xerrors v0.0.0-20200804184101-5ec99f83aff1 // indirect
	modernc.org/libc v1.72.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.11.0 // indirect
	modernc.org/sqlite v1.50.0 // indirect
)
