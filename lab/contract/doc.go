// Package contract holds the tests that keep the OpenAPI document of verifier/api, the handler of verifier/service and
// the client of verifier in step. The validator that they need is why they are not in verifier.
package contract
