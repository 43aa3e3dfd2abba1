// The noise of a seed, as torch draws it on a CPU, so that a page and Python mean the same image.

/** Matsumoto and Nishimura's Mersenne Twister (1998) of 32 bits, as a function that draws. */
function mersenneTwister(seed) {
  const state = new Uint32Array(624);
  state[0] = seed;
  for (let i = 1; i < 624; i++) {
    state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }
  let at = 624;
  return () => {
    if (at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
        state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/**
 * What `torch.randn(size, generator=torch.Generator().manual_seed(seed))` gives, to rounding: the
 * method of Box and Muller (1958), for sixteen numbers at a time if there are as many.
 */
function noise(seed, size) {
  const draw = mersenneTwister(seed);
  const out = new Float32Array(size);
  if (size < 16) {
    const uniform = () => ((draw() % 2 ** 21) * 2 ** 32 + draw()) / 2 ** 53;
    for (let i = 0; i < size; i += 2) {
      const angle = 2 * Math.PI * uniform();
      const radius = Math.sqrt(-2 * Math.log1p(-uniform()));
      out[i] = radius * Math.cos(angle);
      if (i + 1 < size) out[i + 1] = radius * Math.sin(angle);
    }
    return out;
  }
  const uniform = () => (draw() % 2 ** 24) / 2 ** 24;
  for (let i = 0; i < size; i++) out[i] = uniform();
  const turn = (start) => {
    for (let i = start; i < start + 8; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - out[i]));
      const angle = 2 * Math.PI * out[i + 8];
      out[i] = radius * Math.cos(angle);
      out[i + 8] = radius * Math.sin(angle);
    }
  };
  for (let i = 0; i + 16 <= size; i += 16) turn(i);
  if (size % 16) {
    for (let i = size - 16; i < size; i++) out[i] = uniform();
    turn(size - 16);
  }
  return out;
}
