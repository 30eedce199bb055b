// Opened from a file, the browser may not read other pages for the excerpts below what search
// finds: the list is shown without them.
if (window.location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
