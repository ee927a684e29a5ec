package app

import (
	"os"
	"testing"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
)

var server databasetest.Server

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }
