package consent

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
)

// hashFormat is raised when the same configuration begins to give another
// output, so that validators made before do not match.
const hashFormat = 2

// hashConfig makes Policy.Hash: 12 bytes of SHA-256 in base64url, over the
// configuration with its defaults filled in.
func hashConfig(p *Policy, cfg *Config) (string, error) {
	type hashedVendor struct {
		Vendor
		In      []int
		Missing string
	}
	vendors := make([]hashedVendor, len(p.vendors))
	for i := range p.vendors {
		v := &p.vendors[i]
		vendors[i] = hashedVendor{v.Vendor, v.in, v.missing}
		vendors[i].Sources = nil
	}
	own := slices.Clone(cfg.Vendors) // they come before the catalog's
	for i := range own {
		own[i].Sources = nil
	}
	data, err := json.Marshal([]any{
		hashFormat, p.categories, vendors, own, cfg.Except, p.revision, p.unansweredAllow, p.gpc, p.dnt,
		p.blockUnknown, p.unknownCookies, p.own.Name, p.own.MaxAge, p.signer != nil,
		cfg.Sources, p.impliedAllow, cfg.Bridge, hashLists(cfg.Lists),
	})
	if err != nil {
		return "", fmt.Errorf("hashing the policy: %w", err)
	}
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:12]), nil
}
