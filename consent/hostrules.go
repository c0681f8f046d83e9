package consent

import "slices"

// domainRules are the rules for one of a host's domains: itself, or one that it is below.
type domainRules struct {
	at    int        // where in the host the domain begins
	rules []*urlRule // most specific first
}

// ofHost returns the rule of the nearest domain that has one for f, and where in the host
// that begins.
func (x *urlIndex) ofHost(f *fetch) (*urlRule, int) {
	domains := x.domains(f.host)
	for i := range domains {
		if r := firstMatch(domains[i].rules, f, domains[i].at == 0); r != nil {
			return r, domains[i].at
		}
	}
	return nil, 0
}

// domains are those of a host that there are rules for, the nearest first.
func (x *urlIndex) domains(host []byte) []domainRules {
	if len(x.hosts.slots)+len(x.suffix.slots) == 0 {
		return nil
	}
	if known, ok := x.met.get(host); ok {
		return known
	}
	all := x.hosts.appendDomains(nil, host, x.longest)
	if stem := x.stem(host); stem > 0 {
		for _, d := range x.suffix.appendDomains(nil, host[:stem], x.longestSuffix) {
			place, is := slices.BinarySearchFunc(all, d.at, func(d domainRules, at int) int { return d.at - at })
			if !is {
				all = slices.Insert(all, place, d)
				continue
			}
			rules := slices.Concat(all[place].rules, d.rules)
			slices.SortStableFunc(rules, compareRules)
			all[place].rules = rules
		}
	}
	x.met.put(host, all)
	return all
}

// appendDomains appends the domains of host that the table has, the nearest first. No key
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
		if place := t.place(h, view(host[i:])); place >= 0 {
			dst = append(dst, domainRules{i, t.lists[place]})
		}
	}
	slices.Reverse(dst)
	return dst
}

// stem is the length of the host's part before its public suffix, or 0 when
// no hostSuffix rule can match. Only suffixes that registries run count:
// google.github.io is somebody's page.
func (x *urlIndex) stem(host []byte) int {
	if len(x.lastLabels) == 0 {
		return 0
	}
	known := false
	for start, i := 0, 0; i <= len(host) && !known; i++ {
		if i < len(host) && host[i] != '.' {
			continue
		}
		if x.lastLooks.may(host[start:i]) {
			known = x.lastLabels[string(host[start:i])]
		}
		start = i + 1
	}
	if !known {
		return 0
	}
	suffix, icann := publicSuffix(host)
	if !icann || suffix >= len(host) {
		return 0
	}
	return len(host) - suffix - 1
}
