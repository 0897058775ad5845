/** Kubernetes quantities (k8s.io/apimachinery/pkg/api/resource): `250m`, `16296216Ki`, `3e2`, `1234567n`. */

const SCALE: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** Cores, bytes or plain number; undefined for what is no quantity. */
export const parseQuantity = (text: string | number | undefined): number | undefined => {
  const match = /^([+-]?[0-9]{1,20}(?:\.[0-9]{0,12})?)(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(
    String(text),
  )
  if (match === null) return undefined
  const [, number, exponent, unit = ''] = match
  return Number(number) * (exponent === undefined ? (SCALE[unit] ?? 1) : 10 ** Number(exponent))
}
