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

  // Safari cannot hide an option, so those that do not match are taken out of the list.
  const filter = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const chosen = select.value;
    let count = 0;
    select.replaceChildren();
    for (const { child, options } of groups) {
      if (!options.length) {
        if (!words.length) select.append(child);
        continue;
      }
      const about = plain(child.label);
      const fit = options.filter((o) => o.value === chosen || words.every((w) => (about + " " + plain(o.text)).includes(w)));
      if (!fit.length) continue;
      child.replaceChildren(...fit);
      select.append(child);
      count += fit.length;
    }
    select.value = chosen;
    if (select.selectedIndex < 0) select.selectedIndex = -1;
    select.size = words.length && count > 1 ? Math.min(8, count + select.children.length) : 0;
    found.textContent = words.length ? field.dataset.found.replace("%d", String(count)) : "";
  };
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault(); // would send the form
      select.focus();
    }
  });
  select.before(search);
  search.before(label);
  search.after(found);
}
