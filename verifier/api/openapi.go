package api

import _ "embed"

// openapi is not written to.
//
//go:embed openapi.yaml
var openapi string

// OpenAPI returns the OpenAPI 3.1 document of the contract, YAML, as it is served at [PathOpenAPI].
func OpenAPI() string { return openapi }
