package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

const (
	processes = 2
	callers   = 32 // in each
)

// Processes lets two processes answer one challenge at the same moment. A right code is
// accepted once, and wrong codes are counted as often as the policy allows.
func Processes(t *testing.T, s Setup) {
	if os.Getenv("OTP_CHILD") != "" {
		hammer(t, s)
		return
	}
	where := s.New(t)
	children := make([]child, processes)
	for i := range children {
		children[i] = startChild(t)
	}
	for i, c := range []struct {
		name  string
		right bool
		want  map[otp.Error]int
	}{
		{"right codes", true, map[otp.Error]int{"": 1, otp.ErrAlreadyUsed: processes*callers - 1}},
		{"wrong codes", false, map[otp.Error]int{otp.ErrWrongCode: 5,
			otp.ErrAttemptsUsed: processes*callers - 5}},
	} {
		q := person(fmt.Sprint("processes", i))
		sent := &otptest.Recorder{}
		g := newChallenges(t, s.Open(t, where), sent, nil)
		started, err := g.Start(t.Context(), q)
		require.NoError(t, err)
		code := sent.Last().Code
		if !c.right {
			code = wrong(code)
		}
		k := task{where, fmt.Sprint("processes", i), started.ID, code.Reveal(), callers}
		for _, p := range children {
			p.tell(t, k)
		}
		for _, p := range children {
			p.line(t, "ready")
		}
		for _, p := range children {
			p.tell(t, "go")
		}
		total := map[otp.Error]int{}
		for _, p := range children {
			var got map[otp.Error]int
			require.NoError(t, json.Unmarshal([]byte(p.line(t, "tally")), &got))
			assert.NotEmpty(t, got)
			for k, n := range got {
				total[k] += n
			}
		}
		assert.Equal(t, c.want, total, c.name)
	}
}

// hammer is a child of Processes. For each task it answers from all callers at once.
func hammer(t *testing.T, s Setup) {
	in := json.NewDecoder(os.Stdin)
	var g *otp.Challenges
	for {
		var k task
		if in.Decode(&k) != nil {
			return
		}
		if g == nil {
			g = newChallenges(t, s.Open(t, k.Where), &otptest.Recorder{}, nil)
		}
		require.NoError(t, g.Ready(t.Context()))
		fmt.Println("ready now")
		var start string
		if in.Decode(&start) != nil {
			return
		}
		var got tally
		var all sync.WaitGroup
		for range k.Callers {
			all.Go(func() {
				_, err := g.Verify(t.Context(), answer(person(k.Name), k.ID, otp.NewCode(k.Code)))
				got.add(err)
			})
		}
		all.Wait()
		b, err := json.Marshal(got.n)
		require.NoError(t, err)
		fmt.Printf("tally %s\n", b)
	}
}

// tally counts errors by cause.
type tally struct {
	mu sync.Mutex
	n  map[otp.Error]int
}

func (c *tally) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[otp.Error]int{}
	}
	c.n[cause(err)]++
}

// Killed kills a process, as kill -9 does, after the challenge was written and before its
// message was sent. Another process finds the challenge by the idempotency key, and Resend
// sends the code that the first would have sent.
func Killed(t *testing.T, s Setup) {
	// This is the minimum that a policy may have; the killed process had it too.
	const cooldown = 10 * time.Second
	change := func(c *otp.Config) { c.Policy.Cooldowns = []time.Duration{cooldown} }
	if k, ok := childTask(); ok {
		_, err := newChallenges(t, s.Open(t, k.Where), suicide{}, change).Start(t.Context(), person(k.Name))
		require.Fail(t, "still alive", err)
	}
	where, began := s.New(t), time.Now()
	c := startChild(t)
	c.tell(t, task{Where: where, Name: "killed"})
	code := c.line(t, "code")
	require.Error(t, c.Wait())
	require.Equal(t, -1, c.ProcessState.ExitCode(), "ended by a signal")

	sent := &otptest.Recorder{}
	g := newChallenges(t, s.Open(t, where), sent, change)
	q := person("killed")
	found, err := g.Start(t.Context(), q)
	require.NoError(t, err)
	require.True(t, found.Repeated)
	require.Equal(t, otp.DeliverySubmitting, found.Delivery)
	require.Empty(t, sent.Messages())
	again := otp.ResendRequest{Parties: q.Parties, ID: found.ID, Contacts: q.Contacts}
	_, err = g.Resend(t.Context(), again)
	if err != nil || time.Since(began) < cooldown { // a busy machine may take longer
		require.ErrorIs(t, err, otp.ErrTooSoon)
		time.Sleep(cooldown)
		_, err = g.Resend(t.Context(), again)
	}
	require.NoError(t, err)
	require.Equal(t, code, sent.Last().Code.Reveal())
	_, err = g.Verify(t.Context(), answer(q, found.ID, sent.Last().Code))
	require.NoError(t, err)
}

// suicide is a sender that kills its process instead of sending.
type suicide struct{}

func (suicide) Send(_ context.Context, m otp.Message) (otp.Submission, error) {
	fmt.Println("code " + m.Code.Reveal())
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		p.Kill()
	}
	select {}
}
