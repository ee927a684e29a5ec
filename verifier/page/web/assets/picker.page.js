// Makes a combobox of each choice of a benefit (WAI-ARIA APG, list autocomplete with automatic selection). The select
// stays what the form sends; without this script it is a plain list in groups. What this device chose last comes first.
const key = "attesta-benefits"; // of identifiers of benefits, at most five: nothing about people

function recent() {
  try {
    return [JSON.parse(localStorage.getItem(key)) ?? []].flat();
  } catch {
    return []; // no storage
  }
}

function remember(id) {
  if (!id) return;
  try {
    localStorage.setItem(key, JSON.stringify([...new Set([id, ...recent()])].slice(0, 5)));
  } catch {} // no storage
}

// As benefit.Catalogue.Search does.
const words = (text) => text.toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "").replaceAll("ß", "ss").replaceAll("œ", "oe")
  .split(/[^\p{L}\p{Nd}]+/u).filter(Boolean);

function likeness(word, asked) {
  let n = 0;
  while (n < Math.min(word.length, asked.length) && word[n] === asked[n]) n++;
  if (word === asked || (n >= 4 && word.length - n <= 2 && asked.length - n <= 2)) return 3;
  if (n === asked.length) return 2;
  return asked.length >= 5 && word.includes(asked) ? 1 : 0;
}

function search(options, asked) {
  const hits = options.map((option) => {
    const found = asked.map((a) => Math.max(...option.dataset.words.split(" ").map((w) => likeness(w, a)),
      ` ${option.dataset.law}`.includes(` ${a}`) ? 1 : 0));
    return { option, count: found.filter(Boolean).length, quality: found.reduce((sum, q) => sum + q, 0) };
  });
  const most = Math.max(1, ...hits.map((h) => h.count));
  return hits.filter((h) => h.count === most).sort((a, b) => b.quality - a.quality).map((h) => h.option);
}

function make(tag, name, attributes = {}) {
  const element = document.createElement(tag);
  element.className = name;
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}

for (const field of document.querySelectorAll("[data-picker]")) {
  const select = field.querySelector("select");
  const label = field.querySelector("label");
  const id = select.id + "-search";
  const none = select.querySelector("option[data-none]");
  const groups = [...select.querySelectorAll("optgroup")].map((g) => [g.label, [...g.children]]);
  const all = groups.flatMap(([, options]) => options);

  const input = make("input", "form-control", { id, type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": id + "-list",
    "aria-autocomplete": "list", "aria-describedby": id + "-hint", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const list = make("div", "combo-list", { id: id + "-list", role: "listbox", "aria-label": label.textContent });
  const button = make("button", "combo-button", { type: "button", tabindex: "-1", "aria-label": label.textContent });
  const hint = make("p", "hint", { id: id + "-hint" });
  const status = make("p", "hint", { role: "status" });
  const box = make("div", "combo");
  hint.textContent = field.dataset.picker;
  list.hidden = true;
  label.htmlFor = id;
  box.append(input, button, list);
  select.before(hint, box, status);
  select.classList.add("visually-hidden");
  select.tabIndex = -1;
  select.setAttribute("aria-hidden", "true");

  let shown = []; // pairs of an element of the list and its option
  let active = -1;
  let typed = false;

  const chosen = () => select.selectedOptions[0];
  const showChosen = () => {
    input.value = select.value || none?.selected ? chosen().text : "";
    typed = false;
  };

  function mark(n) {
    active = n;
    for (const [i, [element]] of shown.entries()) element.setAttribute("aria-selected", String(i === n));
    if (n < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", shown[n][0].id);
    shown[n][0].scrollIntoView({ block: "nearest" });
  }

  function add(parent, options) {
    for (const option of options) {
      const element = make("div", "combo-option", { id: `${id}-${shown.length}`, role: "option" });
      element.textContent = option.text;
      element.addEventListener("click", () => choose(option));
      shown.push([element, option]);
      parent.append(element);
    }
  }

  function open(asked = []) {
    list.replaceChildren();
    shown = [];
    if (asked.length) {
      add(list, search(all, asked));
    } else {
      if (none) add(list, [none]);
      const last = recent().map((value) => all.find((o) => o.value === value)).filter(Boolean);
      for (const [title, options] of [[field.dataset.recent, last], ...groups]) {
        if (!options.length) continue;
        const group = make("div", "combo-group", { role: "group", "aria-label": title });
        const heading = make("div", "combo-title", { "aria-hidden": "true" });
        heading.textContent = title;
        group.append(heading);
        add(group, options);
        list.append(group);
      }
    }
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = asked.length ? field.dataset.found.replace("%d", String(shown.length)) : "";
    status.classList.toggle("visually-hidden", shown.length > 0); // one sees the list
    mark(asked.length ? Math.min(0, shown.length - 1) : -1);
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    status.textContent = "";
    mark(-1);
  }

  function choose(option) {
    const before = chosen();
    option.selected = true;
    showChosen();
    close();
    if (option !== before) select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function move(step) {
    if (list.hidden) {
      open();
      mark(Math.max(shown.findIndex(([, option]) => option.selected), 0));
    } else {
      mark((active + step + shown.length + (active < 0 && step < 0)) % shown.length);
    }
  }

  input.addEventListener("input", () => {
    typed = true;
    open(words(input.value));
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => list.hidden && open());
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      move(steps[event.key]);
    } else if (event.key === "Enter" && (typed || !list.hidden)) {
      if (active >= 0) choose(shown[active][1]);
    } else if (event.key === "Escape" && !list.hidden) {
      showChosen();
      close();
    } else {
      return;
    }
    event.preventDefault(); // Enter would send the form, an arrow would move the caret
  });
  input.addEventListener("blur", () => {
    if (typed && active >= 0) choose(shown[active][1]);
    else if (typed && !input.value.trim()) choose(select.options[0]);
    showChosen();
    close();
  });
  button.addEventListener("click", () => (input.focus(), list.hidden ? open() : close()));
  for (const part of [list, button]) part.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays
  select.addEventListener("focus", () => input.focus()); // a link to the field
  select.addEventListener("change", showChosen);
  select.form.addEventListener("submit", () => remember(select.value));
  addEventListener("pageshow", showChosen); // Back restores the select
  showChosen();
}
