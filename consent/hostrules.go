package consent

import (
	"bytes"
	"slices"
)

// domainRules are the rules for one of a host's domains: itself, or one that it is below.
type domainRules struct {
	at    int        // where in the host the domain begins
	rules []*urlRule // most specific first
}

// ofHost returns the rule of the nearest domain that has one for f, and where in the host
// that begins.
func (x *urlIndex) ofHost(f *fetch) (best *urlRule, at int) {
	domains := x.domains(f.host)
	for i := range domains {
		d := &domains[i]
		if best != nil && d.at > at {
			break
		}
		best, at = better(best, firstMatch(d.rules, f, d.at == 0)), d.at
	}
	return best, at
}

// domains are those of a host that there are rules for, the nearest first. One is there twice
// if it has rules with and without its public suffix.
func (x *urlIndex) domains(host []byte) []domainRules {
	if len(x.hosts.slots)+len(x.suffix.slots) == 0 {
		return nil
	}
	if known, ok := x.met.get(host); ok {
		return known
	}
	all := x.hosts.appendDomains(nil, host, x.longest)
	if stem := x.stem(host); stem > 0 {
		all = x.suffix.appendDomains(all, host[:stem], x.longestSuffix)
	}
	slices.SortFunc(all, func(a, b domainRules) int { return a.at - b.at })
	x.met.put(host, all)
	return all
}

// appendDomains appends the domains of host that the table has. No key
// is longer than longest: a hostile host name costs no more than a real one.
func (t *hostTable) appendDomains(dst []domainRules, host []byte, longest int) []domainRules {
	if len(t.slots) == 0 {
		return dst
	}
	h := uint64(hostSeed)
	for i := len(host) - 1; i >= max(0, len(host)-longest); i-- {
		h = hashByte(h, host[i])
		if i > 0 && host[i-1] != '.' {
			continue
		}
		if place := t.place(h, host[i:]); place >= 0 {
			dst = append(dst, domainRules{i, t.lists[place]})
		}
	}
	return dst
}

// stem is the length of the host's part before its public suffix, or 0 when
// no hostSuffix rule can match.
func (x *urlIndex) stem(host []byte) int {
	for label := range bytes.SplitSeq(host, []byte{'.'}) {
		if x.lastLabels[string(label)] {
			return beforeSuffix(host)
		}
	}
	return 0
}
