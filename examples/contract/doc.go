// Package contract holds the tests that keep the OpenAPI document of verifier/api, the handler of verifier/service and
// the client of verifier in step. It is in this module for the sake of the validator that they need.
package contract
