package smpp_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
)

// full returns the form of appendix B of the specification; the text begins with a code.
func full(id, stat, err string) string {
	return "id:" + id + " sub:001 dlvrd:001 submit date:2601150900 done date:2601150901 stat:" + stat +
		" err:" + err + " Text:482913 codice INPS p"
}

func option(tag uint16, value string) []byte {
	return append([]byte{byte(tag >> 8), byte(tag), 0, byte(len(value))}, value...)
}

func TestReceipt(t *testing.T) {
	id := otptest.Message().ID
	got := func(d otp.Delivery, code string) *otp.Receipt {
		r := &otp.Receipt{MessageID: id, Provider: "smpp", ProviderID: "1A2b", Delivery: d, Code: code}
		if d == otp.DeliveryFailed {
			r.Class = otp.ClassRejected
		}
		return r
	}
	ucs2 := []byte{}
	for _, b := range []byte("id:1A2b stat:DELIVRD") {
		ucs2 = append(ucs2, 0, b)
	}
	for name, tc := range map[string]struct {
		body []byte
		want *otp.Receipt // nil means none
	}{
		"delivered":         {receiptText(full("1A2b", "DELIVRD", "000")), got(otp.DeliveryDelivered, "")},
		"undeliverable":     {receiptText(full("1A2b", "UNDELIV", "075")), got(otp.DeliveryFailed, "075")},
		"rejected":          {receiptText(full("1A2b", "REJECTD", "12")), got(otp.DeliveryFailed, "12")},
		"deleted":           {receiptText(full("1A2b", "DELETED", "0")), got(otp.DeliveryFailed, "")},
		"expired":           {receiptText(full("1A2b", "EXPIRED", "27")), got(otp.DeliveryExpired, "27")},
		"accepted":          {receiptText(full("1A2b", "ACCEPTD", "0")), got(otp.DeliveryAccepted, "")},
		"under way":         {receiptText(full("1A2b", "ENROUTE", "0")), got(otp.DeliveryAccepted, "")},
		"unknown":           {receiptText(full("1A2b", "UNKNOWN", "0")), got(otp.DeliveryUnknown, "")},
		"long words":        {receiptText("id:1A2b stat:DELIVERED"), got(otp.DeliveryDelivered, "")},
		"other case, order": {receiptText("STAT:delivrd ERR:5 ID:1a2B"), got(otp.DeliveryDelivered, "5")},
		"leading zeros":     {receiptText("id:0001A2B stat:DELIVRD"), got(otp.DeliveryDelivered, "")},
		"intermediate": {deliver(0x20, 0, []byte("id:1A2b stat:ENROUTE")),
			got(otp.DeliveryAccepted, "")},
		"in UCS-2": {deliver(0x04, 8, ucs2), got(otp.DeliveryDelivered, "")},
		"behind a header": {deliver(0x44, 0, append([]byte{2, 0x70, 0}, "id:1A2b stat:DELIVRD"...)),
			got(otp.DeliveryDelivered, "")},
		"payload": {deliver(0x04, 0, nil, option(0x0424, "id:1A2b stat:DELIVRD")...),
			got(otp.DeliveryDelivered, "")},
		"options alone": {deliver(0x04, 0, nil, append(option(0x001e, "1A2b\x00"),
			option(0x0427, "\x05")...)...),
			got(otp.DeliveryFailed, "")},
		"options without the type": {deliver(0x00, 0, nil,
			append(option(0x001e, "1A2b\x00"), option(0x0427, "\x02")...)...),
			got(otp.DeliveryDelivered, "")},
		"option wins over the text": {deliver(0x04, 0, []byte("id:9 stat:DELIVRD"),
			append(option(0x001e, "1A2b"), option(0x0427, "\x03")...)...),
			got(otp.DeliveryExpired, "")},
		"unknown option": {deliver(0x04, 0, []byte("id:1A2b stat:DELIVRD"), option(0x1400, "x")...),
			got(otp.DeliveryDelivered, "")},
		"the code as an error": {receiptText("id:1A2b stat:UNDELIV err:482913"), got(otp.DeliveryFailed, "")},
		"another message": {receiptText("id:99 stat:DELIVRD"),
			&otp.Receipt{Provider: "smpp", ProviderID: "99", Delivery: otp.DeliveryDelivered}},
		"another, by option": {deliver(0x04, 0, []byte("stat:DELIVRD"), option(0x001e, "99")...),
			&otp.Receipt{Provider: "smpp", ProviderID: "99", Delivery: otp.DeliveryDelivered}},
		"no id":                 {receiptText("stat:DELIVRD"), nil},
		"no state":              {receiptText("id:1A2b"), nil},
		"unknown state":         {receiptText("id:1A2b stat:SKIPPED"), nil},
		"all after the text":    {receiptText("text:id:1A2b stat:DELIVRD"), nil},
		"a person's answer":     {deliver(0x00, 0, []byte("id:1A2b stat:DELIVRD")), nil},
		"header longer than it": {deliver(0x44, 0, []byte{200, 1}), nil},
		"nothing":               {receiptText(""), nil},
		"cut":                   {receiptText("id:1A2b stat:DELIVRD")[:40], nil},
		"option cut":            {deliver(0x04, 0, []byte("id:1A2b stat:DELIVRD"), 0x00, 0x1e, 0x00), nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &centre{on: func(p *port, f frame) bool {
					if f.id == submitSM {
						p.send(frame{id: submitSM | resp, sequence: f.sequence, body: []byte("1A2b\x00")})
					}
					return f.id == submitSM
				}}
				all := &receipts{}
				s := open(t, c, func(cfg *smpp.Config) { cfg.Receipts = all.take })
				defer s.Close()
				sent, err := s.Send(t.Context(), otptest.Message())
				require.NoError(t, err)
				assert.Equal(t, "1A2b", sent.ProviderID)
				c.port().send(frame{id: deliverSM, sequence: 77, body: tc.body})
				synctest.Wait()
				var want []otp.Receipt
				if tc.want != nil {
					want = append(want, *tc.want)
				}
				assert.Equal(t, want, all.all())
				assert.Equal(t, []frame{{id: deliverSM | resp, sequence: 77, body: []byte{0}}},
					c.all(deliverSM|resp))
			})
		})
	}
}

// The IDs test the confusion of two number systems.
func TestReceiptIDs(t *testing.T) {
	for name, c := range map[string]struct {
		form        smpp.IDForm
		first, then string
		found       bool
	}{
		"same":              {smpp.SameID, "5bc1", "5BC1", true},
		"same, zeros":       {smpp.SameID, "0000123", "123", true},
		"same, all zeros":   {smpp.SameID, "0", "000", true},
		"same, but differs": {smpp.SameID, "10", "16", false},
		"a UUID": {smpp.SameID, "8d7be4a6-7c3f-4b0e-9a55-3a4f7a1b2c3d",
			"8D7BE4A6-7C3F-4B0E-9A55-3A4F7A1B2C3D", true},
		"hexadecimal, then decimal":  {smpp.HexThenDecimal, "2B67", "11111", true},
		"the same with zeros":        {smpp.HexThenDecimal, "00002b67", "0000011111", true},
		"hexadecimal, and again":     {smpp.HexThenDecimal, "2B67", "2B67", false},
		"digits, then their decimal": {smpp.HexThenDecimal, "10", "16", true},
		"digits, then the same":      {smpp.HexThenDecimal, "10", "10", false},
		"decimal, then hexadecimal":  {smpp.DecimalThenHex, "11111", "2B67", true},
		"too long for a number": {smpp.HexThenDecimal, "ffffffffffffffffffff",
			"ffffffffffffffffffff", true},
		"the highest number": {smpp.HexThenDecimal, "ffffffffffffffff", "18446744073709551615",
			true},
		"no number at all, still the same":  {smpp.DecimalThenHex, "x-1", "X-1", true},
		"signs and underscores are no part": {smpp.DecimalThenHex, "1_000", "3e8", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				centre := &centre{on: func(p *port, f frame) bool {
					if f.id == submitSM {
						p.send(frame{id: submitSM | resp, sequence: f.sequence,
							body: []byte(c.first + "\x00")})
					}
					return f.id == submitSM
				}}
				all := &receipts{}
				s := open(t, centre, func(cfg *smpp.Config) {
					cfg.Receipts, cfg.ReceiptIDs = all.take,
						c.form
				})
				defer s.Close()
				_, err := s.Send(t.Context(), otptest.Message())
				require.NoError(t, err)
				centre.port().send(frame{id: deliverSM, sequence: 1,
					body: receiptText(full(c.then, "DELIVRD", "000"))})
				// The option has the form of the first answer, whatever form the text has.
				centre.port().send(frame{id: deliverSM, sequence: 2,
					body: deliver(4, 0, []byte("stat:DELIVRD"), option(0x001e, c.first)...)})
				synctest.Wait()
				var found []bool
				for _, r := range all.all() {
					found = append(found, r.MessageID == otptest.Message().ID)
				}
				require.Len(t, found, 2)
				assert.ElementsMatch(t, []bool{c.found, true}, found)
			})
		})
	}
}

// A receipt that overtakes the answer to its submit_sm is passed on twice: first without, then
// with the message's ID.
func TestEarlyReceipt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{on: func(p *port, f frame) bool {
			if f.id == submitSM {
				go func() {
					p.send(frame{id: deliverSM, sequence: 1, body: receiptText("id:7 stat:DELIVRD")})
					time.Sleep(time.Second)
					p.send(frame{id: submitSM | resp, sequence: f.sequence, body: []byte("7\x00")})
				}()
			}
			return f.id == submitSM
		}}
		all := &receipts{}
		s := open(t, c, func(cfg *smpp.Config) { cfg.Receipts = all.take })
		defer s.Close()
		_, err := s.Send(t.Context(), otptest.Message())
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, []otp.Receipt{
			{Provider: "smpp", ProviderID: "7", Delivery: otp.DeliveryDelivered},
			{MessageID: otptest.Message().ID, Provider: "smpp", ProviderID: "7",
				Delivery: otp.DeliveryDelivered},
		}, all.all())
		assert.Len(t, c.all(deliverSM|resp), 1)
	})
}

// An answer that comes after its caller has left still tells which message a receipt is for.
func TestLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{on: func(p *port, f frame) bool {
			if f.id == submitSM {
				go func() {
					time.Sleep(2 * time.Second)
					p.send(frame{id: submitSM | resp, sequence: f.sequence, body: []byte("7\x00")})
					p.send(frame{id: deliverSM, sequence: 1, body: receiptText("id:7 stat:DELIVRD")})
				}()
			}
			return f.id == submitSM
		}}
		all := &receipts{}
		s := open(t, c, func(cfg *smpp.Config) { cfg.Receipts = all.take })
		defer s.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Send(ctx, otptest.Message())
		assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
		time.Sleep(2 * time.Second)
		require.Len(t, all.all(), 1)
		assert.Equal(t, otptest.Message().ID, all.all()[0].MessageID)
	})
}

func TestReceiptOwnerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, all := &centre{}, &receipts{fail: errStore}
		s := open(t, c, func(cfg *smpp.Config) { cfg.Receipts = all.take })
		defer s.Close()
		require.NoError(t, s.Ready(t.Context()))
		c.port().send(frame{id: deliverSM, sequence: 3, body: receiptText("id:1 stat:DELIVRD")})
		synctest.Wait()
		assert.Equal(t, []frame{{id: deliverSM | resp, status: 0x64, sequence: 3, body: []byte{0}}},
			c.all(deliverSM|resp), "again later")
	})
}

// If the owner hangs, the centre is asked to send the receipt again later, and messages are
// sent meanwhile.
func TestReceiptOwnerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{}
		var ended atomic.Int32
		s := open(t, c, func(cfg *smpp.Config) {
			cfg.Receipts = func(ctx context.Context, _ otp.Receipt) error {
				<-ctx.Done()
				ended.Add(1)
				return ctx.Err()
			}
		})
		require.NoError(t, s.Ready(t.Context()))
		const many = 300
		for n := range uint32(many) {
			c.port().send(frame{id: deliverSM, sequence: n + 1,
				body: receiptText(fmt.Sprintf("id:%d stat:DELIVRD", n))})
		}
		synctest.Wait()
		busy := c.all(deliverSM | resp)
		assert.Len(t, busy, many-256-4, "four are with the owner, 256 wait")
		for _, f := range busy {
			assert.Equal(t, uint32(0x64), f.status)
		}
		_, err := s.Send(t.Context(), otptest.Message())
		require.NoError(t, err)
		time.Sleep(11 * time.Second)
		assert.Equal(t, int32(4), ended.Load(), "its time is over")
		s.Close()
		assert.Equal(t, int32(260), ended.Load())
	})
}

func TestRemember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, all := &centre{}, &receipts{}
		s := open(t, c, func(cfg *smpp.Config) { cfg.Receipts, cfg.Remember = all.take, 3 })
		defer s.Close()
		for n := range 5 {
			m := otptest.Message()
			m.ID = fmt.Sprintf("message-%d", n+1)
			_, err := s.Send(t.Context(), m)
			require.NoError(t, err)
		}
		for n := range uint32(5) {
			c.port().send(frame{id: deliverSM, sequence: n + 1,
				body: receiptText(fmt.Sprintf("id:m%d stat:DELIVRD", n+1))})
			synctest.Wait()
		}
		var ids []string
		for _, r := range all.all() {
			ids = append(ids, r.MessageID)
		}
		assert.Equal(t, []string{"", "", "message-3", "message-4", "message-5"}, ids)
	})
}

// Of an endless number of receipts for unknown messages a bounded number is kept.
func TestForeignReceipts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, all := &centre{}, &receipts{}
		s := open(t, c, func(cfg *smpp.Config) { cfg.Receipts = all.take })
		defer s.Close()
		require.NoError(t, s.Ready(t.Context()))
		c.mu.Lock()
		c.n = 1000
		c.mu.Unlock()
		for n := range uint32(200) {
			c.port().send(frame{id: deliverSM, sequence: n + 1,
				body: receiptText(fmt.Sprintf("id:m%d stat:DELIVRD", 1001+n))})
			synctest.Wait()
		}
		_, err := s.Send(t.Context(), otptest.Message())
		require.NoError(t, err)
		synctest.Wait()
		assert.Len(t, all.all(), 200, "the receipt for m1001 is long forgotten")
	})
}

func TestReceiptsAreSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, all := &centre{}, &receipts{}
		s := open(t, c, func(cfg *smpp.Config) { cfg.Receipts = all.take })
		defer s.Close()
		require.NoError(t, s.Ready(t.Context()))
		c.port().send(frame{id: deliverSM, sequence: 1, body: receiptText(full("1", "UNDELIV", "482913"))})
		synctest.Wait()
		shown := fmt.Sprintf("%+v", all.all())
		assert.NotContains(t, shown, "482913")
		assert.NotContains(t, shown, "393331234567")
		assert.NotContains(t, shown, "codice")
	})
}
