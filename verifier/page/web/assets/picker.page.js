// Adds a field to search in above each choice of a benefit. Without it the choice is a plain list in groups.
for (const [n, field] of document.querySelectorAll("[data-picker]").entries()) {
  const select = field.querySelector("select");
  const groups = [...select.children].map((child) => ({ child, options: [...child.children] }));
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  const search = document.createElement("input");
  search.type = "search";
  search.className = "form-control";
  search.id = `picker-search-${n}`;
  search.autocomplete = "off";
  const label = document.createElement("label");
  label.htmlFor = search.id;
  label.className = "small";
  label.textContent = field.dataset.picker;
  const found = document.createElement("p");
  found.className = "hint";
  found.setAttribute("role", "status");

  // Safari cannot hide an option, so those that do not match are taken out of the list. What was chosen stays.
  let first;
  const filter = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const chosen = select.value;
    let count = 0;
    first = undefined;
    select.replaceChildren();
    for (const { child, options } of groups) {
      const fits = (o) => words.every((w) => plain(child.label + " " + o.text).includes(w));
      const shown = options.filter((o) => o.value === chosen || fits(o));
      if (options.length && !shown.length) continue;
      if (options.length) child.replaceChildren(...shown);
      select.append(child);
      const found = shown.filter(fits);
      count += found.length;
      first ??= found[0];
    }
    select.value = chosen;
    select.size = words.length ? Math.min(8, select.querySelectorAll("optgroup, option").length) : 0;
    found.textContent = words.length ? field.dataset.found.replace("%d", String(count)) : "";
  };
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault(); // it would send the form
      if (first && search.value.trim()) select.value = first.value;
      select.focus();
    }
  });
  select.before(search);
  search.before(label);
  search.after(found);
}
