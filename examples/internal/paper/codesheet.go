package paper

import (
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/qrpdf"
)

// CodeSheet returns the sheet with a printed list of codes. It looks as d does, and has its dates.
func CodeSheet(d qrpdf.Document, codes otp.PrintedCodes) qrpdf.CodeSheet {
	sheet := qrpdf.CodeSheet{ID: codes.ID, Lang: d.Lang, DisplayName: d.DisplayName, Contact: d.Contact,
		Logo: d.Logo, Wording: d.Wording, Issued: d.Issued, Expires: d.Expires}
	for n := 1; n <= codes.Count; n++ {
		of := func(e otp.Extent) string {
			code, _ := codes.Code(n, e)
			digits := code.Reveal()
			return digits[:len(digits)/2] + " " + digits[len(digits)/2:]
		}
		sheet.Rows = append(sheet.Rows, qrpdf.CodeRow{YesNo: of(otp.ExtentYesNo),
			OneEntry: of(otp.ExtentOneEntry), Everything: of(otp.ExtentEverything)})
	}
	return sheet
}
