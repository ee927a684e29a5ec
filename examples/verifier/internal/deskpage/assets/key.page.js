// The link that the desk shows has the key in its fragment, which browsers send to nobody. From here it goes into the form, and
// out of the address bar and so of the history. Without this script, the key is typed.
const field = document.getElementById("key");
const key = location.hash.slice(1);
if (/^[A-Za-z0-9]{20,}$/.test(key)) {
  history.replaceState(null, "", location.pathname);
  field.value = key;
  field.form.requestSubmit();
}
document.getElementById("mistakes")?.focus();
