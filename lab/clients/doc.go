// Package clients holds the test of the clients that others generate from the OpenAPI document. The test runs
// the commands of docs/verify-in-any-language.md, so it needs curl, node, and the network for Go modules. It
// has the build tag clients; .ci/clients.sh runs it.
//
// Each folder of testdata is a program on a generated client, with its locked dependencies. To take a newer
// generator, change its version in the docs and in testdata, generate a client in a copy of the folder, run
// go mod tidy or npm install there, and copy the lock file back.
package clients
