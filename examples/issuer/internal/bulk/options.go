package bulk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
)

// optionsName is the file of the options of the documents in the folder, a JSON object.
const optionsName = "options.json"

// maxOptions bounds that file, in bytes.
const maxOptions = 1 << 20

// agree records the options if no document is finished. Otherwise it refuses options that differ from those
// of the finished documents, and names them. An option that one of the two does not have is not compared.
func (j *journal) agree(options map[string]string) error {
	path := j.path(optionsName)
	if len(j.done) == 0 {
		text, err := json.MarshalIndent(options, "", "  ")
		if err != nil {
			return err
		}
		return file.Write(path, append(text, '\n'), 0o600)
	}
	text, err := file.Read(path, maxOptions)
	if errors.Is(err, fs.ErrNotExist) {
		return words.Errorf("%s is missing, so the options of the documents are unknown: use another folder",
			path)
	}
	if err != nil {
		return err
	}
	var earlier map[string]string
	if err := json.Unmarshal(text, &earlier); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if was, ok := earlier[name]; ok && was != options[name] {
			differ = append(differ, fmt.Sprintf("-%s=%q", name, was))
		}
	}
	if len(differ) > 0 {
		return words.Errorf("the documents in %s were made with %s: use the same options, or another folder",
			j.folder, strings.Join(differ, " "))
	}
	return nil
}
