package iab

import (
	"math/bits"
	"time"
)

// Fields of a TC string's core segment: bit offset and length. The names are
// those of "The Core String" in IAB Tech Lab's "Transparency and Consent
// String with Global Vendor & CMP List Formats", v2.2 of May 2023. TCF 2.3 of
// 2025 has not changed them: it demands one more segment, Disclosed Vendors,
// of those who use the bits of vendors.
//
//	Version                6   0    LastUpdated           36  42
//	Created               36   6    CmpId … ConsentScreen 42  78 (not read)
const (
	tcfVersion, tcfVersionBits         = 0, 6
	tcfCreated, tcfTimeBits            = 6, 36
	tcfLastUpdated                     = 42
	tcfPolicyVersion, tcfPolicyBits    = 132, 6
	tcfIsServiceSpecific               = 138
	tcfSpecialFeatures, tcfFeatureBits = 140, 12 // SpecialFeatureOptIns
	tcfPurposes, tcfPurposeBits        = 152, 24 // PurposesConsent
	tcfLegitimateInterests             = 176     // PurposesLITransparency, 24 bits
	tcfPurposeOneTreatment             = 200

	// tcfMinLength has room for everything up to PublisherCC, bits 201 to 212.
	// What follows are vendors and publisher restrictions, and a string that
	// was cut there still says what it says of purposes.
	tcfMinLength = 36

	// minPolicyVersion is the version of TCF 2.2. Strings made under earlier
	// ones are not valid since 30 September 2023 (TcfPolicyVersion).
	minPolicyVersion = 4
)

// TCF is what a TC string says of purposes. Its zero value grants nothing.
type TCF struct {
	// Purposes are those that the visitor consented to: bit n-1 is purpose n
	// (PurposesConsent, bits 152 to 175 of the core segment). Eleven purposes
	// are defined; bits of others are kept as they are.
	Purposes uint32
	// LegitimateInterests are purposes for which a legitimate interest was
	// disclosed and not objected to: bit n-1 is purpose n
	// (PurposesLITransparency, bits 176 to 199). They are NEVER consent.
	LegitimateInterests uint32
	// SpecialFeatures are those that the visitor opted in to: bit n-1 is
	// special feature n (SpecialFeatureOptIns, bits 140 to 151). 1 is precise
	// geolocation, 2 is actively scanning device characteristics.
	SpecialFeatures uint16
	// PolicyVersion is the version of the policies that the CMP followed, 4 or
	// above (TcfPolicyVersion, bits 132 to 137).
	PolicyVersion uint8
	// PurposeOneTreatment says that purpose 1 was not asked for, because the
	// publisher's country does not ask for it (bit 200). It says nothing of
	// whether it was granted: the bit of purpose 1 does.
	PurposeOneTreatment bool
	// ServiceSpecific says that the string is for this site or group of sites
	// (IsServiceSpecific, bit 138). It is true in every string that was read.
	ServiceSpecific bool
	// Created and LastUpdated are when the string was first made and last
	// changed, to the tenth of a second in UTC (bits 6 to 41 and 42 to 77).
	// CMPs of today write the same day at midnight in both. They are not
	// checked against a clock.
	Created, LastUpdated time.Time
}

// Purpose says whether the visitor consented to purpose n, counted from 1.
// A purpose out of range is not consented to. Legitimate interest is not
// looked at.
func (t TCF) Purpose(n int) bool {
	return n >= 1 && n <= tcfPurposeBits && t.Purposes>>(n-1)&1 == 1
}

// SpecialFeature says whether the visitor opted in to special feature n,
// counted from 1. One out of range is not opted in to.
func (t TCF) SpecialFeature(n int) bool {
	return n >= 1 && n <= tcfFeatureBits && t.SpecialFeatures>>(n-1)&1 == 1
}

// ParseTCF reads the core segment of a TC string of TCF 2.2 or 2.3. The other
// segments (Disclosed Vendors, Allowed Vendors, Publisher TC), in any number
// and order, only have to be of the right alphabet: what they say narrows
// vendors, and never widens purposes. A segment may end in up to two '='.
//
// The error is one of ErrTooLong, ErrNotTCF, ErrTCFVersion, ErrTCFPolicy and
// ErrTCFGlobal. Percent-encoding is not undone here.
func ParseTCF(s string) (TCF, error) {
	if len(s) > MaxLength {
		return TCF{}, ErrTooLong
	}
	// The core segment is always required and comes first (TC String Format).
	// It has no field for its type; the first character is all of its version,
	// so that TC strings start with C, those of TCF 1 with B and GPP strings
	// with D.
	core, rest, more := cut(s, ".")
	if !isBase64(core) || core == "" {
		return TCF{}, ErrNotTCF
	}
	switch version := field(core, tcfVersion, tcfVersionBits); {
	case version == 1:
		return TCF{}, ErrTCFVersion
	case version != 2 || len(core) < tcfMinLength:
		return TCF{}, ErrNotTCF
	}
	for more {
		var segment string
		if segment, rest, more = cut(rest, "."); !isBase64(segment) {
			return TCF{}, ErrNotTCF
		}
	}
	t := TCF{
		Purposes:            bits.Reverse32(uint32(field(core, tcfPurposes, tcfPurposeBits))) >> (32 - tcfPurposeBits),
		LegitimateInterests: bits.Reverse32(uint32(field(core, tcfLegitimateInterests, tcfPurposeBits))) >> (32 - tcfPurposeBits),
		SpecialFeatures:     bits.Reverse16(uint16(field(core, tcfSpecialFeatures, tcfFeatureBits))) >> (16 - tcfFeatureBits),
		PolicyVersion:       uint8(field(core, tcfPolicyVersion, tcfPolicyBits)),
		PurposeOneTreatment: field(core, tcfPurposeOneTreatment, 1) == 1,
		ServiceSpecific:     field(core, tcfIsServiceSpecific, 1) == 1,
		Created:             tcfTime(field(core, tcfCreated, tcfTimeBits)),
		LastUpdated:         tcfTime(field(core, tcfLastUpdated, tcfTimeBits)),
	}
	switch {
	case t.PolicyVersion < minPolicyVersion:
		return TCF{}, ErrTCFPolicy
	case !t.ServiceSpecific:
		return TCF{}, ErrTCFGlobal
	}
	return t, nil
}

// tcfTime is the time of deciseconds since 1970, as TC strings count.
func tcfTime(ds uint64) time.Time { return time.UnixMilli(int64(ds) * 100).UTC() }
