// Package jwks publishes an issuer's public keys over HTTP and fetches those of others: RFC 7517 key sets at [Path].
//
// An issuing body mounts a [Publisher]. A checking body makes one [Client] for each issuer that it trusts, calls
// [Client.Load] and [Client.Refresh] at start, and for every token [Client.Keys], which never waits for the network: it
// hands out what is cached and refreshes it behind the caller's back. Where a token then has an unknown key, tell
// [Client.Missed] and answer "cannot tell": the next try knows better.
//
// # What this package does not check
//
// The keys are as authentic as the connection: https with the roots of the system, or of the [Client]'s own transport. A
// key that the issuer withdraws is trusted until the next refresh, so at most as long as the set says (24 hours at the
// most, 10 minutes by default); while the network is cut, or somebody cuts it, for [Grace] longer.
package jwks

import "time"

// Path is where an issuer's key set is found below its base address, which is the issuer's name unless configured
// otherwise.
const Path = "/.well-known/jwks.json"

const (
	// DefaultMaxAge is how long a key set is fresh when it does not say so itself. It bounds how long a withdrawn key
	// is still trusted, and costs a verifier one small request each time.
	DefaultMaxAge = 10 * time.Minute
	// Interval is the shortest time between the starts of two fetches, whoever asks for them and however they end. It
	// is what keeps forged key identifiers from becoming requests to the issuer.
	Interval = 30 * time.Second
	// Grace is how long keys are used after their freshness ended and no refresh succeeded: a weekend without a network.
	Grace = 72 * time.Hour
)
