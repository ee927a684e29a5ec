package words

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type page struct {
	Title string            `json:"title"`
	Code  map[string]string `json:"code"`
}

func folder() fstest.MapFS {
	files := fstest.MapFS{}
	for _, lang := range Languages() {
		files["words/"+lang+".json"] = &fstest.MapFile{
			Data: []byte(`{"title": "` + lang + `", "code": {"void": "x"}}` + "\n")}
	}
	return files
}

func TestRead(t *testing.T) {
	all, err := Read[page](folder())
	require.NoError(t, err)
	require.Len(t, all, 5)
	for lang, p := range all {
		assert.Equal(t, page{Title: lang, Code: map[string]string{"void": "x"}}, p)
	}
	assert.NotPanics(t, func() { MustRead[page](folder()) })
}

func TestReadRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(fstest.MapFS)
		want   string
	}{
		"missing file": {func(f fstest.MapFS) { delete(f, "words/sl.json") }, "words/sl.json"},
		"no JSON": {func(f fstest.MapFS) { f["words/de.json"].Data = []byte("title: x") },
			"words/de.json: "},
		"unknown member": {func(f fstest.MapFS) { f["words/fr.json"].Data = []byte(`{"titel": "x"}`) },
			`"titel"`},
		"two values": {func(f fstest.MapFS) { f["words/it.json"].Data = []byte(`{} {}`) },
			"more than one"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := folder()
			test.change(files)
			_, err := Read[page](files)
			require.ErrorContains(t, err, test.want)
			assert.Panics(t, func() { MustRead[page](files) })
		})
	}
	_, err := Read[page](fstest.MapFS{})
	require.ErrorIs(t, err, fs.ErrNotExist)
}
