// A check at the first level with the client that ogen generates: main BASE PAPER CF
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log"
	"os"

	"example.org/desk/client"
)

// nobody is logged in: the first level needs no login.
type nobody struct{}

func (nobody) Operator(context.Context, client.OperationName) (client.Operator, error) {
	return client.Operator{}, nil
}

func main() {
	ctx, base := context.Background(), os.Args[1]
	issuer, err := client.NewClient(base, nobody{}) // the keys are not below /v1
	if err != nil {
		log.Fatal(err)
	}
	set, err := issuer.GetKeys(ctx)
	if err != nil {
		log.Fatal(err)
	}
	keys, ok := set.(*client.GetKeysApplicationJwkSetJSONOK)
	if !ok {
		log.Fatalf("keys: %T", set)
	}

	desk, err := client.NewClient(base+"/v1", nobody{})
	if err != nil {
		log.Fatal(err)
	}
	question := client.FirstLevelRequest{CheckID: newCheckID(), Qr: client.QR(os.Args[2]),
		CodiceFiscale: client.TaxCode(os.Args[3])}
	answer, err := desk.CreateFirstLevelCheck(ctx, &question)
	if err != nil {
		log.Fatal(err)
	}
	result, ok := answer.(*client.FirstLevelResultHeaders)
	if !ok {
		log.Fatalf("answer: %T", answer)
	}

	mistyped := question
	mistyped.CheckID, mistyped.CodiceFiscale = newCheckID(), "RSSMRA"
	answer, err = desk.CreateFirstLevelCheck(ctx, &mistyped)
	if err != nil {
		log.Fatal(err)
	}
	refusal, ok := answer.(*client.CreateFirstLevelCheckUnprocessableEntity)
	if !ok {
		log.Fatalf("refusal: %T", answer)
	}
	err = json.NewEncoder(os.Stdout).Encode(map[string]any{"check_id": question.CheckID,
		"keys": &keys.Response, "answer": &result.Response, "refusal": &refusal.Response})
	if err != nil {
		log.Fatal(err)
	}
}

func newCheckID() client.CheckID {
	var b [16]byte
	rand.Read(b[:])
	return client.CheckID(base64.RawURLEncoding.EncodeToString(b[:]))
}
