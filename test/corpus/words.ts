/** What benign text is made of: names, numbers and digests as components print them. Nothing in it is secret or personal. */
import type { Random } from './random.ts'

type Make = (random: Random) => string

const two = (value: number): string => String(value).padStart(2, '0')
const clock: Make = (random) => `${two(random.number(24))}:${two(random.number(60))}:${two(random.number(60))}`

const APPS = [
  'web',
  'cart',
  'orders',
  'search-index',
  'payments',
  'inventory',
  'mail-relay',
  'session-store',
  'auth-proxy',
  'tokenizer',
]
const NAMESPACES = ['shop', 'default', 'monitoring', 'kube-system', 'ingress-nginx', 'cert-manager', 'argocd']
const KINDS = [
  'pods',
  'deployments.apps',
  'secrets',
  'configmaps',
  'leases.coordination.k8s.io',
  'serviceaccounts',
  'tokenreviews',
]
const PLAIN = [
  'The quick brown fox jumps over the lazy dog, and nobody minds.',
  'server {\n  listen 8080;\n  location / { return 200; }\n}\n',
  '{"replicas":3,"image":"nginx:1.29","ports":[80,443]}',
  'Lorem ipsum dolor sit amet, consectetur adipiscing elit.\nSed do eiusmod tempor.',
]

/** `<name>` in a template. */
const PARTS: Readonly<Record<string, Make>> = {
  uuid: (random) => random.fill('{h8}-{h4}-4{h3}-a{h3}-{h12}'),
  sha256: (random) => random.fill('{h64}'),
  sha1: (random) => random.fill('{h40}'),
  md5: (random) => random.fill('{h32}'),
  hex16: (random) => random.fill('{h16}'),
  hex8: (random) => random.fill('{h8}'),
  address: (random) => random.fill('0xc000{h6}'),
  base64of: (random) => Buffer.from(random.pick(PLAIN)).toString('base64'),
  sri: (random) => random.fill('sha512-{b86}=='),
  gosum: (random) => random.fill('h1:{b43}='),
  fingerprint: (random) => random.fill('SHA256:{b43}'),
  colons: (random) => random.fill(`${'{H2}:'.repeat(19)}{H2}`),
  hash: (random) => random.fill('{l9}-{l5}').replace(/[aeiou013]/g, 'x'),
  app: (random) => random.pick(APPS),
  ns: (random) => random.pick(NAMESPACES),
  kind: (random) => random.pick(KINDS),
  node: (random) => `worker-${random.number(40)}`,
  ip: (random) => `10.${random.number(256)}.${random.number(256)}.${random.number(256)}`,
  port: (random) => String(1024 + random.number(60_000)),
  rv: (random) => String(1_000_000 + random.number(900_000_000)),
  int: (random) => String(random.number(10_000)),
  id16: (random) => random.fill('{d16}'),
  id19: (random) => random.fill('1{d18}'),
  id13: (random) => random.fill('17{d11}'),
  micros: (random) => random.fill('{d6}'),
  float: (random) => `${random.number(100)}.${random.fill('{d6}')}`,
  semver: (random) => `v1.${random.number(40)}.${random.number(20)}`,
  time: clock,
  day: (random) => `2026-11-${two(1 + random.number(28))}`,
  iso: (random) => `2026-11-${two(1 + random.number(28))}T${clock(random)}.${random.fill('{d3}')}Z`,
  klog: (random) => `11${two(1 + random.number(28))} ${clock(random)}.${random.fill('{d6}')}       1`,
}

/** `{h8}` and the like as in random.ts, `<uuid>` and the like as above. */
export const write = (random: Random, template: string): string =>
  random.fill(template).replace(/<([a-z0-9]{2,12})>/g, (whole, name: string) => PARTS[name]?.(random) ?? whole)
