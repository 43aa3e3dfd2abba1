// The page itself: controls, and canvases that are painted when the browser has time.

const data = JSON.parse(document.getElementById("data").textContent);
const [CHANNELS, HEIGHT, WIDTH] = data.shape;
const COUNT = 16, LAST_SEED = 2 ** 32 - 1;
const find = (id) => document.getElementById(id);
const compute = network(data.program);
const directions = new Float32Array(decoded(data.directions));
const longest = Math.max(HEIGHT, WIDTH);

const choice = CHOICES[data.asked.kind](data.asked, () => {
  paintGrid();
  paintOne();
});

/** What anybody may call: the same numbers as `G.generate` gives, one channel after another. */
window.condgan = {
  shape: data.shape,
  latentDim: data.latent,
  names: data.asked.names,
  noise: (seed) => noise(seed, data.latent),
  draw: (asked, z) => compute(Float32Array.from(z), choice.row(asked)).slice(),
};

// Painting

const waiting = new Map();

/** Runs a job for `key` soon: the last that was asked for, in the turn of the first. */
function later(key, job) {
  if (!waiting.size) requestAnimationFrame(work);
  waiting.set(key, job);
}

function work() {
  const until = performance.now() + 14;
  do {
    const key = waiting.has(large) ? large : waiting.keys().next().value;
    const job = waiting.get(key);
    waiting.delete(key);
    job();
  } while (waiting.size && performance.now() < until);
  if (waiting.size) requestAnimationFrame(work);
}

/** Pixels as a canvas of their own size, each a byte as in the library's own pictures. */
function picture(pixels) {
  const canvas = make("canvas", { width: WIDTH, height: HEIGHT });
  const image = new ImageData(WIDTH, HEIGHT);
  const plane = HEIGHT * WIDTH;
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 4; channel++) {
      const from = CHANNELS === 1 ? 0 : channel;
      const value = channel < 3 || CHANNELS === 4 ? pixels[from * plane + i] : 1;
      image.data[4 * i + channel] = (value + 1) * 127.5;
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Draws pixels into a place of a canvas, enlarged, smoothly if that is wanted. */
function put(canvas, pixels, x, y, scale) {
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = find("smooth").checked;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture(pixels), x, y, WIDTH * scale, HEIGHT * scale);
}

function show(canvas, pixels, about) {
  const scale = Math.max(1, Math.round(about / longest));
  canvas.width = WIDTH * scale;
  canvas.height = HEIGHT * scale;
  canvas.pixels = pixels;
  put(canvas, pixels, 0, 0, scale);
}

/** A list of buttons with a canvas and a few words each. */
function buttonsIn(list, count, pressed) {
  while (list.children.length < count) {
    const canvas = make("canvas", { width: WIDTH, height: HEIGHT, aria: { hidden: true } });
    const button = make("button", { type: "button", aria: { pressed: false } }, canvas, make("span"));
    const index = list.children.length;
    button.addEventListener("click", () => pressed(index));
    list.append(make("li", {}, button));
  }
  return [...list.querySelectorAll("button")].map((button) => ({
    button,
    canvas: button.firstChild,
    say(short, long) {
      button.lastChild.textContent = short;
      button.setAttribute("aria-label", long);
    },
  }));
}

// The grid

let firstSeed = 0;
const seedOf = (i) => (firstSeed + i) % (LAST_SEED + 1);
const cells = buttonsIn(find("grid"), COUNT, (i) => select(i));

function paintGrid() {
  const asked = choice.value();
  const row = choice.row(asked);
  cells.forEach(({ canvas, say }, i) => {
    const seed = seedOf(i);
    say(String(seed), `${choice.name(asked)}, seed ${seed}: change it below`);
    later(canvas, () => show(canvas, compute(noise(seed, data.latent), row).slice(), 192));
  });
  later("said", () => {
    find("said").textContent = `${COUNT} images of ${choice.name(asked)}, from the seeds ${seedOf(0)} to ${seedOf(COUNT - 1)}.`;
  });
}

function start(from) {
  firstSeed = from;
  find("seed").value = from;
  paintGrid();
  select(0);
}

find("new").addEventListener("click", () => start(Math.floor(Math.random() * 1e6)));
find("seed").addEventListener("change", () => find("form").requestSubmit());
find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  start(Number(find("seed").value));
});

// One image

const large = find("large");
let z = new Float32Array(data.latent);
let seed = 0, changed = false, blend = { other: 0, share: 0 };

function select(i) {
  stop();
  seed = seedOf(i);
  z = noise(seed, data.latent);
  changed = false;
  cells.forEach(({ button }, j) => button.setAttribute("aria-pressed", i === j));
  moveSliders();
  paintOne();
}

/** The row of numbers for what is asked: a class, perhaps on its way to another. */
function wanted(asked) {
  const row = choice.row(asked);
  if (!blend.share) return row;
  const other = choice.row(blend.other);
  return row.map((x, i) => x + blend.share * (other[i] - x));
}

function described() {
  const towards = blend.share ? `, ${Math.round(blend.share * 100)} % towards ${choice.name(blend.other)}` : "";
  return `${choice.name(choice.value())}${towards}, seed ${seed}${changed ? ", changed" : ""}`;
}

function paintOne() {
  const asked = choice.value();
  later(large, () => {
    show(large, compute(z, wanted(asked)).slice(), 480);
    const words = described();
    large.setAttribute("aria-label", `Image of ${words}`);
    find("large-said").textContent = words[0].toUpperCase() + words.slice(1);
    find("python").textContent = inPython(asked);
  });
  const across = choice.across;
  buttonsIn(find("row"), across.length, (i) => choice.choose(choice.across[i])).forEach(({ button, canvas, say }, i) => {
    say(choice.short(across[i]), choice.name(across[i]));
    button.setAttribute("aria-pressed", String(asked) === String(across[i]));
    later(canvas, () => show(canvas, compute(z, choice.row(across[i])).slice(), 192));
  });
}

const share = (vector) => z.reduce((sum, x, i) => sum + x * vector[i], 0);
const strongest = Array.from({ length: directions.length / data.latent }, (_, i) => {
  const vector = directions.subarray(i * data.latent, (i + 1) * data.latent);
  const made = slider({
    id: `direction-${i}`, name: `Direction ${i + 1}`, from: -3.5, to: 3.5, step: 0.05, value: 0,
    changed: (value) => move(vector, value - share(vector)),
  });
  return { ...made, value: () => share(vector) };
});
find("directions").append(...strongest.map(({ line }) => line));

let single = [];
find("numbers").addEventListener("toggle", () => {
  if (single.length) return;
  single = Array.from(z, (value, i) => {
    const unit = z.map((_, j) => Number(i === j));
    const made = slider({
      id: `number-${i}`, name: `Number ${i + 1}`, from: -3.5, to: 3.5, step: 0.05, value,
      changed: (to) => move(unit, to - z[i]),
    });
    return { ...made, value: () => z[i] };
  });
  find("numbers").append(make("div", { className: "many" }, ...single.map(({ line }) => line)));
});

/** Adds so much of a direction to the noise. */
function move(vector, by) {
  stop();
  z = z.map((x, i) => x + by * vector[i]);
  changed = true;
  moveSliders();
  paintOne();
}

function moveSliders() {
  for (const { show: to, value, input } of [...strongest, ...single]) {
    if (input !== document.activeElement || wandering) to(value());
  }
}

find("back").addEventListener("click", () => {
  stop();
  z = noise(seed, data.latent);
  changed = false;
  moveSliders();
  paintOne();
});

// Wandering: along great circles from one noise to another

let wandering = 0;

function stop() {
  cancelAnimationFrame(wandering);
  wandering = 0;
  find("wander").setAttribute("aria-pressed", false);
}

find("wander").addEventListener("click", () => {
  if (wandering) return stop();
  const next = () => noise(Math.floor(Math.random() * LAST_SEED), data.latent);
  let from = z, to = next(), began = performance.now();
  const step = (now) => {
    const part = Math.min(1, Math.max(0, now - began) / 4000) * (Math.PI / 2);
    z = from.map((x, i) => x * Math.cos(part) + to[i] * Math.sin(part));
    if (part >= Math.PI / 2) [from, to, began] = [z, next(), now];
    changed = true;
    wandering = requestAnimationFrame(step);
    moveSliders();
    paintOne();
  };
  find("wander").setAttribute("aria-pressed", true);
  wandering = requestAnimationFrame(step);
});

// From one class to another

if (data.asked.kind === "classes" && data.asked.names.length > 1) {
  blend.other = 1;
  const other = menu("other", data.asked.names, 1, (i) => {
    blend.other = i;
    paintOne();
  });
  const { line } = slider({
    id: "blended", name: "How far", from: 0, to: 1, step: 0.01, value: 0,
    said: (x) => `${Math.round(100 * x)} %`,
    changed(value) {
      blend.share = value;
      paintOne();
    },
  });
  find("blend").append(make("div", { className: "row" }, make("label", { htmlFor: "other" }, "Towards class"), other), line);
}

// Saving

function save(canvas, name) {
  canvas.toBlob((blob) => {
    const link = make("a", { href: URL.createObjectURL(blob), download: `${name}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

const fileName = (...parts) => [data.title, ...parts].join("-").replace(/[^\p{L}\p{N}._-]+/gu, "_");

/** Several images on one canvas with gaps between them, names below if there are any. */
function sheet(canvases, columns, names = []) {
  const scale = Math.max(1, Math.round(96 / longest)), gap = 4, text = names.length ? 18 : 0;
  const [wide, high] = [WIDTH * scale + gap, HEIGHT * scale + gap + text];
  const rows = Math.ceil(canvases.length / columns);
  const canvas = make("canvas", { width: columns * wide + gap, height: rows * high + gap });
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "black";
  context.font = "13px system-ui, sans-serif";
  context.textAlign = "center";
  canvases.forEach(({ pixels }, i) => {
    const [x, y] = [gap + (i % columns) * wide, gap + Math.floor(i / columns) * high];
    put(canvas, pixels, x, y, scale);
    if (text) context.fillText(names[i], x + wide / 2, y + high - gap - 4, wide - gap);
  });
  return canvas;
}

function saveOne(scale) {
  const canvas = make("canvas", { width: WIDTH * scale, height: HEIGHT * scale });
  put(canvas, large.pixels, 0, 0, scale);
  save(canvas, fileName(choice.short(choice.value()), `seed${seed}`, ...(changed ? ["changed"] : [])));
}

const enlarged = Math.round(512 / longest);
find("save-small").textContent = `Save ${WIDTH} × ${HEIGHT}`;
find("save-small").addEventListener("click", () => saveOne(1));
find("save-large").textContent = `Save ${WIDTH * enlarged} × ${HEIGHT * enlarged}`;
find("save-large").addEventListener("click", () => saveOne(enlarged));
find("save-large").hidden = enlarged < 2;
find("save-grid").addEventListener("click", () => {
  save(sheet(cells.map(({ canvas }) => canvas), 4), fileName(choice.short(choice.value()), `seeds${firstSeed}`));
});
find("save-row").addEventListener("click", () => {
  const canvases = [...find("row").querySelectorAll("canvas")];
  save(sheet(canvases, Math.min(10, canvases.length), choice.across.map(choice.short)), fileName("same-noise", `seed${seed}`));
});

// The same in Python

function inPython(asked) {
  const label = choice.python(asked);
  const numbers = Array.from(z, (x) => Number(x.toFixed(4))).join(", ");
  const lines = ["import condgan", 'G = condgan.ConditionalGenerator.from_pretrained("RUN")'];
  if (!changed && !blend.share) return [...lines, `image = G.generate(${label}, seed=${seed})`].join("\n");
  lines.splice(1, 0, "import torch");
  lines.push(`z = torch.tensor([[${numbers}]])`);
  if (!blend.share) return [...lines, `image = G.generate(${label}, z=z)`].join("\n");
  const labels = `[${label}, ${choice.python(blend.other)}]`;
  return [...lines, `one, other = G.eval().condition(G.classes.canonical(${labels}))`,
    `image = G.backbone(z, one.lerp(other, ${blend.share})[None])`].join("\n");
}

find("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(find("python").textContent);
    find("copied").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(find("python"));
    find("copied").textContent = "Selected; copy it with your keyboard.";
  }
});

// The film

if (data.film.length) {
  const last = data.film.length - 1;
  const [image, input, button] = [find("frame"), find("when"), find("play")];
  let playing = 0;
  const at = (i) => {
    const { when, source } = data.film[i];
    image.src = source;
    image.alt = `Many drawings from the same noise, after ${when} of training`;
    input.value = i;
    input.setAttribute("aria-valuetext", when);
    find("when-said").textContent = when;
  };
  const pause = () => {
    clearInterval(playing);
    playing = 0;
    button.textContent = "Play";
  };
  button.addEventListener("click", () => {
    if (playing) return pause();
    if (Number(input.value) === last) at(0);
    button.textContent = "Pause";
    playing = setInterval(() => {
      at(Number(input.value) + 1);
      if (Number(input.value) === last) pause();
    }, 350);
  });
  input.addEventListener("input", () => {
    pause();
    at(Number(input.value));
  });
  input.max = last;
  at(last);
}

// The start

find("choice").append(choice.shown);
find("across-what").textContent = choice.along;
if (data.asked.kind !== "quantities" && data.asked.names.length > MANY) {
  find("across-said").textContent = `The first ${MANY} of ${data.asked.names.length}.`;
  find("across-said").hidden = false;
}
find("smooth").checked = longest < 128;
find("smooth").addEventListener("change", () => {
  paintGrid();
  paintOne();
});
start(0);
