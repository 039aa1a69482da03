// Quantities of resources as Kubernetes writes them: "250m", "512Mi", "1.5G".
const FACTORS = { n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 }

// The number that TEXT means; NaN when it means none.
export function quantity(text) {
  const found = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)$/.exec(String(text).trim())
  return found && found[2] in FACTORS ? Number(found[1]) * FACTORS[found[2]] : NaN
}
