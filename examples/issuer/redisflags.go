package main

import (
	"cmp"
	"flag"
	"os"
	"strconv"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

// redisFlag must not show the variable as a default, since it holds a password.
const redisFlag = "`URL` of the Redis of the service, if it has one: failures and locks are there " +
	"(default as ISSUER_REDIS says)"

const redisPlainFlag = "DANGER: reach a Redis on another machine without TLS, so that who is on the way " +
	"can read and\nchange failures and locks, and bring back codes that were used"

// redisFlags name the Redis of the service to a command that runs beside it.
type redisFlags struct {
	url   string
	plain bool
}

// add adds the flags. The text of -redis begins with the subcommand that has it, if not all have.
func (f *redisFlags) add(fs *flag.FlagSet, of string) {
	fs.StringVar(&f.url, "redis", "", of+redisFlag)
	fs.BoolVar(&f.plain, "redis-plain", false, of+redisPlainFlag+" (default as ISSUER_REDIS_PLAIN says)")
}

// server returns what the flags or the environment say.
func (f *redisFlags) server() app.Redis {
	plain, _ := strconv.ParseBool(os.Getenv(settingName("redis-plain"))) // else not plain
	return app.Redis{URL: cmp.Or(f.url, os.Getenv(settingName("redis"))), Plain: f.plain || plain}
}
