package file_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/internal/file"
)

func TestSettled(t *testing.T) {
	changed := time.Now()
	for age, want := range map[time.Duration]bool{
		-time.Hour: true, -1: true, 0: false, 10 * time.Millisecond: false, 20 * time.Millisecond: true,
		time.Hour: true,
	} {
		assert.Equal(t, want, file.Settled(changed, changed.Add(age)), age)
	}
}
