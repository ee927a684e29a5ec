// Package jwks publishes an issuer's public keys over HTTP and fetches those of other issuers:
// RFC 7517 key sets at [Path].
//
// An issuing body mounts a [Publisher]. A checking body makes one [Client] for each issuer that
// it trusts and calls [Client.Load] and [Client.Refresh] at start. For every token it calls
// [Client.Keys], which never waits for the network: it returns the cached keys and refreshes them
// in the background. If a token names a key that the client does not have, call [Client.Missed]
// and report "cannot tell". Missed starts a refresh in the background, so a later attempt may
// succeed.
//
// # What this package does not check
//
// The keys are as authentic as the connection: https with the roots of the system, or the
// [Client]'s own transport. A key that the issuer withdraws is trusted until the next refresh, so
// for as long as the set says: at most 24 hours, 10 minutes by default. Without a network, even
// if an attacker cuts it, the key is trusted for 72 hours longer.
package jwks

import "time"

// Path is the path of an issuer's key set below its base address. The base address is the
// issuer's name unless configured otherwise.
const Path = "/.well-known/jwks.json"

const (
	// defaultMaxAge is how long a key set is fresh if it does not say so itself. It limits how
	// long a withdrawn key is still trusted, and costs a verifier one small request each time.
	defaultMaxAge = 10 * time.Minute
	// interval is the shortest time between the starts of two fetches, whatever their causes and
	// results. It prevents forged key identifiers from flooding the issuer with requests.
	interval = 30 * time.Second
	// grace is how long keys are used after their freshness has ended without a successful
	// refresh: a weekend without a network.
	grace = 72 * time.Hour
)
