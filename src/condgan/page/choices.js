// What can be asked for: classes, yes-or-no attributes, or quantities, each with its controls.
//
// Every kind gives `value()`, what is chosen now, and of such a value its `row(value)` of numbers
// for the network, its `name(value)` in words and as `python(value)`; `choose(value)` chooses it;
// and `across` are the values that are drawn side by side from one noise, under the title `along`.

/** An element with properties and children; `aria` and `data` as objects. */
function make(tag, { aria = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  element.append(...children);
  return element;
}

/** A slider with its name and its value; `said` tells a value in words. */
function slider({ id, name, from, to, step, value, said = (x) => x.toFixed(2).replace("-", "\u2212"), changed }) {
  const input = make("input", { type: "range", id, min: from, max: to, step });
  const output = make("output", { htmlFor: id });
  const show = (number) => {
    input.value = number;
    output.textContent = said(number);
    input.setAttribute("aria-valuetext", said(number));
  };
  input.addEventListener("input", () => {
    show(Number(input.value));
    changed(Number(input.value));
  });
  show(value);
  const line = make("div", { className: "slider" }, make("label", { htmlFor: id }, name), input, output);
  return { line, show, input };
}

/** Round buttons for one or several of a few things. */
function chips(legend, type, names, checked, changed) {
  const inputs = names.map((name, i) => make("input", { type, name: "asked", id: `asked-${i}`, checked: checked(i) }));
  inputs.forEach((input, i) => input.addEventListener("change", () => changed(i, input.checked)));
  return make("fieldset", {}, make("legend", {}, legend), make("div", { className: "chips" },
    ...inputs.map((input, i) => make("span", {}, input, make("label", { htmlFor: input.id }, names[i])))));
}

function menu(id, names, chosen, changed) {
  const select = make("select", { id }, ...names.map((name, i) => make("option", { value: i }, name)));
  select.selectedIndex = chosen;
  select.addEventListener("change", () => changed(select.selectedIndex));
  return select;
}

/** The shortest way to write a number so that the network, which has single precision, sees the same. */
function plain(x) {
  const short = [4, 5, 6, 7, 8].map((digits) => Number(x.toPrecision(digits)));
  return short.find((y) => Math.fround(y) === Math.fround(x)) ?? x;
}

/** Classes that are buttons rather than a menu, and that are drawn side by side, at most. */
const FEW = 30, MANY = 60;

const CHOICES = {
  classes({ names, written, vectors }, changed) {
    const all = vectors && new Float32Array(decoded(vectors));
    const size = all ? all.length / names.length : names.length;
    let chosen = 0;
    const controls = [];
    const choose = (i) => {
      chosen = i;
      for (const control of controls) control(i);
      changed();
    };
    let shown;
    if (names.length <= FEW) {
      shown = chips("Class", "radio", names, (i) => i === 0, choose);
      controls.push((i) => { shown.querySelectorAll("input")[i].checked = true; });
    } else {
      const select = menu("asked", names, 0, choose);
      shown = make("div", { className: "row" }, make("label", { htmlFor: "asked" }, "Class"), select);
      controls.push((i) => { select.selectedIndex = i; });
    }
    return {
      shown,
      choose,
      names,
      value: () => chosen,
      row: (i) => all ? all.slice(i * size, (i + 1) * size) : Float32Array.from(names, (_, j) => Number(i === j)),
      name: (i) => `class ${names[i]}`,
      short: (i) => names[i],
      python: (i) => written[i],
      along: "every class",
      across: names.slice(0, MANY).map((_, i) => i),
    };
  },

  attributes({ names }, changed) {
    const chosen = names.map(() => 0);
    const named = (row) => names.filter((_, i) => row[i]);
    const shown = chips("Attributes", "checkbox", names, () => false, (i, on) => {
      chosen[i] = Number(on);
      changed();
    });
    return {
      shown,
      choose(row) {
        shown.querySelectorAll("input").forEach((input, i) => {
          chosen[i] = row[i];
          input.checked = row[i];
        });
        changed();
      },
      value: () => [...chosen],
      row: (row) => Float32Array.from(row),
      name: (row) => named(row).join(" and ") || "no attribute",
      short: (row) => named(row).join(", ") || "none",
      python: (row) => (named(row).length ? `{${named(row).map((name) => JSON.stringify(name)).join(", ")}}` : "set()"),
      along: "each attribute alone",
      across: [names.map(() => 0), ...names.slice(0, MANY).map((_, i) => names.map((_, j) => Number(i === j)))],
    };
  },

  quantities({ names, ranges }, changed) {
    const bounds = ranges ?? names.map(() => [-1, 1]);
    const chosen = bounds.map(([low, high]) => (low + high) / 2);
    const short = (x) => Number(x.toPrecision(4)).toString();
    const sliders = names.map((name, i) => slider({
      id: `asked-${i}`,
      name,
      from: bounds[i][0],
      to: bounds[i][1],
      step: (bounds[i][1] - bounds[i][0]) / 200,
      value: chosen[i],
      said: short,
      changed(value) {
        chosen[i] = value;
        changed();
      },
    }));
    return {
      shown: make("fieldset", {}, make("legend", {}, "Quantities"), ...sliders.map(({ line }) => line)),
      choose(row) {
        row.forEach((value, i) => {
          chosen[i] = value;
          sliders[i].show(value);
        });
        changed();
      },
      value: () => [...chosen],
      row: (row) => Float32Array.from(row),
      name: (row) => row.map((x, i) => `${names[i]} ${short(x)}`).join(", "),
      short: (row) => short(row[0]),
      python: (row) => (row.length === 1 ? plain(row[0]) : `[[${row.map(plain).join(", ")}]]`),
      along: `along ${names[0]}`,
      get across() {
        const [low, high] = bounds[0];
        return Array.from({ length: 9 }, (_, i) => [low + ((high - low) * i) / 8, ...chosen.slice(1)]);
      },
    };
  },
};
