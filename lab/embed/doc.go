// Package embed holds two services as their owners would write them, from the documentation alone:
// embed/museum checks papers for a chain of museums, and embed/region issues them for a Region. They import
// only what a module outside can import.
package embed
