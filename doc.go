// Package attesta documents a module that issues and checks a QR which proves a person's disability status
// in Italy, with no health data and no codice fiscale in it.
//
// The package itself holds no code. Import the packages that you need:
//
//   - token signs and verifies the token in the QR: a signed, keyed reference to a codice fiscale. An issuing
//     body imports it; a checking body uses it through verifier.
//   - qrpdf turns a text into a QR, as PNG, SVG or accessible PDF.
//   - status computes a person's disability status from the verbali; status/benefit says whether it satisfies
//     the requirement of a benefit.
//   - otp asks for the person's consent by a code, if a benefit needs more than the first level. Below it are
//     stores and SMS senders.
//   - verifier judges a scanned text and reports what is known: authentic or not; confirmed, not confirmed,
//     or "cannot tell". verifier/service is the issuer's half of the online check, an http.Handler.
//     verifier/page serves the page that the QR opens, in five languages. verifier/wallet asks for a European
//     Disability Card in a wallet instead of a paper.
//   - status/codicefiscale parses and checks a codice fiscale, and keeps it out of logs.
//
// The example below is the whole flow. The module examples has it as programs: examples/issuer and
// examples/verifier are reference implementations of an issuing body and of a checking desk, complete and
// ready to run. examples/issue, examples/page, examples/consent, examples/check and examples/desk are
// programs of at most 60 lines, to read and to copy from.
//
// # What it rests on
//
// The QR says nothing about health and does not carry the codice fiscale, only a reference that nobody but
// its issuer can compute: a photo of a QR identifies nobody. The status is never in the QR. It is looked up
// at each check, so the paper stays true after every new decision. There are three answers: confirmed, not
// confirmed, cannot tell. A network fault is never a "no" or a "yes". Every refusal has exactly one stable
// code.
//
// # Promise
//
// Paper cannot be upgraded, so what is printed keeps working: a token accepted by one release is accepted by
// every later release of the same major version until it expires. Covered are exported names, codes and the
// format (token/FORMAT.md), whose version is its typ and not the module's; of the two reference
// implementations, the commands, flags, exit codes and the data that they keep. Not covered: the Go packages
// below examples, the bytes of a PDF, the texts of errors. Until v1.0.0 the promise is an intention; the
// test vectors in token/testdata/vectors are what it will be measured by.
package attesta
