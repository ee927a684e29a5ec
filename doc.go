// Package attesta is the front door of a module for proof of disability status: on paper, for people who are blind, deaf
// or elderly; checked in seconds by any shop or office; giving away nothing that the purpose does not need.
//
// The package itself holds no code. Import what your part of the work needs:
//
//   - token signs and verifies what stands in the QR: a signed, keyed reference to a codice fiscale. An issuing body needs
//     it whole, a checking body only through verifier.
//   - qrpdf makes of that text a QR as PNG, SVG or accessible PDF.
//   - status says what a person's disability status is, status/benefit whether it gives the right to a benefit.
//   - otp asks the person's consent by a code, where a benefit needs more than the first level; below it are stores and
//     SMS senders.
//   - verifier judges a scanned text and says what is known: authentic or not, confirmed or not, or "cannot tell"; verifier/service
//     is the issuer's half of the online check, an http.Handler.
//   - status/codicefiscale reads and checks the codice fiscale, and keeps it out of logs.
//
// The example below is the whole flow. The module examples has it as programs: examples/issuer and examples/verifier are
// reference implementations of an issuing body and of a checking desk, complete and ready to run. examples/issue, examples/check
// and examples/desk are three programs of at most 60 lines, to read and to copy from.
//
// # What it rests on
//
// The QR says nothing about health and does not carry the codice fiscale, only a reference that nobody but its issuer
// can compute: a photo of a QR in the street identifies nobody. The status is never in the QR; it is looked up, so that the
// paper stays true after every new decision. Every answer is one of three, never two: confirmed, not confirmed, cannot
// tell; no fault of a network ever reads as a "no" or as a "yes". Every refusal has exactly one stable code.
//
// # Promise
//
// What is printed must keep working, for paper cannot be upgraded: a token accepted by one release is accepted by every
// later release of the same major version until it expires. Covered are exported names, codes and the format
// (token/FORMAT.md), whose version is its typ and not the module's; of the two reference implementations, the commands, flags,
// exit codes and the data that they keep. Not covered: the Go packages below examples, the bytes of a PDF, the texts of errors. Until v1.0.0 the promise is an intention; the test vectors in token/testdata/vectors are what it will
// be measured by.
package attesta
