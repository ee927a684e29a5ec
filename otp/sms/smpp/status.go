package smpp

import (
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// statuses are the command_status values of SMPP 3.4 section 5.1.3 with the class of each in
// the answer to a bind or a submit_sm. A status other than 0 means that the centre did not
// take the message. The two statuses of unspecified internal errors are ambiguous
// nevertheless, because centres also use them for later failures.
var statuses = map[uint32]struct {
	name  string
	class otp.ErrorClass
}{
	0x01: {"ESME_RINVMSGLEN", otp.ClassRejected},
	0x02: {"ESME_RINVCMDLEN", otp.ClassRejected},
	0x03: {"ESME_RINVCMDID", otp.ClassRejected},
	0x04: {"ESME_RINVBNDSTS", otp.ClassUnavailable},
	0x05: {"ESME_RALYBND", otp.ClassUnavailable},
	0x06: {"ESME_RINVPRTFLG", otp.ClassRejected},
	0x07: {"ESME_RINVREGDLVFLG", otp.ClassRejected},
	0x08: {"ESME_RSYSERR", otp.ClassAmbiguous},
	0x0a: {"ESME_RINVSRCADR", otp.ClassSenderID},
	0x0b: {"ESME_RINVDSTADR", otp.ClassInvalidRecipient},
	0x0c: {"ESME_RINVMSGID", otp.ClassRejected},
	0x0d: {"ESME_RBINDFAIL", otp.ClassAuth},
	0x0e: {"ESME_RINVPASWD", otp.ClassAuth},
	0x0f: {"ESME_RINVSYSID", otp.ClassAuth},
	0x11: {"ESME_RCANCELFAIL", otp.ClassRejected},
	0x13: {"ESME_RREPLACEFAIL", otp.ClassRejected},
	0x14: {"ESME_RMSGQFUL", otp.ClassThrottled},
	0x15: {"ESME_RINVSERTYP", otp.ClassRejected},
	0x33: {"ESME_RINVNUMDESTS", otp.ClassRejected},
	0x34: {"ESME_RINVDLNAME", otp.ClassRejected},
	0x40: {"ESME_RINVDESTFLAG", otp.ClassRejected},
	0x42: {"ESME_RINVSUBREP", otp.ClassRejected},
	0x43: {"ESME_RINVESMCLASS", otp.ClassRejected},
	0x44: {"ESME_RCNTSUBDL", otp.ClassRejected},
	0x45: {"ESME_RSUBMITFAIL", otp.ClassRejected},
	0x48: {"ESME_RINVSRCTON", otp.ClassSenderID},
	0x49: {"ESME_RINVSRCNPI", otp.ClassSenderID},
	0x50: {"ESME_RINVDSTTON", otp.ClassRejected},
	0x51: {"ESME_RINVDSTNPI", otp.ClassRejected},
	0x53: {"ESME_RINVSYSTYP", otp.ClassAuth},
	0x54: {"ESME_RINVREPFLAG", otp.ClassRejected},
	0x55: {"ESME_RINVNUMMSGS", otp.ClassRejected},
	0x58: {"ESME_RTHROTTLED", otp.ClassThrottled},
	0x61: {"ESME_RINVSCHED", otp.ClassRejected},
	0x62: {"ESME_RINVEXPIRY", otp.ClassRejected},
	0x63: {"ESME_RINVDFTMSGID", otp.ClassRejected},
	0x64: {"ESME_RX_T_APPN", otp.ClassUnavailable},
	0x65: {"ESME_RX_P_APPN", otp.ClassRejected},
	0x66: {"ESME_RX_R_APPN", otp.ClassRejected},
	0x67: {"ESME_RQUERYFAIL", otp.ClassRejected},
	0xc0: {"ESME_RINVOPTPARSTREAM", otp.ClassRejected},
	0xc1: {"ESME_ROPTPARNOTALLWD", otp.ClassRejected},
	0xc2: {"ESME_RINVPARLEN", otp.ClassRejected},
	0xc3: {"ESME_RMISSINGOPTPARAM", otp.ClassRejected},
	0xc4: {"ESME_RINVOPTPARAMVAL", otp.ClassRejected},
	0xfe: {"ESME_RDELIVERYFAILURE", otp.ClassRejected},
	0xff: {"ESME_RUNKNOWNERR", otp.ClassAmbiguous},
}

// These are the statuses that the Sender sends or acts on.
const (
	statusInvalidLength  = 0x02
	statusInvalidCommand = 0x03
	statusTryAgain       = 0x64
)

// throttlePause is the pause in submitting after the centre answered that there were too many
// messages. SMPP has no field for the time.
const throttlePause = time.Second

// refuse returns the error for a status other than 0. The provider's own statuses (0x400 to
// 0x4FF) and unknown statuses are rejections.
func (s *Sender) refuse(status uint32) *otp.SendError {
	e := s.fail(otp.ClassRejected, fmt.Sprintf("0x%02X", status), nil)
	if known, ok := statuses[status]; ok {
		e.Class = known.class
	}
	if e.Class == otp.ClassThrottled {
		e.RetryAfter = throttlePause
	}
	return e
}

func (s *Sender) fail(class otp.ErrorClass, code string, err error) *otp.SendError {
	return &otp.SendError{Class: class, Provider: s.config.Name, Code: code, Err: err}
}
