// Package contract holds the tests that keep the OpenAPI document of verifier/api, the handler of
// verifier/service and the client of verifier in step. They are not in verifier because they need an OpenAPI
// validator.
package contract
