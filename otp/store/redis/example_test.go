package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/otp"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
)

func Example() {
	server, err := miniredis.Run()
	if err != nil {
		panic(err)
	}
	defer server.Close()
	ctx := context.Background()

	store := &redisstore.Store{Client: redis.NewClient(
		&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})}
	err = store.Check(ctx)
	fmt.Println(errors.Is(err, redisstore.ErrPolicyHidden))

	// miniredis has no such policy, so the program takes responsibility.
	store = &redisstore.Store{Client: store.Client, Eviction: redisstore.Unchecked}
	found, err := store.Load(ctx, "key")
	if err != nil {
		panic(err)
	}
	ok, err := store.Swap(ctx, "key", otp.Change{To: 4711, Body: []byte("body"),
		Until: found.Now.Add(time.Hour)})
	fmt.Println(ok, err)
	found, err = store.Load(ctx, "key")
	fmt.Println(found.Version, string(found.Body), err)

	// Output:
	// true
	// true <nil>
	// 4711 body <nil>
}
