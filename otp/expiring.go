package otp

import "container/heap"

// expiring is a map whose entries end at a time in milliseconds. It holds a limited number of
// entries and never drops one that has not ended. It is not safe for concurrent use.
type expiring[V any] struct {
	entries map[string]*expiringEntry[V]
	ends    expiringHeap[V]
}

type expiringEntry[V any] struct {
	key   string
	value V
	until int64
	index int
}

// get returns the value under key unless it has ended.
func (m *expiring[V]) get(key string, now int64) (v V, ok bool) {
	e := m.entries[key]
	if e == nil || e.until <= now {
		return v, false
	}
	return e.value, true
}

// room reports whether the map can take n more entries if it may hold most. It drops entries
// that have ended.
func (m *expiring[V]) room(n, most int, now int64) bool {
	for len(m.ends) > 0 && m.ends[0].until <= now {
		e := heap.Pop(&m.ends).(*expiringEntry[V])
		delete(m.entries, e.key)
	}
	return len(m.entries)+n <= most
}

// has reports whether the map holds an entry for key, ended or not.
func (m *expiring[V]) has(key string) bool { return m.entries[key] != nil }

func (m *expiring[V]) put(key string, v V, until int64) {
	if e := m.entries[key]; e != nil {
		e.value, e.until = v, until
		heap.Fix(&m.ends, e.index)
		return
	}
	if m.entries == nil {
		m.entries = map[string]*expiringEntry[V]{}
	}
	e := &expiringEntry[V]{key: key, value: v, until: until}
	m.entries[key] = e
	heap.Push(&m.ends, e)
}

func (m *expiring[V]) drop(key string) {
	if e := m.entries[key]; e != nil {
		heap.Remove(&m.ends, e.index)
		delete(m.entries, key)
	}
}

type expiringHeap[V any] []*expiringEntry[V]

func (h expiringHeap[V]) Len() int           { return len(h) }
func (h expiringHeap[V]) Less(i, j int) bool { return h[i].until < h[j].until }
func (h expiringHeap[V]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *expiringHeap[V]) Push(x any) {
	e := x.(*expiringEntry[V])
	e.index = len(*h)
	*h = append(*h, e)
}

func (h *expiringHeap[V]) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return e
}
