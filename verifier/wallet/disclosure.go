package wallet

import (
	"maps"
	"slices"
)

// neverDisclosed are claims that an SD-JWT VC never has in a disclosure (draft-13, section 3.2.2.2), and the
// two names that RFC 9901 keeps for itself.
var neverDisclosed = []string{"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "_sd", "_sd_alg",
	"..."}

// disclosed is a disclosure that was read.
type disclosed struct {
	digest string
	name   string // empty for an element of an array
	value  any
	used   bool
}

// disclosures are what a presentation discloses, while the digests that the issuer signed are followed.
type disclosures struct {
	list   []disclosed
	seen   map[string]bool // digests met in what the issuer signed
	failed error
}

// readDisclosures reads each disclosure by itself: a salt, a name and a value.
func readDisclosures(texts []string) (*disclosures, error) {
	all := &disclosures{seen: map[string]bool{}}
	for _, text := range texts {
		raw, _ := decode(text) // split has checked it
		v, ok := parseValue(raw)
		part, isArray := v.([]any)
		if !ok || !isArray || len(part) < 2 || len(part) > 3 {
			return nil, ErrDisclosure
		}
		d := disclosed{digest: digest(text), value: part[len(part)-1]}
		_, salted := part[0].(string)
		if len(part) == 3 {
			d.name, ok = part[1].(string)
		}
		if !salted || !ok || len(part) == 3 && d.name == "" || slices.Contains(neverDisclosed, d.name) {
			return nil, ErrDisclosure
		}
		all.list = append(all.list, d)
	}
	for n, d := range all.list {
		if slices.ContainsFunc(all.list[:n], func(e disclosed) bool { return e.digest == d.digest }) {
			return nil, ErrDuplicate
		}
	}
	return all, nil
}

// resolve returns the claims of the payload with what was disclosed in the place of its digests (RFC 9901,
// section 7.1). Digests without a disclosure, decoys among them, are dropped.
func (all *disclosures) resolve(payload object) (object, error) {
	claims, _ := all.inside(payload).(object)
	if all.failed != nil {
		return nil, all.failed
	}
	if slices.ContainsFunc(all.list, func(d disclosed) bool { return !d.used }) {
		return nil, ErrUnreferenced
	}
	return claims, nil
}

func (all *disclosures) fail(c Cause) {
	if all.failed == nil {
		all.failed = c
	}
}

// take returns the disclosure with the digest, or nil. member says whether it must have a name.
func (all *disclosures) take(v any, member bool) *disclosed {
	sum, ok := v.(string)
	if !ok {
		all.fail(ErrClaims)
		return nil
	}
	if all.seen[sum] {
		all.fail(ErrDuplicate)
		return nil
	}
	all.seen[sum] = true
	n := slices.IndexFunc(all.list, func(d disclosed) bool { return d.digest == sum })
	if n < 0 {
		return nil
	}
	if d := &all.list[n]; (d.name != "") == member {
		d.used = true
		return d
	}
	all.fail(ErrDisclosure)
	return nil
}

func (all *disclosures) inside(v any) any {
	switch v := v.(type) {
	case object:
		return all.object(v)
	case []any:
		list := []any{}
		for _, element := range v {
			hidden, ok := element.(object)
			sum, there := hidden["..."]
			switch {
			case !ok || !there:
				list = append(list, all.inside(element))
			case len(hidden) != 1:
				all.fail(ErrClaims)
			default:
				if d := all.take(sum, false); d != nil {
					list = append(list, all.inside(d.value))
				}
			}
		}
		return list
	}
	return v
}

func (all *disclosures) object(v object) object {
	claims := object{}
	for _, name := range slices.Sorted(maps.Keys(v)) { // in one order, so that there is one cause
		if name != "_sd" && name != "_sd_alg" {
			claims[name] = all.inside(v[name])
		}
	}
	sums, isArray := v["_sd"].([]any)
	if _, there := v["_sd"]; there && !isArray {
		all.fail(ErrClaims)
	}
	for _, sum := range sums {
		d := all.take(sum, true)
		if d == nil {
			continue
		}
		if _, again := claims[d.name]; again {
			all.fail(ErrDuplicate)
		}
		claims[d.name] = all.inside(d.value)
	}
	return claims
}
