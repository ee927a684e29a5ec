// A check at the first level with the client that oapi-codegen generates: main BASE PAPER CF
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

func main() {
	ctx, base := context.Background(), os.Args[1]
	issuer, err := client.NewClientWithResponses(base) // the keys are not below /v1
	if err != nil {
		log.Fatal(err)
	}
	set, err := issuer.GetKeysWithResponse(ctx)
	if err != nil {
		log.Fatal(err)
	}

	desk, err := client.NewClientWithResponses(base + "/v1")
	if err != nil {
		log.Fatal(err)
	}
	question := client.FirstLevelRequest{CheckId: newCheckID(), Qr: os.Args[2], CodiceFiscale: os.Args[3]}
	answer, err := desk.CreateFirstLevelCheckWithResponse(ctx, question)
	if err != nil {
		log.Fatal(err)
	}

	mistyped := question
	mistyped.CheckId, mistyped.CodiceFiscale = newCheckID(), "RSSMRA"
	refused, err := desk.CreateFirstLevelCheckWithResponse(ctx, mistyped)
	if err != nil {
		log.Fatal(err)
	}
	err = json.NewEncoder(os.Stdout).Encode(map[string]any{"check_id": question.CheckId,
		"keys": set.ApplicationjwkSetJSON200, "answer": answer.JSON200,
		"refusal": refused.ApplicationproblemJSON422})
	if err != nil {
		log.Fatal(err)
	}
}

func newCheckID() client.CheckID {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
