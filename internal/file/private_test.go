package file

import (
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A file of root may be readable by a group, as in a Secret of Kubernetes. .ci/image.sh
// tries it with a file of another user.
func TestPrivate(t *testing.T) {
	const user, root = 65532, 0
	for _, tt := range []struct {
		mode   fs.FileMode
		ofRoot bool
		euid   int
		want   bool
	}{
		{0o440, true, user, true},
		{0o040, true, user, true},
		{0o440, true, root, false},  // it needs no group
		{0o440, false, user, false}, // its owner can open it to more
		{0o640, true, user, false},
		{0o460, true, user, false},
		{0o550, true, user, false},
		{0o444, true, user, false},
		{0o441, true, user, false},
		{0o600, true, user, true},
		{0o400, false, user, true},
	} {
		name := fmt.Sprintf("%o of root %v for %d", tt.mode, tt.ofRoot, tt.euid)
		assert.Equal(t, tt.want, private(tt.mode, tt.ofRoot, tt.euid), name)
	}
}
