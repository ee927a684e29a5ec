package smpp

import "sync"

// known maps the centre's IDs of the last messages to our IDs. It also keeps receipts for IDs
// that it does not know yet, because some centres send the receipt before the answer to the
// submit_sm.
type known struct {
	form IDForm

	mu       sync.Mutex
	messages ring[submitted]
	early    ring[receipt]
	again    func(receipt) // gets an early receipt once its message is known
}

type submitted struct{ messageID, providerID string }

// earlyReceipts is the maximum number of early receipts.
const earlyReceipts = 64

func (k *known) submitted(id, messageID string) {
	if id == "" || messageID == "" {
		return
	}
	key := k.form.submitted(id)
	k.mu.Lock()
	k.messages.add(key, submitted{messageID, id})
	r, ok := k.early.get(key)
	k.early.remove(key)
	k.mu.Unlock()
	if ok {
		k.again(r)
	}
}

// find returns the message of a receipt. If there is none, it keeps the receipt.
func (k *known) find(r receipt) submitted {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.optionID != "" {
		// By the specification this ID has the form of the submit_sm_resp.
		if m, ok := k.messages.get(k.form.submitted(r.optionID)); ok {
			return m
		}
	}
	key := k.form.receipted(r.textID)
	if r.textID != "" {
		if m, ok := k.messages.get(key); ok {
			return m
		}
	} else {
		key = k.form.submitted(r.optionID)
	}
	k.early.add(key, r)
	if r.textID != "" {
		return submitted{providerID: r.textID}
	}
	return submitted{providerID: r.optionID}
}

// A ring is a map that keeps its last entries.
type ring[V any] struct {
	size   int
	values map[string]V
	order  []string
	next   int
}

func (r *ring[V]) add(key string, v V) {
	if r.values == nil {
		r.values = map[string]V{}
	}
	if _, ok := r.values[key]; !ok {
		if len(r.order) < r.size {
			r.order = append(r.order, key)
		} else {
			delete(r.values, r.order[r.next])
			r.order[r.next] = key
			r.next = (r.next + 1) % r.size
		}
	}
	r.values[key] = v
}

func (r *ring[V]) get(key string) (V, bool) {
	v, ok := r.values[key]
	return v, ok
}

func (r *ring[V]) remove(key string) { delete(r.values, key) }
