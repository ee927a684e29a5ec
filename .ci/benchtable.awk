# Prints the medians of the benchmarks of "go test -bench" as tables of Markdown, one for each package.
/^pkg:/ { pkg = $2 }
/^Benchmark/ && NF > 3 {
  name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
  key = pkg SUBSEP name
  if (!runs[key]++) keys[++count] = key
  for (i = 3; i < NF; i += 2) {
    unit = $(i + 1)
    if (values[key, unit] == "") units[key] = units[key] " " unit
    values[key, unit] = values[key, unit] " " $i
  }
}
function median(list, v, n, i, j, t) {
  n = split(list, v, " ")
  for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
  return n ? show(v[int((n + 1) / 2)] + 0) : ""
}
function show(v, text, from) {
  text = sprintf(v < 999.5 ? "%.3g" : "%.0f", v)
  for (from = length(text) - 2; v >= 1000 && from > 1; from -= 3) text = substr(text, 1, from - 1) "," substr(text, from)
  return text
}
END {
  for (k = 1; k <= count; k++) {
    split(keys[k], part, SUBSEP)
    if (part[1] != last) {
      printf "\n## %s\n\n| benchmark | runs | ns/op | B/op | allocs/op | other |\n|---|--:|--:|--:|--:|---|\n", part[1]
      last = part[1]
    }
    other = ""
    n = split(units[keys[k]], of, " ")
    for (i = 1; i <= n; i++) if (of[i] !~ /^(ns|B|allocs)\/op$/)
      other = other (other == "" ? "" : ", ") median(values[keys[k], of[i]]) " " of[i]
    printf "| %s | %d | %s | %s | %s | %s |\n", part[2], runs[keys[k]], median(values[keys[k], "ns/op"]),
      median(values[keys[k], "B/op"]), median(values[keys[k], "allocs/op"]), other
  }
}
