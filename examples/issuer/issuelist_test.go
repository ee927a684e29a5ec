package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// crowdList imports n people into a new data folder and writes a list of them.
func crowdList(t testing.TB, n int) (data, list string) {
	t.Helper()
	dir := t.TempDir()
	data, list = filepath.Join(dir, "data"), filepath.Join(dir, "people.csv")
	var people, lines bytes.Buffer
	require.NoError(t, crowd.Write(&people, n))
	file := filepath.Join(dir, "crowd.jsonl")
	require.NoError(t, os.WriteFile(file, people.Bytes(), 0o600))
	require.Equal(t, cli.OK, cli.Run(t.Context(), "issuer", about, commands(), asAnna([]string{"import", file,
		"-data", data}), cli.Streams{Out: t.Output(), Err: t.Output()}))
	lines.WriteString("codice_fiscale,given_name,family_name\n")
	for i := range n {
		p := crowd.Person(i)
		fmt.Fprintf(&lines, "%s,%s,%s\n", p.CF.Reveal(), p.Given, p.Family)
	}
	require.NoError(t, os.WriteFile(list, lines.Bytes(), 0o600))
	return data, list
}

// issued is a finished document as the journal has it.
type issued struct{ file, at, reference string }

func readJournal(t *testing.T, folder string) map[int]issued {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "journal.csv"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	require.Equal(t, "line,file,issued,reference", lines[0])
	all := make(map[int]issued)
	for _, line := range lines[1:] {
		fields := strings.Split(line, ",")
		require.Len(t, fields, 4)
		n, err := strconv.Atoi(fields[0])
		require.NoError(t, err)
		assert.NotContains(t, all, n, "issued twice")
		all[n] = issued{fields[1], fields[2], fields[3]}
	}
	return all
}

// claimsOf verifies the document in a file.
func claimsOf(t *testing.T, data, path string) token.Claims {
	t.Helper()
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	texts, err := scan.Read(t.Context(), file)
	require.NoError(t, err)
	require.Len(t, texts, 1)
	jws, err := token.FromQRText(texts[0])
	require.NoError(t, err)
	claims, err := token.Verify(jws, published(t, data), time.Now())
	require.NoError(t, err)
	return claims
}

// filesOf returns the texts of all files in a folder, by their names.
func filesOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	names, err := os.ReadDir(folder)
	require.NoError(t, err)
	all := make(map[string]string)
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(folder, name.Name()))
		require.NoError(t, err)
		all[name.Name()] = string(text)
	}
	return all
}

const aList = "\ufeffcodice_fiscale;given_name;family_name;language;layout\r\n" +
	"RSSMRA80A01H501U;Mario;Rossi;it+de;wallet\r\n" + // 2
	"VRDCRL68S07M999O;;;;\r\n" + // 3
	"RSSMRA80A01H501X;Mario;Rossi;;\r\n" + // 4: malformed
	"rssmra80a01h501u;Mario;Rossi;;\r\n" + // 5: again
	"\r\n" +
	"BNCGLI16E52M999U;Giulia;Bianchi;;\r\n" + // 7: unknown
	"BNCLCU84P03M999U;Luca;Bianchi;RSSMRA85T10A562S;\r\n" // 8: a codice fiscale in the wrong column

func TestIssueList(t *testing.T) {
	dir := t.TempDir()
	data, folder := filepath.Join(dir, "data"), filepath.Join(dir, "cards")
	list, people := filepath.Join(dir, "people.csv"), filepath.Join(dir, "registry.csv")
	require.NoError(t, os.WriteFile(list, []byte(aList), 0o600))
	require.NoError(t, os.WriteFile(people, []byte("codice_fiscale,birth\n"+
		"RSSMRA80A01H501U,1980-01-01\nVRDCRL68S07M999O,1968-11-07\nBNCLCU84P03M999U,1984-09-03\n"), 0o600))
	must(t, "import", people, "-data", data)

	args := []string{"issue", "-list", list, "-o", folder, "-data", data, "-body", "Ente di esempio"}
	code, out, errs := run(t, args...)
	assert.Equal(t, cli.Failure, code, errs)
	assert.Contains(t, out, "2 documents issued, 4 lines left out.\n")
	assert.NotContains(t, out+errs, "RSSMRA85T10A562S")
	reasons := "line,reason\n4,codice_fiscale: codice fiscale has a wrong check character\n" +
		"5,the same person is in an earlier line\n7,no such person in this registry\n" +
		"8,\"unknown language: there are it, en, de, fr, sl, it+de, it+fr and it+sl\"\n"
	rejects, err := os.ReadFile(filepath.Join(folder, "rejects.csv"))
	require.NoError(t, err)
	assert.Equal(t, reasons, string(rejects))
	assert.Contains(t, errs, "line 7: no such person in this registry\n")

	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
		info, err := f.Info()
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), f.Name())
		text, err := os.ReadFile(filepath.Join(folder, f.Name()))
		require.NoError(t, err)
		assert.NotContains(t, strings.ToUpper(string(text)), mario)
	}
	assert.Equal(t, []string{"000002.pdf", "000003.pdf", "journal.csv", "one.pdf", "options.json",
		"rejects.csv"}, names)
	for line, e := range readJournal(t, folder) {
		assert.Equal(t, fmt.Sprintf("%06d.pdf", line), e.file)
		claims := claimsOf(t, data, filepath.Join(folder, e.file))
		assert.Equal(t, e.at, claims.IssuedAt.UTC().Format(time.RFC3339))
		assert.Equal(t, e.reference, claims.Subject)
	}
	r, carlo := inRegistry(t, data, "VRDCRL68S07M999O")
	cut, err := r.VoidBefore(t.Context(), carlo)
	require.NoError(t, err)
	assert.Zero(t, cut, "earlier documents stay valid")

	before := readJournal(t, folder)
	more := "codice_fiscale,birth\nBNCGLI16E52M999U,2016-05-12\n"
	require.NoError(t, os.WriteFile(people, []byte(more), 0o600))
	must(t, "import", people, "-data", data)
	_, out, _ = run(t, args...)
	assert.Contains(t, out, "1 documents issued (2 more were finished before), 3 lines left out.\n")
	after := readJournal(t, folder)
	assert.Len(t, after, 3)
	for line, e := range before {
		assert.Equal(t, e, after[line])
	}
	assert.Contains(t, after, 7)
}

func TestIssueListVoidsOlder(t *testing.T) {
	data, list := crowdList(t, 3)
	folder := filepath.Join(t.TempDir(), "cards")
	must(t, "issue", "-list", list, "-o", folder, "-data", data, "-void-older", "-format", "png")
	assert.NoFileExists(t, filepath.Join(folder, "one.pdf"))
	r, _ := inRegistry(t, data, mario)
	for i := range 3 {
		e := readJournal(t, folder)[i+2]
		claims := claimsOf(t, data, filepath.Join(folder, e.file))
		cut, err := r.VoidBefore(t.Context(), crowd.Person(i).CF)
		require.NoError(t, err)
		assert.True(t, cut.Equal(claims.IssuedAt), "the new document is valid and no earlier one is")
	}
}

// A run that is killed, again and again, ends with every line issued exactly once.
func TestIssueListAfterKill(t *testing.T) {
	const people = 600
	data, list := crowdList(t, people)
	folder := filepath.Join(t.TempDir(), "cards")
	args := []string{"issue", "-list", list, "-o", folder, "-data", data}
	program := func() *exec.Cmd {
		c := exec.Command(os.Args[0], args...)
		c.Env = append(os.Environ(), asProgram+"=1")
		return c
	}
	finished := map[int][]byte{} // documents at the moment of a kill, by line
	for kills := 0; kills < 3; kills++ {
		c := program()
		require.NoError(t, c.Start())
		journal := filepath.Join(folder, "journal.csv")
		want := len(finished) + 30
		require.Eventually(t, func() bool {
			text, _ := os.ReadFile(journal)
			return bytes.Count(text, []byte("\n")) > want
		}, time.Minute, time.Millisecond)
		require.NoError(t, c.Process.Kill())
		ended := c.Wait()
		text, err := os.ReadFile(journal)
		require.NoError(t, err)
		if bytes.Count(text, []byte("\n")) > people { // the kill came too late: once more from the beginning
			require.NoError(t, os.RemoveAll(folder))
			clear(finished)
			kills = -1
			continue
		}
		assert.Error(t, ended)
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			fields := strings.Split(lines.Text(), ",")
			if line, err := strconv.Atoi(fields[0]); err == nil && len(fields) == 4 && finished[line] == nil {
				finished[line], err = os.ReadFile(filepath.Join(folder, fields[1]))
				require.NoError(t, err)
			}
		}
	}
	assert.Less(t, len(finished), people, "the last run has something to do")
	// What a power cut may leave: a line that is not whole, and a file that is not.
	require.NoError(t, os.WriteFile(filepath.Join(folder, ".new-1"), []byte("%PDF"), 0o600))
	journal, err := os.OpenFile(filepath.Join(folder, "journal.csv"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = journal.WriteString("600,0006")
	require.NoError(t, err)
	require.NoError(t, journal.Close())

	out := must(t, args...)
	assert.Contains(t, out, "were finished before")
	all := readJournal(t, folder)
	require.Len(t, all, people)
	references := map[string]bool{}
	signer, _, err := openData(data, "").issuer(t.Context())
	require.NoError(t, err)
	for i := range people {
		e, path := all[i+2], filepath.Join(folder, all[i+2].file)
		claims := claimsOf(t, data, path)
		assert.NoError(t, signer.Match(claims, crowd.Person(i).CF), "line %d", i+2)
		assert.Equal(t, e.reference, claims.Subject)
		assert.Equal(t, e.at, claims.IssuedAt.UTC().Format(time.RFC3339))
		references[e.reference] = true
	}
	assert.Len(t, references, people)
	for line, before := range finished {
		now, err := os.ReadFile(filepath.Join(folder, all[line].file))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(before, now), "line %d was issued again", line)
	}
	left, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	assert.Len(t, left, people+3, "and the journal, the options and one.pdf")
	assert.NoFileExists(t, filepath.Join(folder, ".new-1"))
	one, err := os.ReadFile(filepath.Join(folder, "one.pdf"))
	require.NoError(t, err)
	assert.Equal(t, people, bytes.Count(one, []byte("/URI (")))
}

func TestIssueListInterrupted(t *testing.T) {
	data, list := crowdList(t, 2000)
	folder := filepath.Join(t.TempDir(), "cards")
	c := exec.Command(os.Args[0], "issue", "-list", list, "-o", folder, "-data", data)
	c.Env = append(os.Environ(), asProgram+"=1", "LC_ALL=C")
	var errs bytes.Buffer
	c.Stderr = &errs
	require.NoError(t, c.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(folder, "000002.pdf"))
		return err == nil
	}, time.Minute, time.Millisecond)

	_, _, said := run(t, "issue", "-list", list, "-o", folder, "-data", data)
	assert.Contains(t, said, "another run writes to this folder")

	require.NoError(t, c.Process.Signal(os.Interrupt))
	assert.Error(t, c.Wait())
	assert.Equal(t, cli.Failure, c.ProcessState.ExitCode())
	assert.Regexp(t, `ended after [0-9,]+ documents; the same command goes on from there`, errs.String())
	assert.NoFileExists(t, filepath.Join(folder, "one.pdf"))
	codes, err := os.ReadFile(list)
	require.NoError(t, err)
	for _, line := range strings.Split(string(codes), "\n")[1:10] {
		assert.NotContains(t, errs.String(), line[:16])
	}
}

func TestIssueListRefuses(t *testing.T) {
	data, list := crowdList(t, 2)
	folder, dir := filepath.Join(t.TempDir(), "cards"), t.TempDir()
	must(t, "issue", "-list", list, "-o", folder, "-data", data, "-format", "txt")
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	first, _ := crowd.Code(0)
	second, _ := crowd.Code(1)
	earlier := filepath.Join(t.TempDir(), "cards")
	require.NoError(t, os.CopyFS(earlier, os.DirFS(folder)))
	require.NoError(t, os.Remove(filepath.Join(earlier, "options.json")))
	turned := write("turned.csv", "codice_fiscale\n"+second.Reveal()+"\n"+first.Reveal()+"\n")
	phones := write("phones.csv", "codice_fiscale,phone\n")
	for name, test := range map[string]struct {
		says string
		code int
		args []string
	}{
		"a person's flag":   {"-name is not for a list", cli.Usage, []string{"-name", "A"}},
		"two people":        {"-cf is not for a list", cli.Usage, []string{"-cf", mario}},
		"no folder":         {"-list needs a folder", cli.Usage, []string{"-o", "-"}},
		"no list":           {"are for a list", cli.Usage, []string{"-list", "", "-void-older"}},
		"an unknown format": {"unknown format", cli.Usage, []string{"-format", "gif"}},
		"a wrong language":  {"unknown language", cli.Usage, []string{"-lang", "la"}},
		"no such list":      {"no such file", cli.Failure, []string{"-list", filepath.Join(dir, "none.csv")}},
		"unknown columns":   {"column 2 has a name", cli.Failure, []string{"-list", phones}},
		"another list":      {"line 2: the list is another one", cli.Failure, []string{"-list", turned}},
		"another folder":    {"holds no journal", cli.Failure, []string{"-o", dir}},
		"no registry":       {"there is no registry", cli.Failure, []string{"-data", t.TempDir()}},
		"another format": {`were made with -format="txt": use the same options`, cli.Failure,
			[]string{"-format", "pdf"}},
		"other options": {`made with -layout="standard" -offline-profile="false" -void-older="false": use`,
			cli.Failure, []string{"-layout", "easy", "-offline-profile", "-void-older"}},
		"unknown options": {"options.json is missing", cli.Failure, []string{"-o", earlier}},
	} {
		t.Run(name, func(t *testing.T) {
			before := filesOf(t, folder)
			code, out, errs := run(t, append([]string{"issue", "-data", data, "-list", list, "-o", folder,
				"-format", "txt"}, test.args...)...)
			assert.NotContains(t, errs, "goes on from there")
			assert.Equal(t, before, filesOf(t, folder))
			assert.Equal(t, test.code, code, errs)
			assert.Contains(t, errs, test.says)
			assert.Empty(t, out)
			assert.NotContains(t, errs, first.Reveal())
		})
	}
}
