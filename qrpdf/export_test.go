package qrpdf

import (
	"reflect"
	"slices"
	"strings"
)

// InBraille translates a text, in Unicode's patterns of Braille.
func InBraille(lang, text string) (string, error) {
	words, err := brailleWords(lang, text)
	var all []string
	for _, w := range words {
		all = append(all, strings.Join(w.signs, ""))
	}
	return strings.Join(all, "⠀"), err
}

// Catalogue returns the texts of the package by language, with their places in its order.
func Catalogue() map[string][]string {
	all := map[string][]string{}
	for _, w := range catalogue() {
		w.each(func(text string) { all[w.lang] = append(all[w.lang], text) })
	}
	return all
}

// EasyTexts returns the texts of the layout Easy by language.
func EasyTexts() map[string][]string {
	all := map[string][]string{}
	for _, w := range catalogue() {
		w.walk(func(key string, v reflect.Value) {
			if strings.HasPrefix(key, "easy.") {
				all[w.lang] = append(all[w.lang], itemsOf(v)...)
			}
		})
	}
	return all
}

// Inks returns the colours of texts.
func Inks() [][3]float64 { return slices.Clone(inks[:]) }

// Lines breaks a text in regular type and returns the letters line by line.
func Lines(text string, size, width float64) []string {
	t := newTypesetter()
	var all []string
	for _, l := range t.lines(style{face: regular, size: size}, text, width) {
		var letters []rune
		for _, g := range l {
			letters = append(letters, rune(slices.Index(t.fonts[g.face].letters, g.id)))
		}
		all = append(all, string(letters))
	}
	return all
}

// Penalty rates modules as the choice of a mask does.
func Penalty(size int, dark func(x, y int) bool) int { return newGrid(size, dark).penalty() }

// Cache is a cache of texts.
type Cache struct{ held cache[string] }

func (c *Cache) Get(key string, make func() (string, error)) (string, error) {
	return c.held.get([]byte(key), make)
}

// Size is the number of bytes of all keys.
func (c *Cache) Size() int {
	sum := 0
	for key := range c.held.results {
		sum += len(key)
	}
	return sum
}

// BRF returns the bytes of cells in a file.
func BRF(cells string) string { return string(appendBRF(nil, cells)) }
