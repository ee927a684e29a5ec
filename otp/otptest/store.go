package otptest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// A StoreSetup tells [TestStore] how to reach the store under test.
type StoreSetup struct {
	// Open returns a handle on the store. All handles of one test see the same records, over
	// separate connections if the store has connections. A store in memory may return the same
	// handle again. The suite uses fresh keys, so the storage need not be empty.
	Open func(t *testing.T) otp.Store
	// Advance moves the store's clock. nil means that the clock is real; then the suite waits, a
	// second or two in all.
	Advance func(d time.Duration)
}

func (s StoreSetup) wait(d time.Duration) {
	if s.Advance != nil {
		s.Advance(d)
	} else {
		time.Sleep(d)
	}
}

// TestStore runs the conformance suite of otp.Store: first on its two methods, then with
// otp.Challenges above it.
func TestStore(t *testing.T, s StoreSetup) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, StoreSetup)
	}{
		{"absent", testAbsent}, {"create and change", testChange}, {"bodies", testBodies},
		{"versions", testVersions}, {"expiry", testExpiry}, {"expiry at the boundary", testBoundary},
		{"until is replaced", testUntil}, {"cancelled context", testCancelled}, {"clock", testClock},
		{"races to create", testCreateRace}, {"races to change", testChangeRace},
		{"no change is lost", testCounter}, {"peek and load", testPeekLoad},
		{"take and swap", testTakeSwap},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, s) })
	}
	t.Run("challenges", func(t *testing.T) { testChallenges(t, s) })
}

// freshKey returns a new key in the form that otp uses.
func freshKey() string {
	b := make([]byte, 16)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func load(t *testing.T, s otp.Store, key string) otp.Snapshot {
	t.Helper()
	r, err := s.Load(t.Context(), key)
	require.NoError(t, err)
	require.False(t, r.Now.IsZero(), "Load tells the time")
	return r
}

func swap(t *testing.T, s otp.Store, key string, from, to int64, body string, until time.Time) bool {
	t.Helper()
	ok, err := s.Swap(t.Context(), key, otp.Change{From: from, To: to, Body: []byte(body), Until: until})
	require.NoError(t, err)
	return ok
}

func testAbsent(t *testing.T, s StoreSetup) {
	st, key := s.Open(t), freshKey()
	r := load(t, st, key)
	assert.Zero(t, r.Version)
	assert.Empty(t, r.Body)
	assert.False(t, swap(t, st, key, 7, 8, "x", r.Now.Add(time.Hour)), "nothing to change")
	assert.Zero(t, load(t, st, key).Version, "a refused swap writes nothing")
}

func testChange(t *testing.T, s StoreSetup) {
	st, other, key := s.Open(t), s.Open(t), freshKey()
	until := load(t, st, key).Now.Add(time.Hour)
	require.True(t, swap(t, st, key, 0, 11, "one", until))
	r := load(t, other, key)
	assert.Equal(t, int64(11), r.Version)
	assert.Equal(t, "one", string(r.Body))
	assert.False(t, swap(t, other, key, 0, 12, "two", until), "there is a record")
	assert.False(t, swap(t, other, key, 10, 12, "two", until), "another version")
	assert.Equal(t, "one", string(load(t, st, key).Body))
	require.True(t, swap(t, other, key, 11, 5, "two", until), "versions need not grow")
	assert.False(t, swap(t, st, key, 11, 13, "three", until), "the version before")
	r = load(t, st, key)
	assert.Equal(t, int64(5), r.Version)
	assert.Equal(t, "two", string(r.Body))
	soon := otp.Change{From: 5, To: 6, Body: []byte("soon"), Until: until, Soon: true}
	for _, want := range []bool{true, false} {
		ok, err := other.Swap(t.Context(), key, soon)
		require.NoError(t, err)
		assert.Equal(t, want, ok)
		assert.Equal(t, "soon", string(load(t, st, key).Body))
		soon.To, soon.Body = 7, nil
	}
	assert.Zero(t, load(t, st, freshKey()).Version, "another key")
}

func testBodies(t *testing.T, s StoreSetup) {
	st := s.Open(t)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, body := range [][]byte{{0}, all, {0xff, 0xfe, 0x00, '\'', '"', '\\', '\n'},
		bytes.Repeat(all, 255)} {
		key := freshKey()
		require.True(t, swap(t, st, key, 0, 1, string(body), load(t, st, key).Now.Add(time.Hour)))
		assert.True(t, bytes.Equal(body, load(t, st, key).Body), "%d bytes", len(body))
	}
}

// Versions use all 63 bits, so none of them may pass through a float.
func testVersions(t *testing.T, s StoreSetup) {
	st, key := s.Open(t), freshKey()
	until := load(t, st, key).Now.Add(time.Hour)
	from := int64(0)
	for _, to := range []int64{math.MaxInt64, math.MaxInt64 - 1, 1<<53 + 1, 1 << 53, 1} {
		require.True(t, swap(t, st, key, from, to, "x", until))
		require.Equal(t, to, load(t, st, key).Version)
		require.False(t, swap(t, st, key, to^1, 9, "y", until), "a version that differs in the last bit")
		from = to
	}
}

func testCancelled(t *testing.T, s StoreSetup) {
	st, key := s.Open(t), freshKey()
	until := load(t, st, key).Now.Add(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := st.Load(ctx, key)
	assert.Error(t, err)
	ok, err := st.Swap(ctx, key, otp.Change{To: 1, Body: []byte("x"), Until: until})
	assert.Error(t, err)
	assert.False(t, ok, "an error comes alone")
}

func testClock(t *testing.T, s StoreSetup) {
	a, b, key := s.Open(t), s.Open(t), freshKey()
	before := load(t, a, key).Now
	s.wait(20 * time.Millisecond)
	between := load(t, b, key).Now
	s.wait(20 * time.Millisecond)
	after := load(t, a, key).Now
	assert.True(t, before.Before(between) && between.Before(after),
		"one clock for all handles, in milliseconds")
}

const callers = 64

// together runs f in n goroutines that start at the same moment.
func together(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	done.Add(n)
	for i := range n {
		go func() {
			defer done.Done()
			ready.Done()
			<-start
			f(i)
		}()
	}
	ready.Wait()
	close(start)
	done.Wait()
}

func race(t *testing.T, stores []otp.Store, key string, from int64, until time.Time) (winner int64) {
	var won atomic.Int32
	var version atomic.Int64
	together(callers, func(i int) {
		to := int64(1000 + i)
		ok, err := stores[i%len(stores)].Swap(t.Context(), key,
			otp.Change{From: from, To: to, Body: []byte(strconv.Itoa(i)), Until: until})
		if assert.NoError(t, err) && ok {
			won.Add(1)
			version.Store(to)
		}
	})
	require.Equal(t, int32(1), won.Load(), "exactly one swap wins")
	return version.Load()
}

func testCreateRace(t *testing.T, s StoreSetup) {
	stores := []otp.Store{s.Open(t), s.Open(t)}
	for range 10 {
		key := freshKey()
		won := race(t, stores, key, 0, load(t, stores[0], key).Now.Add(time.Hour))
		r := load(t, stores[0], key)
		require.Equal(t, won, r.Version)
		require.Equal(t, strconv.Itoa(int(won-1000)), string(r.Body))
	}
}

func testChangeRace(t *testing.T, s StoreSetup) {
	stores := []otp.Store{s.Open(t), s.Open(t)}
	key := freshKey()
	until := load(t, stores[0], key).Now.Add(time.Hour)
	for range 10 {
		// Replace the winner's version by 1, so that it is not a version of the next race.
		require.True(t, swap(t, stores[0], key, load(t, stores[0], key).Version, 1, "x", until))
		won := race(t, stores, key, 1, until)
		require.Equal(t, won, load(t, stores[1], key).Version)
	}
}

func testCounter(t *testing.T, s StoreSetup) {
	stores := []otp.Store{s.Open(t), s.Open(t)}
	key := freshKey()
	until := load(t, stores[0], key).Now.Add(time.Hour)
	const each = 10
	var versions atomic.Int64
	together(8, func(i int) {
		st := stores[i%2]
		for done := 0; done < each; {
			r, err := st.Load(t.Context(), key)
			if !assert.NoError(t, err) {
				return
			}
			n, _ := strconv.Atoi(string(r.Body))
			ok, err := st.Swap(t.Context(), key, otp.Change{From: r.Version, To: versions.Add(1),
				Body: []byte(strconv.Itoa(n + 1)), Until: until})
			if !assert.NoError(t, err) {
				return
			}
			if ok {
				done++
			}
		}
	})
	assert.Equal(t, strconv.Itoa(8*each), string(load(t, stores[0], key).Body))
}

// If the store is an [otp.Batcher], its PeekLoad is Take of buckets with Peek, and Load.
func testPeekLoad(t *testing.T, s StoreSetup) {
	st, key, other := s.Open(t), freshKey(), freshKey()
	both, ok := st.(otp.Batcher)
	if !ok {
		return
	}
	look := func(b ...otp.Bucket) (otp.Decision, otp.Snapshot) {
		t.Helper()
		d, found, err := both.PeekLoad(t.Context(), b, other, key, other)
		require.NoError(t, err)
		require.Len(t, found, 3)
		now := load(t, st, key)
		assert.Equal(t, now.Version, found[1].Version)
		assert.Equal(t, now.Body, found[1].Body)
		for _, r := range found {
			assert.WithinDuration(t, now.Now, r.Now, time.Minute)
		}
		assert.Zero(t, found[0].Version)
		assert.Zero(t, found[2].Version, "a record may be asked for twice")
		return d, found[1]
	}
	few, many := bucket(3, time.Hour), bucket(9, time.Hour)
	d, r := look(many, few)
	assert.Equal(t, []int{9, 3}, d.Left)
	require.True(t, swap(t, st, key, 0, math.MaxInt64, "\x00one two", r.Now.Add(time.Hour)))
	require.True(t, take(t, both, few, many).OK)
	var buckets []otp.Bucket
	for range 12 {
		buckets = append(buckets, bucket(2, time.Hour))
	}
	for _, b := range [][]otp.Bucket{nil, {few}, {many, few}, append(buckets, few)} {
		d, r = look(b...)
		assert.True(t, d.OK)
		assert.Equal(t, int64(math.MaxInt64), r.Version)
	}
	few.Tokens = 3
	d, r = look(many, few)
	assert.False(t, d.OK)
	assert.Equal(t, 1, d.Bucket)
	assert.Equal(t, int64(math.MaxInt64), r.Version, "it is loaded nevertheless")
	d, found, err := both.PeekLoad(t.Context(), []otp.Bucket{many})
	require.NoError(t, err)
	assert.Equal(t, []int{8}, d.Left, "nothing was taken")
	assert.Empty(t, found, "no key")
	soon := load(t, st, key).Now.Add(50 * time.Millisecond)
	require.True(t, swap(t, st, key, math.MaxInt64, 1, "short", soon))
	s.wait(100 * time.Millisecond)
	_, r = look()
	assert.Zero(t, r.Version, "it has ended")
}

// If the store is an [otp.Batcher], its TakeSwap is Take, and Swap of each change if that took.
func testTakeSwap(t *testing.T, s StoreSetup) {
	st, a, b, c := s.Open(t), freshKey(), freshKey(), freshKey()
	both, ok := st.(otp.Batcher)
	if !ok {
		return
	}
	until := load(t, st, a).Now.Add(time.Hour)
	change := func(from, to int64, body string) otp.Change {
		return otp.Change{From: from, To: to, Body: []byte(body), Until: until}
	}
	step := func(of []otp.Bucket, keys []string, changes ...otp.Change) (otp.Decision, []bool) {
		t.Helper()
		d, done, err := both.TakeSwap(t.Context(), of, keys, changes)
		require.NoError(t, err)
		return d, done
	}
	few, many := bucket(3, time.Hour), bucket(9, time.Hour)
	d, done := step([]otp.Bucket{many, few}, []string{a, b}, change(0, 1, "a1"), change(0, 1<<62, "b1"))
	assert.Equal(t, []int{8, 2}, d.Left)
	assert.Equal(t, []bool{true, true}, done)
	d, done = step([]otp.Bucket{few}, []string{b, a, c}, change(1<<62, 7, "b2"), change(0, 3, "no"),
		change(5, 6, "no"))
	assert.Equal(t, []int{1}, d.Left, "what is not written has taken its tokens")
	assert.Equal(t, []bool{true, false, false}, done)
	few.Tokens = 2
	d, _ = step([]otp.Bucket{many, few}, []string{a, c}, change(1, 2, "no"), change(0, 1, "no"))
	assert.False(t, d.OK)
	assert.Equal(t, 1, d.Bucket)
	soon := change(1, 2, "a2")
	soon.Soon = true
	d, done = step(nil, []string{a, b}, soon, change(7, 8, "b3"))
	assert.True(t, d.OK)
	assert.Equal(t, []bool{true, true}, done)
	d, _ = step([]otp.Bucket{many}, nil)
	assert.Equal(t, []int{7}, d.Left)
	for key, want := range map[string]string{a: "a2", b: "b3", c: ""} {
		assert.Equal(t, want, string(load(t, st, key).Body))
	}

	var taken, wrote atomic.Int32
	keys := []string{freshKey(), freshKey()}
	together(callers, func(i int) {
		order := []string{keys[i%2], keys[1-i%2]}
		d, done, err := both.TakeSwap(t.Context(), []otp.Bucket{bucket(9, time.Hour), many}, order,
			[]otp.Change{change(0, int64(i+1), "x"), change(0, int64(i+1), "x")})
		if assert.NoError(t, err, "no deadlock") && d.OK {
			taken.Add(1)
			for _, d := range done {
				if d {
					wrote.Add(1)
				}
			}
		}
	})
	assert.Equal(t, int32(7), taken.Load())
	assert.Equal(t, int32(2), wrote.Load())
}
