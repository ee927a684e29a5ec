package registry

import (
	"reflect"
	"slices"

	"github.com/qr-invalidita/attesta/status"
)

// counts reports whether the event may count: see [status.Current]. What does not goes to the log only.
func counts(v status.Verbale) bool {
	return v.Definitive || v.EffectiveNow || v.Kind == status.KindApplication
}

// take returns the events that count once the new one has come, one for each identifier. It does not depend
// on the order in which they come:
//
//   - the higher version takes the place of the lower one, which changes nothing if it comes again;
//   - what is definitive takes the place of what the same version was before;
//   - of two that are the same but for what one of them leaves out, both count together: a line without a column says
//     nothing about it;
//   - any other two of one version are [status.ErrConflict].
//
// The slice is not changed.
func take(known []status.Verbale, v status.Verbale) ([]status.Verbale, error) {
	if !counts(v) {
		return known, nil
	}
	i := slices.IndexFunc(known, func(k status.Verbale) bool { return k.ID == v.ID })
	if i < 0 {
		return append(slices.Clip(known), v), nil
	}
	k := known[i]
	switch {
	case version(v) < version(k), k.Equal(v):
		return known, nil
	case version(v) > version(k):
	case k.Definitive && !v.Definitive:
		return known, nil
	case k.Definitive == v.Definitive:
		both := k
		if !join(reflect.ValueOf(&both).Elem(), reflect.ValueOf(v)) || both.Validate() != nil {
			return nil, status.ErrConflict
		}
		v = both
	}
	known = slices.Clone(known)
	known[i] = v
	return known, nil
}

func version(v status.Verbale) int { return max(v.Version, 1) }

// join fills the fields that a leaves empty with those of b, and reports whether the two say nothing
// different.
func join(a, b reflect.Value) bool {
	switch {
	case b.IsZero():
		return true
	case a.IsZero():
		a.Set(b)
		return true
	case a.Kind() == reflect.Struct:
		for i := range a.NumField() {
			if !join(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	if links, ok := a.Interface().(status.IDs); ok {
		others := b.Interface().(status.IDs)
		return slices.Equal(slices.Sorted(slices.Values(links)), slices.Sorted(slices.Values(others)))
	}
	return a.Equal(b)
}
