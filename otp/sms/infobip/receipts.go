package infobip

import (
	"net/http"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// ParseReceipts reads a delivery report: JSON by POST. It first checks the address, which is
// specific to one message. It refuses a report on another message, so an address allows
// reports on its own message only. The error is [sms.ErrSignature] or [sms.ErrReceipt].
func (s *Sender) ParseReceipts(r *http.Request) ([]otp.Receipt, error) {
	id, err := s.callback.MessageID(providerName, r)
	if err != nil {
		return nil, err
	}
	if r.Method != http.MethodPost {
		return nil, sms.ErrReceipt
	}
	body, err := httpsend.Read(r)
	if err != nil {
		return nil, err
	}
	var report struct {
		Results []struct {
			ID     string `json:"messageId"`
			Status status `json:"status"`
			DoneAt string `json:"doneAt"`
		} `json:"results"`
	}
	if !httpsend.Decode(body, &report) || len(report.Results) == 0 {
		return nil, sms.ErrReceipt
	}
	var receipts []otp.Receipt
	for _, result := range report.Results {
		if result.ID != id || result.Status.Group == nil || result.Status.ID == nil {
			return nil, sms.ErrReceipt
		}
		receipt := otp.Receipt{MessageID: id, Provider: providerName, ProviderID: httpsend.ID(result.ID)}
		code := strconv.Itoa(*result.Status.ID)
		switch *result.Status.Group {
		case groupAccepted, groupPending:
			receipt.Delivery = otp.DeliveryAccepted
		case groupDelivered:
			receipt.Delivery = otp.DeliveryDelivered
			if code == "2" { // DELIVERED_TO_OPERATOR means not yet on the phone
				receipt.Delivery = otp.DeliveryAccepted
			}
		case groupExpired:
			receipt.Delivery, receipt.Code = otp.DeliveryExpired, httpsend.Code(code)
		case groupUndeliverable, groupRejected:
			receipt.Delivery, receipt.Code, receipt.Class = otp.DeliveryFailed, httpsend.Code(code),
				statusClass(code)
		default:
			return nil, sms.ErrReceipt
		}
		if code == duplicate {
			// The report is for the second attempt; the first one has its own.
			receipt.Delivery, receipt.Class = otp.DeliveryAccepted, 0
		}
		// The form is ISO 8601 without a colon in the offset.
		if at, err := time.Parse("2006-01-02T15:04:05.000-0700", result.DoneAt); err == nil {
			receipt.At = at.UTC()
		}
		receipts = append(receipts, receipt)
	}
	return receipts, nil
}
