package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed assets
var frameAssets embed.FS

// assets are static files by base name, served under a digest of their content.
type assets struct {
	files  map[string]file
	digest string // of all files: one folder, so that files can name each other
	base   string // the folder's path
}

type file struct {
	data []byte
	kind string
}

var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2",
	".wasm": "application/wasm", ".png": "image/png", ".webp": "image/webp",
}

func loadAssets(base string, more []fs.FS) (assets, error) {
	a := assets{files: make(map[string]file), base: base + "/assets/"}
	for _, fsys := range append([]fs.FS{frameAssets}, more...) {
		err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
			kind := kinds[path.Ext(name)]
			if err != nil || entry.IsDir() || kind == "" {
				return err
			}
			base := path.Base(name)
			if _, twice := a.files[base]; twice {
				return fmt.Errorf("two static files are called %s", base)
			}
			data, err := fs.ReadFile(fsys, name)
			a.files[base] = file{data, kind}
			return err
		})
		if err != nil {
			return a, err
		}
	}
	var names []string
	for name := range a.files {
		names = append(names, name)
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		each := sha256.Sum256(a.files[name].data)
		fmt.Fprintf(sum, "%s %x\n", name, each)
	}
	a.digest = base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
	return a, nil
}

func (a assets) path(name string) (string, error) {
	if _, ok := a.files[name]; !ok {
		return "", fmt.Errorf("no static file %s", name)
	}
	return a.base + a.digest + "/" + name, nil
}

func (a assets) hasIcon(name string) bool {
	return regexp.MustCompile(`^it-[a-z-]+$`).MatchString(name) &&
		bytes.Contains(a.files["icons.svg"].data, []byte(`id="`+name+`"`))
}

// Assets serves the static files. Mount it at "GET /assets/" below [Config.Base]. The URL of a file changes
// with its content, so browsers may cache it without limit.
func (s *Site) Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		digest, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, s.assets.base), "/")
		f, ok := s.assets.files[name]
		if !ok || digest != s.assets.digest {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", f.kind)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(f.data))
	})
}

// Asset returns the URL of a static file, for use outside templates, or "" if there is no such file.
func (s *Site) Asset(name string) string {
	address, _ := s.assets.path(name)
	return address
}
