// Package replicas holds a test that runs two processes of verifier/service on one PostgreSQL and one Redis,
// under load, and kills them. No code is accepted twice, and nothing is disclosed that is not in the access
// log.
package replicas
