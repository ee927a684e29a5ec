package statustest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The suite tries every existing field.
func TestEveryFieldIsUsed(t *testing.T) {
	for _, v := range slices.Concat(history(), childhood()) {
		if v.ID != "T/2026-1" { // which counts for nothing
			assert.NoError(t, v.Validate(), v.ID)
		}
	}
	for _, title := range titles() {
		assert.NoError(t, title.Validate())
	}
	used := map[string]bool{}
	for _, v := range slices.Concat(counting(history()), counting(childhood())) {
		fields(reflect.ValueOf(v), "Verbale", used)
	}
	for _, title := range titles() {
		fields(reflect.ValueOf(title), "Title", used)
	}
	for name, is := range used {
		assert.True(t, is, name)
	}
}

func fields(v reflect.Value, name string, used map[string]bool) {
	for i := range v.NumField() {
		field := name + "." + v.Type().Field(i).Name
		if v.Field(i).Kind() == reflect.Struct {
			fields(v.Field(i), field, used)
			continue
		}
		used[field] = used[field] || !v.Field(i).IsZero()
	}
}
