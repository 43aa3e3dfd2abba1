// Carries out the steps of program.py: a generator's forward pass on flat rows of numbers.

/** Functions of numbers, by torch's names and with its arguments in its order. */
const MAPS = {
  _prelu_kernel: (x, slope) => (x > 0 ? x : slope * x),
  abs: Math.abs,
  add: (x, y, factor) => x + factor * y,
  addcdiv: (x, y, z, factor) => x + (factor * y) / z,
  addcmul: (x, y, z, factor) => x + factor * y * z,
  ceil: Math.ceil,
  clamp: (x, low, high) => MAPS.clamp_max(MAPS.clamp_min(x, low), high),
  clamp_max: (x, high) => (high !== null && x > high ? high : x),
  clamp_min: (x, low) => (low !== null && x < low ? low : x),
  copy: (x, y) => y,
  cos: Math.cos,
  div: (x, y, mode) => (mode === "floor" ? Math.floor : mode === "trunc" ? Math.trunc : Number)(x / y),
  elu: (x, alpha, scale, inner) => scale * (x > 0 ? x : alpha * Math.expm1(x * inner)),
  eq: (x, y) => Number(x === y),
  erf,
  exp: Math.exp,
  fill: (x, y) => y,
  floor: Math.floor,
  ge: (x, y) => Number(x >= y),
  gelu: (x, kind) => 0.5 * x * (1 + (kind === "tanh"
    ? Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))
    : erf(x / Math.SQRT2))),
  gt: (x, y) => Number(x > y),
  hardsigmoid: (x) => MAPS.clamp(x / 6 + 0.5, 0, 1),
  hardswish: (x) => x * MAPS.hardsigmoid(x),
  hardtanh: (x, low, high) => MAPS.clamp(x, low, high),
  le: (x, y) => Number(x <= y),
  leaky_relu: (x, slope) => (x > 0 ? x : slope * x),
  lerp: (x, y, share) => x + share * (y - x),
  log: Math.log,
  lt: (x, y) => Number(x < y),
  maximum: (x, y) => Math.max(x, y),
  minimum: (x, y) => Math.min(x, y),
  mish: (x) => x * Math.tanh(MAPS.softplus(x, 1, 20)),
  mul: (x, y) => x * y,
  ne: (x, y) => Number(x !== y),
  neg: (x) => -x,
  pow: Math.pow,
  reciprocal: (x) => 1 / x,
  relu: (x) => (x > 0 ? x : 0),
  round: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  rsqrt: (x) => 1 / Math.sqrt(x),
  rsub: (x, y, factor) => y - factor * x,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  sign: Math.sign,
  silu: (x) => x / (1 + Math.exp(-x)),
  sin: Math.sin,
  softplus: (x, beta, limit) => (x * beta > limit ? x : Math.log1p(Math.exp(x * beta)) / beta),
  sqrt: Math.sqrt,
  sub: (x, y, factor) => x - factor * y,
  tanh: Math.tanh,
  threshold: (x, limit, value) => (x > limit ? x : value),
  where: (x, y, z) => (x ? y : z),
};

/** The error function, to 1.2e-7: Press and others, Numerical Recipes, section 6.2. */
function erf(x) {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const series = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806,
    0.09678418, 0.37409196, 1.00002368, -1.26551223].reduce((sum, each) => sum * t + each, 0);
  const rest = t * Math.exp(-x * x + series);
  return x >= 0 ? 1 - rest : rest - 1;
}

/** What each kind of step does: reads its rows `given`, and writes to `out`. */
const KINDS = {
  map({ name, args }, given, out) {
    const each = MAPS[name];
    const row = (arg) => (arg?.in === undefined ? null : given[arg.in]);
    const [first, second, third] = args.map(row);
    const [x, y, z, last] = args;
    for (let i = 0; i < out.length; i++) {
      out[i] = each(first ? first[i] : x, second ? second[i] : y, third ? third[i] : z, last);
    }
  },

  move(step, given, out) {
    const from = step.fill === null && given.length === 1 ? given[0] : joined(given, step.fill);
    if (step.table) {
      step.places ??= new Int32Array(decoded(step.table));
      step.places.forEach((place, i) => { out[i] = from[place]; });
      return;
    }
    const { sizes, strides, start } = step;
    const last = sizes.length - 1;
    const at = new Array(sizes.length).fill(0);
    for (let i = 0, place = start; i < out.length;) {
      for (let j = 0, p = place; j < sizes[last]; j++, p += strides[last]) out[i++] = from[p];
      for (let axis = last - 1; axis >= 0; axis--) {
        place += strides[axis];
        if (++at[axis] < sizes[axis]) break;
        place -= strides[axis] * sizes[axis];
        at[axis] = 0;
      }
    }
  },

  reduce({ name, each }, [x], out) {
    const largest = name === "max", smallest = name === "min";
    for (let i = 0; i < out.length; i++) {
      let found = largest ? -Infinity : smallest ? Infinity : 0;
      for (let j = i * each; j < (i + 1) * each; j++) {
        found = largest ? Math.max(found, x[j]) : smallest ? Math.min(found, x[j]) : found + x[j];
      }
      out[i] = name === "mean" ? found / each : found;
    }
  },

  product({ batch, m, n, k }, [a, b], out) {
    for (let i = 0; i < batch; i++) multiply(a, i * m * k, b, i * n * k, out, i * m * n, m, n, k, n, 1);
  },

  // A row of the result at a time: what each of its pixels sees, side by side, times the weights.
  convolve(step, [x, weights], out) {
    const { images, groups, channels: [inner, outer], size: [high, wide], to: [rows, columns] } = step;
    const { kernel: [tall, broad], stride, padding, dilation } = step;
    const seen = tall * broad * inner;
    const patches = new Float32Array(columns * seen);
    for (let part = 0; part < images * groups; part++) {
      const group = part % groups;
      for (let row = 0; row < rows; row++) {
        patches.fill(0);
        for (let channel = 0; channel < inner; channel++) {
          for (let dy = 0; dy < tall; dy++) {
            const y = row * stride[0] - padding[0] + dy * dilation[0];
            if (y < 0 || y >= high) continue;
            const line = ((part * inner + channel) * high + y) * wide;
            for (let dx = 0; dx < broad; dx++) {
              let to = (channel * tall + dy) * broad + dx;
              let column = dx * dilation[1] - padding[1];
              for (let j = 0; j < columns; j++, to += seen, column += stride[1]) {
                if (column >= 0 && column < wide) patches[to] = x[line + column];
              }
            }
          }
        }
        const start = (part * outer * rows + row) * columns;
        multiply(patches, 0, weights, group * outer * seen, out, start, columns, outer, seen, 1, rows * columns);
      }
    }
  },

  // A row of the source at a time: what each of its pixels gives, added where it falls.
  spread(step, [x, weights], out) {
    const { images, groups, channels: [inner, outer], size: [high, wide], to: [rows, columns] } = step;
    const { kernel: [tall, broad], stride, padding, dilation } = step;
    const given = outer * tall * broad;
    const line = new Float32Array(wide * inner);
    const parts = new Float32Array(wide * given);
    out.fill(0);
    for (let part = 0; part < images * groups; part++) {
      for (let row = 0; row < high; row++) {
        for (let channel = 0; channel < inner; channel++) {
          const from = ((part * inner + channel) * high + row) * wide;
          for (let j = 0; j < wide; j++) line[j * inner + channel] = x[from + j];
        }
        multiply(line, 0, weights, (part % groups) * given * inner, parts, 0, wide, given, inner, given, 1);
        for (let channel = 0; channel < outer; channel++) {
          for (let dy = 0; dy < tall; dy++) {
            const y = row * stride[0] - padding[0] + dy * dilation[0];
            if (y < 0 || y >= rows) continue;
            const to = ((part * outer + channel) * rows + y) * columns;
            for (let dx = 0; dx < broad; dx++) {
              let from = (channel * tall + dy) * broad + dx;
              let column = dx * dilation[1] - padding[1];
              for (let j = 0; j < wide; j++, from += given, column += stride[1]) {
                if (column >= 0 && column < columns) out[to + column] += parts[from];
              }
            }
          }
        }
      }
    }
  },
};

/**
 * Matrix a of m lines by the transpose of matrix b of n lines, each line k long. The result's
 * lines lie `down` apart and its columns `across`. Two lines by four at a time, which is as many
 * sums as fit into a processor's registers; at the edges the last ones are done again.
 */
function multiply(a, aStart, b, bStart, out, outStart, m, n, k, down, across) {
  for (let j = 0; j < n; j += 4) {
    const j1 = Math.min(j + 1, n - 1), j2 = Math.min(j + 2, n - 1), j3 = Math.min(j + 3, n - 1);
    const b0 = bStart + j * k, b1 = bStart + j1 * k, b2 = bStart + j2 * k, b3 = bStart + j3 * k;
    for (let i = 0; i < m; i += 2) {
      const i1 = Math.min(i + 1, m - 1);
      const a0 = aStart + i * k, a1 = aStart + i1 * k;
      let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
      for (let t = 0; t < k; t++) {
        const x = a[a0 + t], y = a[a1 + t];
        const p = b[b0 + t], q = b[b1 + t], r = b[b2 + t], s = b[b3 + t];
        s00 += x * p; s01 += x * q; s02 += x * r; s03 += x * s;
        s10 += y * p; s11 += y * q; s12 += y * r; s13 += y * s;
      }
      const first = outStart + i * down, second = outStart + i1 * down;
      out[first + j * across] = s00; out[second + j * across] = s10;
      out[first + j1 * across] = s01; out[second + j1 * across] = s11;
      out[first + j2 * across] = s02; out[second + j2 * across] = s12;
      out[first + j3 * across] = s03; out[second + j3 * across] = s13;
    }
  }
}

/** Rows one after another, behind a single number if there is one. */
function joined(rows, first) {
  const all = first === null ? rows : [[first], ...rows];
  const out = new Float32Array(all.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of all) {
    out.set(row, at);
    at += row.length;
  }
  return out;
}

/** The bytes that a base64 text stands for. */
function decoded(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes.buffer;
}

/**
 * Makes a function of a program: it takes a row of numbers for each input, and gives the numbers
 * of an image, which are overwritten by the next call. Steps that only read constants are taken
 * once, here.
 */
function network(program) {
  const rows = program.sizes.map((size) => size);
  const weights = new Float32Array(decoded(program.weights));
  const known = new Set();
  let at = 0;
  for (const row of program.constants) {
    rows[row] = weights.subarray(at, (at += program.sizes[row]));
    known.add(row);
  }
  const take = (step) => KINDS[step.kind](step, step.in.map((row) => rows[row]), rows[step.out]);
  const steps = [];
  for (const step of program.steps) {
    rows[step.out] = new Float32Array(program.sizes[step.out]);
    if (step.in.every((row) => known.has(row))) {
      known.add(step.out);
      take(step);
    } else steps.push(step);
  }
  return (...inputs) => {
    program.inputs.forEach((row, i) => { rows[row] = inputs[i]; });
    steps.forEach(take);
    return rows[program.output];
  };
}
