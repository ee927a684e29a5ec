package registry

import (
	"reflect"
	"slices"

	"github.com/qr-invalidita/attesta/status"
)

// counts reports whether the event may count: see [status.Current]. Other events go to the log
// only.
func counts(v status.Verbale) bool {
	return v.Definitive || v.EffectiveNow || v.Kind == status.KindApplication
}

// take returns the events that count after the new one has come, one for each identifier. The
// result does not depend on the order of arrival:
//
//   - a higher version replaces a lower one, which changes nothing if it comes again;
//   - a definitive event replaces a provisional one of the same version;
//   - if two of one version differ only in fields that one of them leaves empty, both together count:
//     a line without a column says nothing about it;
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

// join fills the empty fields of a with those of b and reports whether the two do not
// contradict each other.
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
