package qrpdf

import "sync"

// maxCached is the number of bytes of all keys of a cache.
const maxCached = 4 << 20

// cache holds results that many documents share: those of an issuer, which have the same logo and
// the same texts. A result depends on nothing but its key, so no document depends on the cache. A
// full cache starts again. The zero value is empty.
type cache[T any] struct {
	mutex   sync.Mutex
	results map[string]T
	size    int // of all keys
}

// get returns the result for a key. It calls make if the cache does not hold it.
func (c *cache[T]) get(key []byte, make func() (T, error)) (T, error) {
	c.mutex.Lock()
	result, ok := c.results[string(key)]
	c.mutex.Unlock()
	if ok {
		return result, nil
	}
	result, err := make()
	if err != nil {
		return result, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.results == nil || c.size+len(key) > maxCached {
		c.results, c.size = map[string]T{}, 0
	}
	if _, ok := c.results[string(key)]; !ok {
		c.results[string(key)] = result
		c.size += len(key)
	}
	return result, nil
}
