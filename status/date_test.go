package status_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

func TestParseDate(t *testing.T) {
	for _, c := range []struct {
		in   string
		want status.Date
	}{
		{"2026-11-01", 20261101}, {"1900-01-01", 19000101}, {"2199-12-31", 21991231},
		{"2024-02-29", 20240229}, {"2000-02-29", 20000229},
		{"2023-02-29", 0}, {"1900-02-29", 0}, {"2026-04-31", 0}, {"2026-13-01", 0}, {"2026-00-10", 0},
		{"2026-01-00", 0},
		{"1899-12-31", 0}, {"2200-01-01", 0}, {"", 0}, {"2026-1-1", 0}, {"20261101", 0},
		{"2026-11-01T00:00:00Z", 0}, {" 2026-11-01", 0},
	} {
		got, err := status.ParseDate(c.in)
		assert.Equal(t, c.want, got, c.in)
		if c.want == 0 {
			assert.Equal(t, status.ErrDate, err, c.in)
			continue
		}
		assert.NoError(t, err)
		assert.Equal(t, c.in, got.String())
	}
}

// Valid agrees with the calendar of package time on every eight-digit number around the ends of
// months.
func TestDateValid(t *testing.T) {
	for _, year := range []int{1899, 1900, 1996, 2000, 2023, 2024, 2100, 2199, 2200} {
		for month := 0; month <= 13; month++ {
			for day := 0; day <= 32; day++ {
				d := status.Date(year*10000 + month*100 + day)
				on := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
				exists := status.DateOf(on) == d && year >= 1900 && year <= 2199
				assert.Equal(t, exists, d.Valid(), "%d", int(d))
			}
		}
	}
	for _, d := range []status.Date{0, -20240101, 1, 99, 101} {
		assert.False(t, d.Valid())
		assert.Equal(t, "no date", d.String())
	}
}

func TestDateOf(t *testing.T) {
	rome := time.FixedZone("CEST", 2*60*60)
	midnight := time.Date(2026, 7, 1, 0, 30, 0, 0, rome)
	assert.Equal(t, status.Date(20260701), status.DateOf(midnight))
	assert.Equal(t, status.Date(20260630), status.DateOf(midnight.UTC()), "the location decides")
}

func TestDateJSON(t *testing.T) {
	type paper struct {
		On  status.Date `json:"on"`
		Due status.Date `json:"due,omitzero"`
	}
	out, err := json.Marshal(paper{On: 20260630})
	require.NoError(t, err)
	assert.JSONEq(t, `{"on":"2026-06-30"}`, string(out))

	var p paper
	require.NoError(t, json.Unmarshal([]byte(`{"on":"2026-06-30","due":""}`), &p))
	assert.Equal(t, paper{On: 20260630}, p)
	require.ErrorIs(t, json.Unmarshal([]byte(`{"on":"2026-06-31"}`), &p), status.ErrDate)
	assert.Error(t, json.Unmarshal([]byte(`{"on":20260630}`), &p), "a number is no date in JSON")
	assert.Equal(t, paper{On: 20260630}, p, "left as it was")

	_, err = json.Marshal(paper{On: 20260631})
	assert.ErrorIs(t, err, status.ErrDate)
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		birth, at status.Date
		want      int
	}{
		{20081102, 20261101, 17}, {20081102, 20261102, 18}, {20081102, 20081102, 0}, {20081102, 20081101, -1},
		{20080229, 20260227, 17}, {20080229, 20260228, 18}, {20080229, 20260301, 18},
		{20080229, 20240228, 15}, {20080229, 20240229, 16},
		{20080228, 20260228, 18}, {20080331, 20260330, 17}, {20080331, 20260331, 18},
		{19000101, 21991231, 299},
		{0, 20260101, -1}, {20080101, 0, -1}, {20080230, 20260101, -1},
	} {
		assert.Equal(t, c.want, status.Age(c.birth, c.at), "%s %s", c.birth, c.at)
	}
}

// From one day to the next an age grows by one or not at all, and it grows by one on exactly one
// day of every year.
func TestAgeStepsOnceAYear(t *testing.T) {
	for _, birth := range []status.Date{20080229, 20080228, 20080301, 20081231, 20080101} {
		day, _ := time.Parse(time.DateOnly, birth.String())
		steps, last := 0, 0
		for day = day.AddDate(0, 0, 1); status.DateOf(day) < birth+20*10000; day = day.AddDate(0, 0, 1) {
			age := status.Age(birth, status.DateOf(day))
			require.Contains(t, []int{last, last + 1}, age)
			if age != last {
				steps++
			}
			last = age
		}
		assert.Contains(t, []int{19, 20}, steps)
		assert.Equal(t, last, steps)
	}
}

// FuzzParseDate: an accepted date is valid and is written as it was read; a refused one is zero.
func FuzzParseDate(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		d, err := status.ParseDate(s)
		if err != nil {
			require.Equal(t, status.ErrDate, err)
			require.Zero(t, d)
			return
		}
		require.True(t, d.Valid())
		require.Equal(t, s, d.String())
	})
}
