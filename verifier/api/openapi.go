package api

import _ "embed"

//go:embed openapi.yaml
var openapi string

// OpenAPI returns the OpenAPI 3.1 document of the contract as YAML. The service serves it at [PathOpenAPI].
func OpenAPI() string { return openapi }
