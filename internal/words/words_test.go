package words

import (
	"io/fs"
	"maps"
	"slices"
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

// The texts of somebody else may lack a language other than Italian.
func TestReadOwn(t *testing.T) {
	files := folder()
	delete(files, "words/sl.json")
	delete(files, "words/en.json")
	require.NoError(t, CheckOwn(files))
	all, err := ReadOwn[page](files)
	require.NoError(t, err)
	assert.Equal(t, []string{"de", "fr", "it"}, slices.Sorted(maps.Keys(all)))
	require.ErrorContains(t, Check(files), "words/en.json")

	files["words/de.json"].Data = []byte(`{"title": "de"}`)
	require.ErrorContains(t, CheckOwn(files), "words/de.json: code/void is missing")
	delete(files, "words/it.json")
	require.ErrorIs(t, CheckOwn(files), fs.ErrNotExist)
	_, err = ReadOwn[page](files)
	require.ErrorIs(t, err, fs.ErrNotExist)
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
