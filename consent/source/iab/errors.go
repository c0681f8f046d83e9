package iab

import "errors"

// Why a string was not read. All are returned as they are, never wrapped, and
// always together with the zero value.
var (
	// ErrTooLong says that a string has more than MaxLength bytes.
	ErrTooLong = errors.New("consent string is too long")

	// ErrNotTCF says that a string is no TC string: it has a character outside
	// base64url, starts like something else, or ends before its purposes do.
	ErrNotTCF = errors.New("not a TC string")
	// ErrTCFVersion says that a string is of version 1 of TCF, which ended in
	// 2020.
	ErrTCFVersion = errors.New("TC string is not of version 2")
	// ErrTCFPolicy says that a TC string was made under policies older than
	// version 4, the one of TCF 2.2, and so not valid since 30 September 2023.
	ErrTCFPolicy = errors.New("TC string was made under policies older than TCF 2.2")
	// ErrTCFGlobal says that a TC string is meant for all sites
	// (IsServiceSpecific is 0), which TCF no longer knows.
	ErrTCFGlobal = errors.New("TC string is not specific to this service")

	// ErrNotGPP says that a string has no header of a GPP string.
	ErrNotGPP = errors.New("not a GPP string")
	// ErrGPPVersion says that the header is of a version other than 1.
	ErrGPPVersion = errors.New("GPP string is not of version 1")
	// ErrGPPSections says that the header's list of sections cannot be read
	// or is not the list of the sections that follow.
	ErrGPPSections = errors.New("GPP string does not hold the sections of its header")

	// ErrNotUSP says that a string is not four characters of the US Privacy
	// string.
	ErrNotUSP = errors.New("not a US Privacy string")
	// ErrUSPVersion says that a US Privacy string is of a version other than 1.
	ErrUSPVersion = errors.New("US Privacy string is not of version 1")
)
