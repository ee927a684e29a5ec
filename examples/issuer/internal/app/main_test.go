package app

import (
	"os"
	"testing"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
)

var server databasetest.Server

func TestMain(m *testing.M) {
	checkLimit, readLimit = time.Minute, time.Minute
	os.Exit(server.Run(m))
}
